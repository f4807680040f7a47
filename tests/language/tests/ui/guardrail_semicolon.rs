//! A guardrail without `;`.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        never iam:*
        allow s3:GetObject on * //~ DSL allow
        never sqs:*; //~ DSL never
    };
}
