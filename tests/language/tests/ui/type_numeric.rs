//! A `&str` for a numeric operator.

use iam_dsl::policy;

fn main() {
    let keys = "10";
    let _ = policy! {
        allow s3:ListBucket on * when NumericLessThan { s3:max-keys: {keys} }; //~ E0277 {keys}
    };
}
