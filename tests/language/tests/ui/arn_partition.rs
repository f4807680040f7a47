//! A partition that there is not.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on "arn:asw:s3:::my-bucket"; //~ INVALID_PARTITION "arn:asw:s3:::my-bucket"
    };
}
