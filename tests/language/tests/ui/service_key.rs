//! A condition key that no service's call carries.

use iam_dsl::resource_policy;

fn main() {
    let _ = resource_policy! {
        allow principal Service "cloudfront.amazonaws.com" to s3:GetObject on "arn:aws:s3:::assets/*"
            when StringEquals { aws:PrincipalOrgID: "o-a1b2c3d4e5" }; //~ UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL "o-a1b2c3d4e5"
    };
}
