//! A key twice in one JSON object.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Action": "s3:PutObject", //~ IAM_DUPLICATE_KEY "Action"
            "Resource": "*"
        }
    });
}
