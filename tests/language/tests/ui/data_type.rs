//! A value of the wrong JSON type.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": 1, //~ DATA_TYPE_MISMATCH 1
            "Effect": "Allow",
            "Action": true, //~ DATA_TYPE_MISMATCH true
            "Resource": [null] //~ DATA_TYPE_MISMATCH null
        }]
    });
}
