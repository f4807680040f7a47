//! Changes of a policy whose effect on what it allows is known.
//!
//! A change either gives nothing or takes nothing (adding a value to an Allow
//! gives, dropping a condition of a Deny takes), so one direction of the
//! comparison is known by construction; where something was planted that nothing
//! else in the policy mentions, a request for it shows the other.

use iam_dsl_core::{Comparison, Operator, OperatorFamily, PolicyKind};
use serde_json::{Map, Value as Json, json};

use super::random::Random;

/// How a change moves what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moves {
    /// Nothing that was allowed is taken.
    Wider,
    /// Nothing is allowed that was not.
    Narrower,
    /// Both: it means the same.
    Same,
    /// Neither is known.
    Either,
}

impl Moves {
    /// The same change of a statement that denies.
    fn for_effect(self, effect: &str) -> Self {
        match (self, effect) {
            (Moves::Wider, "Deny") => Moves::Narrower,
            (Moves::Narrower, "Deny") => Moves::Wider,
            (moves, _) => moves,
        }
    }
}

/// A changed policy.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// The sort of change.
    pub change: &'static str,
    /// The changed document.
    pub document: Json,
    /// What it does.
    pub moves: Moves,
    /// The statements that were changed, before and after, as a document: where to
    /// look for a difference.
    pub about: Json,
    /// A part of a request that was planted: `action`, `resource`, or a key.
    pub planted: Option<(String, String)>,
}

/// What no policy mentions.
pub const ACTION: &str = "planted-service:PlantedAction";
/// What no policy mentions.
pub const RESOURCE: &str = "arn:aws:planted-service:::planted/resource";
/// What no policy mentions.
pub const USER: &str = "arn:aws:iam::210987654321:user/planted";

