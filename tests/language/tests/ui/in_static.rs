//! Mistakes in a static: no error of the stub beside them.

use iam_dsl::{Policy, policy};

static READ: Policy = policy! {
    allow s3GetObject on *; //~ IAM_ACTION_FORMAT s3GetObject
};

fn main() {
    println!("{READ}");
}
