//! A principal in a service control policy.

use iam_dsl::service_control_policy;

fn main() {
    let _ = service_control_policy! {
        deny principal * to s3:DeleteBucket on *; //~ SCP_SYNTAX_ERROR_PRINCIPAL principal
    };
}
