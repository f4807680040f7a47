//! Slots whose types can hold what a guardrail forbids.

use iam_dsl::{Pattern, ResourcePath, policy};

fn main() {
    let path = ResourcePath::new("x/y").unwrap();
    let all = Pattern::any();
    let _ = policy! {
        never s3:* on "arn:aws:s3:::data/*/prod/*";
        never sqs:* on "arn:aws:sqs:*:*:*:prod";
        allow s3:GetObject on "arn:aws:s3:::data/{path}"; //~ E0277 "arn:aws:s3:::data/{path}"
        //~ E0277 "arn:aws:sqs:eu-west-1:111122223333:{all}"
        allow sqs:SendMessage on "arn:aws:sqs:eu-west-1:111122223333:{all}";
    };
}
