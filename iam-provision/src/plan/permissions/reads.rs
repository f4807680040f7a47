//! What reading for a plan has to be allowed, the way it was read and will be.

use std::collections::BTreeSet;

use super::{Needs, escape, everything};
use crate::desired::Target;
use crate::ledger::{self, Ledger};
use crate::observed::{Read, Reading, Reads, Way, reads_of};
use crate::state::{Identity, Provider, State};

impl Needs<'_> {
    /// The reads of the plan, of the check before its apply, and of the plan after it.
    pub(super) fn reads(&mut self, target: &Target, reading: &Reading) {
        let after = reading.way_after(target, self.after);
        if reading.reads != Reads::Targeted || reading.way == Way::Whole || after == Way::Whole {
            self.plain("GetAccountAuthorizationDetails", everything());
        }
        if reading.summary {
            self.plain("GetAccountSummary", everything());
        }
        if reading.ledger {
            let name = Ledger::name(&target.bundle);
            let arn = self.account().policy_arn(ledger::PATH, &name);
            self.read(Read::Policy(arn), self.before);
        }
        let mut looks = vec![(reading.way, self.before), (after, self.after)];
        if reading.began_by_targets(target, self.before) {
            looks.push((Way::Targets, self.before));
        }
        for (way, state) in looks {
            for read in reads_of(target, way, state) {
                self.read(read, state);
            }
        }
        // Whether a policy of AWS exists is asked as well, but who may not ask
        // plans all the same.
    }

    /// A read of the account when it is like this.
    fn read(&mut self, read: Read, now: &State) {
        match read {
            Read::PasswordPolicy => self.plain("GetAccountPasswordPolicy", everything()),
            Read::Profile(name) => {
                let arns = self.profile(&name);
                let is_there = now.profiles.contains_key(&name);
                let (call, prefix) = ("GetInstanceProfile", "instance-profile");
                self.look_up(call, prefix, &name, arns, is_there);
            }
            Read::Login(name) => self.plain("GetLoginProfile", self.user(&name)),
            Read::AccessKeys(name) => self.plain("ListAccessKeys", self.user(&name)),
            Read::Credentials(name) => {
                for call in crate::client::CREDENTIAL_LISTS {
                    self.plain(call, self.user(&name));
                }
            }
            Read::RoleSettings(name) => self.plain("GetRole", self.role(&name)),
            Read::PolicyTags(arn) => self.plain("GetPolicy", [escape(&arn)]),
            Read::Alias => self.plain("ListAccountAliases", everything()),
            Read::Linked(role) => {
                let path = self.account().arn(&format!("role{}", role.path()));
                self.plain("ListRoles", [escape(&path)]);
            }
            Read::Provider(provider) => {
                let arn = escape(&provider.arn(self.account()));
                let call = match provider {
                    Provider::Oidc(_) => "GetOpenIDConnectProvider",
                    Provider::Saml(_) => "GetSAMLProvider",
                };
                self.plain(call, [arn]);
            }
            Read::Entity(identity) => self.entity(&identity, now),
            Read::Members(group) => self.entity(&Identity::Group(group), now),
            Read::InlineNames(identity) => {
                let call = format!("List{}Policies", kind(&identity));
                self.plain(&call, self.identity(&identity));
            }
            Read::Inline(identity, _) => {
                let call = format!("Get{}Policy", kind(&identity));
                self.plain(&call, self.identity(&identity));
            }
            Read::Attached(identity) => {
                let call = format!("ListAttached{}Policies", kind(&identity));
                self.plain(&call, self.identity(&identity));
            }
            Read::GroupsOf(user) => self.plain("ListGroupsForUser", self.user(&user)),
            Read::ProfilesOf(role) => {
                self.plain("ListInstanceProfilesForRole", self.role(&role));
            }
            Read::Policy(arn) => {
                self.plain("GetPolicy", [escape(&arn)]);
                self.plain("GetPolicyVersion", [escape(&arn)]);
            }
            Read::Version(arn, _) => self.plain("GetPolicyVersion", [escape(&arn)]),
            Read::Versions(arn) => self.plain("ListPolicyVersions", [escape(&arn)]),
            Read::Holders(arn) => self.plain("ListEntitiesForPolicy", [escape(&arn)]),
            Read::PolicyNames => self.plain("ListPolicies", everything()),
            Read::Ledgers => {
                self.plain("ListPolicies", everything());
                let all = self.account().arn(&format!("policy{}", ledger::PATH));
                self.plain("GetPolicyVersion", [format!("{}*", escape(&all))]);
            }
            // One of those.
            Read::Ledger(..) => {}
        }
    }

    fn entity(&mut self, identity: &Identity, now: &State) {
        let (call, prefix) = match identity {
            Identity::User(_) => ("GetUser", "user"),
            Identity::Group(_) => ("GetGroup", "group"),
            Identity::Role(_) => ("GetRole", "role"),
        };
        let arns = self.identity(identity);
        let is_there = now.holder(identity).is_some();
        self.look_up(call, prefix, identity.name(), arns, is_there);
    }

    /// A read of what may not exist yet. The call names no path, so what is not there
    /// has none either.
    fn look_up(
        &mut self,
        call: &str,
        prefix: &str,
        name: &str,
        mut arns: BTreeSet<String>,
        is_there: bool,
    ) {
        if !is_there {
            arns.insert(self.arn(prefix, "/", name));
        }
        self.plain(call, arns);
    }
}

/// As IAM's calls have it.
pub(super) fn kind(identity: &Identity) -> &'static str {
    match identity {
        Identity::User(_) => "User",
        Identity::Group(_) => "Group",
        Identity::Role(_) => "Role",
    }
}
