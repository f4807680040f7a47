//! A Rust value as an action.

use iam_dsl::policy;

fn main() {
    let action = "s3:GetObject";
    let _ = policy! {
        allow {action} on *; //~ DSL {action}
    };
}
