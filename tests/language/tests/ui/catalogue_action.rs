//! An action that its service does not have.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObjct on *; //~ INVALID_ACTION s3:GetObjct
        allow s3:{GetObject, PutObjcet} on *; //~ INVALID_ACTION PutObjcet
    };
}
