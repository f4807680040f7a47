//! Denies that somebody added behind the bundle's back: kept, and told, until
//! a yes by name. That is how AWS and incident responders restrict an
//! identity, and nothing but the yes may undo it.

use super::Differ;
use crate::document::{ALLOW_ALL, PolicyText, is_within, keep_denies};
use crate::ledger::Claim;
use crate::plan::operation::Operation;
use crate::plan::{Note, NoteKind, words};
use crate::state::{Holder, Identity, State};

/// Policies of AWS that only deny, with which AWS and responders quarantine an identity.
const AWS_DENIES: [&str; 2] = ["AWSCompromisedKeyQuarantine", "AWSDenyAll"];

const DENY_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

/// Whether an ARN names a policy of AWS that only denies.
pub(crate) fn is_aws_deny(arn: &str) -> bool {
    arn.contains(":iam::aws:policy/")
        && arn
            .rsplit('/')
            .next()
            .is_some_and(|name| AWS_DENIES.iter().any(|deny| name.starts_with(deny)))
}

/// What is known of the denies of something that grants, denies, or does both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Denies {
    Nothing,
    /// It denies and does not grant.
    Only,
    Beside,
}

impl Differ<'_> {
    /// Whether one of the names, the precise one or the short one, was said yes to.
    pub(super) fn may_remove_deny(&mut self, names: &[&str]) -> bool {
        let said: Vec<String> = names
            .iter()
            .filter(|name| self.target.deny_removals.contains(**name))
            .map(|name| (*name).to_owned())
            .collect();
        let yes = !said.is_empty();
        self.used_removals.extend(said);
        yes
    }

    /// Tells which names were said yes to and stand for no deny that is there.
    pub(super) fn unused_removals(&mut self) {
        let unused: Vec<String> = self
            .target
            .deny_removals
            .difference(&self.used_removals)
            .cloned()
            .collect();
        for name in unused {
            self.note(
                NoteKind::NothingToRemove,
                format!("remove_deny({name:?}) matches no undeclared deny that is there; if its work is done, take it out of the bundle, or else use the name that the note about the deny gives"),
            );
        }
    }

    /// The document to have at `place` where `desired` is wanted (`None`: nothing) and
    /// `observed` is there: with the denies that only `observed` has, unless there is a yes.
    pub(super) fn with_kept_denies(
        &mut self,
        place: &str,
        short_name: &str,
        desired: Option<&PolicyText>,
        observed: &PolicyText,
        most: usize,
    ) -> Option<PolicyText> {
        if observed.document().is_none() {
            if self.may_remove_deny(&[place, short_name]) {
                return desired.cloned();
            }
            self.problem(
                place,
                format!("cannot be read, so it may hold a deny that is not declared: {}; put it right by hand, or call .remove_deny({place:?}) on the bundle to have it replaced", observed.json()),
            );
            return Some(observed.clone());
        }
        let kept = keep_denies(desired, observed);
        for sid in &kept.replaced {
            self.note(
                NoteKind::RemovedDeny,
                format!("the deny statement {sid} of {place} differs from the declared one of that Sid and is replaced by it"),
            );
        }
        if kept.denies.is_empty() || self.may_remove_deny(&[place, short_name]) {
            return desired.cloned();
        }
        let denies = kept
            .denies
            .iter()
            .map(words::denied)
            .collect::<Vec<_>>()
            .join("; ");
        if !kept.is_faithful {
            self.problem(
                place,
                format!("holds a deny that is not declared ({denies}) and that would mean something else in a document of the declared Version; declare it, or call .remove_deny({place:?}) on the bundle to have it removed"),
            );
            return Some(observed.clone());
        }
        let size = kept.document.character_count();
        if size > most && !kept.document.means_the_same_as(observed) {
            self.problem(
                place,
                format!("holds a deny that is not declared ({denies}), and with it the declared document has {size} characters of {most} that IAM accepts; make the declared one shorter, or call .remove_deny({place:?}) on the bundle to have the deny removed"),
            );
            return Some(observed.clone());
        }
        let what = match kept.denies.len() {
            1 => "a deny statement".to_owned(),
            several => format!("each of {several} deny statements"),
        };
        self.kept_deny(&format!("{what} in the {place} ({denies})"), place);
        Some(kept.document)
    }

    pub(super) fn kept_deny(&mut self, what: &str, name: &str) {
        self.notes.push(Note::new(
            NoteKind::KeptDeny,
            format!("{what} is not declared and is left in place; call .remove_deny({name:?}) on the bundle to have it removed"),
        ));
    }

    /// The boundary of a user or role that exists.
    pub(super) fn boundary(&mut self, identity: &Identity, wanted: &Holder, now: &Holder) {
        let name = format!("boundary of {identity}");
        match (&wanted.boundary, &now.boundary) {
            (Some(arn), None) => {
                self.boundary_exists(identity, arn);
                self.set_boundary(identity, arn);
            }
            (Some(arn), Some(there)) if arn != there => {
                self.boundary_exists(identity, arn);
                let narrows = match (self.boundary_text(arn), self.boundary_text(there)) {
                    (Some(wanted), Some(there)) => {
                        Some((is_within(&wanted, &there), is_within(&there, &wanted)))
                    }
                    _ => None,
                };
                if self.is_owned_policy(there)
                    || matches!(narrows, Some((true, _)))
                    || self.may_remove_deny(&[&name])
                {
                    self.set_boundary(identity, arn);
                } else if matches!(narrows, Some((_, true))) {
                    self.kept_deny(
                        &format!("the permissions boundary {there} of {identity}, narrower than the declared {arn},"),
                        &name,
                    );
                } else {
                    self.problem(
                        &name,
                        format!("is {there}, not the declared {arn}, and may refuse what the declared one allows; call .remove_deny({name:?}) on the bundle to have it replaced, or declare {there}"),
                    );
                }
            }
            (None, Some(arn)) => {
                if self.is_deleted_policy(arn) || self.may_remove_deny(&[&name]) {
                    self.push(Operation::RemoveBoundary {
                        on: identity.clone(),
                    });
                } else {
                    self.kept_deny(
                        &format!("the permissions boundary {arn} of {identity}"),
                        &name,
                    );
                }
            }
            _ => {}
        }
    }

    fn set_boundary(&mut self, identity: &Identity, arn: &str) {
        self.push(Operation::SetBoundary {
            on: identity.clone(),
            arn: arn.to_owned(),
        });
    }

    /// Whether a managed policy is one that the bundle declares or owned until now.
    fn is_owned_policy(&self, arn: &str) -> bool {
        self.want.policy_by_arn(arn).is_some()
            || self
                .now
                .policy_by_arn(arn)
                .is_some_and(|(name, _)| self.ledger.claims.contains(&Claim::Policy(name.into())))
    }

    /// The document of a boundary, as it will be; `None` if it is not known.
    fn boundary_text(&self, arn: &str) -> Option<PolicyText> {
        if arn.ends_with(":iam::aws:policy/AdministratorAccess") {
            return Some(PolicyText::from_json(ALLOW_ALL));
        }
        if arn.ends_with(":iam::aws:policy/AWSDenyAll") {
            return Some(PolicyText::from_json(DENY_ALL));
        }
        let (_, policy) = self
            .want
            .policy_by_arn(arn)
            .or_else(|| self.now.policy_by_arn(arn))?;
        Some(policy.document.clone())
    }

    /// An attachment that is not declared.
    pub(super) fn undeclared_attachment(&mut self, identity: &Identity, arn: &str) {
        let name = format!("policy {arn} attached to {identity}");
        let detach = Operation::Detach {
            on: identity.clone(),
            arn: arn.to_owned(),
        };
        let denies = self.attached_denies(arn);
        if denies == Denies::Nothing || self.may_remove_deny(&[&name, arn]) {
            self.push(detach);
        } else if denies == Denies::Only {
            self.kept_deny(&format!("the {name}, which only denies"), &name);
        } else if self.only_declared_denies(arn) {
            self.note(
                NoteKind::RemovedDeny,
                format!("the {name} is not declared, and what it denies goes with what it grants"),
            );
            self.push(detach);
        } else {
            self.mixed(&name, identity);
        }
    }

    /// Refuses to take away what grants and denies at once and is not the bundle's.
    fn mixed(&mut self, name: &str, identity: &Identity) {
        self.problem(
            identity.to_string(),
            format!("the {name} is not declared, grants, and also denies, so removing it would lift a deny; put it right by hand, or call .remove_deny({name:?}) on the bundle to have it removed"),
        );
    }

    /// Whether a policy is declared and denies now only what it is declared to.
    fn only_declared_denies(&self, arn: &str) -> bool {
        match (self.want.policy_by_arn(arn), self.now.policy_by_arn(arn)) {
            (Some((_, wanted)), Some((_, now))) => {
                now.document.document().is_some()
                    && keep_denies(Some(&wanted.document), &now.document)
                        .denies
                        .is_empty()
            }
            _ => false,
        }
    }

    /// What a managed policy denies: now, and when the plan has changed its document.
    fn attached_denies(&self, arn: &str) -> Denies {
        if is_aws_deny(arn) {
            return Denies::Only;
        }
        let known: Vec<&PolicyText> = [self.now, self.want]
            .into_iter()
            .filter_map(|state| state.policy_by_arn(arn))
            .map(|(_, policy)| &policy.document)
            .collect();
        if !known.iter().any(|text| text.may_deny()) {
            Denies::Nothing
        } else if known.iter().all(|text| text.only_denies()) {
            Denies::Only
        } else {
            Denies::Beside
        }
    }

    /// A membership that is not declared, of a user and a group that both stay.
    /// `then` is the state after everything else.
    pub(super) fn undeclared_membership(&mut self, user: &str, group: &str, then: &State) {
        let name = format!("membership of user {user} in group {group}");
        let remove = Operation::RemoveMember {
            user: user.to_owned(),
            group: group.to_owned(),
        };
        let denies = group_denies(self.now, group);
        if denies == Denies::Nothing || self.may_remove_deny(&[&name, group]) {
            self.push(remove);
        } else if denies == Denies::Only && group_denies(then, group) == Denies::Only {
            self.kept_deny(&format!("the {name}, which only denies"), &name);
        } else if self.group_has_only_declared_denies(group) {
            self.note(
                NoteKind::RemovedDeny,
                format!(
                    "the {name} is not declared, and what the group denies goes with what it grants"
                ),
            );
            self.push(remove);
        } else {
            self.mixed(&name, &Identity::User(user.to_owned()));
        }
    }

    fn group_has_only_declared_denies(&self, group: &str) -> bool {
        let (Some(now), Some(wanted)) = (self.now.groups.get(group), self.want.groups.get(group))
        else {
            return false;
        };
        now.inline.iter().all(|(name, text)| {
            text.document().is_some()
                && keep_denies(wanted.inline.get(name), text).denies.is_empty()
        }) && now.attached.iter().all(|arn| {
            self.attached_denies(arn) == Denies::Nothing
                || (wanted.attached.contains(arn)
                    && (is_aws_deny(arn)
                        || self.want.policy_by_arn(arn).is_none()
                        || self.only_declared_denies(arn)))
        })
    }
}

/// What a group denies in a state.
fn group_denies(state: &State, group: &str) -> Denies {
    let Some(holder) = state.groups.get(group) else {
        return Denies::Nothing;
    };
    let texts = || {
        let attached = holder
            .attached
            .iter()
            .filter_map(|arn| state.policy_by_arn(arn))
            .map(|(_, policy)| &policy.document);
        holder.inline.values().chain(attached)
    };
    let unknown = |arn: &&String| state.policy_by_arn(arn).is_none();
    let may_deny =
        texts().any(PolicyText::may_deny) || holder.attached.iter().any(|arn| is_aws_deny(arn));
    let only_denies = texts().all(PolicyText::only_denies)
        && holder
            .attached
            .iter()
            .filter(unknown)
            .all(|arn| is_aws_deny(arn));
    match (may_deny, only_denies) {
        (false, _) => Denies::Nothing,
        (true, true) => Denies::Only,
        (true, false) => Denies::Beside,
    }
}
