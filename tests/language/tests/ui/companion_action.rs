//! A condition key that a companion action is sent with, and services that need
//! companions.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal AWS "111122223333" to sts:AssumeRole
            when StringLike { sts:SourceIdentity: "jane*" }; //~ MISSING_ACTION_FOR_CONDITION_KEY "jane*"
        allow principal Service "rolesanywhere.amazonaws.com"
            to sts:AssumeRole; //~ MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY sts:AssumeRole
    };
}
