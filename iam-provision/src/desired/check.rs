//! Everything about a bundle that IAM would refuse and that needs no look at
//! the account; `observed::quotas` has those that AWS raises on request. Sizes and counts are from "IAM and AWS STS quotas" (IAM User
//! Guide); lengths and ranges from the IAM API reference.

use std::collections::{BTreeMap, BTreeSet};

mod account;

use super::policy::Named;
use super::{Bundle, PasswordPolicy, PolicyRef};
use crate::document::PolicyText;
use crate::ledger::{self, Ledger};
use crate::names::{self, Problem, same_name};
use crate::plan::transition;

/// Characters without white space, as IAM counts them.
pub(crate) const MANAGED_POLICY_SIZE: usize = 6_144;
pub(crate) const USER_INLINE_SIZE: usize = 2_048;
pub(crate) const GROUP_INLINE_SIZE: usize = 5_120;
pub(crate) const ROLE_INLINE_SIZE: usize = 10_240;
/// By default; AWS raises it on request.
pub(crate) const TRUST_SIZE: usize = 2_048;
const GROUPS_OF_A_USER: usize = 10;
const DESCRIPTION: usize = 1_000;

/// All problems of a bundle, in the order of its entities.
pub(super) fn bundle(bundle: &Bundle) -> Vec<Problem> {
    let mut checker = Checker {
        bundle,
        problems: Vec::new(),
    };
    let place = format!("bundle `{}`", bundle.name);
    names::check_name(
        &mut checker.problems,
        &place,
        &bundle.name,
        names::BUNDLE_NAME,
    );
    checker.policies();
    checker.users();
    checker.groups();
    checker.roles();
    checker.instance_profiles();
    checker.password_policy(&place);
    checker.account_alias(&place);
    checker.providers();
    checker.linked_roles();
    checker.ledger(&place);
    checker.problems
}

