//! A comma after the last item, which JSON has not.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["s3:GetObject",], //~ DSL ,
            "Resource": "*", //~ DSL ,
        }]
    });
}
