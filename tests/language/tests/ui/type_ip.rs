//! A `&str` for an address operator.

use iam_dsl::policy;

fn main() {
    let range = "203.0.113.0/24";
    let _ = policy! {
        allow s3:GetObject on * when IpAddress { aws:SourceIp: {range} }; //~ E0277 {range}
    };
}
