//! A finding about a text with slots shows them as written.

use iam_dsl::{policy, AccountId, Segment};

fn main() {
    let account = AccountId::new("111122223333").unwrap();
    let name = Segment::new("deploy").unwrap();
    let _ = policy! {
        //~ INVALID_ARN_RESOURCE "arn:aws:iam::{account}:rule/{name}"
        allow iam:PassRole on "arn:aws:iam::{account}:rule/{name}";
    };
}
