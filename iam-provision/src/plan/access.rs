//! What a step gives to whom and takes from whom, proved.
//!
//! For each user and role that a step touches, everything it has before the
//! step is compared with everything it has after it, by
//! [`iam_dsl::analyze`]: its own policies, those of its groups, its boundary.
//! For a trust policy it is who may newly assume the role. What is told is
//! either true of every request that is named, or told as a part with a request
//! that shows it; both answers were had from the evaluator. Where something is
//! not read or the proof ends without an answer, that is what is told.
//!
//! The limits are those of the comparison ([`iam_dsl::analyze`], "Which requests
//! are meant"): owners of resources are taken to leave it to the account, service
//! control policies are not read, and a request may carry any context. What a
//! change of tags or of a path does to conditions about them is not proved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use iam_dsl::analyze::{Access, Witness};
use iam_dsl::{ContextValue, Document};
use serde_json::{Value, json};

use super::judge::{Finding, Judge};
use super::operation::Operation;
use super::powers::{Powers, set};
use super::words;
use crate::desired::Target;
use crate::document::{Effect, OneStatement, PolicyText};
use crate::names::OWNER_TAG;
use crate::state::{Identity, State};

/// How many names and statements a line tells.
const TOLD: usize = 5;

/// What a step changes of what somebody may do.
///
/// Displayed it is a sentence, such as `gives user Administrator:
/// s3:DeleteObject on arn:aws:s3:::logs/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessChange {
    kind: AccessChangeKind,
    who: Vec<String>,
    what: String,
    extent: Extent,
    example: Option<String>,
    is_all_read: bool,
}

/// How much of what is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    Whole,
    /// All that no deny of the same identity hits.
    ButDenied,
    Part,
}

/// The kinds of [`AccessChange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AccessChangeKind {
    /// Allowed after the step and not before it: proved.
    Gives,
    /// Allowed before the step and not after it: proved.
    Takes,
    /// Somebody may newly assume a role: proved.
    LetsAssume,
    /// Somebody may no longer assume a role: proved.
    NoLongerLetsAssume,
    /// What changes is not known, or not all of it; the text says why.
    Unknown,
}

impl AccessChangeKind {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gives => "gives",
            Self::Takes => "takes",
            Self::LetsAssume => "lets-assume",
            Self::NoLongerLetsAssume => "no-longer-lets-assume",
            Self::Unknown => "unknown",
        }
    }
}

impl AccessChange {
    fn new(kind: AccessChangeKind, who: Vec<String>, what: impl Into<String>) -> Self {
        Self {
            kind,
            who,
            what: what.into(),
            extent: Extent::Whole,
            example: None,
            is_all_read: true,
        }
    }

    /// Whether it gives, takes, or is not known.
    pub fn kind(&self) -> AccessChangeKind {
        self.kind
    }

    /// For whom: users and roles such as `user ann`; for a trust policy whoever
    /// it lets in, such as `users of account 111122223333`.
    pub fn who(&self) -> &[String] {
        &self.who
    }

    /// Actions and resources, such as `s3:DeleteObject on arn:aws:s3:::logs/*`,
    /// with the conditions of the statement; for a trust policy the role; for
    /// what is not known the reason.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Whether it is only some of the requests that [`AccessChange::what`] names:
    /// those that a deny does not hit, or others, of which
    /// [`AccessChange::example`] is one.
    pub fn is_part(&self) -> bool {
        self.extent != Extent::Whole
    }

    /// Whether every policy that decides was read. Otherwise it is what those
    /// that were read come to, and a change of the kind
    /// [`AccessChangeKind::Unknown`] names the others.
    pub fn is_all_read(&self) -> bool {
        self.is_all_read
    }

    /// Whether it is told without any reserve: all of it, of everybody, proved.
    pub(super) fn is_plain(&self) -> bool {
        self.kind != AccessChangeKind::Unknown && self.extent == Extent::Whole && self.is_all_read
    }

    /// A request that shows it, where it is a part.
    pub fn example(&self) -> Option<&str> {
        self.example.as_deref()
    }
}

