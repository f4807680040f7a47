//! An effect as JSON writes it.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        Allow s3:GetObject on *; //~ DSL Allow
        DENY s3:PutObject on *; //~ DSL DENY
    };
}
