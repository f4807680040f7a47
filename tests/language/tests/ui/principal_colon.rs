//! A principal written as a JSON member.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal AWS: "111122223333" to sts:AssumeRole; //~ DSL :
    };
}