impl fmt::Display for AccessChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (told, rest) = self.who.split_at_checked(TOLD).unwrap_or((&self.who, &[]));
        let mut who = told.join(", ");
        if !rest.is_empty() {
            who.push_str(&format!(" and {} others", rest.len()));
        }
        if !self.is_all_read {
            who.push_str(", as far as its policies are read");
        }
        let part = if self.extent == Extent::Part {
            " part of"
        } else {
            ""
        };
        let what = &self.what;
        match self.kind {
            AccessChangeKind::Gives => write!(f, "gives {who}{part}: {what}")?,
            AccessChangeKind::Takes => write!(f, "takes from {who}{part}: {what}")?,
            AccessChangeKind::LetsAssume => write!(f, "lets {who} assume {what}")?,
            AccessChangeKind::NoLongerLetsAssume => {
                write!(f, "no longer lets {who} assume {what}")?;
            }
            AccessChangeKind::Unknown => write!(f, "may change what {who} may do: {what}")?,
        }
        if self.extent == Extent::ButDenied {
            f.write_str(", but for what is denied")?;
        }
        match &self.example {
            Some(example) => write!(f, ", such as {example}"),
            None => Ok(()),
        }
    }
}

/// Who is looked at and not read in full: others' users, groups and roles that hold the
/// bundle's policies or are members of its groups.
pub(super) fn strangers(state: &State, target: &Target) -> BTreeSet<Identity> {
    let members = state.memberships.iter();
    let members = members.map(|(user, _)| Identity::User(user.clone()));
    let holders = state.policies.values().flat_map(|policy| {
        let all = policy.attached_to.iter().chain(&policy.boundary_of);
        all.cloned()
    });
    let absent = members
        .chain(holders)
        .filter(|identity| state.holder(identity).is_none());
    // Whose memberships are read in part: users that are only named as members.
    let named = state.users.iter().filter(|(name, user)| {
        !target.state.users.contains_key(*name)
            && user.holder.tags.get(OWNER_TAG) != Some(&target.bundle)
    });
    absent
        .chain(named.map(|(name, _)| Identity::User(name.clone())))
        .collect()
}

/// The users and roles whose policies a call changes.
pub(super) fn touched(operation: &Operation, now: &State) -> BTreeSet<Identity> {
    let mut all = BTreeSet::new();
    let mut add = |identity: &Identity| match identity {
        Identity::Group(group) if now.groups.contains_key(group) => {
            let members = now.memberships.iter().filter(|(_, name)| name == group);
            all.extend(members.map(|(user, _)| Identity::User(user.clone())));
        }
        // Of others' groups the members are not read.
        other => {
            all.insert(other.clone());
        }
    };
    match operation {
        Operation::PutInline { on, .. }
        | Operation::DeleteInline { on, .. }
        | Operation::Attach { on, .. }
        | Operation::Detach { on, .. }
        | Operation::SetBoundary { on, .. }
        | Operation::RemoveBoundary { on } => add(on),
        Operation::AddMember { user, .. }
        | Operation::RemoveMember { user, .. }
        | Operation::DeleteUser { name: user } => add(&Identity::User(user.clone())),
        Operation::DeleteRole { name } => add(&Identity::Role(name.clone())),
        Operation::DeleteGroup { name } => add(&Identity::Group(name.clone())),
        Operation::CreatePolicyVersion { name, .. }
        | Operation::SwitchVersion { name, .. }
        | Operation::DeletePolicy { name, .. } => {
            if let Some(policy) = now.policies.get(name) {
                let all = policy.attached_to.iter().chain(&policy.boundary_of);
                all.for_each(add);
            }
        }
        _ => {}
    }
    all
}

/// What a call changes, from the state before it to the one after it.
pub(super) fn changes(
    operation: &Operation,
    before: &State,
    after: &State,
    strangers: &BTreeSet<Identity>,
    judge: &Judge,
) -> Vec<AccessChange> {
    let mut told: Vec<AccessChange> = Vec::new();
    for identity in touched(operation, before) {
        let was = Powers::of(before, &identity, strangers);
        let is = Powers::of(after, &identity, strangers);
        if was == is {
            continue;
        }
        let is_personal = was.is_personal() || is.is_personal();
        let pin = is_personal.then(|| only(before, &identity)).flatten();
        let question = format!("{pin:?} {was:?} {is:?}");
        let changes = judge.once(question, || Change::new(&was, &is, pin, judge).tell());
        for mut change in changes {
            change.who = vec![identity.to_string()];
            // One line for all of whom the same is to be told.
            let same = told.iter_mut().find(|other| {
                let who = std::mem::replace(&mut change.who, other.who.clone());
                let is_same = **other == change;
                change.who = who;
                is_same
            });
            match same {
                Some(other) => other.who.extend(change.who),
                None => told.push(change),
            }
        }
    }
    told.extend(trust(operation, before, judge));
    told.extend(tags(operation, before, strangers));
    told.sort_by_key(|change| change.kind);
    told
}

