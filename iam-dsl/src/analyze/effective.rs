//! What is left of a policy under a boundary, as a document.

use iam_dsl_core::{Conditions, Document, Effect, Policy};

use super::access::Access;
use super::analysis::Analysis;
use super::budget::{Exhausted, Meter};
use super::comparison::{Relation, Unknown, UnknownKind};
use super::fields::{self, Tuple};
use super::form::Token;
use super::rewrite::{self, Choice, Parts};
use crate::{BoundaryPolicy, PolicyKind};

impl Analysis {
    /// What a policy gives under a permissions boundary, as one document: each
    /// Allow of the one cut with each Allow of the other, and the denials of both.
    /// It is proved to give what the two give together.
    ///
    /// # Errors
    /// Where no such document is found: the two have nothing in common, so that no
    /// statement is left, some patterns have no common pattern, the two put different conditions on one key with one operator, or it cannot be
    /// proved.
    pub fn effective(
        &self,
        policy: &Policy,
        boundary: &BoundaryPolicy,
    ) -> Result<Document, Unknown> {
        let of = |document: &Document| -> Vec<Parts> {
            document.statements().iter().map(Parts::of).collect()
        };
        let (left, right) = (of(policy.document()), of(boundary.document()));
        let meter = self.meter();
        let mut statements: Vec<Parts> = Vec::new();
        let allows = |parts: &&Parts| parts.effect == Some(Effect::Allow);
        for own in left.iter().filter(allows) {
            for cap in right.iter().filter(allows) {
                statements.extend(cut(own, cap, &meter)?);
            }
        }
        let denies = |parts: &&Parts| parts.effect == Some(Effect::Deny);
        statements.extend(left.iter().chain(&right).filter(denies).cloned());
        // IAM refuses a document without statements: "Syntax errors in policy."
        if statements.is_empty() {
            return Err(none(
                "they have nothing in common, and a policy needs a statement",
            ));
        }
        let mut known = std::collections::BTreeSet::new();
        for statement in &mut statements {
            if statement
                .sid
                .as_ref()
                .is_some_and(|sid| !known.insert(sid.clone()))
            {
                statement.sid = None;
            }
        }
        let document = rewrite::document(policy.document(), &statements);
        let both = Access::identity([policy]).boundary(boundary);
        let alone = Access::document(&document, PolicyKind::Identity);
        match self.relate_access(&alone, &both) {
            Relation::Equal => Ok(document),
            Relation::Unknown(unknown) => Err(unknown),
            _ => Err(none("their patterns have no common pattern")),
        }
    }
}

fn none(why: &str) -> Unknown {
    Unknown::new(
        UnknownKind::NoDocument,
        format!("no document says what policy and boundary give together: {why}"),
    )
}

/// What two statements both allow; none where they have nothing in common.
fn cut(own: &Parts, cap: &Parts, meter: &Meter) -> Result<Option<Parts>, Unknown> {
    let action = |text: &str, meter: &Meter| fields::split(&fields::action(text), 2, meter);
    let Some(actions) = common(&own.actions, &cap.actions, 2, action, meter)? else {
        return Ok(None);
    };
    let resource = |text: &str, meter: &Meter| {
        let pieces = fields::resource(text, true).filter(|p| !fields::has_variables(p));
        // Escapes cannot be told from wildcards once they are pieces.
        let pieces = pieces.filter(|_| !text.contains('$'));
        match pieces {
            Some(pieces) => fields::split(&pieces, fields::ARN, meter),
            None => Ok(Vec::new()),
        }
    };
    let Some(resources) = common(&own.resources, &cap.resources, fields::ARN, resource, meter)?
    else {
        return Ok(None);
    };
    let mut conditions = own.conditions.clone();
    add(&mut conditions, &cap.conditions)?;
    Ok(Some(Parts {
        actions: Some(actions),
        resources: Some(resources),
        conditions,
        ..own.clone()
    }))
}

