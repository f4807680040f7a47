//! Actions that are none.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow [
            s3GetObject, //~ IAM_ACTION_FORMAT s3GetObject
            s3.GetObject, //~ IAM_ACTION_FORMAT s3.GetObject
            s3::GetObject, //~ IAM_ACTION_FORMAT s3::GetObject
            "s3:", //~ IAM_ACTION_FORMAT "s3:"
        ] on *;
    };
}
