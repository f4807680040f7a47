//! Two versions.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        version "2012-10-17";
        version "2012-10-17"; //~ IAM_DUPLICATE_KEY version
        allow s3:GetObject on *;
    };
}
