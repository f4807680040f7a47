//! Both truth values.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when Bool { aws:SecureTransport: [true, false] }; //~ INVALID_CONDITION_MULTIPLE_BOOLEAN [true, false]
    };
}
