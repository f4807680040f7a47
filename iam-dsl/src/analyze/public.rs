//! Whether a resource's policy is public, and whom it lets in.
//!
//! "In order to be considered non-public, a bucket policy must grant access only
//! to fixed values (values that don't contain a wildcard or an AWS Identity and
//! Access Management Policy Variable)" of principals, networks and the keys below
//! (Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", "The
//! meaning of 'public'",
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>).
//! IAM Access Analyzer's CheckNoPublicAccess asks the same of other resources
//! (<https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoPublicAccess.html>).
//!
//! Here it is a question about requests: a policy is public where it allows one
//! of an anonymous caller, or of a user or role of an account that it does not
//! name, while each of those keys is missing or has a value that no policy fixes.
//! So a Deny counts, and so does a condition that excludes instead of naming.

use std::net::IpAddr;

use ipnet::IpNet;

use iam_dsl_core::OperatorFamily;

use super::problem::Cond;

/// The keys whose fixed values make access non-public, in lower case (the page
/// above, as of November 2025), with keys of AWS that tell accounts and
/// organizations as these do.
const FIXING: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:userid",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// "When used in a bucket policy, this value can contain a wildcard for the access
/// point name without rendering the policy public, as long as the account id is
/// fixed" (the page above): of this key alone.
const FIXED_BY_ACCOUNT: &str = "s3:dataaccesspointarn";

/// Drops the values of a key that some policy fixes. A text keeps its wildcards
/// as letters that no policy holds, so one of ASCII alone is fixed.
pub(super) fn keep_strange(key: &str, conditions: &[&Cond<'_>], texts: &mut Vec<String>) {
    if !FIXING.contains(&key) {
        return;
    }
    let nets: Vec<Vec<IpNet>> = conditions
        .iter()
        .filter(|condition| condition.family() == OperatorFamily::IpAddress)
        .map(|condition| condition.values.iter().filter_map(net).collect())
        .collect();
    texts.retain(|text| {
        if let Ok(address) = text.parse::<IpAddr>() {
            // Fixed by a condition none of whose broad ranges has it as well.
            return !nets.iter().any(|nets| {
                let mut around = nets.iter().filter(|net| net.contains(&address)).peekable();
                around.peek().is_some() && around.all(is_narrow)
            });
        }
        is_strange(key, text)
    });
}

/// Whether no policy fixes a key's value, which is no address: its wildcards are
/// letters that no policy holds.
pub(super) fn is_strange(key: &str, text: &str) -> bool {
    if !FIXING.contains(&key) {
        return true;
    }
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    match fields.as_slice() {
        ["arn", _, _, _, account, _] if key == FIXED_BY_ACCOUNT => {
            account.is_empty() || !account.is_ascii()
        }
        _ => !text.is_ascii(),
    }
}

fn net(value: impl AsRef<str>) -> Option<IpNet> {
    let value = value.as_ref();
    let net = value.parse::<IpNet>().ok();
    net.or_else(|| Some(value.parse::<IpAddr>().ok()?.into()))
}

/// "Bucket policies that grant access conditioned on the `aws:SourceIp` condition
/// key with very broad IP ranges (for example, 0.0.0.0/1) are evaluated as
/// 'public'. This includes values broader than /8 for IPv4 and /32 for IPv6
/// (excluding RFC1918 private ranges)" (the page above).
fn is_narrow(net: &IpNet) -> bool {
    match net {
        IpNet::V4(net) => net.prefix_len() >= 8,
        IpNet::V6(net) => net.prefix_len() >= 32,
    }
}
