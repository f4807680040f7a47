//! Everyone, in a trust policy.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal * to sts:AssumeRole; //~ ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL *
    };
}
