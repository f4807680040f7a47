//! A statement without its semicolon.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
        deny s3:PutObject on *; //~ DSL deny
    };
}
