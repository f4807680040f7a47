//! A resource control policy with `not` actions.

use iam_dsl::resource_control_policy;

fn main() {
    let _ = resource_control_policy! {
        deny principal * to not s3:GetObject on *; //~ RCP_SYNTAX_ERROR_NOTACTION not
    };
}
