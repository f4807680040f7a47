//! An account as service principal.

use iam_dsl::{trust_policy, AccountId};

fn main() {
    let service = AccountId::new("111122223333").unwrap();
    let _ = trust_policy! {
        allow principal Service {service} to sts:AssumeRole; //~ E0277 {service}
    };
}
