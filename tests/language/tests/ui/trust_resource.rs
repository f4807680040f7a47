//! A resource in a trust policy.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal AWS "111122223333" to sts:AssumeRole on *; //~ ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE on
    };
}
