//! A statement without resources.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:ListAllMyBuckets; //~ MISSING_RESOURCE allow
    };
}
