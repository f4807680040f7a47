//! `strict` without its comma.

use iam_dsl::policy;

fn main() {
    let _ = policy!(strict allow s3:GetObject on *); //~ DSL allow
}
