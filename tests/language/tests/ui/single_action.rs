//! `action!` with what is not one action.

use iam_dsl::action;

fn main() {
    let _ = action!(s3:GetObjct); //~ INVALID_ACTION s3:GetObjct
    let _ = action!(s3:{GetObject, PutObject}); //~ DSL s3:{GetObject, PutObject}
    let _ = action!(s3:GetObject, s3:PutObject); //~ DSL s3
    let _ = action!("s3"); //~ IAM_ACTION_FORMAT "s3"
    let _ = action!(7); //~ IAM_ACTION_FORMAT 7
    let _ = action!(unchecked, newservice:Do It); //~ DSL It
    let _ = action!(newservice:DoIt); //~ INVALID_SERVICE_IN_ACTION newservice:DoIt
}
