//! JSON without a comma.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        "Version": "2012-10-17"
        "Statement": { //~ DSL "Statement"
            "Effect": "Allow",
            "Action": ["s3:GetObject" "s3:PutObject"], //~ DSL "s3:PutObject"
            "Resource": "*"
        }
    });
}
