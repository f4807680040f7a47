//! Mistakes in a file: each message names line and column.

use iam_dsl::include_policy;

fn main() {
    let _ = include_policy!("files/invalid.json"); //~ INVALID_EFFECT "files/invalid.json" //~ UNSUPPORTED_SID "files/invalid.json"
}
