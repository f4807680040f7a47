//! An ARN with too few fields.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on "arn:aws:s3:my-bucket"; //~ MISSING_ARN_FIELD "arn:aws:s3:my-bucket"
    };
}
