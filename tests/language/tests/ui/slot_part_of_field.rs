//! A slot that is a part of a field.

use iam_dsl::{policy, Region};

fn main() {
    let region = Region::new("eu-west-1").unwrap();
    let _ = policy! {
        //~ DSL "arn:aws:sqs:eu-{region}:*:jobs"
        allow sqs:SendMessage on "arn:aws:sqs:eu-{region}:*:jobs";
    };
}
