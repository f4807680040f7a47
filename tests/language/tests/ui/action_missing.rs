//! An effect without actions.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow on *; //~ DSL on
        deny; //~ DSL ;
    };
}
