//! What access is given, for how long, to whom and why.

use std::collections::BTreeMap;
use std::time::Duration;

use iam_dsl::{Policy, SessionPolicy};

use super::mark;
use super::name;
use super::record::LeaseKind;
use crate::clock;
use crate::desired::PolicyRef;
use crate::desired::policy::Named;
use crate::error::{Error, ErrorKind};
use crate::names::{
    GROUP_NAME, POLICY_NAME, Problem, check_name, check_path, check_policy_arn, check_tags,
};
use crate::session::SessionRequest;
use crate::state::Account;

const TTL: Duration = Duration::from_secs(1_800);
const LONGEST: Duration = Duration::from_secs(12 * 3_600);
const SHORTEST: Duration = Duration::from_secs(60);
/// Managed policies on a user, and groups of a user, by default ("IAM and AWS
/// STS quotas" in the IAM User Guide).
const ATTACHED: usize = 10;
const GROUPS: usize = 10;
/// Characters of a user's inline policies together (the same page).
const INLINE: usize = 2_048;

/// Access that can be leased: a value, named, and made once.
#[derive(Clone, Debug)]
pub struct Grant {
    pub(super) name: String,
    pub(super) kind: LeaseKind,
    /// What the session or token is made of; not there for users.
    pub(super) request: Option<SessionRequest>,
    pub(super) attached: Vec<PolicyRef>,
    pub(super) inline: BTreeMap<String, Policy>,
    pub(super) groups: Vec<String>,
    pub(super) boundary: Option<PolicyRef>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) ttl: Duration,
    pub(super) longest: Duration,
    pub(super) template: String,
    pub(super) usable_within: Duration,
}

impl Grant {
    /// A session of a role. The request says which, and how it is reached;
    /// the session's name and duration are the lease's.
    #[must_use]
    pub fn session(name: &str, request: SessionRequest) -> Self {
        Self::of(name, LeaseKind::Session, Some(request))
    }

    /// A federation token, signed with the long-term key of the user that the
    /// request's source, or the SDK's configuration, names.
    #[must_use]
    pub fn federation(name: &str) -> Self {
        let request = crate::session::Session::federation(name);
        Self::of(name, LeaseKind::Federation, Some(request))
    }

    /// A user for each lease.
    #[must_use]
    pub fn user(name: &str) -> Self {
        Self::of(name, LeaseKind::User, None)
    }