struct Checker<'a> {
    bundle: &'a Bundle,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn problem(&mut self, place: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(place, message));
    }

    fn policies(&mut self) {
        self.duplicates(
            "managed policy",
            self.bundle.policies.iter().map(|p| p.name.as_str()),
        );
        for policy in &self.bundle.policies {
            let place = format!("managed policy `{}`", policy.name);
            names::check_name(&mut self.problems, &place, &policy.name, names::POLICY_NAME);
            names::check_path(&mut self.problems, &place, &policy.path);
            // A name is taken whatever the path.
            if same_name(&policy.name, &Ledger::name(&self.bundle.name)) {
                self.problem(
                    &place,
                    "the name is that of the bundle's own ledger; choose another name",
                );
            }
            if policy.path == ledger::PATH {
                self.problem(
                    &place,
                    format!(
                        "the path {} is kept for the ledgers of bundles; choose another",
                        ledger::PATH
                    ),
                );
            }
            self.description(&place, &policy.description);
            self.size(
                &place,
                policy.document.character_count(),
                MANAGED_POLICY_SIZE,
            );
            self.tags(&place, &policy.tags);
        }
    }

    fn users(&mut self) {
        self.duplicates("user", self.bundle.users.iter().map(|u| u.name.as_str()));
        for user in &self.bundle.users {
            let place = format!("user `{}`", user.name);
            names::check_name(&mut self.problems, &place, &user.name, names::USER_NAME);
            names::check_path(&mut self.problems, &place, &user.path);
            let users = self.bundle.users.iter().map(|u| (&u.name, &u.renamed_from));
            self.renamed(&place, user.renamed_from.as_ref(), users, names::USER_NAME);
            self.inline(&place, &user.inline, USER_INLINE_SIZE);
            self.attached(&place, &user.attached);
            self.boundary(&place, user.boundary.as_ref());
            self.tags(&place, &user.tags);
            let mut groups: BTreeSet<&str> = user.groups.iter().map(String::as_str).collect();
            for group in &self.bundle.groups {
                if group.members.contains(&user.name) {
                    groups.insert(&group.name);
                }
            }
            if groups.len() > GROUPS_OF_A_USER {
                self.problem(
                    &place,
                    format!(
                        "member of {} groups; IAM accepts at most {GROUPS_OF_A_USER}",
                        groups.len()
                    ),
                );
            }
            for group in &user.groups {
                names::check_name(
                    &mut self.problems,
                    &format!("{place}: group `{group}`"),
                    group,
                    names::GROUP_NAME,
                );
            }
        }
    }

    fn groups(&mut self) {
        self.duplicates("group", self.bundle.groups.iter().map(|g| g.name.as_str()));
        for group in &self.bundle.groups {
            let place = format!("group `{}`", group.name);
            names::check_name(&mut self.problems, &place, &group.name, names::GROUP_NAME);
            names::check_path(&mut self.problems, &place, &group.path);
            let groups = self
                .bundle
                .groups
                .iter()
                .map(|g| (&g.name, &g.renamed_from));
            self.renamed(
                &place,
                group.renamed_from.as_ref(),
                groups,
                names::GROUP_NAME,
            );
            self.inline(&place, &group.inline, GROUP_INLINE_SIZE);
            self.attached(&place, &group.attached);
            for user in &group.members {
                names::check_name(
                    &mut self.problems,
                    &format!("{place}: member `{user}`"),
                    user,
                    names::USER_NAME,
                );
            }
        }
    }

    /// `all`: what is declared, and what it was called before.
    fn renamed<'n>(
        &mut self,
        place: &str,
        before: Option<&String>,
        all: impl Iterator<Item = (&'n String, &'n Option<String>)>,
        longest: usize,
    ) {
        let Some(before) = before else { return };
        let place = format!("{place}: renamed from `{before}`");
        names::check_name(&mut self.problems, &place, before, longest);
        let (mut declared, mut claims) = (false, 0);
        for (name, from) in all {
            declared |= same_name(name, before);
            claims += usize::from(from.as_ref().is_some_and(|from| same_name(from, before)));
        }
        if declared {
            self.problem(
                &place,
                "that name is declared as well; declare one of the two",
            );
        }
        if claims > 1 {
            self.problem(&place, "more than one is to have had that name; one had it");
        }
    }

    fn roles(&mut self) {
        self.duplicates("role", self.bundle.roles.iter().map(|r| r.name.as_str()));
        for role in &self.bundle.roles {
            let place = format!("role `{}`", role.name);
            names::check_name(&mut self.problems, &place, &role.name, names::ROLE_NAME);
            names::check_path(&mut self.problems, &place, &role.path);
            self.description(&place, &role.description);
            self.inline(&place, &role.inline, ROLE_INLINE_SIZE);
            self.attached(&place, &role.attached);
            self.boundary(&place, role.boundary.as_ref());
            self.tags(&place, &role.tags);
            if !(3_600..=43_200).contains(&role.max_session_seconds) {
                self.problem(
                    &place,
                    format!(
                        "sessions of {} seconds; IAM accepts 3600 to 43200 (1 to 12 hours)",
                        role.max_session_seconds
                    ),
                );
            }
        }
    }

    fn instance_profiles(&mut self) {
        self.duplicates(
            "instance profile",
            self.bundle
                .instance_profiles
                .iter()
                .map(|p| p.name.as_str()),
        );
        for profile in &self.bundle.instance_profiles {
            let place = format!("instance profile `{}`", profile.name);
            names::check_name(
                &mut self.problems,
                &place,
                &profile.name,
                names::PROFILE_NAME,
            );
            names::check_path(&mut self.problems, &place, &profile.path);
            if let Some(role) = &profile.role {
                names::check_name(
                    &mut self.problems,
                    &format!("{place}: role `{role}`"),
                    role,
                    names::ROLE_NAME,
                );
            }
        }
    }

    fn password_policy(&mut self, bundle: &str) {
        if self.bundle.password_policies.len() > 1 {
            self.problem(bundle, "more than one password policy; an account has one");
        }
        let place = "password policy";
        for policy in &self.bundle.password_policies {
            let PasswordPolicy {
                minimum_length,
                max_age,
                reuse_prevention,
                ..
            } = policy;
            if !(6..=128).contains(minimum_length) {
                self.problem(
                    place,
                    format!("a minimum length of {minimum_length}; IAM accepts 6 to 128"),
                );
            }
            if max_age.is_some_and(|days| !(1..=1_095).contains(&days)) {
                self.problem(
                    place,
                    "passwords expire after 1 to 1095 days, or never (None)",
                );
            }
            if reuse_prevention.is_some_and(|last| !(1..=24).contains(&last)) {
                self.problem(
                    place,
                    "1 to 24 earlier passwords can be refused, or none (None)",
                );
            }
            if policy.hard_expiry && max_age.is_none() {
                self.problem(
                    place,
                    "hard expiry without an age; name the age or drop the hard expiry",
                );
            }
        }
    }

    /// The ledger is a managed policy itself and has to fit into one.
    fn ledger(&mut self, place: &str) {
        let bundle = self.bundle;
        let claimed = bundle
            .groups
            .iter()
            .map(|g| (&g.name, g.protect))
            .chain(bundle.policies.iter().map(|p| (&p.name, p.protect)))
            .chain(
                bundle
                    .instance_profiles
                    .iter()
                    .map(|p| (&p.name, p.protect)),
            )
            .chain(bundle.oidc_providers.iter().map(|p| (&p.url, p.protect)))
            .chain(bundle.saml_providers.iter().map(|p| (&p.name, p.protect)))
            .chain(bundle.linked_roles.iter().map(|r| (&r.service, r.protect)));
        // What is protected is listed a second time; of users and roles nothing else is.
        let claimed = claimed.map(|(name, protect)| (name, 1 + usize::from(protect)));
        let users = bundle.users.iter().map(|u| (&u.name, u.protect));
        let roles = bundle.roles.iter().map(|r| (&r.name, r.protect));
        let tagged = users.chain(roles);
        let tagged = tagged.map(|(name, protect)| (name, usize::from(protect)));
        // An ARN is at most 60 characters longer than the name.
        let listed = claimed.chain(tagged);
        let estimate = 700
            + listed
                .map(|(name, times)| times * (name.len() + 60))
                .sum::<usize>();
        if estimate > MANAGED_POLICY_SIZE {
            self.problem(
                place,
                format!("too many groups, managed policies, instance profiles, providers and service-linked roles for one bundle: the ledger `{}` that lists them would not fit into a managed policy; split the bundle", Ledger::name(&self.bundle.name)),
            );
        }
    }

    fn duplicates<'n>(&mut self, kind: &str, names: impl Iterator<Item = &'n str>) {
        let mut seen: Vec<&str> = Vec::new();
        for name in names {
            if let Some(first) = seen.iter().find(|other| same_name(other, name)) {
                let message = if *first == name {
                    "declared twice; declare it once".to_owned()
                } else {
                    format!(
                        "`{first}` is declared as well; IAM compares names without regard to case, so choose another name"
                    )
                };
                self.problems
                    .push(Problem::new(format!("{kind} `{name}`"), message));
            }
            seen.push(name);
        }
    }

    fn description(&mut self, place: &str, description: &str) {
        let length = description.chars().count();
        if length > DESCRIPTION {
            self.problem(
                place,
                format!("a description of {length} characters; IAM accepts at most {DESCRIPTION}"),
            );
        }
        let acceptable =
            |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{a1}'..='\u{ff}');
        if let Some(bad) = description.chars().find(|c| !acceptable(*c)) {
            self.problem(
                place,
                format!("the description has the character {bad:?}; IAM accepts Latin-1 text"),
            );
        }
    }

    fn size(&mut self, place: &str, size: usize, most: usize) {
        if size > most {
            self.problem(
                place,
                format!("{size} characters without white space; IAM accepts at most {most}"),
            );
        }
    }

    fn inline(&mut self, place: &str, inline: &BTreeMap<String, PolicyText>, most: usize) {
        self.duplicates(
            &format!("{place}: inline policy"),
            inline.keys().map(String::as_str),
        );
        for name in inline.keys() {
            if same_name(name, transition::NAME) {
                self.problem(
                    &format!("{place}: inline policy `{name}`"),
                    "the name is reserved for what a plan denies for the time of a change; choose another name",
                );
            }
            names::check_name(
                &mut self.problems,
                &format!("{place}: inline policy `{name}`"),
                name,
                names::POLICY_NAME,
            );
        }
        let total = inline.values().map(PolicyText::character_count).sum();
        self.size(&format!("{place}: inline policies together"), total, most);
    }

    fn attached(&mut self, place: &str, attached: &BTreeSet<PolicyRef>) {
        for policy in attached {
            self.policy_ref(&format!("{place}: attached policy"), policy);
        }
    }

    fn boundary(&mut self, place: &str, boundary: Option<&PolicyRef>) {
        if let Some(policy) = boundary {
            self.policy_ref(&format!("{place}: permissions boundary"), policy);
        }
    }

    fn policy_ref(&mut self, place: &str, policy: &PolicyRef) {
        match &policy.0 {
            Named::Arn(arn) => names::check_policy_arn(&mut self.problems, place, arn),
            Named::Aws(name) => {
                let file = name.rsplit('/').next().unwrap_or(name);
                names::check_name(
                    &mut self.problems,
                    &format!("{place} `{name}`"),
                    file,
                    names::POLICY_NAME,
                );
            }
            Named::Own(name) => {
                if !self.bundle.policies.iter().any(|p| &p.name == name) {
                    self.problem(
                        place,
                        format!("the bundle has no managed policy `{name}`; add it to the bundle, or name an existing one by its ARN"),
                    );
                }
            }
        }
    }

    fn tags(&mut self, place: &str, tags: &BTreeMap<String, String>) {
        names::check_tags(
            &mut self.problems,
            place,
            tags.iter().map(|(k, v)| (k.as_str(), v.as_str())),
        );
    }
}
