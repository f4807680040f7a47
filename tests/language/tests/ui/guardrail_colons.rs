//! A `*` that reaches across colons into what a guardrail forbids.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        never sqs:* on "arn:aws:sqs:*:*:prod-*";
        allow sqs:SendMessage on "arn:aws:sqs:*:*:dev-*"; //~ GUARDRAIL "arn:aws:sqs:*:*:dev-*"
    };
}
