//! Values that their condition key never has.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:PutObject on * when StringEquals {
            aws:SourceVpc: "vpc-123", //~ INVALID_VPC_FORMAT "vpc-123"
            aws:SourceVpce: "vpc-12345678", //~ INVALID_VPCE_FORMAT "vpc-12345678"
            aws:RequestedRegion: "eu-west-11", //~ INVALID_REGION "eu-west-11"
            s3:x-amz-server-side-encryption-aws-kms-key-id: "alias/k", //~ INVALID_KMS_KEY_VALUE "alias/k"
        };
        allow sqs:SendMessage on "arn:aws:sqs:us-east-9:111122223333:q"; //~ INVALID_ARN_REGION "arn:aws:sqs:us-east-9:111122223333:q"
    };
}
