//! A slot in the text of a principal.

use iam_dsl::{trust_policy, AccountId};

fn main() {
    let account = AccountId::new("111122223333").unwrap();
    let _ = trust_policy! {
        //~ DSL "arn:aws:iam::{account}:root"
        allow principal AWS "arn:aws:iam::{account}:root" to sts:AssumeRole;
    };
}
