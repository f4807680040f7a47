//! A `&str` as region.

use iam_dsl::policy;

fn main() {
    let region = "eu-west-1";
    let _ = policy! {
        allow sqs:SendMessage on "arn:aws:sqs:{region}:*:jobs"; //~ E0277 "arn:aws:sqs:{region}:*:jobs"
    };
}
