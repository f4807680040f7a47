//! A `&str` in the resource part of an ARN.

use iam_dsl::policy;

fn main() {
    let bucket = "a";
    let _ = policy! {
        allow s3:GetObject on "arn:aws:s3:::{bucket}/*"; //~ E0277 "arn:aws:s3:::{bucket}/*"
    };
}
