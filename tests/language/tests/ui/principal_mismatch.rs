//! A principal that can never call the action.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        //~ MISMATCHED_ACTION_FOR_PRINCIPAL "111122223333"
        allow principal AWS "111122223333" to sts:AssumeRoleWithSAML;
    };
}
