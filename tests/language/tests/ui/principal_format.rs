//! A principal without a type, in JSON.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": "111122223333", //~ INVALID_PRINCIPAL_FORMAT "111122223333"
            "Action": "sts:AssumeRole"
        }
    });
}
