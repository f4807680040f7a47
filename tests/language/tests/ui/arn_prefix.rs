//! A resource that is no ARN.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on "my-bucket/*"; //~ INVALID_ARN_PREFIX "my-bucket/*"
    };
}
