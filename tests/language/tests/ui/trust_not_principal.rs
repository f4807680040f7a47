//! Everyone but someone, in a trust policy.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        //~ ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL not principal
        deny not principal AWS "111122223333" to sts:AssumeRole;
    };
}
