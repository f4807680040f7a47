//! What AWS's services decide apart from policies.

use std::fmt;

use iam_dsl_core::AccountId;

use super::decision::Layer;
use super::principal::Who;
use super::request::RequestData;
use super::resource_control;

/// A rule of a service that decides whatever the policies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// "No permissions are required to perform this operation", and a policy
    /// that denies it has no effect (AWS STS API Reference, GetCallerIdentity).
    CallerIdentityIsFree,
    /// "You cannot use policies to control authentication operations" (IAM User
    /// Guide, "Permissions for GetSessionToken").
    SessionTokenIsFree,
    /// GetSessionToken and GetFederationToken need long-term credentials (IAM
    /// User Guide, "Comparing the AWS STS API operations").
    NeedsLongTermCredentials,
    /// A session from GetSessionToken calls no IAM operation without MFA, and of
    /// STS only AssumeRole and GetCallerIdentity (the same table).
    UserSessionLimits,
    /// A session from GetFederationToken calls no IAM operation, and of STS only
    /// GetCallerIdentity (the same table).
    FederatedUserLimits,
    /// A session from GetFederationToken without a session policy has no
    /// permissions but what resource policies give it by name (IAM User Guide,
    /// "Permissions for GetFederationToken").
    FederatedUserWithoutPolicy,
    /// "You cannot use AWS account root user credentials to call AssumeRole", nor
    /// AssumeRoot (AWS STS API Reference, AssumeRole and AssumeRoot).
    RootAssumesNoRole,
    /// The account lets its users change their own password, and read the rules
    /// for it (IAM User Guide, "Setting an account password policy for IAM users").
    UsersMayChangePassword,
    /// "IAM roles and resource-based policies delegate access across accounts only
    /// within a single partition" (IAM User Guide, "How IAM roles differ from
    /// resource-based policies").
    OtherPartition,
    /// AssumeRole is called with credentials of AWS, AssumeRoleWithSAML and
    /// AssumeRoleWithWebIdentity by whom an identity provider vouches for (IAM
    /// User Guide, "Comparing the AWS STS API operations": who can call).
    OtherCaller,
    /// A caller without credentials has nothing but what resource policies give
    /// to everyone.
    NoCredentials,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rule::CallerIdentityIsFree => "sts:GetCallerIdentity needs no permission",
            Rule::SessionTokenIsFree => "sts:GetSessionToken needs no permission",
            Rule::NeedsLongTermCredentials => {
                "only users with long-term credentials call this operation of STS"
            }
            Rule::UserSessionLimits => {
                "a session from GetSessionToken calls IAM only with MFA, and of STS only AssumeRole and GetCallerIdentity"
            }
            Rule::FederatedUserLimits => {
                "a session from GetFederationToken cannot call IAM, and of STS only GetCallerIdentity"
            }
            Rule::FederatedUserWithoutPolicy => {
                "a session from GetFederationToken without a session policy has no permissions of its own"
            }
            Rule::RootAssumesNoRole => {
                "an account's root user calls neither sts:AssumeRole nor sts:AssumeRoot"
            }
            Rule::UsersMayChangePassword => {
                "the account lets its users change their own password"
            }
            Rule::OtherPartition => "the principal and the resource are in different partitions",
            Rule::OtherCaller => {
                "identities of AWS call sts:AssumeRole, and those of an identity provider sts:AssumeRoleWithSAML or sts:AssumeRoleWithWebIdentity"
            }
            Rule::NoCredentials => "an anonymous caller has only what resource policies give to everyone",
        })
    }
}

/// What of a request decides which layers speak of it, whatever the policies:
/// worked out when the request is made, once for all decisions.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) before_policies: Option<(bool, Rule)>,
    pub(super) decided_by_trust: bool,
    pub(super) decided_by_key_policy: bool,
    pub(super) decided_by_identity: bool,
    pub(super) bucket_policy_of_own_root: bool,
    pub(super) other_partition: bool,
    /// Also where one of the two is not known.
    pub(super) same_account: bool,
    pub(super) service_linked: bool,
    pub(super) resource_control_service: bool,
    pub(super) resource_control_exempt: bool,
    /// Whether the principal is a user or role, or may be one.
    pub(super) entity: bool,
    /// Whether it is a session from GetFederationToken.
    pub(super) federated_user: bool,
}

impl Facts {
    /// The layer that grants on the resource's side.
    #[inline]
    pub(super) fn granting_layer(&self) -> Layer {
        match self.decided_by_trust {
            true => Layer::Trust,
            false => Layer::Resource,
        }
    }

    pub(super) fn of(request: &RequestData) -> Self {
        let principal = request.principal.as_ref();
        let account = principal
            .and_then(|principal| principal.account())
            .map(AccountId::as_str);
        let who = principal.map(|principal| &principal.who);
        Facts {
            before_policies: before_policies(request),
            decided_by_trust: is_decided_by_trust(request),
            decided_by_key_policy: is_decided_by_key_policy(request),
            decided_by_identity: is_decided_by_identity(request),
            bucket_policy_of_own_root: is_bucket_policy_of_own_root(request),
            other_partition: other_partition(request),
            same_account: match (account, request.resource_account()) {
                (Some(account), Some(owner)) => account == owner,
                _ => true,
            },
            resource_control_service: resource_control::covers(request.action.service()),
            resource_control_exempt: resource_control::exempts(request),
            service_linked: principal.is_some_and(|principal| principal.is_service_linked()),
            federated_user: matches!(who, Some(Who::FederatedUser { .. })),
            entity: !matches!(
                who,
                Some(
                    Who::Service { .. }
                        | Who::FederatedProvider { .. }
                        | Who::Anonymous
                        | Who::AccountRoot { .. }
                )
            ),
        }
    }
}

