//! A list without a comma.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow [s3:GetObject s3:PutObject] on *; //~ DSL s3
        allow s3:{GetObject PutObject} on *; //~ DSL PutObject
        allow s3:GetObject on ["arn:aws:s3:::a" "arn:aws:s3:::b"]; //~ DSL "arn:aws:s3:::b"
    };
}