/// The change of one identity.
struct Change<'s> {
    was: &'s Powers<'s>,
    is: &'s Powers<'s>,
    before: Access,
    after: Access,
    /// Denies everybody but the identity, where decisions may hang on who asks.
    pin: Option<Document>,
    judge: &'s Judge,
    told: Vec<AccessChange>,
}

impl<'s> Change<'s> {
    fn new(
        was: &'s Powers<'s>,
        is: &'s Powers<'s>,
        pin: Option<Document>,
        judge: &'s Judge,
    ) -> Self {
        let pinned = |access: Access| match &pin {
            Some(pin) => access.and_identity(pin),
            None => access,
        };
        Self {
            before: pinned(was.access()),
            after: pinned(is.access()),
            was,
            is,
            pin,
            judge,
            told: Vec::new(),
        }
    }

    fn tell(mut self) -> Vec<AccessChange> {
        self.moved(true);
        self.moved(false);
        let unread: BTreeSet<&str> = [self.was, self.is]
            .into_iter()
            .flat_map(|powers| powers.unread().into_keys())
            .collect();
        if !unread.is_empty() {
            for change in &mut self.told {
                change.is_all_read = false;
            }
            let list: Vec<&str> = unread.iter().copied().take(TOLD).collect();
            let decide = match unread.len() - list.len() {
                0 if list.len() == 1 => " decides too and is not read".to_owned(),
                0 => " decide too and are not read".to_owned(),
                more => format!(" and {more} more decide too and are not read"),
            };
            self.unknown(format!("{}{decide}", list.join(", ")));
        }
        self.told
    }

    fn push(
        &mut self,
        kind: AccessChangeKind,
        statement: &OneStatement,
        extent: Extent,
        example: Option<String>,
    ) {
        self.told.push(AccessChange {
            kind,
            who: Vec::new(),
            what: words::reach(statement),
            extent,
            example,
            is_all_read: true,
        });
    }

    fn unknown(&mut self, why: String) {
        let change = AccessChange::new(AccessChangeKind::Unknown, Vec::new(), why);
        if !self.told.contains(&change) {
            self.told.push(change);
        }
    }

    /// What is allowed on the one side and not on the other: what is given, or taken.
    fn moved(&mut self, gives: bool) {
        let judge = self.judge;
        let (kind, side) = if gives {
            (
                AccessChangeKind::Gives,
                Side {
                    from: self.before.clone(),
                    to: self.after.clone(),
                    powers: self.is,
                    other: self.was,
                },
            )
        } else {
            (
                AccessChangeKind::Takes,
                Side {
                    from: self.after.clone(),
                    to: self.before.clone(),
                    powers: self.was,
                    other: self.is,
                },
            )
        };
        match judge.some(&[&side.to], &[&side.from]) {
            Finding::No => return,
            Finding::Yes(_) => {}
            Finding::Unknown(why) => return self.unknown(why),
        }
        let mut covered: Vec<Document> = Vec::new();
        for statement in side.candidates() {
            let Some(alone) = statement.as_allow() else {
                continue;
            };
            match judge.some(&[&side.to, &set([&alone])], &[&side.from, &set(&covered)]) {
                Finding::No => continue,
                Finding::Yes(witness) => self.statement(kind, &statement, &side, &witness),
                Finding::Unknown(why) => self.unknown(why),
            }
            covered.push(alone);
            if judge
                .some(&[&side.to], &[&side.from, &set(&covered)])
                .is_no()
            {
                return;
            }
        }
        match judge.some(&[&side.to], &[&side.from, &set(&covered)]) {
            Finding::No => {}
            Finding::Yes(witness) => {
                self.unknown(format!("there is more, such as {}", example(&witness)))
            }
            Finding::Unknown(why) => self.unknown(why),
        }
    }

