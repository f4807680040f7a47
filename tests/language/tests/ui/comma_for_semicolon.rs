//! A comma between statements.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *, //~ DSL ,
        deny s3:PutObject on * when Bool { aws:SecureTransport: false }, //~ DSL ,
        "Last": deny s3:PutObject on *;
    };
}
