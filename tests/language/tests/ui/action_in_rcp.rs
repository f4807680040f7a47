//! An action of a service that resource control policies do not reach.

use iam_dsl::resource_control_policy;

fn main() {
    let _ = resource_control_policy! {
        deny principal * to [s3:GetObject, ec2:RunInstances] on *; //~ RCP_SYNTAX_ERROR_ACTION ec2:RunInstances
    };
}
