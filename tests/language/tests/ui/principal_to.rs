//! A principal without `to`.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal AWS "111122223333" sts:AssumeRole; //~ DSL sts
    };
}
