//! A Rust name as a value, without its braces.

use iam_dsl::policy;

fn main() {
    let vpc = "vpc-1";
    let _ = policy! {
        allow s3:GetObject on *
            when StringEquals { aws:SourceVpc: vpc }; //~ DSL vpc
    };
}
