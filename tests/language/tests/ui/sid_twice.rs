//! One Sid for two statements.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        "Read": allow s3:GetObject on *;
        "Read": allow s3:ListBucket on *; //~ UNIQUE_SIDS_REQUIRED "Read"
    };
}
