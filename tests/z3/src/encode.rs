//! Two sets of policies as one question to a solver: is there a request that the
//! new one allows and the other does not?
//!
//! Sources are pages of the IAM User Guide: "Policy evaluation logic", "IAM JSON
//! policy elements: Condition operators", "Set operators for multivalued context
//! keys", "IAM policy elements: Variables and tags"; what they leave open is done
//! as the documentation of `iam_dsl::evaluate` says.

use std::collections::{BTreeMap, BTreeSet};

use iam_dsl_core::variable::{self, Part};
use iam_dsl_core::{
    Comparison as C, ConditionEntry, Document, Effect, Operator, OperatorFamily, Qualifier,
    Statement, date,
};
use ipnet::IpNet;
use language_tests::prove::domain::{Domain, is_multi_valued, resource_globs};
use language_tests::prove::glob::{self, Token};
use language_tests::prove::sets::Set;
use language_tests::reference::{Caller, Value};

use crate::text::{ACTION, NAME, Text, all, any, arn, not};

/// How texts are given to the solver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Texts {
    /// As numbers of cells.
    Cells,
    /// As strings.
    Strings,
}

/// The question in SMT-LIB.
pub(crate) struct Encoding {
    pub(crate) text: String,
    /// Some request may be none of the cells.
    pub(crate) may_lack: bool,
}

/// One value that the request may hold for a key.
struct Slot {
    present: String,
    value: Typed,
}

enum Typed {
    Text(Text),
    /// A number, or an instant in nanoseconds; the first is true of a value that
    /// is none.
    Number {
        garbage: String,
        value: String,
    },
    /// 0 is false, 1 true, 2 neither.
    Bool(String),
    /// 4, 6, or 0 for neither; the bits of both families.
    Address {
        family: String,
        v4: String,
        v6: String,
    },
}

type Result<T> = std::result::Result<T, String>;

struct Encoder {
    out: String,
    action: Text,
    resource: Text,
    /// The request is for `*`.
    everything: String,
    keys: BTreeMap<String, Vec<Slot>>,
}

impl Encoding {
    pub(crate) fn of(new: &Set, reference: &Set, texts: Texts) -> Result<Self> {
        let documents: Vec<&Document> = new.documents().chain(reference.documents()).collect();
        let domain = match texts {
            Texts::Cells => Domain::of(&documents, false),
            Texts::Strings => Domain::default(),
        };
        if let Some(gap) = domain.gaps.iter().find(|gap| gap.starts_with("too many")) {
            return Err((*gap).to_owned());
        }
        let mut encoder = Encoder::new(&domain, texts);
        for (key, (families, slots)) in keys_of(&documents) {
            encoder.declare(&key, &families, slots, &domain, texts)?;
        }
        let new = encoder.allows(new)?;
        let reference = encoder.allows(reference)?;
        let text = format!(
            "{}(assert {new})\n(assert {})\n",
            encoder.out,
            not(&reference)
        );
        Ok(Encoding {
            text,
            may_lack: domain.gaps.contains("a variable in a resource"),
        })
    }
}

/// The types of each key's values, and how many values a request needs to hold at
/// most to show a difference: one for each set operator, and one more.
fn keys_of(documents: &[&Document]) -> BTreeMap<String, (BTreeSet<OperatorFamily>, usize)> {
    let mut keys: BTreeMap<String, (BTreeSet<OperatorFamily>, usize)> = BTreeMap::new();
    for document in documents {
        let mut variables = |text: &str| {
            for part in variable::parts(text) {
                if let Ok(Part::Variable { key, .. }) = part
                    && document.has_variables()
                {
                    let place = keys.entry(key.to_ascii_lowercase()).or_default();
                    place.0.insert(OperatorFamily::String);
                }
            }
        };
        let mut entries = Vec::new();
        for statement in document.statements() {
            let resources = statement.resources().unwrap_or_default().iter();
            resources
                .chain(statement.not_resources().unwrap_or_default())
                .for_each(|resource| variables(resource.as_str()));
            for (operator, entry) in statement.conditions().iter().flat_map(|c| c.iter()) {
                if operator.comparison.family().has_variables() {
                    entry
                        .values
                        .iter()
                        .for_each(|value| variables(&value.text()));
                }
                entries.push((operator, entry.key.to_ascii_lowercase()));
            }
        }
        for (operator, key) in entries {
            let several = is_multi_valued(&key);
            let place = keys.entry(key).or_default();
            if several {
                place.1 = place.1.max(1);
            }
            match operator.comparison.family() {
                OperatorFamily::Null => {}
                OperatorFamily::Arn => drop(place.0.insert(OperatorFamily::String)),
                family => drop(place.0.insert(family)),
            }
            place.1 += usize::from(operator.qualifier.is_some());
        }
    }
    keys
}

