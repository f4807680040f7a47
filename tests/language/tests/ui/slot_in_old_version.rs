//! A slot in a policy of the first version.

use iam_dsl::{resource_policy, Segment};

fn main() {
    let bucket = Segment::new("a").unwrap();
    let _ = resource_policy! {
        version "2008-10-17";
        allow principal * to s3:GetObject on "arn:aws:s3:::{bucket}"; //~ DSL "arn:aws:s3:::{bucket}"
    };
}
