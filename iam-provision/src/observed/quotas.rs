//! Whether what a bundle wants fits into the account's quotas, told before
//! the first write rather than by the call in the middle that IAM refuses.
//!
//! AWS raises quotas and never lowers them below its defaults ("IAM and AWS
//! STS quotas", <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>),
//! so the account's own are read, with one GetAccountSummary, only where a
//! default would be exceeded. It has the counts as well, which are asked for where
//! the account is not read as a whole and something new is to come.

use std::collections::BTreeMap;

use super::{Reading, Way};
use crate::client::Client;
use crate::desired::Target;
use crate::error::Error;
use crate::names::Problem;
use crate::state::{Identity, State};

/// What GetAccountSummary says, by AWS's names.
pub(super) type Summary = BTreeMap<String, usize>;

/// A quota: its key in GetAccountSummary and its default.
type Quota = (&'static str, usize);

const USERS: Quota = ("UsersQuota", 5_000);
const GROUPS: Quota = ("GroupsQuota", 300);
const ROLES: Quota = ("RolesQuota", 1_000);
const POLICIES: Quota = ("PoliciesQuota", 1_500);
const PROFILES: Quota = ("InstanceProfilesQuota", 1_000);
const OF_A_USER: Quota = ("AttachedPoliciesPerUserQuota", 10);
const OF_A_GROUP: Quota = ("AttachedPoliciesPerGroupQuota", 10);
const OF_A_ROLE: Quota = ("AttachedPoliciesPerRoleQuota", 10);
const TRUST: Quota = ("AssumeRolePolicySizeQuota", 2_048);

/// What would be there, against which quota.
struct Count {
    place: String,
    /// Such as `roles in the account`.
    what: &'static str,
    count: usize,
    quota: Quota,
}

/// How many there will be of what is created before anything is deleted.
fn of_the_account(target: &Target, all: &State, summary: Option<&Summary>) -> Vec<Count> {
    let account = |what, key: &str, quota: Quota, read: usize, new: usize| Count {
        place: format!("account {}", all.account.id),
        what,
        // What is there already is nobody's fault here.
        count: if new == 0 {
            0
        } else {
            summary.and_then(|s| s.get(key)).copied().unwrap_or(read) + new
        },
        quota,
    };
    fn new<'k, V, W>(
        wanted: &'k BTreeMap<String, V>,
        there: &'k BTreeMap<String, W>,
    ) -> impl Iterator<Item = &'k String> {
        wanted.keys().filter(|name| !there.contains_key(*name))
    }
    let want = &target.state;
    vec![
        account(
            "users",
            "Users",
            USERS,
            all.users.len(),
            new(&want.users, &all.users).count(),
        ),
        account(
            "groups",
            "Groups",
            GROUPS,
            all.groups.len(),
            new(&want.groups, &all.groups).count(),
        ),
        account(
            "roles",
            "Roles",
            ROLES,
            all.roles.len(),
            new(&want.roles, &all.roles).count(),
        ),
        account(
            "customer managed policies",
            "Policies",
            POLICIES,
            all.policies.len(),
            new(&want.policies, &all.policies).count(),
        ),
        account(
            "instance profiles",
            "InstanceProfiles",
            PROFILES,
            all.profiles.len(),
            new(&want.profiles, &all.profiles).count(),
        ),
    ]
}

/// How much each entity of the bundle will have.
fn of_entities(target: &Target) -> Vec<Count> {
    let want = &target.state;
    let mut counts = Vec::new();
    for identity in want.identities() {
        let quota = match identity {
            Identity::User(_) => OF_A_USER,
            Identity::Group(_) => OF_A_GROUP,
            Identity::Role(_) => OF_A_ROLE,
        };
        counts.push(Count {
            place: identity.to_string(),
            what: "attached managed policies",
            count: want
                .holder(&identity)
                .map_or(0, |holder| holder.attached.len()),
            quota,
        });
    }
    counts.extend(want.roles.iter().map(|(name, role)| Count {
        place: format!("role {name}"),
        what: "characters of trust policy",
        count: role.trust.character_count(),
        quota: TRUST,
    }));
    counts
}

/// What does not fit. Reads the account's quotas only where a default is exceeded,
/// and its counts only where `all` is not all.
pub(super) async fn exceeded(
    client: &Client,
    target: &Target,
    all: &State,
    summary: Option<Summary>,
    reading: &mut Reading,
) -> Result<Vec<Problem>, Error> {
    let mut summary = summary;
    let counts = of_the_account(target, all, summary.as_ref());
    let is_anything_new = counts.iter().any(|count| count.count > 0);
    if summary.is_none() && reading.way == Way::Targets && is_anything_new {
        summary = Some(client.account_summary().await?);
    }
    let over: Vec<Count> = of_the_account(target, all, summary.as_ref())
        .into_iter()
        .chain(of_entities(target))
        .filter(|count| count.count > count.quota.1)
        .collect();
    let read = match summary {
        _ if over.is_empty() => {
            reading.summary |= summary.is_some();
            return Ok(Vec::new());
        }
        Some(read) => read,
        None => client.account_summary().await?,
    };
    reading.summary = true;
    let exceeded = over
        .into_iter()
        .filter_map(|count| {
            let (key, default) = count.quota;
            let quota = read.get(key).copied().unwrap_or(default);
            (count.count > quota).then(|| {
                Problem::new(
                    &count.place,
                    format!(
                        "{} {}; the quota is {quota} ({key}). Use fewer or ask AWS to raise it",
                        count.count, count.what
                    ),
                )
            })
        })
        .collect();
    Ok(exceeded)
}