impl Encoder {
    fn new(domain: &Domain, texts: Texts) -> Self {
        let cells = |name: &str, texts: &[String]| Text::Cell {
            name: name.to_owned(),
            texts: texts.to_vec(),
        };
        let own = |name: &str| Text::Own {
            name: name.to_owned(),
        };
        let (action, resource) = match texts {
            Texts::Cells => (
                cells("action", &domain.actions),
                cells("resource", &domain.resources),
            ),
            Texts::Strings => (own("action"), own("resource")),
        };
        let everything = match texts {
            Texts::Cells => resource.fits(&[Token::Char('*')]),
            Texts::Strings => "(= resource \"*\")".to_owned(),
        };
        let mut out = action.declared() + &resource.declared();
        if texts == Texts::Strings {
            out += &format!("(assert (str.in_re action {ACTION}))\n");
            out += &format!(
                "(assert (or {everything} (str.in_re resource {})))\n",
                arn()
            );
        }
        Encoder {
            out,
            action,
            resource,
            everything,
            keys: BTreeMap::new(),
        }
    }

    fn declare(
        &mut self,
        key: &str,
        families: &BTreeSet<OperatorFamily>,
        several: usize,
        domain: &Domain,
        texts: Texts,
    ) -> Result<()> {
        let mut families = families.iter();
        let family = families.next().copied().unwrap_or(OperatorFamily::String);
        if families.next().is_some() {
            return Err("a key compared in several ways".to_owned());
        }
        let mut slots = Vec::new();
        // A key without set operators holds one value at most.
        let count = if several == 0 { 1 } else { several + 1 };
        for slot in 0..count {
            let name = format!("k{}x{slot}", self.keys.len());
            let present = format!("{name}p");
            self.out += &format!("(declare-const {present} Bool)\n");
            let value = match family {
                OperatorFamily::String => {
                    let text = match texts {
                        Texts::Strings => Text::Own { name },
                        Texts::Cells => Text::Cell {
                            name,
                            texts: texts_of(domain, key),
                        },
                    };
                    self.out += &text.declared();
                    if let (Text::Own { name }, "aws:username") = (&text, key) {
                        self.out += &format!("(assert (str.in_re {name} {NAME}))\n");
                    }
                    Typed::Text(text)
                }
                OperatorFamily::Numeric | OperatorFamily::Date => {
                    self.out +=
                        &format!("(declare-const {name}g Bool)(declare-const {name} Real)\n");
                    Typed::Number {
                        garbage: format!("{name}g"),
                        value: name,
                    }
                }
                OperatorFamily::Bool => {
                    self.out += &format!(
                        "(declare-const {name} Int)(assert (and (<= 0 {name}) (<= {name} 2)))\n"
                    );
                    Typed::Bool(name)
                }
                OperatorFamily::IpAddress => {
                    self.out += &format!(
                        "(declare-const {name}f Int)(declare-const {name}a (_ BitVec 32))(declare-const {name}b (_ BitVec 128))\n"
                    );
                    Typed::Address {
                        family: format!("{name}f"),
                        v4: format!("{name}a"),
                        v6: format!("{name}b"),
                    }
                }
                other => return Err(format!("{other:?}")),
            };
            slots.push(Slot { present, value });
        }
        self.keys.insert(key.to_owned(), slots);
        Ok(())
    }

    /// Policies allow, a boundary and a session policy too, and none denies.
    fn allows(&self, set: &Set) -> Result<String> {
        let layers = &set.layers;
        let some_allow = |documents: &[Document]| -> Result<String> {
            let each = documents.iter().map(|d| self.says(d, Effect::Allow));
            Ok(any(each.collect::<Result<Vec<_>>>()?))
        };
        let mut needed = vec![some_allow(&layers.identity)?];
        for boundary in &layers.boundary {
            needed.push(self.says(boundary, Effect::Allow)?);
        }
        if !layers.session.is_empty() {
            needed.push(some_allow(&layers.session)?);
        }
        for document in set.documents() {
            needed.push(not(&self.says(document, Effect::Deny)?));
        }
        Ok(all(needed))
    }

