//! `not` on the wrong side of `on`.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        deny s3:PutObject not on "arn:aws:s3:::a/*"; //~ DSL not
    };
}
