//! The condition keys that a request carries ("AWS global condition context
//! keys" and "Actions, resources, and condition keys for IAM / STS").

use std::collections::BTreeMap;

use crate::credentials::{Caller, CallerIdentity, Presented, Subject};
use crate::dsl::Context;
use crate::moment::Moment;
use crate::names::Folded;
use crate::operations::{Operation, Service, Target};
use crate::request::Params;
use crate::state::tags::Tags;
use crate::state::{Account, Grants, PrincipalKind, World};

/// The address that calls of the sandbox come from: one that RFC 5737 sets
/// aside for documentation.
const SOURCE_IP: &str = "203.0.113.10";

/// Keys and values, before they are handed to the evaluator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys(BTreeMap<String, Vec<String>>);

impl Keys {
    /// What a request without a principal carries: when and from where.
    pub(crate) fn of_nobody(now: Moment) -> Keys {
        let mut keys = Keys::default();
        keys.set("aws:CurrentTime", now.to_string());
        keys.set("aws:EpochTime", now.seconds().to_string());
        keys.set("aws:SecureTransport", "true");
        keys.set("aws:SourceIp", SOURCE_IP);
        keys
    }

    /// What every request carries: who, when, from where, and how proven.
    pub(crate) fn of_caller(
        world: &World,
        caller: &Caller,
        presented: &Presented,
        now: Moment,
    ) -> Keys {
        let mut keys = Keys::of_nobody(now);
        keys.set("aws:RequestedRegion", presented.region.as_str());
        keys.set("aws:PrincipalAccount", caller.account.as_str());
        keys.set("aws:userid", caller.user_id.as_str());
        keys.set("aws:PrincipalIsAWSService", "false");
        keys.set("aws:ViaAWSService", "false");
        keys.set_organization("Principal", world, &caller.account);
        keys.set_principal(world, caller);
        if let Some(session) = &caller.session {
            keys.set("aws:TokenIssueTime", session.issued.to_string());
            // Credentials of a role carry no MFA information of their own
            // ("Configuring MFA-protected API access").
            let proven = session
                .mfa
                .filter(|_| !matches!(session.subject, Subject::Role { .. }));
            keys.set("aws:MultiFactorAuthPresent", proven.is_some().to_string());
            if let Some(at) = proven {
                keys.set("aws:MultiFactorAuthAge", now.since(at).to_string());
            }
            if let Some(identity) = &session.source_identity {
                keys.set("aws:SourceIdentity", identity.as_str());
            }
            for (key, values) in &session.keys {
                keys.set_many(key, values.clone());
            }
            for (key, value) in &session.tags {
                keys.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
            }
        }
        keys
    }

    /// Where the account of the resource stands.
    pub(crate) fn add_resource_account(&mut self, world: &World, account: &str) {
        self.set("aws:ResourceAccount", account);
        self.set_organization("Resource", world, account);
    }

    fn set_organization(&mut self, of: &str, world: &World, account: &str) {
        if let Some((_, organization)) = world.organization_of(account) {
            self.set(&format!("aws:{of}OrgID"), organization.id.as_str());
            let path = organization.organization_path(account);
            self.set(&format!("aws:{of}OrgPaths"), path);
        }
    }

    fn set_principal(&mut self, world: &World, caller: &Caller) {
        let account = world.accounts.get(&caller.account);
        match &caller.identity {
            CallerIdentity::Root => {
                self.set("aws:PrincipalArn", caller.arn.as_str());
                self.set("aws:PrincipalType", "Account");
            }
            CallerIdentity::User { name } => {
                self.set("aws:PrincipalArn", caller.arn.as_str());
                self.set("aws:PrincipalType", "User");
                self.set("aws:username", name.as_str());
                if let Some(user) = account.and_then(|a| a.user(name).ok()) {
                    self.set_tags("aws:PrincipalTag", &user.tags);
                }
            }
            CallerIdentity::Role { name } => {
                self.set("aws:PrincipalType", "AssumedRole");
                if let Some(role) = account.and_then(|a| a.role(name).ok()) {
                    self.set("aws:PrincipalArn", role.label.arn(&caller.account, "role"));
                    self.set_tags("aws:PrincipalTag", &role.tags);
                }
            }
            CallerIdentity::Anonymous => self.set("aws:PrincipalType", "Anonymous"),
            CallerIdentity::Federated { .. } => {
                self.set("aws:PrincipalArn", caller.arn.as_str());
                self.set("aws:PrincipalType", "FederatedUser");
            }
        }
    }

    /// What the request itself says.
    pub(crate) fn add_request(
        &mut self,
        account: Option<&Account>,
        caller: &Caller,
        operation: &Operation,
        params: &Params,
    ) {
        self.add_request_tags(params);
        match operation.service() {
            Service::Iam => self.add_iam(account, caller, operation, params),
            Service::Sts => self.add_sts(params),
        }
    }

    /// The tags that the request sets or removes.
    pub(crate) fn add_request_tags(&mut self, params: &Params) {
        let mut keys: Vec<String> = Vec::new();
        for tag in params.structures("Tags") {
            let key = tag.get("Key").copied().unwrap_or_default();
            let value = tag.get("Value").copied().unwrap_or_default();
            self.set(&format!("aws:RequestTag/{key}"), value);
            keys.push(key.to_owned());
        }
        keys.extend(params.list("TagKeys").into_iter().map(str::to_owned));
        self.set_many("aws:TagKeys", keys);
    }

