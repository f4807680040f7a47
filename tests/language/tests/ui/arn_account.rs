//! An account id with a digit too few.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        //~ INVALID_ARN_ACCOUNT "arn:aws:sqs:eu-west-1:11112222333:jobs"
        allow sqs:SendMessage on "arn:aws:sqs:eu-west-1:11112222333:jobs";
    };
}
