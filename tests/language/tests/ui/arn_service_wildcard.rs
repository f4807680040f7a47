//! A wildcard as the service of an ARN.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on "arn:aws:*:::my-bucket"; //~ IAM_ARN_SERVICE_WILDCARD "arn:aws:*:::my-bucket"
    };
}
