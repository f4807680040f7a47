//! What a service needs that brings its own bundle about at start-up.

use std::collections::{BTreeMap, BTreeSet};

use iam_dsl::{Identity as IdentityKind, InvalidPolicy, Policy};

use super::Needs;
use crate::desired::Target;
use crate::ledger::{self, Ledger};
use crate::names::OWNER_TAG;
use crate::plan::operation::Operation;
use crate::state::{Identity, RoleSettings};

/// Reads of what the target names, and the calls that add to it. Nothing that
/// is account-wide, and nothing that takes access away but as part of a
/// document that is replaced.
pub(crate) fn policy(target: &Target) -> Result<Policy<IdentityKind>, InvalidPolicy> {
    let state = &target.state;
    let mut needs = Needs {
        before: state,
        after: state,
        all: BTreeSet::new(),
    };
    let here = state.account.arn("policy/");
    needs.ledger(target);
    for (name, policy) in &state.policies {
        needs.managed(name, &policy.path, policy.tags.clone().unwrap_or_default());
    }
    for identity in state.identities() {
        needs.identity_calls(target, &identity);
        let used = state.holder(&identity).into_iter();
        for arn in used.flat_map(|holder| holder.attached.iter().chain(&holder.boundary)) {
            if arn.starts_with(&here) {
                needs.plain("GetPolicy", [super::escape(arn)]);
                needs.plain("GetPolicyVersion", [super::escape(arn)]);
            }
        }
    }
    for (user, group) in &state.memberships {
        needs.plain("GetUser", needs.user(user));
        needs.plain("ListGroupsForUser", needs.user(user));
        needs.plain("GetGroup", needs.group(group));
        needs.operation(&Operation::AddMember {
            user: user.clone(),
            group: group.clone(),
        });
    }
    for (name, profile) in &state.profiles {
        // Reads name no path, so what is not there yet has none either.
        let plain = needs.arn("instance-profile", "/", name);
        needs.plain("GetInstanceProfile", needs.profile(name));
        needs.plain("GetInstanceProfile", [plain]);
        needs.operation(&Operation::CreateProfile {
            name: name.clone(),
            path: profile.path.clone(),
            tags: BTreeMap::from([(OWNER_TAG.to_owned(), String::new())]),
        });
        if let Some(role) = &profile.role {
            needs.operation(&Operation::AddRoleToProfile {
                profile: name.clone(),
                role: role.clone(),
            });
            needs.looked_up("GetRole", "role", role, needs.role(role));
        }
    }
    needs.into_policy()
}

impl Needs<'_> {
    /// A read of an entity that may not exist yet, and is then looked for
    /// where it would be without a path.
    fn looked_up(&mut self, call: &str, kind: &str, name: &str, arns: BTreeSet<String>) {
        self.plain(call, arns);
        let plain = self.arn(kind, "/", name);
        self.plain(call, [plain]);
    }

    fn ledger(&mut self, target: &Target) {
        let name = Ledger::name(&target.bundle);
        if target.claims().is_empty() && target.generation.is_none() {
            let arn = self.arn("policy", ledger::PATH, &name);
            self.plain("GetPolicy", [arn.clone()]);
            self.plain("GetPolicyVersion", [arn]);
        } else {
            let tags = BTreeMap::from([(OWNER_TAG.to_owned(), String::new())]);
            self.managed(&name, ledger::PATH, tags);
        }
    }

    fn managed(&mut self, name: &str, path: &str, mut tags: BTreeMap<String, String>) {
        let arn = self.arn("policy", path, name);
        for call in [
            "GetPolicy",
            "GetPolicyVersion",
            "ListPolicyVersions",
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
        ] {
            self.plain(call, [arn.clone()]);
        }
        tags.insert(OWNER_TAG.to_owned(), String::new());
        self.tags("TagPolicy", [arn], tags.keys());
    }

    fn identity_calls(&mut self, target: &Target, identity: &Identity) {
        let Some(holder) = target.state.holder(identity) else {
            return;
        };
        let (path, boundary, tags) = (&holder.path, &holder.boundary, &holder.tags);
        match identity {
            Identity::User(name) => {
                self.looked_up("GetUser", "user", name, self.user(name));
                self.operation(&Operation::CreateUser {
                    name: name.clone(),
                    path: path.clone(),
                    boundary: boundary.clone(),
                    tags: tags.clone(),
                });
            }
            Identity::Group(name) => {
                self.looked_up("GetGroup", "group", name, self.group(name));
                self.operation(&Operation::CreateGroup {
                    name: name.clone(),
                    path: path.clone(),
                });
            }
            Identity::Role(name) => self.role_calls(target, name),
        }
        if !tags.is_empty() {
            self.operation(&Operation::Tag {
                on: identity.clone(),
                tags: tags.clone(),
            });
        }
        if let Some(arn) = boundary {
            self.operation(&Operation::SetBoundary {
                on: identity.clone(),
                arn: arn.clone(),
            });
        }
        let kind = super::reads::kind(identity);
        if !holder.inline.is_empty() {
            self.plain(&format!("Get{kind}Policy"), self.identity(identity));
            self.plain(&format!("Put{kind}Policy"), self.identity(identity));
        }
        if !holder.attached.is_empty() {
            let call = format!("ListAttached{kind}Policies");
            self.plain(&call, self.identity(identity));
        }
        for arn in &holder.attached {
            self.operation(&Operation::Attach {
                on: identity.clone(),
                arn: arn.clone(),
            });
        }
    }

    fn role_calls(&mut self, target: &Target, name: &str) {
        let Some(role) = target.state.roles.get(name) else {
            return;
        };
        let name = name.to_owned();
        let settings = role.settings.clone().unwrap_or(RoleSettings {
            description: String::new(),
            max_session_seconds: 3_600,
        });
        self.looked_up("GetRole", "role", &name, self.role(&name));
        self.operation(&Operation::CreateRole {
            name: name.clone(),
            path: role.holder.path.clone(),
            trust: role.trust.clone(),
            settings: settings.clone(),
            boundary: role.holder.boundary.clone(),
            tags: role.holder.tags.clone(),
        });
        self.operation(&Operation::UpdateTrust {
            name: name.clone(),
            document: role.trust.clone(),
        });
        self.operation(&Operation::UpdateRole { name, settings });
    }
}
