//! A `&str` for a date operator.

use iam_dsl::policy;

fn main() {
    let end = "2030-01-01T00:00:00Z";
    let _ = policy! {
        allow s3:GetObject on * when DateLessThan { aws:CurrentTime: {end} }; //~ E0277 {end}
    };
}
