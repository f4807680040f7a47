//! Resources without `on`.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject "arn:aws:s3:::a/*"; //~ DSL "arn:aws:s3:::a/*"
        allow s3:GetObject *; //~ DSL *
    };
}
