//! Statements without an effect.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        s3:GetObject on *; //~ DSL s3
        "Read": s3:GetObject on *; //~ DSL s3
        principal AWS "111122223333" to sts:AssumeRole; //~ DSL principal
    };
}
