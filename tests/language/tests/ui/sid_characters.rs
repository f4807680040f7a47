//! A Sid with characters that IAM does not take.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        "Read objects!": allow s3:GetObject on *; //~ UNSUPPORTED_SID "Read objects!"
    };
}
