//! A resource control policy that names someone.

use iam_dsl::resource_control_policy;

fn main() {
    let _ = resource_control_policy! {
        deny principal AWS "111122223333" to s3:GetObject on *; //~ RCP_SYNTAX_ERROR_PRINCIPAL principal
    };
}
