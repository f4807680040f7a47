//! Who a user, role or federated user may be, where keys tell of it: the ARN, the
//! account and the name follow from each other, so they are told together.

use std::collections::{BTreeMap, HashSet};

use iam_dsl_core::OperatorFamily;
use iam_dsl_core::arn::is_account_id;

use super::budget::{Exhausted, Meter};
use super::callers::{self, Caller, CallerKind};
use super::comparison::{Unknown, UnknownKind};
use super::domain::Values;
use super::fields::{self, Piece, Tuple};
use super::form::{Form, Token};
use super::problem::Cond;
use super::sets;
use super::values::{self, Texts};

/// The keys, in lower case, that follow from a caller's ARN; none where the caller
/// is somebody in particular, whose keys are known.
pub(super) fn keys(caller: &Caller) -> &'static [&'static str] {
    match caller.kind {
        CallerKind::User => &[
            callers::PRINCIPAL_ARN,
            callers::PRINCIPAL_ACCOUNT,
            callers::USERNAME,
        ],
        CallerKind::Role => &[callers::PRINCIPAL_ARN, callers::PRINCIPAL_ACCOUNT],
        CallerKind::Federated | CallerKind::Root => &[
            callers::PRINCIPAL_ARN,
            callers::PRINCIPAL_ACCOUNT,
            callers::USERID,
        ],
        CallerKind::Exactly(_) | CallerKind::Canonical(_) => &[],
    }
}

/// One of these keys, with what is asked about it.
pub(super) struct Facet<'c> {
    pub(super) key: &'static str,
    /// The conditions on it, and on keys that variables tie to it.
    pub(super) conditions: Vec<&'c Cond<'c>>,
    /// The letters that stand for whatever else it may be.
    pub(super) letters: Vec<char>,
    /// How many `?` a pattern has that its value may become part of.
    pub(super) ones: usize,
}

/// `arn`, partition, service, region, account, path, name: the path with the type
/// before it and the slash behind it, the name without any.
const FIELDS: usize = 7;
const ACCOUNT: usize = 4;
const PATH: usize = 5;
const NAME: usize = 6;