/// Patterns of what two lists both list; `None` where there is nothing.
fn common(
    left: &Option<Choice>,
    right: &Option<Choice>,
    fields: usize,
    split: impl Fn(&str, &Meter) -> Result<Vec<Tuple>, Exhausted>,
    meter: &Meter,
) -> Result<Option<Choice>, Unknown> {
    let (these, others) = match (left, right) {
        (Some(Choice::AllBut(left)), Some(Choice::AllBut(right))) => {
            let all = rewrite::union(left, right, fields == 2);
            return Ok(Some(Choice::AllBut(all)));
        }
        (Some(Choice::These(these)), Some(other)) | (Some(other), Some(Choice::These(these))) => {
            (these, other)
        }
        _ => return Err(none("a statement lists no actions or no resources")),
    };
    let mut found: Vec<String> = Vec::new();
    for pattern in these {
        match others {
            Choice::These(others) => {
                for other in others {
                    found.extend(met(pattern, other, &split, meter)?);
                }
            }
            // Whole patterns are in or out; what is cut in two has no pattern.
            Choice::AllBut(others) => {
                let mut left_out = false;
                for other in others {
                    match met(pattern, other, &split, meter)?.as_slice() {
                        [] => {}
                        [one] if one == pattern => left_out = true,
                        _ => return Err(none("what one lists the other leaves out in part")),
                    }
                }
                if !left_out {
                    found.push(pattern.clone());
                }
            }
        }
    }
    let found = rewrite::union(&found, &[], fields == 2);
    Ok((!found.is_empty()).then_some(Choice::These(found)))
}

fn met(
    left: &str,
    right: &str,
    split: &impl Fn(&str, &Meter) -> Result<Vec<Tuple>, Exhausted>,
    meter: &Meter,
) -> Result<Vec<String>, Unknown> {
    if left == right || right == "*" {
        return Ok(vec![left.to_owned()]);
    }
    if left == "*" {
        return Ok(vec![right.to_owned()]);
    }
    let (a, b) = (split(left, meter)?, split(right, meter)?);
    let mut found: Vec<Tuple> = Vec::new();
    for left in &a {
        for right in &b {
            found.extend(fields::meet(left, right, meter)?);
        }
    }
    // A pattern that lies within the other stays as it is written.
    let within = |inner: &[Tuple], outer: &[Tuple]| {
        let covered = |i: &Tuple| {
            outer
                .iter()
                .any(|o| o.iter().zip(i).all(|(o, i)| o.covers(i)))
        };
        !inner.is_empty() && inner.iter().all(covered)
    };
    if within(&a, &b) {
        return Ok(vec![left.to_owned()]);
    }
    if within(&b, &a) {
        return Ok(vec![right.to_owned()]);
    }
    Ok(found.iter().map(text).collect())
}

fn text(tuple: &Tuple) -> String {
    let fields = tuple.iter().map(|form| {
        let tokens = form.tokens().iter().map(|token| match token {
            Token::Char(character) => *character,
            Token::One => '?',
            Token::Run => '*',
        });
        tokens.collect::<String>()
    });
    fields.collect::<Vec<_>>().join(":")
}

/// Adds conditions, all of which have to hold.
fn add(conditions: &mut Conditions, more: &Conditions) -> Result<(), Unknown> {
    for block in &more.blocks {
        let same = conditions
            .blocks
            .iter_mut()
            .find(|own| own.operator == block.operator);
        let Some(own) = same else {
            conditions.blocks.push(block.clone());
            continue;
        };
        for entry in &block.entries {
            let key =
                |other: &&iam_dsl_core::ConditionEntry| other.key.eq_ignore_ascii_case(&entry.key);
            match own.entries.iter().find(key) {
                None => own.entries.push(entry.clone()),
                Some(other) if other.values == entry.values => {}
                Some(_) => {
                    return Err(none("both compare one key with one operator"));
                }
            }
        }
    }
    Ok(())
}
