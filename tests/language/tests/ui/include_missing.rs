//! A file that there is not.

use iam_dsl::include_policy;

fn main() {
    let _ = include_policy!("files/missing.json"); //~ DSL "files/missing.json"
}
