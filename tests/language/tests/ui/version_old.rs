//! An identity policy of the first version.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        version "2008-10-17"; //~ IAM_VERSION_TOO_OLD "2008-10-17"
        allow s3:GetObject on *;
    };
}
