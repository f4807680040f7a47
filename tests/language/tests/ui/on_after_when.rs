//! Resources after the conditions.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject
            when Bool { aws:SecureTransport: true }
            on *; //~ DSL on
    };
}
