//! Values of several JSON types in one list.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "*",
            //~ INVALID_CONDITION_DATA_TYPE ["1", 2]
            "Condition": { "NumericEquals": { "s3:max-keys": ["1", 2] } }
        }
    });
}