    /// The tags of a session that is to be, where they come with a token.
    pub(crate) fn add_session_tags(&mut self, tags: &Tags) {
        self.set_tags("aws:RequestTag", tags);
        let keys = tags.iter().map(|(key, _)| key.to_owned());
        self.set_many("aws:TagKeys", keys.collect());
    }

    /// The tags of the entity that the call is about.
    pub(crate) fn add_resource_tags(&mut self, tags: &Tags) {
        self.set_tags("aws:ResourceTag", tags);
        self.set_tags("iam:ResourceTag", tags);
    }

    fn add_iam(
        &mut self,
        account: Option<&Account>,
        caller: &Caller,
        operation: &Operation,
        params: &Params,
    ) {
        let target =
            account.and_then(|account| Entity::of(account, caller, operation.target, params));
        if let Some(entity) = target {
            if let Some(tags) = entity.tags {
                self.add_resource_tags(tags);
            }
            if let Some(boundary) = entity.grants.and_then(|grants| grants.boundary.as_ref()) {
                self.set("iam:PermissionsBoundary", boundary.as_str());
            }
        }
        // The boundary that is being set takes the place of the one in force.
        if let Some(boundary) = params.get("PermissionsBoundary") {
            self.set("iam:PermissionsBoundary", boundary);
        }
        if let Some(service) = params.get("AWSServiceName") {
            self.set("iam:AWSServiceName", service);
        }
        if let (Target::Principal(_), Some(arn)) = (operation.target, params.get("PolicyArn")) {
            self.set("iam:PolicyARN", arn);
        }
    }

    /// What AssumeRole says about the session to come.
    pub(crate) fn add_sts(&mut self, params: &Params) {
        for (key, parameter) in [
            ("sts:ExternalId", "ExternalId"),
            ("sts:RoleSessionName", "RoleSessionName"),
            ("sts:SourceIdentity", "SourceIdentity"),
        ] {
            if let Some(value) = params.get(parameter) {
                self.set(key, value);
            }
        }
        let transitive = params.list("TransitiveTagKeys");
        self.set_many(
            "sts:TransitiveTagKeys",
            transitive.into_iter().map(str::to_owned).collect(),
        );
    }

    /// Sets one key to one value.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_owned(), vec![value.into()]);
    }

    /// Sets a key that may have many values; with none it is absent.
    pub(crate) fn set_many(&mut self, key: &str, values: Vec<String>) {
        if !values.is_empty() {
            self.0.insert(key.to_owned(), values);
        }
    }

    /// Whether a key has a value; names of keys ignore case.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.keys().any(|known| known.eq_ignore_ascii_case(key))
    }

    fn set_tags(&mut self, prefix: &str, tags: &Tags) {
        for (key, value) in tags.iter() {
            self.set(&format!("{prefix}/{key}"), value);
        }
    }

    /// The same for the evaluator.
    pub(crate) fn context(&self) -> Context {
        self.0
            .iter()
            .fold(Context::new(), |context, (key, values)| {
                context.with_values(key, values.iter().map(String::as_str))
            })
    }
}

/// What is known of the entity that a call is about.
struct Entity<'a> {
    tags: Option<&'a Tags>,
    grants: Option<&'a Grants>,
}

impl<'a> Entity<'a> {
    fn of(
        account: &'a Account,
        caller: &Caller,
        target: Target,
        params: &Params,
    ) -> Option<Entity<'a>> {
        match target {
            Target::Principal(PrincipalKind::User) | Target::UserOrCaller | Target::Caller => {
                let name = params.get("UserName").or(caller.user_name())?;
                let user = account.user(name).ok()?;
                Some(Entity {
                    tags: Some(&user.tags),
                    grants: Some(&user.grants),
                })
            }
            Target::Principal(PrincipalKind::Role) => {
                let role = account.role(params.get("RoleName")?).ok()?;
                Some(Entity {
                    tags: Some(&role.tags),
                    grants: Some(&role.grants),
                })
            }
            Target::Policy => {
                let policy = account.policy(params.get("PolicyArn")?)?;
                Some(Entity {
                    tags: Some(&policy.tags),
                    grants: None,
                })
            }
            Target::InstanceProfile => {
                let name = params.get("InstanceProfileName")?;
                let profile = account.instance_profile(name).ok()?;
                Some(Entity {
                    tags: Some(&profile.tags),
                    grants: None,
                })
            }
            Target::ServerCertificate => {
                let name = Folded::new(params.get("ServerCertificateName")?);
                let certificate = account.server_certificates.get(&name)?;
                Some(Entity {
                    tags: Some(&certificate.tags),
                    grants: None,
                })
            }
            Target::MfaDevice => {
                let device = account.mfa_device(params.get("SerialNumber")?)?;
                Some(Entity {
                    tags: Some(&device.tags),
                    grants: None,
                })
            }
            Target::Arn(parameter) => {
                let arn = params.get(parameter)?;
                let oidc = account
                    .oidc_providers
                    .get(arn)
                    .map(|provider| &provider.tags);
                let saml = account
                    .saml_providers
                    .get(arn)
                    .map(|provider| &provider.tags);
                Some(Entity {
                    tags: Some(oidc.or(saml)?),
                    grants: None,
                })
            }
            _ => None,
        }
    }
}
