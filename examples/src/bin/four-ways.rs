//! The same policies written four ways: with the macro, as JSON in the macro,
//! with the builder, and in a file that the compiler checks. The policies are
//! those of scenarios 3 (MFA), 9 (an application's bucket) and 10 (a source
//! address). All four forms of each are one document.

use std::process::ExitCode;

use examples::{Failure, bullet, heading, text};
use iam_dsl::builder::{boolean, ip_address};
use iam_dsl::slot::IpRange;
use iam_dsl::{Policy, Segment, Statement, equivalent, include_policy, policy};

/// Scenario 3.
mod enforce_mfa {
    use super::{Failure, Policy, Statement, boolean, include_policy, policy};

    pub(super) static MACRO: Policy = policy! {
        "DenyAllExceptListedIfNoMFA": deny not [
            iam:CreateVirtualMFADevice, iam:EnableMFADevice, iam:GetUser, iam:ListMFADevices,
            iam:ListVirtualMFADevices, iam:ResyncMFADevice, sts:GetSessionToken,
        ] on * when BoolIfExists { aws:MultiFactorAuthPresent: false };
    };

    pub(super) static JSON: Policy = policy!({
        "Version": "2012-10-17",
        "Statement": {
            "Sid": "DenyAllExceptListedIfNoMFA",
            "Effect": "Deny",
            "NotAction": [
                "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser",
                "iam:ListMFADevices", "iam:ListVirtualMFADevices", "iam:ResyncMFADevice",
                "sts:GetSessionToken"
            ],
            "Resource": "*",
            "Condition": { "BoolIfExists": { "aws:MultiFactorAuthPresent": false } }
        }
    });

    pub(super) static FILE: Policy = include_policy!("../../policies/enforce-mfa.json");

    pub(super) fn builder() -> Result<Policy, Failure> {
        let exempt = [
            "iam:CreateVirtualMFADevice",
            "iam:EnableMFADevice",
            "iam:GetUser",
            "iam:ListMFADevices",
            "iam:ListVirtualMFADevices",
            "iam:ResyncMFADevice",
            "sts:GetSessionToken",
        ];
        let no_mfa = boolean("aws:MultiFactorAuthPresent", false).if_exists();
        Ok(Policy::identity()
            .statement(
                Statement::deny_not(exempt)
                    .on("*")
                    .when(no_mfa)
                    .sid("DenyAllExceptListedIfNoMFA"),
            )
            .build()?)
    }
}

/// Scenario 9: the bucket is known at run time only, in two of the four forms.
mod app_upload {
    use super::{Failure, Policy, Segment, Statement, include_policy, policy};
    use iam_dsl::slot::ResourceArn;

    pub(super) fn in_macro(bucket: &Segment) -> Policy {
        policy! {
            allow s3:ListAllMyBuckets on "arn:aws:s3:::*";
            allow s3:{PutObject, GetObject, ListBucket, ListAllMyBuckets}
                on ["arn:aws:s3:::{bucket}", "arn:aws:s3:::{bucket}/*"];
        }
    }

    pub(super) static JSON: Policy = policy!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::*" },
            {
                "Effect": "Allow",
                "Action": ["s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:ListAllMyBuckets"],
                "Resource": ["arn:aws:s3:::my-app-uploads", "arn:aws:s3:::my-app-uploads/*"]
            }
        ]
    });

    pub(super) static FILE: Policy = include_policy!("../../policies/app-upload.json");

    pub(super) fn builder(bucket: &Segment) -> Result<Policy, Failure> {
        let bucket = ResourceArn::new(format!("arn:aws:s3:::{bucket}"))?;
        let objects = iam_dsl::ResourcePattern::new(format!("{bucket}/*"));
        Ok(Policy::identity()
            .statement(Statement::allow("s3:ListAllMyBuckets").on("arn:aws:s3:::*"))
            .statement(
                Statement::allow([
                    "s3:PutObject",
                    "s3:GetObject",
                    "s3:ListBucket",
                    "s3:ListAllMyBuckets",
                ])
                .on([bucket.into(), objects]),
            )
            .build()?)
    }
}

/// Scenario 10.
mod assets_from_office {
    use super::{Failure, IpRange, Policy, Statement, include_policy, ip_address, policy};

    pub(super) fn in_macro(office: IpRange) -> Policy {
        policy! {
            "AssetsFromOffice": allow s3:{GetObject, ListBucket}
                on ["arn:aws:s3:::my-app-assets-2024", "arn:aws:s3:::my-app-assets-2024/*"]
                when IpAddress { aws:SourceIp: {office} };
        }
    }

    pub(super) static JSON: Policy = policy!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "AssetsFromOffice",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": ["arn:aws:s3:::my-app-assets-2024", "arn:aws:s3:::my-app-assets-2024/*"],
            "Condition": { "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }
        }]
    });

    pub(super) static FILE: Policy = include_policy!("../../policies/assets-from-office.json");

    pub(super) fn builder(office: IpRange) -> Result<Policy, Failure> {
        Ok(Policy::identity()
            .statement(
                Statement::allow(["s3:GetObject", "s3:ListBucket"])
                    .on([
                        "arn:aws:s3:::my-app-assets-2024",
                        "arn:aws:s3:::my-app-assets-2024/*",
                    ])
                    .when(ip_address("aws:SourceIp", office))
                    .sid("AssetsFromOffice"),
            )
            .build()?)
    }
}

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let bucket = Segment::new("my-app-uploads")?;
    let office: IpRange = "203.0.113.0/24".parse()?;
    compare(
        "enforce MFA",
        [
            enforce_mfa::MACRO.clone(),
            enforce_mfa::JSON.clone(),
            enforce_mfa::builder()?,
            enforce_mfa::FILE.clone(),
        ],
    )?;
    compare(
        "an application's bucket",
        [
            app_upload::in_macro(&bucket),
            app_upload::JSON.clone(),
            app_upload::builder(&bucket)?,
            app_upload::FILE.clone(),
        ],
    )?;
    compare(
        "assets, from the office",
        [
            assets_from_office::in_macro(office),
            assets_from_office::JSON.clone(),
            assets_from_office::builder(office)?,
            assets_from_office::FILE.clone(),
        ],
    )
}

/// Shows the four forms of a policy and that they are one document.
fn compare(title: &str, forms: [Policy; 4]) -> Result<(), Failure> {
    heading(title);
    for (name, policy) in ["macro", "JSON in the macro", "builder", "file"]
        .iter()
        .zip(&forms)
    {
        let form = if policy.static_json().is_some() {
            "a constant"
        } else {
            "made at run time"
        };
        bullet(format_args!(
            "{name}: {form}, {} characters",
            policy.character_count()
        ));
    }
    let [first, others @ ..] = &forms;
    if !others
        .iter()
        .all(|other| equivalent(first.document(), other.document()))
    {
        return Err("the forms differ".into());
    }
    bullet("all four are equivalent:");
    text(first);
    Ok(())
}
