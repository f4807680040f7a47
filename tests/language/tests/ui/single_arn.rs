//! `arn!` with what is not one resource.

use iam_dsl::arn;

fn main() {
    let name = "a";
    let _ = arn!("arn:asw:s3:::a"); //~ INVALID_PARTITION "arn:asw:s3:::a"
    let _ = arn!("arn:aws:s3:::{name}"); //~ E0277 "arn:aws:s3:::{name}"
    let _ = arn!("arn:aws:{name}:::a"); //~ DSL "arn:aws:{name}:::a"
    let _ = arn!(arn:aws:s3:::a); //~ DSL arn
    let _ = arn!("*", "*"); //~ DSL "*"
    let _ = arn!(); //~ DSL arn!()
}
