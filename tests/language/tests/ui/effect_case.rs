//! An effect in the wrong case, in JSON.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "allow", //~ INVALID_EFFECT "allow"
            "Action": "s3:GetObject",
            "Resource": "*"
        }
    });
}
