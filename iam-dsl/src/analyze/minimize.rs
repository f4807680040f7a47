//! The same access in fewer characters, or in several documents.

use std::collections::BTreeSet;

use iam_dsl_core::arn::{account_root, is_account_id};
use iam_dsl_core::catalogue::Catalogue;
use iam_dsl_core::{
    Document, Effect, Kind, OneOrMany, Policy, PolicyKind, PrincipalType, Principals,
};

use super::access::{Access, Basis};
use super::analysis::Analysis;
use super::comparison::{Relation, Unknown, UnknownKind};
use super::fields;
use super::rewrite::{self, Choice, Differs, Parts};

impl Analysis {
    /// The statements, by number from 0, that change nothing when one of them is
    /// dropped. Of two that say the same each is listed: drop one and ask again.
    ///
    /// # Errors
    /// Where it is not known of some statement.
    pub fn redundant_statements<K: Kind>(&self, policy: &Policy<K>) -> Result<Vec<usize>, Unknown> {
        let statements = parts(policy.document());
        let access = Access::document(policy.document(), K::KIND);
        let mut redundant = Vec::new();
        for number in 0..statements.len() {
            if self.is_redundant::<K>(policy.document(), &access, &statements, number)? {
                redundant.push(number);
            }
        }
        Ok(redundant)
    }

