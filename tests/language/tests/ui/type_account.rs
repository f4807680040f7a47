//! A `String` as account.

use iam_dsl::policy;

fn main() {
    let account = String::from("111122223333");
    let _ = policy! {
        allow sqs:SendMessage on "arn:aws:sqs:*:{account}:jobs"; //~ E0277 "arn:aws:sqs:*:{account}:jobs"
    };
}