    fn of(name: &str, kind: LeaseKind, request: Option<SessionRequest>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            request,
            attached: Vec::new(),
            inline: BTreeMap::new(),
            groups: Vec::new(),
            boundary: None,
            tags: BTreeMap::new(),
            ttl: TTL,
            longest: LONGEST,
            template: name::DEFAULT.to_owned(),
            usable_within: Duration::ZERO,
        }
    }

    /// The grant's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A managed policy: attached to a user, a session policy otherwise.
    #[must_use]
    pub fn attach(mut self, policy: impl Into<PolicyRef>) -> Self {
        self.attached.push(policy.into());
        self
    }

    /// An inline policy of the user.
    #[must_use]
    pub fn inline(mut self, name: &str, policy: impl Into<Policy>) -> Self {
        self.inline.insert(name.to_owned(), policy.into());
        self
    }

    /// The session policy of a session or federation token.
    #[must_use]
    pub fn policy(mut self, policy: &SessionPolicy) -> Self {
        self.request = self.request.map(|request| request.policy(policy));
        self
    }

    /// A group that the user joins.
    #[must_use]
    pub fn group(mut self, group: &str) -> Self {
        self.groups.push(group.to_owned());
        self
    }

    /// The user's permissions boundary, which is part of CreateUser.
    #[must_use]
    pub fn boundary(mut self, policy: impl Into<PolicyRef>) -> Self {
        self.boundary = Some(policy.into());
        self
    }

    /// A tag of the user, or of the session.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// How long a lease lasts unless asked otherwise: 30 minutes unless set.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// How long a lease lasts at most, with all extensions: 12 hours unless set.
    #[must_use]
    pub fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// How users and sessions are named: text with `{grant}`, `{by}` and
    /// `{id}`, which is random and must occur. `lease-{grant}-{by}-{id}`
    /// unless set. What IAM does not accept in a name becomes `-`, and long
    /// parts are cut.
    #[must_use]
    pub fn name_template(mut self, template: &str) -> Self {
        template.clone_into(&mut self.template);
        self
    }

    /// Waits until the new key works before it is delivered, for this long at
    /// most: IAM takes seconds to make a key known. Costs one call more.
    #[must_use]
    pub fn usable_within(mut self, longest: Duration) -> Self {
        self.usable_within = longest;
        self
    }

    /// Everything that AWS would refuse, found without a call.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] with every problem.
    pub fn check(&self) -> Result<(), Error> {
        let problems = self.problems();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::with_problems(
            ErrorKind::InvalidRequest,
            "this grant cannot be leased; nothing was called:",
            problems,
        ))
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let place = format!("grant `{}`", self.name);
        check_name(&mut problems, &place, &self.name, 64);
        name::check(&mut problems, &place, &self.template);
        self.check_times(&mut problems, &place);
        for policy in self.attached.iter().chain(&self.boundary) {
            match &policy.0 {
                Named::Arn(arn) => check_policy_arn(&mut problems, &place, arn),
                Named::Aws(_) => {}
                Named::Own(name) => problems.push(Problem::new(
                    &place,
                    format!("policy `{name}` is named as one of a bundle, which a grant is no part of; give its ARN"),
                )),
            }
        }
        check_tags(
            &mut problems,
            &place,
            self.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())),
        );
        let own = 50 - mark::COUNT;
        if self.tags.len() > own {
            problems.push(Problem::new(
                &place,
                format!(
                    "{} tags; {own} are left beside those that mark the lease",
                    self.tags.len()
                ),
            ));
        }
        match self.kind {
            LeaseKind::User => self.check_user(&mut problems, &place),
            _ => self.check_session(&mut problems, &place),
        }
        problems
    }

    fn check_times(&self, problems: &mut Vec<Problem>, place: &str) {
        let mut say =
            |message: String| problems.push(Problem::new(format!("{place}: time"), message));
        if self.ttl > self.longest {
            say(format!(
                "lasts {} unless asked otherwise, and {} at most; the first must not be over the second",
                clock::words(self.ttl),
                clock::words(self.longest)
            ));
        }
        if self.ttl < SHORTEST {
            say(format!(
                "lasts {}; a minute is the least",
                clock::words(self.ttl)
            ));
        }
    }

    fn check_user(&self, problems: &mut Vec<Problem>, place: &str) {
        let mut say = |message: String| problems.push(Problem::new(place, message));
        if self.attached.is_empty() && self.inline.is_empty() && self.groups.is_empty() {
            say("gives nothing; add .attach(…), .inline(…) or .group(…)".to_owned());
        }
        if self.attached.len() > ATTACHED {
            say(format!(
                "{} managed policies; a user holds {ATTACHED}",
                self.attached.len()
            ));
        }
        if self.groups.len() > GROUPS {
            say(format!(
                "{} groups; a user is in {GROUPS} at most",
                self.groups.len()
            ));
        }
        let inline: usize = self.inline.values().map(Policy::character_count).sum();
        if inline + mark::EXPIRY_POLICY_SIZE > INLINE {
            say(format!(
                "{inline} characters of inline policies; a user holds {INLINE}, of which {} say when the lease ends",
                mark::EXPIRY_POLICY_SIZE
            ));
        }
        for name in self.inline.keys() {
            if name.eq_ignore_ascii_case(mark::EXPIRY_POLICY) {
                say(format!(
                    "inline policy {name} is the one that ends the lease; choose another name"
                ));
            }
        }
        for name in self.inline.keys() {
            check_name(
                problems,
                &format!("{place}: inline policy"),
                name,
                POLICY_NAME,
            );
        }
        for group in &self.groups {
            check_name(problems, &format!("{place}: group"), group, GROUP_NAME);
        }
    }

    fn check_session(&self, problems: &mut Vec<Problem>, place: &str) {
        let mut say = |message: &str| problems.push(Problem::new(place, message));
        if !self.groups.is_empty() {
            say("a session is in no group; lease a user, or a role that may do the same");
        }
        if self.boundary.is_some() {
            say(
                "a session has no boundary of its own; limit it with .policy(…), or give the role one",
            );
        }
        if !self.inline.is_empty() {
            say("a session has no inline policy; limit it with .policy(…)");
        }
        if !self.usable_within.is_zero() {
            say("a session can be used at once; leave .usable_within(…) out");
        }
        if let Some(request) = &self.request {
            // Each lease has a name of its own, which is made to fit.
            let request = request.clone().named("lease").duration(self.ttl);
            if let Err(error) = request.check() {
                problems.extend(error.problems().iter().cloned());
            }
        }
    }

    /// The ARN of a policy of this grant.
    pub(super) fn arn(policy: &PolicyRef, account: &Account) -> String {
        match &policy.0 {
            Named::Arn(arn) => arn.clone(),
            Named::Aws(name) => account.aws_policy_arn(name),
            Named::Own(name) => account.policy_arn("/", name),
        }
    }
}

