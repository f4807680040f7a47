//! A literal that comes through `macro_rules!` is underlined where it was written.

use iam_dsl::policy;

macro_rules! read {
    ($arn:literal) => {
        policy! { allow s3:GetObject on $arn; }
    };
}

fn main() {
    let _ = read!("arn:asw:s3:::a"); //~ INVALID_PARTITION "arn:asw:s3:::a"
}
