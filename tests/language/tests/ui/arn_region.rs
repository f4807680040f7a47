//! A region where the service has none.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on "arn:aws:s3:eu-west-1::my-bucket"; //~ ARN_REGION_NOT_ALLOWED "arn:aws:s3:eu-west-1::my-bucket"
    };
}
