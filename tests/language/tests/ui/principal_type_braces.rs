//! A Rust value as principal without its type.

use iam_dsl::{trust_policy, AccountId};

fn main() {
    let account = AccountId::new("111122223333").unwrap();
    let _ = trust_policy! {
        allow principal {account} to sts:AssumeRole; //~ DSL {account}
    };
}
