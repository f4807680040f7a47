//! An empty list of actions.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow [] on *; //~ MISSING_ACTION []
    };
}