/// Who asks for a lease, why, and for how long.
#[derive(Clone, Debug)]
pub struct Asked {
    pub(super) by: String,
    pub(super) why: String,
    pub(super) time: Option<Duration>,
}

impl Asked {
    /// Somebody asks.
    #[must_use]
    pub fn by(who: &str) -> Self {
        Self {
            by: who.to_owned(),
            why: String::new(),
            time: None,
        }
    }

    /// The reason, such as the number of a ticket.
    #[must_use]
    pub fn because(mut self, why: &str) -> Self {
        why.clone_into(&mut self.why);
        self
    }

    /// For how long, where it is not the grant's time.
    #[must_use]
    pub fn for_time(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self
    }

    /// What is wrong with it for a grant; its time otherwise.
    pub(super) fn check(&self, grant: &Grant) -> Result<Duration, Error> {
        let mut problems = Vec::new();
        let place = format!("lease of `{}`", grant.name);
        if self.by.trim().is_empty() {
            problems.push(Problem::new(
                &place,
                "nobody asks for it; name who does with Asked::by",
            ));
        }
        check_tags(
            &mut problems,
            &place,
            [("by", self.by.as_str()), ("because", self.why.as_str())].into_iter(),
        );
        let time = self.time.unwrap_or(grant.ttl);
        if time > grant.longest {
            problems.push(Problem::new(
                &place,
                format!(
                    "{} is asked for; the grant gives {} at most",
                    clock::words(time),
                    clock::words(grant.longest)
                ),
            ));
        }
        if time < SHORTEST {
            problems.push(Problem::new(
                &place,
                format!("{} is asked for; a minute is the least", clock::words(time)),
            ));
        }
        if problems.is_empty() {
            return Ok(time);
        }
        Err(Error::with_problems(
            ErrorKind::InvalidRequest,
            "this lease cannot be issued; nothing was called:",
            problems,
        ))
    }
}

/// Checks the path under which users of leases are.
pub(super) fn check_lease_path(path: &str) -> Result<(), Error> {
    let mut problems = Vec::new();
    check_path(&mut problems, "leases", path);
    if path == "/" {
        problems.push(Problem::new(
            "leases: path",
            "users of leases need a path of their own, such as \"/leases/\"",
        ));
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::with_problems(
        ErrorKind::InvalidRequest,
        "leases cannot live there:",
        problems,
    ))
}
