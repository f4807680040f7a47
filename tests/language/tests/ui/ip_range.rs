//! An address that is none.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when IpAddress { aws:SourceIp: "203.0.113.0/33" }; //~ TYPE_MISMATCH_IP_RANGE "203.0.113.0/33"
    };
}
