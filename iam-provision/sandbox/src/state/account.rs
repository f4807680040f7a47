//! One account: its entities, found by name or ARN with IAM's errors.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::Ids;
use crate::moment::Moment;
use crate::names::Folded;
use crate::operations::last_accessed::Job;
use crate::refusal::Refusal;
use crate::state::activity::Activity;
use crate::state::entities::Entities;
use crate::state::group::Group;
use crate::state::instance_profile::InstanceProfile;
use crate::state::mfa::MfaDevice;
use crate::state::password_policy::PasswordPolicy;
use crate::state::policy::ManagedPolicy;
use crate::state::provider::{OidcProvider, SamlProvider};
use crate::state::quotas::Quotas;
use crate::state::role::Role;
use crate::state::server_certificate::ServerCertificate;
use crate::state::user::User;
use crate::state::{Grants, PolicyText, PrincipalKind};

/// One AWS account.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) root_key: String,
    pub(crate) root_secret: String,
    pub(crate) alias: Option<String>,
    pub(crate) users: Entities<Folded, User>,
    pub(crate) groups: Entities<Folded, Group>,
    pub(crate) roles: Entities<Folded, Role>,
    pub(crate) policies: Entities<Folded, ManagedPolicy>,
    pub(crate) instance_profiles: Entities<Folded, InstanceProfile>,
    /// By name: the serial number is the ARN made of path and name.
    pub(crate) mfa_devices: Entities<Folded, MfaDevice>,
    /// By ARN.
    pub(crate) oidc_providers: Entities<String, OidcProvider>,
    /// By ARN.
    pub(crate) saml_providers: Entities<String, SamlProvider>,
    pub(crate) server_certificates: Entities<Folded, ServerCertificate>,
    pub(crate) password_policy: Option<PasswordPolicy>,
    /// When the latest credential report was made, and its text.
    pub(crate) credential_report: Option<(Moment, String)>,
    /// Deletions of service-linked roles, by their task's id.
    pub(crate) deletion_tasks: BTreeSet<String>,
    /// Reports of service last accessed data, by the job's id.
    pub(crate) last_accessed_jobs: BTreeMap<String, Job>,
    /// The version of the tokens that the global endpoint of STS hands out.
    pub(crate) global_token_version: u8,
    /// What users and roles have asked for.
    pub(crate) activity: Activity,
    /// Service control policies over the account, level by level from the
    /// organization's root; none if the account is in no organization.
    pub(crate) service_control: Vec<Vec<PolicyText>>,
    pub(crate) quotas: Quotas,
}

impl Account {
    /// An empty account with root credentials.
    pub(crate) fn new(id: &str, ids: &mut Ids) -> Account {
        Account {
            id: id.to_owned(),
            root_key: ids.access_key("AKIA"),
            root_secret: ids.secret(),
            alias: None,
            users: Entities::default(),
            groups: Entities::default(),
            roles: Entities::default(),
            policies: Entities::default(),
            instance_profiles: Entities::default(),
            mfa_devices: Entities::default(),
            oidc_providers: Entities::default(),
            saml_providers: Entities::default(),
            server_certificates: Entities::default(),
            password_policy: None,
            credential_report: None,
            deletion_tasks: BTreeSet::new(),
            last_accessed_jobs: BTreeMap::new(),
            global_token_version: 1,
            activity: Activity::default(),
            service_control: Vec::new(),
            quotas: Quotas::default(),
        }
    }

    /// The user of that name.
    pub(crate) fn user(&self, name: &str) -> Result<&User, Refusal> {
        self.users
            .get(&Folded::new(name))
            .ok_or_else(|| missing("user", name))
    }

    /// The user of that name, to change it.
    pub(crate) fn user_mut(&mut self, name: &str) -> Result<&mut User, Refusal> {
        self.users
            .get_mut(&Folded::new(name))
            .ok_or_else(|| missing("user", name))
    }

    /// The group of that name.
    pub(crate) fn group(&self, name: &str) -> Result<&Group, Refusal> {
        self.groups
            .get(&Folded::new(name))
            .ok_or_else(|| missing("group", name))
    }

    /// The group of that name, to change it.
    pub(crate) fn group_mut(&mut self, name: &str) -> Result<&mut Group, Refusal> {
        self.groups
            .get_mut(&Folded::new(name))
            .ok_or_else(|| missing("group", name))
    }

    /// The role of that name.
    pub(crate) fn role(&self, name: &str) -> Result<&Role, Refusal> {
        self.roles
            .get(&Folded::new(name))
            .ok_or_else(|| missing("role", name))
    }

    /// The role of that name, to change it; roles of AWS services refuse.
    pub(crate) fn role_mut(&mut self, name: &str) -> Result<&mut Role, Refusal> {
        let role = self.any_role_mut(name)?;
        role.refuse_if_service_linked()?;
        Ok(role)
    }

    /// The same for tags and description, which customers may change of a
    /// service-linked role too (TagRole in the IAM API reference; "Edit a
    /// service-linked role description" in the IAM User Guide).
    pub(crate) fn any_role_mut(&mut self, name: &str) -> Result<&mut Role, Refusal> {
        self.roles
            .get_mut(&Folded::new(name))
            .ok_or_else(|| missing("role", name))
    }

