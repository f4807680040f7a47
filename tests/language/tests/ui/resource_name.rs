//! A Rust name as a resource, without its braces.

use iam_dsl::policy;

fn main() {
    let bucket = "arn:aws:s3:::a";
    let _ = policy! {
        allow s3:GetObject on bucket; //~ DSL bucket
    };
}