    /// Some statement of this effect matches.
    fn says(&self, document: &Document, effect: Effect) -> Result<String> {
        let statements = document.statements().iter();
        let statements = statements.filter(|s| s.effect() == Some(effect));
        let parts = statements.map(|s| self.matches(s, effect, document.has_variables()));
        Ok(any(parts.collect::<Result<Vec<_>>>()?))
    }

    fn matches(&self, statement: &Statement, effect: Effect, variables: bool) -> Result<String> {
        let action = |patterns: &[iam_dsl_core::ActionPattern]| {
            any(patterns.iter().map(|pattern| {
                self.action
                    .fits(&glob::wildcards(&pattern.as_str().to_ascii_lowercase()))
            }))
        };
        let mut parts = vec![match statement.not_actions() {
            Some(patterns) => not(&action(patterns)),
            None => action(statement.actions()),
        }];
        let resource = |patterns: &[iam_dsl_core::ResourcePattern]| -> Result<String> {
            let each = patterns
                .iter()
                .map(|p| self.resource(p.as_str(), variables));
            Ok(any(each.collect::<Result<Vec<_>>>()?))
        };
        parts.push(match statement.not_resources() {
            Some(patterns) => not(&resource(patterns)?),
            None => resource(statement.resources().unwrap_or_default())?,
        });
        for (operator, entry) in statement.conditions().iter().flat_map(|c| c.iter()) {
            parts.push(self.condition(operator, entry, effect, variables)?);
        }
        Ok(all(parts))
    }

