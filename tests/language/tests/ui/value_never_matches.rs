//! Values that their operators cannot compare with.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:ListBucket on *
            when NumericLessThan { s3:max-keys: "ten" }, //~ IAM_VALUE_NEVER_MATCHES "ten"
                 DateLessThan { aws:CurrentTime: "tomorrow" }, //~ IAM_VALUE_NEVER_MATCHES "tomorrow"
                 Bool { aws:SecureTransport: "yes" }; //~ IAM_VALUE_NEVER_MATCHES "yes"
    };
}