/// The statements, one alone as a list of one.
pub fn statements(document: &Json) -> Vec<Json> {
    match document.get("Statement") {
        Some(Json::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

/// The document with other statements.
pub fn with_statements(document: &Json, statements: Vec<Json>) -> Json {
    let mut document = document.clone();
    if let Some(members) = document.as_object_mut() {
        members.insert("Statement".to_owned(), Json::Array(statements));
    }
    document
}

/// What a document is a policy of, by its elements.
pub fn kind_of(document: &Json) -> PolicyKind {
    let all = statements(document);
    let has = |key: &str| all.iter().any(|statement| statement.get(key).is_some());
    if !has("Principal") && !has("NotPrincipal") {
        PolicyKind::Identity
    } else if has("Resource") || has("NotResource") {
        PolicyKind::Resource
    } else {
        PolicyKind::Trust
    }
}

fn list(value: &Json) -> Vec<Json> {
    match value {
        Json::Array(values) => values.clone(),
        one => vec![one.clone()],
    }
}

fn text<'j>(statement: &'j Json, key: &str) -> &'j str {
    statement
        .get(key)
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// The statement without its id, which has to be unique, with a member changed.
fn with(statement: &Json, key: &str, value: Json) -> Json {
    let mut statement = without(statement, "Sid");
    if let Some(members) = statement.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
    statement
}

fn without(statement: &Json, key: &str) -> Json {
    let mut statement = statement.clone();
    if let Some(members) = statement.as_object_mut() {
        members.remove(key);
    }
    statement
}

/// Makes mutants of one policy.
pub struct Mutator<'j> {
    document: &'j Json,
    statements: Vec<Json>,
    random: Random,
}

impl<'j> Mutator<'j> {
    /// For this document, the same mutants for the same name and seed.
    pub fn new(document: &'j Json, random: Random) -> Self {
        Mutator {
            document,
            statements: statements(document),
            random,
        }
    }

    fn chosen(&mut self, fits: impl Fn(&Json) -> bool) -> Option<(usize, Json)> {
        let fitting: Vec<(usize, Json)> = self
            .statements
            .iter()
            .cloned()
            .enumerate()
            .filter(|(_, statement)| fits(statement))
            .collect();
        self.random.pick(&fitting).cloned()
    }

    /// The document with one statement replaced by others.
    fn replaced(
        &self,
        change: &'static str,
        (place, before): (usize, Json),
        after: Vec<Json>,
        moves: Moves,
    ) -> Mutant {
        let mut statements = self.statements.clone();
        let end = (place + 1).min(statements.len());
        statements.splice(place.min(end)..end, after.iter().cloned());
        let mut about = vec![before];
        about.extend(after);
        Mutant {
            change,
            document: with_statements(self.document, statements),
            moves,
            about: with_statements(self.document, about),
            planted: None,
        }
    }

    /// With something planted that nothing else mentions.
    pub fn planted(&mut self) -> Vec<Mutant> {
        let mut all = Vec::new();
        all.extend(self.planted_in_list("planted action", "Action", ACTION, Moves::Wider));
        all.extend(self.planted_in_list(
            "planted exception of actions",
            "NotAction",
            ACTION,
            Moves::Narrower,
        ));
        all.extend(self.planted_in_list("planted resource", "Resource", RESOURCE, Moves::Wider));
        all.extend(self.planted_in_list(
            "planted exception of resources",
            "NotResource",
            RESOURCE,
            Moves::Narrower,
        ));
        all.extend(self.planted_principal());
        for _ in 0..2 {
            all.extend(self.planted_value());
        }
        all
    }

    fn planted_in_list(
        &mut self,
        change: &'static str,
        key: &'static str,
        planted: &str,
        moves: Moves,
    ) -> Option<Mutant> {
        let (place, before) = self.chosen(|s| s.get(key).is_some())?;
        let mut values = list(before.get(key)?);
        values.insert(self.random.below(values.len() + 1), json!(planted));
        let after = with(&before, key, Json::Array(values));
        let moves = moves.for_effect(text(&before, "Effect"));
        let mut mutant = self.replaced(change, (place, before), vec![after], moves);
        let part = if key.ends_with("Action") {
            "action"
        } else {
            "resource"
        };
        mutant.planted = Some((part.to_owned(), planted.to_owned()));
        Some(mutant)
    }

    fn planted_principal(&mut self) -> Option<Mutant> {
        let (place, before) = self.chosen(|s| s.get("Principal").is_some_and(Json::is_object))?;
        let mut principals = before.get("Principal")?.as_object()?.clone();
        let mut named = principals.get("AWS").map(list).unwrap_or_default();
        named.push(json!(USER));
        principals.insert("AWS".to_owned(), Json::Array(named));
        let after = with(&before, "Principal", Json::Object(principals));
        let moves = Moves::Wider.for_effect(text(&before, "Effect"));
        let mut mutant = self.replaced("planted principal", (place, before), vec![after], moves);
        mutant.planted = Some(("caller".to_owned(), USER.to_owned()));
        Some(mutant)
    }

    /// A value more under a condition.
    fn planted_value(&mut self) -> Option<Mutant> {
        let (place, before) = self.chosen(|s| s.get("Condition").is_some())?;
        let conditions = before.get("Condition")?.as_object()?.clone();
        let mut fitting = Vec::new();
        for (operator, keys) in &conditions {
            let Ok(parsed) = operator.parse::<Operator>() else {
                continue;
            };
            let Some(planted) = planted_value(parsed.comparison) else {
                continue;
            };
            for key in keys.as_object()?.keys() {
                fitting.push((operator.clone(), key.clone(), planted, parsed));
            }
        }
        let (operator, key, planted, parsed) = self.random.pick(&fitting)?.clone();
        let mut conditions = conditions;
        let values = conditions.get_mut(&operator)?.get_mut(&key)?;
        let mut more = list(values);
        more.push(json!(planted));
        *values = Json::Array(more);
        let after = with(&before, "Condition", Json::Object(conditions));
        let moves = match parsed.comparison.is_negated() {
            true => Moves::Narrower,
            false => Moves::Wider,
        };
        let moves = moves.for_effect(text(&before, "Effect"));
        let mut mutant = self.replaced("planted value", (place, before), vec![after], moves);
        mutant.planted = Some((key.to_ascii_lowercase(), planted.to_owned()));
        Some(mutant)
    }

    /// Written in another way.
    pub fn rewritten(&mut self) -> Vec<Mutant> {
        let mut all = vec![self.reordered()];
        all.extend(self.split("Action"));
        all.extend(self.split("Resource"));
        all.extend(self.split_values());
        all.extend(self.expanded());
        all.extend(self.merged());
        all.extend(self.other_case());
        all
    }

    fn same(&self, change: &'static str, statements: Vec<Json>) -> Mutant {
        Mutant {
            change,
            document: with_statements(self.document, statements),
            moves: Moves::Same,
            about: self.document.clone(),
            planted: None,
        }
    }

    /// Statements, values and keys in another order, lists of one without brackets.
    fn reordered(&mut self) -> Mutant {
        let mut statements = self.statements.clone();
        self.random.shuffle(&mut statements);
        for statement in &mut statements {
            let Some(members) = statement.as_object_mut() else {
                continue;
            };
            for key in ["Action", "NotAction", "Resource", "NotResource"] {
                if let Some(value) = members.get_mut(key) {
                    let mut values = list(value);
                    self.random.shuffle(&mut values);
                    *value = match values.as_slice() {
                        [one] if value.is_array() => one.clone(),
                        _ => Json::Array(values),
                    };
                }
            }
            let conditions = members.get_mut("Condition").and_then(Json::as_object_mut);
            for keys in conditions.into_iter().flat_map(Map::values_mut) {
                for values in keys.as_object_mut().into_iter().flat_map(Map::values_mut) {
                    let mut all = list(values);
                    self.random.shuffle(&mut all);
                    *values = Json::Array(all);
                }
            }
        }
        self.same("reordered", statements)
    }

    /// One statement as one for each half of a list.
    fn split(&mut self, key: &'static str) -> Option<Mutant> {
        let several = |s: &Json| s.get(key).is_some_and(|v| list(v).len() > 1);
        let (place, before) = self.chosen(several)?;
        let mut values = list(before.get(key)?);
        let rest = values.split_off(1 + self.random.below(values.len() - 1));
        let parts = [values, rest].map(|part| with(&before, key, Json::Array(part)));
        let mutant = self.replaced("split", (place, before), parts.to_vec(), Moves::Same);
        Some(mutant)
    }

    /// A condition's values as one statement each, where any of them is enough.
    fn split_values(&mut self) -> Option<Mutant> {
        let fits = |operator: &str| {
            operator.parse::<Operator>().is_ok_and(|operator| {
                operator.qualifier.is_none()
                    && !operator.comparison.is_negated()
                    && operator.comparison != Comparison::Null
            })
        };
        let (place, before) = self.chosen(|s| {
            let conditions = s.get("Condition").and_then(Json::as_object);
            conditions.is_some_and(|all| all.keys().any(|operator| fits(operator)))
        })?;
        let conditions = before.get("Condition")?.as_object()?;
        let (operator, keys) = conditions.iter().find(|(operator, _)| fits(operator))?;
        let (key, values) = keys.as_object()?.iter().next()?;
        let values = list(values);
        if values.is_empty() || values.len() > 8 {
            return None;
        }
        let parts = values.iter().map(|value| {
            let mut conditions = conditions.clone();
            if let Some(place) = conditions.get_mut(operator).and_then(|k| k.get_mut(key)) {
                *place = value.clone();
            }
            with(&before, "Condition", Json::Object(conditions))
        });
        let parts: Vec<Json> = parts.collect();
        Some(self.replaced("split values", (place, before), parts, Moves::Same))
    }

    /// With what a wildcard covers written beside it.
    fn expanded(&mut self) -> Option<Mutant> {
        let starred = |value: &Json| value.as_str().is_some_and(|text| text.contains('*'));
        let (place, before) =
            self.chosen(|s| s.get("Action").is_some_and(|v| list(v).iter().any(starred)))?;
        let mut values = list(before.get("Action")?);
        let covered: Vec<Json> = values
            .iter()
            .filter(|value| starred(value))
            .filter_map(Json::as_str)
            .filter(|text| text.contains(':'))
            .flat_map(|text| {
                [
                    text.replace('*', "Planted*"),
                    text.replace('*', "X"),
                    text.replace('*', "?*"),
                ]
            })
            .map(Json::String)
            .collect();
        values.extend(covered);
        let after = with(&before, "Action", Json::Array(values));
        Some(self.replaced("expanded", (place, before), vec![after], Moves::Same))
    }

    /// Two statements that differ in their actions alone, as one; and a statement
    /// again.
    fn merged(&mut self) -> Option<Mutant> {
        let rest = |s: &Json| without(&without(s, "Sid"), "Action");
        let all = &self.statements;
        let two = all.iter().enumerate().find_map(|(a, one)| {
            let others = all.iter().enumerate().skip(a + 1);
            let mut others = others
                .filter(|(_, other)| one.get("Action").is_some() && other.get("Action").is_some());
            others
                .find(|(_, other)| rest(one) == rest(other))
                .map(|(b, other)| (a, b, one, other))
        });
        if let Some((a, b, one, other)) = two {
            let mut actions = list(one.get("Action")?);
            actions.extend(list(other.get("Action")?));
            let merged = with(one, "Action", Json::Array(actions));
            let kept = all.iter().enumerate();
            let mut kept: Vec<Json> = kept
                .filter(|(place, _)| *place != a && *place != b)
                .map(|(_, statement)| statement.clone())
                .collect();
            kept.push(merged);
            return Some(self.same("merged", kept));
        }
        let (_, again) = self.chosen(|_| true)?;
        let mut statements = self.statements.clone();
        statements.push(without(&again, "Sid"));
        Some(self.same("repeated", statements))
    }

    /// Actions and keys fold case.
    fn other_case(&mut self) -> Option<Mutant> {
        let (place, before) = self.chosen(|s| s.get("Action").is_some())?;
        let actions = list(before.get("Action")?).into_iter().map(|action| {
            let text = action.as_str().unwrap_or_default();
            let flipped = text.chars().map(|c| match c.is_ascii_lowercase() {
                true => c.to_ascii_uppercase(),
                false => c.to_ascii_lowercase(),
            });
            Json::String(flipped.collect())
        });
        let mut after = with(&before, "Action", Json::Array(actions.collect()));
        if let Some(conditions) = after.get_mut("Condition").and_then(Json::as_object_mut) {
            for keys in conditions.values_mut() {
                let members = keys.as_object().cloned().unwrap_or_default();
                let folded: Map<String, Json> = members
                    .into_iter()
                    .map(|(key, value)| (key.to_ascii_uppercase(), value))
                    .collect();
                *keys = Json::Object(folded);
            }
        }
        Some(self.replaced("other case", (place, before), vec![after], Moves::Same))
    }

    /// As a hand slips.
    pub fn natural(&mut self) -> Vec<Mutant> {
        let mut all = Vec::new();
        all.extend(self.dropped());
        all.extend(self.flipped());
        all.extend(self.unconditioned());
        all.extend(self.key_dropped());
        all.extend(self.value_dropped());
        all.extend(self.shortened("Action"));
        all.extend(self.shortened("Resource"));
        all.extend(self.widened("Action"));
        all.extend(self.widened("Resource"));
        all.extend(self.other_operator());
        all
    }

    fn dropped(&mut self) -> Option<Mutant> {
        let chosen = self.chosen(|_| true)?;
        // A policy has a statement.
        if self.statements.len() < 2 {
            return None;
        }
        let moves = Moves::Narrower.for_effect(text(&chosen.1, "Effect"));
        Some(self.replaced("statement dropped", chosen, Vec::new(), moves))
    }

    fn flipped(&mut self) -> Option<Mutant> {
        let (place, before) = self.chosen(|_| true)?;
        let (effect, moves) = match text(&before, "Effect") {
            "Allow" => ("Deny", Moves::Narrower),
            _ => ("Allow", Moves::Wider),
        };
        let after = with(&before, "Effect", json!(effect));
        // An Allow with NotPrincipal is none, and is left alone.
        if before.get("NotPrincipal").is_some() {
            return None;
        }
        Some(self.replaced("effect flipped", (place, before), vec![after], moves))
    }

    fn unconditioned(&mut self) -> Option<Mutant> {
        let (place, before) = self.chosen(|s| s.get("Condition").is_some())?;
        let after = without(&without(&before, "Sid"), "Condition");
        let moves = Moves::Wider.for_effect(text(&before, "Effect"));
        Some(self.replaced("condition removed", (place, before), vec![after], moves))
    }

    /// Changes the values of one key of a condition.
    fn condition(
        &mut self,
        change: &'static str,
        moves: impl Fn(Operator) -> Moves,
        edit: impl Fn(&mut Map<String, Json>, &str, &str, &mut Random) -> bool,
    ) -> Option<Mutant> {
        let (place, before) = self.chosen(|s| s.get("Condition").is_some())?;
        let mut conditions = before.get("Condition")?.as_object()?.clone();
        let uses: Vec<(String, String)> = conditions
            .iter()
            .flat_map(|(operator, keys)| {
                let keys = keys.as_object().into_iter().flat_map(Map::keys);
                keys.map(move |key| (operator.clone(), key.clone()))
            })
            .collect();
        let (operator, key) = self.random.pick(&uses)?.clone();
        if !edit(&mut conditions, &operator, &key, &mut self.random) {
            return None;
        }
        let moves = moves(operator.parse().ok()?).for_effect(text(&before, "Effect"));
        let after = with(&before, "Condition", Json::Object(conditions));
        Some(self.replaced(change, (place, before), vec![after], moves))
    }

    fn key_dropped(&mut self) -> Option<Mutant> {
        self.condition(
            "condition key dropped",
            |_| Moves::Wider,
            |conditions, operator, key, _| {
                let Some(keys) = conditions.get_mut(operator).and_then(Json::as_object_mut) else {
                    return false;
                };
                keys.remove(key);
                if keys.is_empty() {
                    conditions.remove(operator);
                }
                !conditions.is_empty()
            },
        )
    }

    fn value_dropped(&mut self) -> Option<Mutant> {
        let fewer = |operator: Operator| match operator.comparison.is_negated() {
            true => Moves::Wider,
            false => Moves::Narrower,
        };
        self.condition(
            "condition value dropped",
            fewer,
            |conditions, operator, key, random| {
                let Some(values) = conditions
                    .get_mut(operator)
                    .and_then(|keys| keys.get_mut(key))
                else {
                    return false;
                };
                let mut left = list(values);
                if left.len() < 2 {
                    return false;
                }
                left.remove(random.below(left.len()));
                *values = Json::Array(left);
                true
            },
        )
    }

    /// Another operator of the same family, its negation, or with `IfExists`.
    fn other_operator(&mut self) -> Option<Mutant> {
        self.condition(
            "other operator",
            |_| Moves::Either,
            |conditions, operator, key, random| {
                let Ok(parsed) = operator.parse::<Operator>() else {
                    return false;
                };
                if parsed.comparison == Comparison::Null {
                    return false;
                }
                let family: Vec<Comparison> = Comparison::ALL
                    .iter()
                    .copied()
                    .filter(|other| other.family() == parsed.comparison.family())
                    .collect();
                let other = Operator {
                    if_exists: parsed.if_exists != random.percent(30),
                    comparison: *random.pick(&family).unwrap_or(&parsed.comparison),
                    ..parsed
                };
                let Some(keys) = conditions.get_mut(operator).and_then(Json::as_object_mut) else {
                    return false;
                };
                let Some(values) = keys.remove(key) else {
                    return false;
                };
                if keys.is_empty() {
                    conditions.remove(operator);
                }
                let place = conditions
                    .entry(other.to_string())
                    .or_insert_with(|| json!({}));
                let vacant = place.get(key).is_none();
                if let Some(keys) = place.as_object_mut() {
                    keys.insert(key.to_owned(), values);
                }
                vacant && other != parsed
            },
        )
    }

    /// One value less in a list.
    fn shortened(&mut self, key: &'static str) -> Option<Mutant> {
        let several = |s: &Json| s.get(key).is_some_and(|v| list(v).len() > 1);
        let (place, before) = self.chosen(several)?;
        let mut values = list(before.get(key)?);
        values.remove(self.random.below(values.len()));
        let after = with(&before, key, Json::Array(values));
        let moves = Moves::Narrower.for_effect(text(&before, "Effect"));
        Some(self.replaced("value dropped", (place, before), vec![after], moves))
    }

    /// One pattern cut short, with a wildcard at its end.
    fn widened(&mut self, key: &'static str) -> Option<Mutant> {
        let (place, before) = self.chosen(|s| s.get(key).is_some())?;
        let mut values = list(before.get(key)?);
        let chosen = self.random.below(values.len());
        let value = values.get_mut(chosen)?;
        let pattern = value.as_str()?;
        let stem = pattern.rfind([':', '/']).map(|at| at + 1).unwrap_or(0);
        let half = stem + (pattern.len() - stem) / 2;
        let cut = match self.random.percent(50) {
            true => stem,
            false => (stem..=half)
                .rev()
                .find(|at| pattern.is_char_boundary(*at))?,
        };
        let kept = pattern.get(..cut)?;
        // A variable is not cut in two.
        if kept.contains("${") || pattern == "*" {
            return None;
        }
        *value = json!(format!("{kept}*"));
        let after = with(&before, key, Json::Array(values));
        let moves = Moves::Wider.for_effect(text(&before, "Effect"));
        Some(self.replaced("wildcard widened", (place, before), vec![after], moves))
    }
}

fn planted_value(comparison: Comparison) -> Option<&'static str> {
    match comparison.family() {
        OperatorFamily::String => Some("planted-value"),
        OperatorFamily::Arn => Some("arn:aws:planted-service:::planted-value"),
        OperatorFamily::IpAddress => Some("192.0.2.77"),
        OperatorFamily::Numeric => match comparison {
            Comparison::NumericEquals | Comparison::NumericNotEquals => Some("77123"),
            _ => None,
        },
        _ => None,
    }
}