    fn is_redundant<K: Kind>(
        &self,
        document: &Document,
        access: &Access,
        statements: &[Parts],
        number: usize,
    ) -> Result<bool, Unknown> {
        let mut rest = statements.to_vec();
        let dropped = rest.remove(number);
        let rest = rewrite::document(document, &rest);
        let pairs = [
            (access.clone(), Access::document(&rest, K::KIND)),
            (direct::<K>(document), direct::<K>(&rest)),
        ];
        // What names nobody directly is compared once.
        let pairs = pairs.iter().take(if names_callers(access) { 2 } else { 1 });
        for (all, rest) in pairs {
            // Less of an Allow gives less, less of a Deny more.
            let comparison = match dropped.effect {
                Some(Effect::Deny) => self.compare_access(rest, all),
                _ => self.compare_access(all, rest),
            };
            match comparison {
                super::Comparison::NoNewAccess => {}
                super::Comparison::Unknown(unknown) => return Err(unknown),
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Whether two documents give the same, whatever the callers' own policies say.
    fn are_equal<K: Kind>(&self, a: &Document, b: &Document) -> Relation {
        let access = Access::document(a, K::KIND);
        match self.relate_access(&access, &Access::document(b, K::KIND)) {
            Relation::Equal if names_callers(&access) => {
                self.relate_access(&direct::<K>(a), &direct::<K>(b))
            }
            relation => relation,
        }
    }

    /// A policy of the same access in fewer characters, as far as they are found:
    /// without statements, actions and resources that others cover, statements
    /// that differ in one list alone merged, and lists of one value without
    /// brackets. A merged statement has the Sid of its first. With
    /// [`Analysis::assume_catalogue`], actions of a service that share a beginning
    /// become a wildcard where the catalogue knows no others.
    ///
    /// The result is proved to give the same access.
    ///
    /// # Errors
    /// Where that cannot be proved: then the policy is best left as it is.
    pub fn minimize<K: Kind>(&self, policy: &Policy<K>) -> Result<Policy<K>, Unknown> {
        let document = policy.document();
        let mut statements = parts(document);
        statements.iter_mut().for_each(thin);
        merge(&mut statements);
        if self.assumes_catalogue() {
            statements.iter_mut().for_each(shorten);
        }
        // Those that others cover, the last first; what is not known stays.
        for number in (0..statements.len()).rev() {
            if statements.len() < 2 {
                break;
            }
            let here = rewrite::document(document, &statements);
            let access = Access::document(&here, K::KIND);
            if self.is_redundant::<K>(&here, &access, &statements, number) == Ok(true) {
                statements.remove(number);
            }
        }
        let smaller = rewrite::document(document, &statements);
        let smaller = Policy::new_unchecked(smaller)
            .map_err(|error| Unknown::new(UnknownKind::NoDocument, error.to_string()))?;
        if smaller.character_count() >= policy.character_count() {
            return Ok(policy.clone());
        }
        match self.are_equal::<K>(smaller.document(), document) {
            Relation::Equal => Ok(smaller),
            Relation::Unknown(unknown) => Err(unknown),
            _ => Err(Unknown::new(
                UnknownKind::NoDocument,
                "what was made shorter does not give the same access",
            )),
        }
    }

    /// The policy as several, each of at most this many characters as IAM counts
    /// them, which together give the same access. Statements stay whole where they
    /// fit; one that does not is divided between its actions, or its resources.
    ///
    /// # Errors
    /// Where some statement cannot be divided so far, or it cannot be proved that
    /// the policies together give the same access.
    pub fn split_to_fit<K: Kind>(
        &self,
        policy: &Policy<K>,
        quota: usize,
    ) -> Result<Vec<Policy<K>>, Unknown> {
        if policy.character_count() <= quota {
            return Ok(vec![policy.clone()]);
        }
        let document = policy.document();
        let access = Access::document(document, K::KIND);
        if access.basis != Basis::Identity || K::KIND == PolicyKind::Boundary {
            return Err(Unknown::new(
                UnknownKind::NoDocument,
                "a resource or role has one policy and an identity one boundary, which cannot be divided",
            ));
        }
        let size = |statements: &[Parts]| rewrite::document(document, statements).character_count();
        let mut open: Vec<Parts> = parts(document);
        open.reverse();
        let mut fitting: Vec<Parts> = Vec::new();
        while let Some(statement) = open.pop() {
            if size(std::slice::from_ref(&statement)) <= quota {
                fitting.push(statement);
                continue;
            }
            let Some((left, right)) = halves(&statement) else {
                return Err(Unknown::new(
                    UnknownKind::NoDocument,
                    format!(
                        "a statement alone has more than {quota} characters and cannot be divided"
                    ),
                ));
            };
            open.push(right);
            open.push(left);
        }
        // The largest first, each where there is room.
        fitting.sort_by_key(|statement| std::cmp::Reverse(size(std::slice::from_ref(statement))));
        let mut shelves: Vec<Vec<Parts>> = Vec::new();
        for statement in fitting {
            let room = shelves.iter_mut().find(|shelf| {
                let mut with = shelf.to_vec();
                with.push(statement.clone());
                size(&with) <= quota
            });
            match room {
                Some(shelf) => shelf.push(statement),
                None => shelves.push(vec![statement]),
            }
        }
        let policies: Vec<Policy<K>> = shelves
            .iter_mut()
            .map(|shelf| {
                unique_sids(shelf);
                Policy::new_unchecked(rewrite::document(document, shelf))
                    .map_err(|error| Unknown::new(UnknownKind::NoDocument, error.to_string()))
            })
            .collect::<Result<_, _>>()?;
        let together = Access::identity(&policies);
        match self.relate_access(&together, &access) {
            Relation::Equal => Ok(policies),
            Relation::Unknown(unknown) => Err(unknown),
            _ => Err(Unknown::new(
                UnknownKind::NoDocument,
                "the parts together do not give the same access",
            )),
        }
    }
}

fn names_callers(access: &Access) -> bool {
    matches!(access.basis, Basis::Resource | Basis::Trust)
}

/// What a document says of callers whom it names themselves. An account in its
/// place only delegates: its users and roles need policies of their own (IAM User
/// Guide, "AWS JSON policy elements: Principal", "AWS account principals").
fn direct<K: Kind>(document: &Document) -> Access {
    let is_account = |value: &str| is_account_id(value) || account_root(value).is_some();
    let mut statements = parts(document);
    statements.retain_mut(|statement| {
        let Some(Principals::Map(entries)) = &mut statement.principal else {
            return true;
        };
        if statement.effect != Some(Effect::Allow) {
            return true;
        }
        for entry in entries.iter_mut().filter(|e| e.kind == PrincipalType::Aws) {
            let left = entry.values.iter().filter(|value| !is_account(value));
            entry.values = OneOrMany::Many(left.cloned().collect());
        }
        entries.retain(|entry| entry.values.iter().next().is_some());
        !entries.is_empty()
    });
    Access::document(&rewrite::document(document, &statements), K::KIND)
}

fn parts(document: &Document) -> Vec<Parts> {
    document.statements().iter().map(Parts::of).collect()
}

/// The statement as two, each with half of its actions or resources.
fn halves(statement: &Parts) -> Option<(Parts, Parts)> {
    let long = |choice: &Option<Choice>| match choice {
        Some(Choice::These(patterns)) => patterns.len(),
        _ => 0,
    };
    let (mut left, mut right) = (statement.clone(), statement.clone());
    let by_action = long(&statement.actions) >= long(&statement.resources);
    let lists = match by_action {
        true => (&mut left.actions, &mut right.actions),
        false => (&mut left.resources, &mut right.resources),
    };
    let (Some(first), Some(second)) = lists else {
        return None;
    };
    let (first, second) = (first.patterns_mut(), second.patterns_mut());
    if first.len() < 2 {
        return None;
    }
    *second = first.split_off(first.len() / 2);
    Some((left, right))
}

/// Sids are unique within a document: a repeated one goes.
fn unique_sids(statements: &mut [Parts]) {
    let mut known = BTreeSet::new();
    for statement in statements {
        if statement
            .sid
            .as_ref()
            .is_some_and(|sid| !known.insert(sid.clone()))
        {
            statement.sid = None;
        }
    }
}

/// Drops patterns that others of the same list cover.
fn thin(statement: &mut Parts) {
    if let Some(choice) = &mut statement.actions {
        let forms: Vec<_> = choice
            .patterns()
            .iter()
            .map(|text| Some(fields::whole(&fields::action(text))))
            .collect();
        keep_wide(choice.patterns_mut(), &forms);
    }
    if let Some(choice) = &mut statement.resources {
        // Where wildcards stop at colons a pattern is left as it is.
        let form = |text: &String| {
            let plain = !text.contains(['$', '?']);
            let open = text
                .split(':')
                .take(5)
                .all(|f| !f.trim_end_matches('*').contains('*'));
            let pieces = fields::resource(text, false)?;
            (plain && open).then(|| fields::whole(&pieces))
        };
        let forms: Vec<_> = choice.patterns().iter().map(form).collect();
        keep_wide(choice.patterns_mut(), &forms);
    }
}

fn keep_wide(patterns: &mut Vec<String>, forms: &[Option<super::form::Form>]) {
    let covered = |number: usize| {
        let Some(Some(form)) = forms.get(number) else {
            return false;
        };
        forms.iter().enumerate().any(|(other, wide)| {
            let Some(wide) = wide else { return false };
            // Of two that say the same the first stays.
            other != number && wide.covers(form) && (other < number || !form.covers(wide))
        })
    };
    let keep: Vec<bool> = (0..patterns.len()).map(|number| !covered(number)).collect();
    let mut keep = keep.into_iter();
    patterns.retain(|_| keep.next().unwrap_or(true));
}

/// Merges statements that differ in one list alone.
fn merge(statements: &mut Vec<Parts>) {
    let mut number = 0;
    while number < statements.len() {
        let mut other = number + 1;
        while let (Some(first), Some(second)) = (statements.get(number), statements.get(other)) {
            let Some(merged) = merged(first, second) else {
                other += 1;
                continue;
            };
            if let Some(place) = statements.get_mut(number) {
                *place = merged;
                thin(place);
            }
            statements.remove(other);
            // What was merged may now merge with those before.
            other = number + 1;
        }
        number += 1;
    }
}

fn merged(first: &Parts, second: &Parts) -> Option<Parts> {
    let mut all = first.clone();
    if first.differs_only_in(second, Differs::Actions) {
        match (&mut all.actions, &second.actions) {
            (Some(Choice::These(left)), Some(Choice::These(right))) => {
                *left = rewrite::union(left, right, true);
                return Some(all);
            }
            (left, right) if left == right => return Some(all),
            _ => return None,
        }
    }
    if first.differs_only_in(second, Differs::Resources)
        && let (Some(Choice::These(left)), Some(Choice::These(right))) =
            (&mut all.resources, &second.resources)
    {
        *left = rewrite::union(left, right, false);
        return Some(all);
    }
    None
}

/// Puts a wildcard for actions of a service that share a beginning, where the
/// catalogue knows no others.
fn shorten(statement: &mut Parts) {
    let Some(Choice::These(actions)) = &mut statement.actions else {
        return;
    };
    let catalogue = Catalogue::embedded();
    let listed: BTreeSet<String> = actions.iter().map(|a| a.to_ascii_lowercase()).collect();
    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut shorter: Vec<String> = Vec::new();
    for action in actions.iter() {
        let folded = action.to_ascii_lowercase();
        if done.contains(&folded) {
            continue;
        }
        let known = (!action.contains(['*', '?']))
            .then(|| catalogue.action(action))
            .flatten();
        let Some(known) = known else {
            shorter.push(action.clone());
            continue;
        };
        let text = known.to_string();
        let start = text.find(':').map_or(text.len(), |colon| colon + 1);
        // The shortest beginning that only listed actions have.
        let pattern = (start..text.len()).find_map(|end| {
            let pattern = format!("{}*", text.get(..end)?);
            let all: Vec<String> = catalogue
                .expand(&pattern)
                .map(|a| a.to_string().to_ascii_lowercase())
                .collect();
            let fits = all.len() > 1 && all.iter().all(|a| listed.contains(a));
            fits.then_some((pattern, all))
        });
        match pattern {
            Some((pattern, all)) => {
                shorter.push(pattern);
                done.extend(all);
            }
            None => shorter.push(action.clone()),
        }
    }
    *actions = shorter;
    thin(statement);
}
