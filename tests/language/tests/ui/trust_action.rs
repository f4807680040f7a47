//! An action that no trust policy has.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal AWS "111122223333" to [sts:AssumeRole, s3:GetObject]; //~ IAM_TRUST_POLICY_ACTION s3:GetObject
    };
}
