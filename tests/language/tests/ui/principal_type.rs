//! A principal without its type.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal "111122223333" to sts:AssumeRole; //~ DSL "111122223333"
    };
}
