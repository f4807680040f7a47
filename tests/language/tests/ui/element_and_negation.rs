//! An element together with its negation.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "NotAction": "s3:PutObject", //~ UNSUPPORTED_ELEMENT_COMBINATION "NotAction"
            "Resource": "*"
        }
    });
}
