//! Guardrails that name what there is not: they would guard nothing.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        never s3:DeleteObjct; //~ INVALID_ACTION s3:DeleteObjct
        never s3:* on "prod-*"; //~ INVALID_ARN_PREFIX "prod-*"
        allow s3:GetObject on "arn:aws:s3:::dev/*";
    };
}