/// The values of the facets' keys to be told apart.
pub(super) fn values(
    caller: &Caller,
    facets: &[Facet<'_>],
    filled: &BTreeMap<String, Option<String>>,
    meter: &Meter,
) -> Result<(Vec<Values>, Option<Unknown>), Exhausted> {
    let mut doubts = Texts::default();
    let mut groups: Vec<Vec<Tuple>> = Vec::new();
    let mut ones = [0; FIELDS];
    for facet in facets {
        let fields = match facet.key {
            callers::PRINCIPAL_ARN => 0..FIELDS,
            callers::PRINCIPAL_ACCOUNT => ACCOUNT..PATH,
            _ => NAME..FIELDS,
        };
        for most in ones.get_mut(fields).into_iter().flatten() {
            *most = facet.ones.max(*most);
        }
        let family =
            |c: &&&Cond<'_>| matches!(c.family(), OperatorFamily::String | OperatorFamily::Arn);
        let textual: Vec<&&Cond<'_>> = facet.conditions.iter().filter(family).collect();
        let typed = |c: &&Cond<'_>| c.family() != OperatorFamily::Null;
        if facet.conditions.iter().copied().filter(typed).count() > textual.len() {
            doubts.doubt(UnknownKind::MixedTypes, facet.key);
        }
        let all: Vec<Vec<Vec<Piece>>> = textual
            .iter()
            .map(|condition| {
                let patterns = condition.patterns.iter();
                let mut fill = |p: &Vec<Piece>| {
                    filled_in(facet.key, condition, p, facets, filled, &mut doubts)
                };
                patterns.filter_map(&mut fill).collect()
            })
            .collect();
        let cased: Vec<&Vec<Piece>> = textual
            .iter()
            .zip(&all)
            .filter(|(condition, _)| !condition.folds_case())
            .flat_map(|(_, pieces)| pieces)
            .collect();
        for (condition, pieces) in textual.iter().zip(&all) {
            let mut found: Vec<Tuple> = Vec::new();
            for pattern in pieces {
                let tuples = tuples(&caller.kind, facet.key, pattern, meter)?;
                for tuple in &tuples {
                    for (form, most) in tuple.iter().zip(&mut ones) {
                        *most = form.ones().max(*most);
                    }
                }
                found.extend(tuples);
            }
            if !condition.is_sought() {
                continue;
            }
            // Digits have no case.
            if condition.folds_case() && facet.key != callers::PRINCIPAL_ACCOUNT {
                for form in values::fold(facet.key, pieces, &cased, &mut doubts) {
                    let pieces: Vec<Piece> = form.tokens().iter().map(piece).collect();
                    found.extend(self::tuples(&caller.kind, facet.key, &pieces, meter)?);
                }
            }
            values::entangled(facet.key, condition, &textual, meter, &mut doubts)?;
            groups.push(found);
        }
    }
    let has_arn = facets
        .iter()
        .any(|f| f.key == callers::PRINCIPAL_ARN && !f.conditions.is_empty());
    let start = start(caller, has_arn, ones);
    let letters = |key: &str| {
        let facet = facets.iter().find(|facet| facet.key == key);
        facet.map_or(&[][..], |facet| facet.letters.as_slice())
    };
    let other = letters(callers::PRINCIPAL_ARN).first().copied();
    let names = match caller.kind {
        CallerKind::User => letters(callers::USERNAME),
        CallerKind::Federated | CallerKind::Root => letters(callers::USERID),
        _ => letters(callers::PRINCIPAL_ARN),
    };
    let mut all: Vec<Values> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    for tuple in sets::close(start, &groups, meter)? {
        for account in letters(callers::PRINCIPAL_ACCOUNT) {
            for name in names {
                let other = other.unwrap_or(*name);
                let each = [other, other, other, other, *account, other, *name];
                for text in sets::samples(&tuple, &each, &ones, SEPARATOR, meter)? {
                    if known.insert(text.clone()) {
                        all.extend(persona(caller, facets, &text));
                    }
                }
            }
        }
    }
    meter.holds(all.len())?;
    Ok((all, doubts.doubt))
}

/// No policy can have it: IAM allows no control character but line ends and tabs.
const SEPARATOR: &str = "\u{0}";

/// Every ARN of the caller's kind.
fn start(caller: &Caller, has_arn: bool, ones: [usize; FIELDS]) -> Vec<Tuple> {
    let (service, stem) = match caller.kind {
        CallerKind::User => ("iam", "user/"),
        CallerKind::Role => ("iam", "role/"),
        CallerKind::Root => ("iam", ""),
        _ => ("sts", "federated-user/"),
    };
    let name = match caller.kind {
        CallerKind::Root => "root",
        _ => "*",
    };
    let (partition, account) = match &caller.home {
        Some(home) => (home.partition.as_str(), home.account.as_str()),
        None if ones.get(ACCOUNT).is_some_and(|ones| *ones > 0) => ("*", "????????????"),
        None => ("*", "*"),
    };
    let deeper = format!("{stem}*/");
    let paths = [stem, &deeper];
    // A path tells callers apart by their ARN alone; few have one.
    let many = has_arn && matches!(caller.kind, CallerKind::User | CallerKind::Role);
    paths
        .into_iter()
        .take(if many { 2 } else { 1 })
        .map(|path| {
            let texts = ["arn", partition, service, "", account, path, name];
            texts.map(Form::glob).to_vec()
        })
        .collect()
}

/// The pattern with its variables' values. Variables that are keys of the caller
/// too are told together with it: of them nothing is sought.
fn filled_in(
    key: &str,
    condition: &Cond<'_>,
    pattern: &[Piece],
    facets: &[Facet<'_>],
    filled: &BTreeMap<String, Option<String>>,
    doubts: &mut Texts,
) -> Option<Vec<Piece>> {
    let own = |name: &str| facets.iter().any(|f| f.key == name) && !filled.contains_key(name);
    let mut open = pattern.to_vec();
    for piece in &mut open {
        if matches!(piece, Piece::Variable { key, .. } if own(key)) {
            *piece = Piece::Run { colon: true };
        }
    }
    if open != pattern && own(&condition.key) {
        let whole = matches!(pattern, [Piece::Variable { key, .. }] if *key == condition.key);
        // `…:user/${aws:username}` is the ARN of the user itself.
        let ends_in_name = matches!(
            pattern,
            [rest @ .., Piece::Char('/'), Piece::Variable { key, .. }]
                if key == callers::USERNAME && !fields::has_variables(rest)
        );
        if !whole && !ends_in_name {
            doubts.doubt(UnknownKind::Variable, key);
        }
    }
    fields::fill(&open, |name| filled.get(name).and_then(Option::as_deref))
}

fn piece(token: &Token) -> Piece {
    match token {
        Token::Char(character) => Piece::Char(*character),
        Token::One => Piece::One { colon: true },
        Token::Run => Piece::Run { colon: true },
    }
}

/// The callers whose key matches the pieces.
fn tuples(
    kind: &CallerKind,
    key: &str,
    pieces: &[Piece],
    meter: &Meter,
) -> Result<Vec<Tuple>, Exhausted> {
    let with = |fields: &[(usize, &Form)]| {
        let mut tuple = vec![Form::any(); FIELDS];
        for (field, form) in fields {
            if let Some(place) = tuple.get_mut(*field) {
                place.clone_from(form);
            }
        }
        tuple
    };
    Ok(match key {
        callers::PRINCIPAL_ARN => {
            let mut all = Vec::new();
            for mut tuple in fields::split(pieces, fields::ARN, meter)? {
                let resource = tuple.pop().unwrap_or_default();
                for (path, name) in at_last_slash(&resource) {
                    meter.take(1)?;
                    let mut deeper = tuple.clone();
                    deeper.extend([path, name]);
                    all.push(deeper);
                }
            }
            all
        }
        callers::PRINCIPAL_ACCOUNT => vec![with(&[(ACCOUNT, &fields::whole(pieces))])],
        callers::USERID if *kind == CallerKind::Root => {
            vec![with(&[(ACCOUNT, &fields::whole(pieces))])]
        }
        // Of a federated user: account and name.
        callers::USERID => fields::split(pieces, 2, meter)?
            .iter()
            .filter_map(|tuple| match tuple.as_slice() {
                [account, name] => Some(with(&[(ACCOUNT, account), (NAME, name)])),
                _ => None,
            })
            .collect(),
        _ => vec![with(&[(NAME, &fields::whole(pieces))])],
    })
}

/// What a form matches, before and behind the last slash, which stays before, or
/// without any slash.
fn at_last_slash(form: &Form) -> Vec<(Form, Form)> {
    let tokens = form.tokens();
    let mut all = Vec::new();
    for (place, token) in tokens.iter().enumerate().rev() {
        let (before, after) = tokens.split_at(place);
        let after = after.get(1..).unwrap_or_default();
        let run = (*token == Token::Run).then_some(Token::Run);
        let is_slash = *token == Token::Char('/');
        if is_slash || !matches!(token, Token::Char(_)) {
            let mut path = Form::of(before.iter().copied().chain(run));
            path.push(Token::Char('/'));
            all.push((path, Form::of(run.into_iter().chain(after.iter().copied()))));
        }
        if is_slash {
            return all;
        }
    }
    // The root user's ARN has none.
    all.push((Form::default(), form.clone()));
    all
}

/// The values of the facets' keys for the fields of an ARN; `None` where there is
/// nobody of it, or somebody who is asked about by name.
fn persona(caller: &Caller, facets: &[Facet<'_>], text: &str) -> Option<Values> {
    let fields: Vec<&str> = text.split(SEPARATOR).collect();
    let [_, partition, service, _, account, path, name] = fields.as_slice() else {
        return None;
    };
    // As `Principal` reads them.
    let empty = partition.is_empty() || name.is_empty() || path.contains("//");
    let strange = |text: &str| text.contains(['*', '?', ':', '$']);
    if empty || strange(path) || strange(name) || name.contains('/') {
        return None;
    }
    let arn = format!("arn:{partition}:{service}::{account}:{path}{name}");
    if !may_be_account(account) || caller.taken.contains(*account) || caller.taken.contains(&arn) {
        return None;
    }
    let value = |facet: &Facet<'_>| {
        Some(match facet.key {
            callers::PRINCIPAL_ARN => arn.clone(),
            callers::PRINCIPAL_ACCOUNT => (*account).to_owned(),
            callers::USERID if caller.kind == CallerKind::Root => (*account).to_owned(),
            callers::USERID => format!("{account}:{name}"),
            _ => (*name).to_owned(),
        })
    };
    Some(facets.iter().map(value).collect())
}

/// Whether a text is an account id, or stands for some: twelve digits, of which a
/// letter that no policy holds stands for any, or for several.
pub(super) fn may_be_account(text: &str) -> bool {
    let length = text.chars().count();
    match text.is_ascii() {
        true => is_account_id(text),
        false => length <= 12 && text.chars().all(|c| c.is_ascii_digit() || !c.is_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iam_dsl_core::pattern::Glob;
    use proptest::prelude::*;

    proptest! {
        /// A text is matched by the parts of a pattern as by the pattern.
        #[test]
        fn cutting_at_the_last_slash_keeps_the_meaning(
            pattern in "[a/*?]{0,6}", path in "([a]{0,2}/){1,2}", name in "[a]{0,2}",
        ) {
            let all = at_last_slash(&Form::glob(&pattern));
            let by_parts = all.iter().any(|(before, after)| {
                before.covers(&Form::literal(&path)) && after.covers(&Form::literal(&name))
            });
            let whole = Glob::new(&pattern).matches(&format!("{path}{name}"));
            prop_assert_eq!(by_parts, whole, "{:?}", all);
        }
    }

    #[test]
    fn accounts() {
        for (text, is) in [
            ("111122223333", true),
            ("planted-value", false),
            ("11112222333", false),
            ("", false),
            ("\u{3b1}", true),
            ("1\u{3b1}2", true),
            ("a\u{3b1}", false),
        ] {
            assert_eq!(may_be_account(text), is, "{text}");
        }
    }
}
