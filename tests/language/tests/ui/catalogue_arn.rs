//! ARNs that lack or have a field against their service.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow sqs:SendMessage on "arn:aws:sqs::111122223333:jobs"; //~ MISSING_ARN_REGION "arn:aws:sqs::111122223333:jobs"
        allow sqs:SendMessage on "arn:aws:sqs:eu-west-1::jobs"; //~ MISSING_ARN_ACCOUNT "arn:aws:sqs:eu-west-1::jobs"
        allow s3:GetObject on "arn:aws:s3::111122223333:a/b"; //~ ARN_ACCOUNT_NOT_ALLOWED "arn:aws:s3::111122223333:a/b"
    };
}
