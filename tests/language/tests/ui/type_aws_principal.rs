//! A `&str` as AWS principal.

use iam_dsl::trust_policy;

fn main() {
    let account = "111122223333";
    let _ = trust_policy! {
        allow principal AWS {account} to sts:AssumeRole; //~ E0277 {account}
    };
}
