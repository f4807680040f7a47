//! A `&str` as partition.

use iam_dsl::policy;

fn main() {
    let partition = "aws";
    let _ = policy! {
        allow s3:GetObject on "arn:{partition}:s3:::a"; //~ E0277 "arn:{partition}:s3:::a"
    };
}
