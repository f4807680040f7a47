//! A variable of another language, which IAM would never replace.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        deny s3:* on "arn:aws:s3:::my-bucket/${folder}"; //~ IAM_VARIABLE_IS_NO_KEY "arn:aws:s3:::my-bucket/${folder}"
    };
}
