//! A JSON statement without an effect.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        "Version": "2012-10-17",
        //~ MISSING_EFFECT {"Action": "s3:GetObject", "Resource": "*"}
        "Statement": [{"Action": "s3:GetObject", "Resource": "*"}]
    });
}
