//! A mistake in JSON in a string: the literal is underlined, the message names line and column.

use iam_dsl::policy;

fn main() {
    let _ = policy!(
        //~ INVALID_EFFECT r#"{…}"#
        r#"{
            "Version": "2012-10-17",
            "Statement": [{"Effect": "allow", "Action": "s3:GetObject", "Resource": "*"}]
        }"#
    );
}
