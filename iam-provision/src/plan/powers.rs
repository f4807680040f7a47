//! What a user or role may do in a state: its own policies, those of its
//! groups and its boundary, as the comparisons of [`iam_dsl::analyze`] take them.
//!
//! Documents of AWS's own policies are read where something hangs on them, and of
//! entities that are not the bundle's only a part is. What is not read is named, so that whoever
//! asks can say Unknown, or hold for every document that it could be.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use iam_dsl::analyze::Access;
use iam_dsl::{Document, PolicyKind};

use super::diff::denies::is_aws_deny;
use super::ground::Asker;
use crate::document::{ALLOW_ALL, PolicyText};
use crate::state::{Holder, Identity, State};

/// What AdministratorAccess says, the one document of AWS that everybody knows.
static EVERYTHING: LazyLock<PolicyText> = LazyLock::new(|| PolicyText::from_json(ALLOW_ALL));

const DENY_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
static NOTHING: LazyLock<PolicyText> = LazyLock::new(|| PolicyText::from_json(DENY_ALL));

/// What a policy that is not read may say of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    Nothing,
    Allow,
    Deny,
}

/// The policies of a user or role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Powers<'s> {
    /// The documents that allow and deny.
    documents: Vec<&'s PolicyText>,
    boundary: Option<Limit<'s>>,
    /// What else decides and is not read, by name.
    unread: BTreeMap<String, Unread>,
    /// Who it is, where a document speaks of that.
    asker: Option<Asker>,
}

/// What may be in a policy that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unread {
    /// A policy of AWS's; nearly all of them allow alone.
    OfAws,
    /// One of those with which AWS and responders quarantine.
    Quarantine,
    Boundary,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Limit<'s> {
    Document(&'s PolicyText),
    Unread(String),
}

impl<'s> Powers<'s> {
    /// What a user or role has in a state; nothing if it does not exist.
    pub(super) fn of(
        state: &'s State,
        identity: &Identity,
        strangers: &BTreeSet<Identity>,
    ) -> Self {
        let mut powers = Self::default();
        match state.holder(identity) {
            Some(holder) => powers.add(state, holder),
            None if strangers.contains(identity) => powers.add_what_is_ours(state, identity),
            None => return powers,
        }
        if strangers.contains(identity) {
            let rest = format!("what else {identity} has");
            powers.unread.insert(rest, Unread::Other);
        }
        for (_, group) in state
            .memberships
            .iter()
            .filter(|(user, _)| *identity == Identity::User(user.clone()))
        {
            match state.groups.get(group) {
                Some(holder) => powers.add(state, holder),
                None => {
                    let name = format!("group {group}");
                    powers.unread.insert(name, Unread::Other);
                }
            }
        }
        powers.documents.sort_by(|a, b| a.json().cmp(b.json()));
        powers.documents.dedup();
        if powers.is_personal() {
            powers.asker = Asker::of(state, identity);
        }
        powers
    }

    fn add(&mut self, state: &'s State, holder: &'s Holder) {
        self.documents.extend(holder.inline.values());
        for arn in &holder.attached {
            match document_of(state, arn) {
                Some(document) => self.documents.push(document),
                None => {
                    let kind = match arn {
                        arn if is_aws_deny(arn) => Unread::Quarantine,
                        arn if arn.contains(":iam::aws:") => Unread::OfAws,
                        _ => Unread::Other,
                    };
                    self.unread.insert(policy_name(arn), kind);
                }
            }
        }
        if let Some(arn) = &holder.boundary {
            self.boundary = Some(match document_of(state, arn) {
                Some(document) => Limit::Document(document),
                None => Limit::Unread(policy_name(arn)),
            });
        }
        self.set_aside_what_cannot_be_read();
    }

    /// The managed policies of this state that somebody holds who is not read.
    fn add_what_is_ours(&mut self, state: &'s State, identity: &Identity) {
        for policy in state.policies.values() {
            if policy.attached_to.contains(identity) {
                self.documents.push(&policy.document);
            }
            if policy.boundary_of.contains(identity) {
                self.boundary = Some(Limit::Document(&policy.document));
            }
        }
        self.set_aside_what_cannot_be_read();
    }

