//! Braces without an expression.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on {}; //~ DSL {}
    };
}
