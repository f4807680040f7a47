//! A `&str` as an ARN at the beginning of a string.

use iam_dsl::policy;

fn main() {
    let arn = "arn:aws:s3:::a";
    let _ = policy! {
        allow s3:GetObject on "{arn}/*"; //~ E0277 "{arn}/*"
    };
}
