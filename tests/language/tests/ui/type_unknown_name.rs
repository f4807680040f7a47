//! A slot without a variable of its name.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on "arn:aws:s3:::{bucket}/*"; //~ E0425 "arn:aws:s3:::{bucket}/*"
    };
}
