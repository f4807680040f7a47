//! An Id where the kind of policy has none.

use iam_dsl::service_control_policy;

fn main() {
    let _ = service_control_policy! {
        id "Guardrails"; //~ IAM_UNSUPPORTED_ID id
        deny s3:DeleteBucket on *;
    };
}
