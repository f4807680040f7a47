//! An ARN without quotes.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:ListBucket on arn:aws:s3:::my-bucket; //~ DSL arn:aws:s3:::my-bucket
    };
}
