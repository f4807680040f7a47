//! A `&str` for a boolean operator.

use iam_dsl::policy;

fn main() {
    let secure = "true";
    let _ = policy! {
        allow s3:GetObject on * when Bool { aws:SecureTransport: {secure} }; //~ E0277 {secure}
    };
}
