//! A file that is no JSON.

use iam_dsl::include_policy;

fn main() {
    let _ = include_policy!("files/broken.json"); //~ JSON_SYNTAX_ERROR "files/broken.json"
}
