//! `on` and `when` twice.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on "arn:aws:s3:::a" on "arn:aws:s3:::b"; //~ DSL on
        allow s3:GetObject on *
            when Bool { aws:SecureTransport: true }
            when Bool { aws:ViaAWSService: true }; //~ DSL when
    };
}