    /// Tells of a statement of which something moved: which of its actions as a
    /// whole, and of which a part.
    fn statement(
        &mut self,
        kind: AccessChangeKind,
        statement: &OneStatement,
        side: &Side<'_>,
        witness: &Witness,
    ) {
        let extent = self.extent(statement, side);
        if extent != Extent::Part {
            return self.push(kind, statement, extent, None);
        }
        let mut whole: BTreeMap<Extent, Vec<OneStatement>> = BTreeMap::new();
        let mut parts = Vec::new();
        for piece in statement.by_action() {
            match self.extent(&piece, side) {
                Extent::Part => {
                    let Some(alone) = piece.as_allow() else {
                        continue;
                    };
                    match self.judge.some(&[&side.to, &set([&alone])], &[&side.from]) {
                        Finding::No => {}
                        Finding::Yes(witness) => parts.push((piece, witness)),
                        Finding::Unknown(why) => self.unknown(why),
                    }
                }
                extent => whole.entry(extent).or_default().push(piece),
            }
        }
        if whole.is_empty() || parts.len() > TOLD {
            return self.push(kind, statement, Extent::Part, Some(example(witness)));
        }
        for (extent, pieces) in whole {
            self.push(kind, &statement.with_actions_of(&pieces), extent, None);
        }
        for (piece, witness) in parts {
            self.push(kind, &piece, Extent::Part, Some(example(&witness)));
        }
    }

    /// How much of a statement moved: `to` allows it and `from` does not.
    fn extent(&self, statement: &OneStatement, side: &Side<'_>) -> Extent {
        let Some(alone) = statement.as_allow() else {
            return Extent::Part;
        };
        let this = match &self.pin {
            Some(pin) => set([&alone, pin]),
            None => set([&alone]),
        };
        if !self.judge.some(&[&this, &side.from], &[]).is_no() {
            return Extent::Part;
        }
        if self.judge.some(&[&this], &[&side.to]).is_no() {
            return Extent::Whole;
        }
        let denied: Vec<Document> = statements(side.powers, Effect::Deny)
            .iter()
            .filter_map(OneStatement::as_allow)
            .collect();
        match self
            .judge
            .some(&[&this], &[&side.to, &set(&denied)])
            .is_no()
        {
            true => Extent::ButDenied,
            false => Extent::Part,
        }
    }
}

/// One direction: `to` allows what moved and `from` does not.
struct Side<'s> {
    from: Access,
    to: Access,
    /// What `to` consists of, and `from`.
    powers: &'s Powers<'s>,
    other: &'s Powers<'s>,
}

impl Side<'_> {
    /// The statements with which to tell what moved: those that stand on this side
    /// alone, denies that stand on the other alone, and then all others, of which a
    /// boundary may have moved some.
    fn candidates(&self) -> Vec<OneStatement> {
        let is_among = |these: &[OneStatement], one: &OneStatement| {
            these.iter().any(|statement| statement.means_what(one))
        };
        let theirs = statements(self.other, Effect::Allow);
        let (old, new): (Vec<_>, Vec<_>) = statements(self.powers, Effect::Allow)
            .into_iter()
            .partition(|statement| is_among(&theirs, statement));
        let kept = statements(self.powers, Effect::Deny);
        let mut denies = statements(self.other, Effect::Deny);
        denies.retain(|statement| !is_among(&kept, statement));
        new.into_iter().chain(denies).chain(old).collect()
    }
}

fn statements(powers: &Powers<'_>, effect: Effect) -> Vec<OneStatement> {
    let documents = powers.documents().iter();
    let mut all: Vec<OneStatement> = documents.flat_map(|text| text.statements()).collect();
    all.retain(|statement| statement.effect == effect);
    all
}

/// A request of a witness in words; who makes it has been said.
pub(super) fn example(witness: &Witness) -> String {
    let request = witness.request();
    let mut text = format!("{} on {}", request.action(), request.resource());
    let mut lead = " when ";
    for (key, values) in request.stated_context().iter() {
        let values: Vec<&str> = values.iter().map(ContextValue::text).collect();
        text.push_str(&format!("{lead}{key} is {}", values.join(" and ")));
        lead = " and ";
    }
    text
}