    fn set_aside_what_cannot_be_read(&mut self) {
        let (known, odd): (Vec<_>, Vec<_>) = std::mem::take(&mut self.documents)
            .into_iter()
            .partition(|text| text.document().is_some());
        self.documents = known;
        let told = |text: &PolicyText| format!("a document that cannot be read: {}", text.json());
        let odd = odd.into_iter().map(|text| (told(text), Unread::Other));
        self.unread.extend(odd);
        if let Some(Limit::Document(text)) = &self.boundary
            && text.document().is_none()
        {
            self.boundary = Some(Limit::Unread(told(text)));
        }
    }

    /// What decides and is not read.
    pub(super) fn unread(&self) -> BTreeMap<&str, Unread> {
        let limit = match &self.boundary {
            Some(Limit::Unread(name)) => Some((name.as_str(), Unread::Boundary)),
            _ => None,
        };
        let policies = self.unread.iter();
        policies
            .map(|(name, kind)| (name.as_str(), *kind))
            .chain(limit)
            .collect()
    }

    /// The documents that allow and deny.
    pub(super) fn documents(&self) -> &[&'s PolicyText] {
        &self.documents
    }

    /// The boundary's document, where there is one that is read.
    pub(super) fn boundary(&self) -> Option<&'s PolicyText> {
        match &self.boundary {
            Some(Limit::Document(text)) => Some(text),
            _ => None,
        }
    }

    /// Every document that is read, one after the other.
    pub(super) fn text(&self) -> String {
        let texts = self.documents.iter().copied().chain(self.boundary());
        texts.map(PolicyText::json).collect::<Vec<_>>().join("\n")
    }

    /// A document as it reads for whoever has these.
    pub(super) fn reading<'d>(&self, document: &'d Document) -> Cow<'d, Document> {
        match &self.asker {
            Some(asker) => Cow::Owned(asker.read(document)),
            None => Cow::Borrowed(document),
        }
    }

    /// Whether a decision may hang on who it is that has these.
    pub(super) fn is_personal(&self) -> bool {
        let mut texts = self.documents.iter().copied().chain(self.boundary());
        texts.any(PolicyText::is_about_the_asker)
    }

    /// The set for comparisons, without what is not read.
    pub(super) fn access(&self) -> Access {
        self.access_if(&BTreeMap::new())
    }

    /// The set if each policy that is not read said this of every request. What
    /// is not named in `says` is left out; a boundary then limits nothing.
    pub(super) fn access_if(&self, says: &BTreeMap<&str, Says>) -> Access {
        let assumed = self
            .unread
            .keys()
            .filter_map(|name| match says.get(name.as_str()) {
                Some(Says::Allow) => EVERYTHING.document(),
                Some(Says::Deny) => NOTHING.document(),
                _ => None,
            });
        let documents: Vec<Cow<'_, Document>> = self
            .documents
            .iter()
            .filter_map(|text| text.document())
            .map(|document| self.reading(document))
            .chain(assumed.map(Cow::Borrowed))
            .collect();
        let access = set(documents.iter().map(AsRef::as_ref));
        match &self.boundary {
            Some(Limit::Document(text)) => match text.document() {
                Some(document) => access.boundary(&*self.reading(document)),
                None => access,
            },
            Some(Limit::Unread(name)) => match (says.get(name.as_str()), NOTHING.document()) {
                (Some(Says::Deny | Says::Nothing), Some(document)) => access.boundary(document),
                _ => access,
            },
            None => access,
        }
    }
}

/// What these documents, as policies of an identity, give together.
pub(super) fn set<'d>(documents: impl IntoIterator<Item = &'d Document>) -> Access {
    let documents: Vec<&Document> = documents.into_iter().collect();
    let mut documents = documents.into_iter();
    match documents.next() {
        Some(first) => documents.fold(
            Access::document(first, PolicyKind::Identity),
            |access, document| access.and_identity(document),
        ),
        None => Access::identity::<iam_dsl::Policy>([]),
    }
}

/// The document behind an ARN: one of the account's or of AWS's that was read, or the one
/// of AWS that everybody knows.
fn document_of<'s>(state: &'s State, arn: &str) -> Option<&'s PolicyText> {
    if arn == state.account.aws_policy_arn("AdministratorAccess") {
        return Some(&EVERYTHING);
    }
    let own = state.policy_by_arn(arn);
    own.map(|(_, policy)| &policy.document)
        .or_else(|| state.aws.get(arn))
}

/// A managed policy as people name it: AWS's and the account's own by name.
pub(super) fn policy_name(arn: &str) -> String {
    let name = arn.split_once(":policy/").map_or(arn, |(_, name)| name);
    if arn.contains(":iam::aws:") {
        format!("AWS {name}")
    } else {
        name.to_owned()
    }
}