    /// The instance profile of that name.
    pub(crate) fn instance_profile(&self, name: &str) -> Result<&InstanceProfile, Refusal> {
        self.instance_profiles
            .get(&Folded::new(name))
            .ok_or_else(|| missing_profile(name))
    }

    /// The instance profile of that name, to change it.
    pub(crate) fn instance_profile_mut(
        &mut self,
        name: &str,
    ) -> Result<&mut InstanceProfile, Refusal> {
        self.instance_profiles
            .get_mut(&Folded::new(name))
            .ok_or_else(|| missing_profile(name))
    }

    /// The policies of a user, group or role.
    pub(crate) fn grants(&self, kind: PrincipalKind, name: &str) -> Result<&Grants, Refusal> {
        Ok(match kind {
            PrincipalKind::User => &self.user(name)?.grants,
            PrincipalKind::Group => &self.group(name)?.grants,
            PrincipalKind::Role => &self.role(name)?.grants,
        })
    }

    /// The policies of a user, group or role, to change them.
    pub(crate) fn grants_mut(
        &mut self,
        kind: PrincipalKind,
        name: &str,
    ) -> Result<&mut Grants, Refusal> {
        Ok(match kind {
            PrincipalKind::User => &mut self.user_mut(name)?.grants,
            PrincipalKind::Group => &mut self.group_mut(name)?.grants,
            PrincipalKind::Role => &mut self.role_mut(name)?.grants,
        })
    }

    /// The customer managed policy of that ARN.
    pub(crate) fn policy(&self, arn: &str) -> Option<&ManagedPolicy> {
        self.policies
            .get(&policy_key(arn))
            .filter(|policy| policy.label.arn(&self.id, "policy") == arn)
    }

    /// The customer managed policy of that ARN, to change it.
    pub(crate) fn policy_mut(&mut self, arn: &str) -> Option<&mut ManagedPolicy> {
        let id = &self.id;
        self.policies
            .get_mut(&policy_key(arn))
            .filter(|policy| policy.label.arn(id, "policy") == arn)
    }

    /// The MFA device of that serial number.
    pub(crate) fn mfa_device(&self, serial: &str) -> Option<&MfaDevice> {
        self.mfa_devices
            .get(&policy_key(serial))
            .filter(|device| device.serial(&self.id) == serial)
    }

    /// The MFA device of that serial number, to change it.
    pub(crate) fn mfa_device_mut(&mut self, serial: &str) -> Option<&mut MfaDevice> {
        let id = &self.id;
        self.mfa_devices
            .get_mut(&policy_key(serial))
            .filter(|device| device.serial(id) == serial)
    }

    /// The groups that a user is in.
    pub(crate) fn groups_of<'a>(&'a self, user: &'a User) -> impl Iterator<Item = &'a Group> {
        user.groups.iter().filter_map(|name| self.groups.get(name))
    }

    /// The users in a group.
    pub(crate) fn members_of(&self, group: &Group) -> impl Iterator<Item = &User> {
        let key = Folded::new(&group.label.name);
        self.users
            .values()
            .filter(move |user| user.groups.contains(&key))
    }

    /// Every user, group and role with its policies.
    pub(crate) fn all_grants(
        &self,
    ) -> impl Iterator<Item = (PrincipalKind, &crate::state::Label, &Grants)> {
        let users = self
            .users
            .values()
            .map(|u| (PrincipalKind::User, &u.label, &u.grants));
        let groups = self
            .groups
            .values()
            .map(|g| (PrincipalKind::Group, &g.label, &g.grants));
        let roles = self
            .roles
            .values()
            .map(|r| (PrincipalKind::Role, &r.label, &r.grants));
        users.chain(groups).chain(roles)
    }

    /// How often each managed policy is used, by its ARN.
    pub(crate) fn policy_usage(&self) -> PolicyUsage<'_> {
        let mut usage = PolicyUsage::default();
        for (_, _, grants) in self.all_grants() {
            for arn in &grants.attached {
                usage.0.entry(arn).or_default().attachments += 1;
            }
            if let Some(arn) = &grants.boundary {
                usage.0.entry(arn).or_default().boundaries += 1;
            }
        }
        usage
    }
}

/// How often managed policies are used in an account.
#[derive(Debug, Default)]
pub(crate) struct PolicyUsage<'a>(BTreeMap<&'a str, Uses>);

/// The uses of one managed policy.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Uses {
    /// Users, groups and roles that it is attached to.
    pub(crate) attachments: usize,
    /// Users and roles that it is the boundary of.
    pub(crate) boundaries: usize,
}

impl PolicyUsage<'_> {
    /// The uses of one policy.
    pub(crate) fn of(&self, arn: &str) -> Uses {
        self.0.get(arn).copied().unwrap_or_default()
    }
}

/// Names are unique across paths, so the last part of an ARN finds the entity.
fn policy_key(arn: &str) -> Folded {
    Folded::new(arn.rsplit('/').next().unwrap_or_default())
}

fn missing(kind: &str, name: &str) -> Refusal {
    Refusal::no_such_entity(format!("The {kind} with name {name} cannot be found."))
}

fn missing_profile(name: &str) -> Refusal {
    Refusal::no_such_entity(format!("Instance Profile {name} cannot be found."))
}
