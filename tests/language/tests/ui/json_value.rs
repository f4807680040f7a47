//! A Rust name in JSON, which never interpolates.

use iam_dsl::policy;

fn main() {
    let bucket = "arn:aws:s3:::a";
    let _ = policy!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": bucket //~ DSL bucket
        }
    });
}