    fn resource(&self, pattern: &str, variables: bool) -> Result<String> {
        if pattern == "*" {
            return Ok("true".to_owned());
        }
        let named = not(&self.everything);
        let parts: Vec<Part<'_>> = match variables {
            true => variable::parts(pattern).flatten().collect(),
            false => vec![Part::Text(pattern)],
        };
        let place = parts
            .iter()
            .position(|part| matches!(part, Part::Variable { .. }));
        let globs = |text: &str| resource_globs(text, variables, &BTreeMap::new());
        let Some(place) = place else {
            let fits = any(globs(pattern).iter().map(|glob| self.resource.fits(glob)));
            return Ok(all([named, fits]));
        };
        let (Some(Part::Variable { key, default }), Some(before), Some(after)) =
            (parts.get(place), parts.get(..place), parts.get(place + 1..))
        else {
            return Err("a variable that is none".to_owned());
        };
        let text = |parts: &[Part<'_>]| -> Result<String> {
            let texts = parts.iter().map(|part| match part {
                Part::Text(text) => Ok(*text),
                _ => Err("two variables in a resource".to_owned()),
            });
            texts.collect()
        };
        let before = globs(&text(before)?).into_iter().next().unwrap_or_default();
        let after = glob::wildcards(&text(after)?);
        let slot = self.only(key)?;
        let Typed::Text(value) = &slot.value else {
            return Err("a variable that is no text".to_owned());
        };
        let mut ways = vec![all([
            slot.present.clone(),
            self.resource.around(&before, value, &after)?,
        ])];
        if let Some(default) = default {
            let mut pattern = before;
            pattern.extend(glob::literal(default));
            pattern.extend(after);
            ways.push(all([not(&slot.present), self.resource.fits(&pattern)]));
        }
        Ok(all([named, any(ways)]))
    }

    /// The one value of a variable's key.
    fn only(&self, key: &str) -> Result<&Slot> {
        match self.keys.get(&key.to_ascii_lowercase()).map(Vec::as_slice) {
            Some([slot]) => Ok(slot),
            _ => Err("a variable of several values".to_owned()),
        }
    }

    fn condition(
        &self,
        operator: Operator,
        entry: &ConditionEntry,
        effect: Effect,
        variables: bool,
    ) -> Result<String> {
        let slots = self.keys.get(&entry.key.to_ascii_lowercase());
        let slots = slots.map(Vec::as_slice).unwrap_or_default();
        let present = any(slots.iter().map(|slot| slot.present.clone()));
        // What has no meaning fails an Allow and counts for a Deny.
        let meaningless = || (effect == Effect::Deny).to_string();
        if operator.comparison == C::Null {
            if operator.qualifier.is_some() || operator.if_exists {
                return Ok(meaningless());
            }
            return Ok(any(entry.values.iter().filter_map(|value| {
                match value.text().to_ascii_lowercase().as_str() {
                    "true" => Some(not(&present)),
                    "false" => Some(present.clone()),
                    _ => None,
                }
            })));
        }
        let each: Vec<(String, String)> = slots
            .iter()
            .map(|slot| {
                let passes = self.passes(operator.comparison, entry, variables, &slot.value)?;
                Ok((slot.present.clone(), passes))
            })
            .collect::<Result<_>>()?;
        Ok(match operator.qualifier {
            // "It also returns true if there are no context keys in the request."
            Some(Qualifier::ForAllValues) => all(each
                .iter()
                .map(|(there, passes)| format!("(=> {there} {passes})"))),
            // "If the key does not exist, the condition returns false."
            Some(Qualifier::ForAnyValue) => any(each
                .iter()
                .map(|(there, passes)| format!("(and {there} {passes})"))),
            None => {
                let missing = operator.if_exists || operator.comparison.is_negated();
                let of_one = all(each.iter().map(|(t, passes)| format!("(=> {t} {passes})")));
                let count: String = slots.iter().fold("(+ 0".to_owned(), |sum, slot| {
                    sum + &format!(" (ite {} 1 0)", slot.present)
                }) + ")";
                format!(
                    "(ite {} {missing} (ite (= {count} 1) {of_one} {}))",
                    not(&present),
                    meaningless()
                )
            }
        })
    }

    /// Any of the policy's values matches; none does for a negated operator.
    fn passes(
        &self,
        comparison: C,
        entry: &ConditionEntry,
        variables: bool,
        value: &Typed,
    ) -> Result<String> {
        let each = entry
            .values
            .iter()
            .map(|wanted| self.meets(comparison, &wanted.text(), variables, value));
        let met = any(each.collect::<Result<Vec<_>>>()?);
        Ok(match comparison.is_negated() {
            true => not(&met),
            false => met,
        })
    }

    fn meets(&self, comparison: C, wanted: &str, variables: bool, value: &Typed) -> Result<String> {
        match value {
            Typed::Text(text) => self.meets_text(comparison, wanted, variables, text),
            Typed::Number { garbage, value } => {
                let bound = match comparison.family() {
                    OperatorFamily::Date => date::parse(wanted).map(|nanos| real(nanos, 0)),
                    _ => decimal(wanted),
                };
                let Some(bound) = bound else {
                    return Ok("false".to_owned());
                };
                let sign = match comparison {
                    C::NumericEquals | C::NumericNotEquals | C::DateEquals | C::DateNotEquals => {
                        "="
                    }
                    C::NumericLessThan | C::DateLessThan => "<",
                    C::NumericLessThanEquals | C::DateLessThanEquals => "<=",
                    C::NumericGreaterThan | C::DateGreaterThan => ">",
                    C::NumericGreaterThanEquals | C::DateGreaterThanEquals => ">=",
                    _ => return Err("another operator on a number".to_owned()),
                };
                Ok(format!("(and (not {garbage}) ({sign} {value} {bound}))"))
            }
            Typed::Bool(name) => Ok(match wanted.to_ascii_lowercase().as_str() {
                "true" => format!("(= {name} 1)"),
                "false" => format!("(= {name} 0)"),
                _ => "false".to_owned(),
            }),
            Typed::Address { family, v4, v6 } => {
                let net = wanted
                    .parse::<IpNet>()
                    .or_else(|_| wanted.parse::<std::net::IpAddr>().map(IpNet::from));
                let (number, bits, name, net_bits) = match net {
                    Err(_) => return Ok("false".to_owned()),
                    Ok(IpNet::V4(net)) => {
                        let text = format!("{:032b}", u32::from(net.network()));
                        (4, net.prefix_len(), v4, text)
                    }
                    Ok(IpNet::V6(net)) => {
                        let text = format!("{:0128b}", u128::from(net.network()));
                        (6, net.prefix_len(), v6, text)
                    }
                };
                let length = usize::from(bits);
                let inside = match net_bits.get(..length) {
                    Some("") | None => "true".to_owned(),
                    Some(prefix) => {
                        let (high, low) = (net_bits.len() - 1, net_bits.len() - length);
                        format!("(= ((_ extract {high} {low}) {name}) #b{prefix})")
                    }
                };
                Ok(format!("(and (= {family} {number}) {inside})"))
            }
        }
    }

    fn meets_text(
        &self,
        comparison: C,
        wanted: &str,
        variables: bool,
        text: &Text,
    ) -> Result<String> {
        let parts: Vec<Part<'_>> = match variables {
            true => variable::parts(wanted).flatten().collect(),
            false if wanted.is_empty() => Vec::new(),
            false => vec![Part::Text(wanted)],
        };
        let fold = matches!(
            comparison,
            C::StringEqualsIgnoreCase | C::StringNotEqualsIgnoreCase
        );
        if let [Part::Variable { key, default }] = parts.as_slice() {
            if comparison.family() == OperatorFamily::Arn {
                return Err("a variable as an ARN".to_owned());
            }
            let slot = self.only(key)?;
            let Typed::Text(value) = &slot.value else {
                return Err("a variable that is no text".to_owned());
            };
            let mut ways = vec![all([slot.present.clone(), text.same(value, fold)?])];
            if let Some(default) = default {
                let fits = text.fits(&plain(glob::literal(default), fold));
                ways.push(all([not(&slot.present), fits]));
            }
            return Ok(any(ways));
        }
        let mut tokens = Vec::new();
        for part in parts {
            match part {
                Part::Text(text) => tokens.extend(glob::wildcards(text)),
                Part::Literal(c) => tokens.push(Token::Char(c)),
                Part::Variable { .. } => {
                    return Err("a variable that is part of a value".to_owned());
                }
            }
        }
        Ok(match comparison {
            C::StringLike | C::StringNotLike => text.fits(&tokens),
            _ if comparison.family() == OperatorFamily::Arn => match arn_pattern(tokens) {
                Some(tokens) => text.fits(&tokens),
                None => "false".to_owned(),
            },
            _ => text.fits(&plain(tokens, fold)),
        })
    }
}

