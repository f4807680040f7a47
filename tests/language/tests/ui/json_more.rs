//! Something after the JSON.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" }
    }; allow s3:GetObject on *); //~ DSL ;
}
