//! Elements that the policy language does not have.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        "Version": "2012-10-17",
        "Comment": "none", //~ INVALID_POLICY_ELEMENT "Comment"
        "Statement": {
            "Effect": "Allow",
            "Actions": "s3:GetObject", //~ INVALID_POLICY_ELEMENT "Actions"
            "Action": "s3:GetObject",
            "Resource": "*"
        }
    });
}