/// The texts that a request may hold for a key. The name of a user follows from who
/// asks.
fn texts_of(domain: &Domain, key: &str) -> Vec<String> {
    if key == "aws:username" {
        let names = domain.callers.iter().filter_map(|caller| match caller {
            Caller::User(arn) => arn.rsplit('/').next().map(str::to_owned),
            _ => None,
        });
        return names.collect();
    }
    let lists = domain.keys.iter().filter(|(name, _)| name == key);
    let values: BTreeSet<String> = lists
        .flat_map(|(_, lists)| lists.iter().flatten())
        .map(Value::text)
        .collect();
    values.into_iter().collect()
}

/// Wildcards as characters, and letters of either case where case is folded.
fn plain(tokens: Vec<Token>, fold: bool) -> Vec<Token> {
    tokens
        .into_iter()
        .map(|token| match token {
            Token::Any { .. } => Token::Char('*'),
            Token::One { .. } => Token::Char('?'),
            Token::Char(c) if fold && c.is_ascii_alphabetic() => Token::Fold(c),
            other => other,
        })
        .collect()
}

/// "Each of the six colon-delimited components of the ARN is checked separately."
fn arn_pattern(tokens: Vec<Token>) -> Option<Vec<Token>> {
    let mut colons = 0;
    let tokens: Vec<Token> = tokens
        .into_iter()
        .map(|token| {
            colons += usize::from(token == Token::Char(':'));
            let colon = colons >= 5;
            match token {
                Token::Any { .. } => Token::Any { colon },
                Token::One { .. } => Token::One { colon },
                other => other,
            }
        })
        .collect();
    let is_arn = tokens.starts_with(&glob::literal("arn:"));
    (colons >= 5 && is_arn).then_some(tokens)
}

/// An exact decimal as a real of SMT-LIB.
fn decimal(text: &str) -> Option<String> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    Some(real(digits, exponent - i32::try_from(fraction.len()).ok()?))
}

/// `digits` times ten to this power.
fn real(digits: i128, power: i32) -> String {
    let zeros = "0".repeat(usize::try_from(power.abs()).unwrap_or_default());
    let size = digits.unsigned_abs();
    let size = match power < 0 {
        true => format!("(/ {size}.0 1{zeros}.0)"),
        false => format!("{size}{zeros}.0"),
    };
    match digits < 0 {
        true => format!("(- {size})"),
        false => size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::expression;

    #[test]
    fn numbers_are_exact() {
        assert_eq!(decimal("10.5").as_deref(), Some("(/ 105.0 10.0)"));
        assert_eq!(decimal("1e1").as_deref(), Some("10.0"));
        assert_eq!(decimal("-1").as_deref(), Some("(- 1.0)"));
        assert_eq!(decimal("x"), None);
    }

    #[test]
    fn patterns_become_expressions() {
        let pattern = glob::wildcards("a*b?");
        assert_eq!(
            expression(&pattern),
            "(re.++ (str.to_re \"a\") re.all (str.to_re \"b\") re.allchar)"
        );
        assert_eq!(expression(&[]), "(str.to_re \"\")");
    }
}
