//! A kind that there is not.

use iam_dsl::include_policy;

fn main() {
    let _ = include_policy!(role, "files/invalid.json"); //~ DSL role
}