/// What the role's trust policy has to allow, whoever asks (AWS STS API
/// Reference; IAM User Guide, "Passing session tags in AWS STS").
fn is_decided_by_trust(request: &RequestData) -> bool {
    if request.action.service() != "sts" {
        return false;
    }
    match request.action.name() {
        "assumerole" | "assumerolewithsaml" | "assumerolewithwebidentity" => true,
        // These accompany AssumeRole, and GetFederationToken too.
        "tagsession" | "setsourceidentity" | "setcontext" => is_role(request),
        _ => false,
    }
}

fn is_role(request: &RequestData) -> bool {
    request
        .arn
        .as_ref()
        .is_some_and(|arn| arn.service() == "iam" && arn.resource().starts_with("role/"))
}

/// Whether this is the way out for an owner who is locked out of a bucket: "the
/// root principal in a bucket owner's AWS account can perform the
/// GetBucketPolicy, PutBucketPolicy, and DeleteBucketPolicy API actions, even if
/// their bucket policy explicitly denies the root principal's access" (Amazon S3
/// API Reference, PutBucketPolicy).
fn is_bucket_policy_of_own_root(request: &RequestData) -> bool {
    let Some(principal) = &request.principal else {
        return false;
    };
    let own = |owner: &str| principal.account().is_some_and(|own| own.as_str() == owner);
    matches!(principal.who, Who::AccountRoot { .. })
        && matches!(
            request.action.folded(),
            "s3:getbucketpolicy" | "s3:putbucketpolicy" | "s3:deletebucketpolicy"
        )
        && request.resource_account().is_none_or(own)
}

/// Whether the key policy has to allow: "unless the key policy explicitly allows
/// it, you cannot use IAM policies to allow access to a KMS key" (AWS KMS
/// Developer Guide, "Key policies in AWS KMS").
fn is_decided_by_key_policy(request: &RequestData) -> bool {
    request
        .arn
        .as_ref()
        .is_some_and(|arn| arn.service() == "kms" && arn.resource().starts_with("key/"))
}

/// Whether the caller's own policies decide across accounts too: a member
/// account's root user has no policy that could trust anybody, and AssumeRoot is
/// for callers of "an AWS Organizations management account or a delegated
/// administrator account for IAM" (AWS STS API Reference, AssumeRoot).
fn is_decided_by_identity(request: &RequestData) -> bool {
    request.action.folded() == "sts:assumeroot"
}

/// What is decided before any policy is read: whether it is allowed, and why.
fn before_policies(request: &RequestData) -> Option<(bool, Rule)> {
    let service = request.action.service();
    let name = request.action.name();
    let who = request.principal.as_ref().map(|principal| &principal.who);
    match (service, name, who) {
        ("sts", "getcalleridentity", Some(who))
            if !matches!(who, Who::Anonymous | Who::FederatedProvider { .. }) =>
        {
            return Some((true, Rule::CallerIdentityIsFree));
        }
        ("sts", "getsessiontoken", Some(Who::User { .. } | Who::AccountRoot { .. })) => {
            return Some((true, Rule::SessionTokenIsFree));
        }
        ("sts", "getsessiontoken" | "getfederationtoken", Some(who))
            if !matches!(who, Who::User { .. } | Who::AccountRoot { .. }) =>
        {
            return Some((false, Rule::NeedsLongTermCredentials));
        }
        ("sts", "assumerole" | "assumeroot", Some(Who::AccountRoot { .. })) => {
            return Some((false, Rule::RootAssumesNoRole));
        }
        ("sts", "assumerole", Some(Who::Anonymous | Who::FederatedProvider { .. })) => {
            return Some((false, Rule::OtherCaller));
        }
        ("sts", "assumerolewithsaml" | "assumerolewithwebidentity", Some(who))
            if !matches!(who, Who::FederatedProvider { .. }) =>
        {
            return Some((false, Rule::OtherCaller));
        }
        // Every operation of STS wants somebody's credentials or token.
        ("sts", _, Some(Who::Anonymous)) => return Some((false, Rule::NoCredentials)),
        _ => {}
    }
    match who {
        Some(Who::FederatedUser { .. }) if matches!(service, "iam" | "sts") => {
            Some((false, Rule::FederatedUserLimits))
        }
        Some(Who::UserSession { .. })
            if (service == "sts" && name != "assumerole")
                || (service == "iam" && !has_mfa(request)) =>
        {
            Some((false, Rule::UserSessionLimits))
        }
        _ => None,
    }
}

fn has_mfa(request: &RequestData) -> bool {
    matches!(request.values("aws:multifactorauthpresent"), Some([value]) if value.boolean() == Some(true))
}

/// Whether the account setting "Allow users to change their own password"
/// grants this: it "gives users access to the iam:ChangePassword action for only
/// their user and to the iam:GetAccountPasswordPolicy action" (IAM User Guide,
/// "Setting an account password policy for IAM users").
pub(super) fn is_granted_by_password_setting(request: &RequestData) -> bool {
    let user = match request.principal.as_ref().map(|principal| &principal.who) {
        Some(Who::User { arn } | Who::UserSession { arn }) => arn,
        _ => return false,
    };
    match request.action.folded() {
        "iam:changepassword" => request.arn.as_ref().is_none_or(|arn| arn == user),
        "iam:getaccountpasswordpolicy" => true,
        _ => false,
    }
}

/// Whether principal and resource are known to be in different partitions.
fn other_partition(request: &RequestData) -> bool {
    let principal = request
        .principal
        .as_ref()
        .and_then(|principal| principal.arn());
    match (principal, &request.arn) {
        (Some(principal), Some(resource)) => principal.partition() != resource.partition(),
        _ => false,
    }
}
