//! Addresses that nobody calls AWS from.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on * when
            IpAddress { aws:SourceIp: "10.0.0.0/8" }; //~ PRIVATE_IP_ADDRESS "10.0.0.0/8"
        deny s3:GetObject on * when
            NotIpAddress { aws:SourceIp: "192.168.0.0/16" }; //~ PRIVATE_NOT_IP_ADDRESS "192.168.0.0/16"
    };
}
