//! Upper case in the service of an ARN.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on "arn:aws:S3:::my-bucket"; //~ INVALID_ARN_SERVICE_CASE "arn:aws:S3:::my-bucket"
    };
}
