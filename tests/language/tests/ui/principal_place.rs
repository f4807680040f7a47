//! A principal after the actions.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow sts:AssumeRole principal AWS "111122223333"; //~ DSL principal
    };
}