/// A document that denies everybody but a user or role. IAM derives these keys
/// from who asks; each is said, as the comparison takes keys to be independent.
pub(super) fn only(state: &State, identity: &Identity) -> Option<Document> {
    let arn = arn(state, identity)?;
    let deny = |condition: Value| json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition});
    let name = match identity {
        Identity::User(name) => json!({"StringNotEquals": {"aws:username": name}}),
        _ => json!({"Null": {"aws:username": "false"}}),
    };
    let statements = [
        deny(json!({"StringNotEquals": {"aws:PrincipalArn": arn}})),
        deny(json!({"StringNotEquals": {"aws:PrincipalAccount": state.account.id.as_str()}})),
        deny(name),
    ];
    let text = json!({"Version": "2012-10-17", "Statement": statements});
    Document::from_json(&text.to_string()).ok()
}

/// The ARN of a user or role that is read.
pub(super) fn arn(state: &State, identity: &Identity) -> Option<String> {
    let path = &state.holder(identity)?.path;
    let kind = match identity {
        Identity::User(_) => "user",
        Identity::Role(_) => "role",
        Identity::Group(_) => return None,
    };
    Some(
        state
            .account
            .arn(&format!("{kind}{path}{}", identity.name())),
    )
}

/// A document that allows to assume these roles.
pub(super) fn assuming(roles: &str) -> Option<Document> {
    let text = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": roles}
    ]});
    Document::from_json(&text.to_string()).ok()
}

/// A trust policy that lets in one principal alone.
pub(super) fn trusting(arn: &str, action: &str) -> Option<Access> {
    let text = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": action}
    ]});
    let document = Document::from_json(&text.to_string()).ok()?;
    Some(Access::trust(&document))
}

/// Who may newly assume a role, and who no longer.
fn trust(operation: &Operation, before: &State, judge: &Judge) -> Vec<AccessChange> {
    let now = |name: &String| before.roles.get(name).map(|role| &role.trust);
    let (name, was, is) = match operation {
        Operation::CreateRole { name, trust, .. } => (name, None, Some(trust)),
        Operation::UpdateTrust { name, document } => (name, now(name), Some(document)),
        Operation::DeleteRole { name } => (name, now(name), None),
        _ => return Vec::new(),
    };
    let role = format!("role {name}");
    let unknown = |why: String| {
        let who = vec![format!("whoever may assume {role}")];
        vec![AccessChange::new(AccessChangeKind::Unknown, who, why)]
    };
    let nobody = PolicyText::from_json(r#"{"Version":"2012-10-17","Statement":[]}"#);
    let [was, is] = [was, is].map(|text| text.unwrap_or(&nobody));
    let (Some(old), Some(new)) = (was.document(), is.document()) else {
        return unknown("a trust policy that cannot be read".to_owned());
    };
    let (old, new) = (Access::trust(old), Access::trust(new));
    let mut told = Vec::new();
    for (kind, to, from, text) in [
        (AccessChangeKind::LetsAssume, &new, &old, is),
        (AccessChangeKind::NoLongerLetsAssume, &old, &new, was),
    ] {
        match judge.newcomers(to, from) {
            Ok(who) if who.is_empty() => {}
            Ok(who) => {
                let who = who.iter().map(ToString::to_string).collect();
                let mut change = AccessChange::new(kind, who, role.clone());
                if text.json().contains("\"Condition\"") {
                    change
                        .what
                        .push_str(", under the conditions of its trust policy");
                    change.extent = Extent::Part;
                }
                told.push(change);
            }
            Err(why) => told.extend(unknown(why)),
        }
    }
    told
}

/// Where policies ask about the tags that change.
fn tags(
    operation: &Operation,
    before: &State,
    strangers: &BTreeSet<Identity>,
) -> Option<AccessChange> {
    let (on, keys): (_, Vec<&String>) = match operation {
        Operation::Tag { on, tags } => (on, tags.keys().collect()),
        Operation::Untag { on, keys } => (on, keys.iter().collect()),
        _ => return None,
    };
    let powers = Powers::of(before, on, strangers);
    let asked = powers.text().to_ascii_lowercase();
    let asked: Vec<&str> = keys
        .into_iter()
        .filter(|key| asked.contains(&format!("aws:principaltag/{}", key.to_ascii_lowercase())))
        .map(String::as_str)
        .collect();
    (!asked.is_empty()).then(|| {
        let why = format!("its policies ask about its tags {}", asked.join(", "));
        AccessChange::new(AccessChangeKind::Unknown, vec![on.to_string()], why)
    })
}

#[cfg(test)]
mod tests;
