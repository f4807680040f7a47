//! A version that there is not.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        version "2012-10-18"; //~ INVALID_VERSION "2012-10-18"
        allow s3:GetObject on *;
    };
}
