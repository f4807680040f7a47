//! The mark `unchecked` in the wrong place.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        unchecked "A": allow newservice:DoIt on *; //~ DSL unchecked
        "B": allow unchecked newservice:DoIt on *; //~ DSL unchecked
    };
    let _ = policy!(unchecked; deny new:DoIt on *;); //~ DSL ;
}
