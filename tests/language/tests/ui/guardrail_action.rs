//! A statement that gives what a guardrail forbids.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        never iam:*;
        allow [s3:GetObject, iam:PassRole] on *; //~ GUARDRAIL iam:PassRole
        "All": allow * on * when Bool { aws:MultiFactorAuthPresent: true }; //~ GUARDRAIL *
        deny iam:* on *;
    };
}
