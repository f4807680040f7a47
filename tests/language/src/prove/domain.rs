//! For each part of a request, the values that the policies tell apart.
//!
//! A policy looks at a request through patterns, boundaries and networks. With a
//! value for each cell that those cut, a search over all requests is one over the
//! product of finitely many values.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use iam_dsl_core::variable::{self, Part};
use iam_dsl_core::{
    Catalogue, Comparison, Document, Operator, OperatorFamily, PrincipalType, date,
};
use ipnet::IpNet;

use super::glob::{self, Glob, Shape, Token};
use crate::reference::{Caller, Value};

/// How many states of automata are walked for one part of the request.
const CAP: usize = 3_000;

/// The keys that follow from the principal and the resource.
pub const DERIVED: &[&str] = &[
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:username",
    "aws:userid",
    "aws:resourceaccount",
];

/// The values of each part of a request.
#[derive(Debug, Clone, Default)]
pub struct Domain {
    /// Actions in lower case.
    pub actions: Vec<String>,
    /// ARNs, and `*`.
    pub resources: Vec<String>,
    /// Who asks.
    pub callers: Vec<Caller>,
    /// For each key, in lower case, what the request may hold: nothing first.
    pub keys: Vec<(String, Vec<Vec<Value>>)>,
    /// Why some cell may have no value, if so.
    pub gaps: BTreeSet<&'static str>,
}

/// Whether AWS lists the key as one of several values.
pub fn is_multi_valued(key: &str) -> bool {
    let found = Catalogue::embedded().condition_key(key);
    found.is_some_and(|key| key.is_multi_valued())
}

/// One use of a key in a condition.
struct Use {
    operator: Operator,
    values: Vec<String>,
    variables: bool,
}

impl Domain {
    /// The values that these documents tell apart.
    pub fn of(documents: &[&Document], principals: bool) -> Self {
        let mut domain = Domain::default();
        domain.actions = domain.actions_of(documents);
        let keys = domain.keys_of(documents);
        domain.resources = domain.resources_of(documents, &keys, principals);
        domain.callers = match principals {
            true => callers_of(documents),
            false => identities(),
        };
        let callers = domain.callers_with(&keys);
        domain.callers.extend(callers);
        let told = keys.into_iter();
        domain.keys = told
            .filter(|(key, _)| !DERIVED.contains(&key.as_str()))
            .collect();
        domain
    }

    /// Those whose own keys have these values: such a key follows from who asks,
    /// and no request tells another.
    fn callers_with(&mut self, keys: &BTreeMap<String, Vec<Vec<Value>>>) -> Vec<Caller> {
        let mut callers = Vec::new();
        for (key, lists) in keys
            .iter()
            .filter(|(key, _)| DERIVED.contains(&key.as_str()))
        {
            let texts: Vec<String> = lists.iter().flatten().map(Value::text).collect();
            match key.as_str() {
                "aws:username" => callers.extend(
                    texts
                        .iter()
                        .filter(|name| !name.contains('/'))
                        .map(|name| Caller::User(format!("arn:aws:iam::123456789012:user/{name}"))),
                ),
                "aws:principalaccount" => callers.extend(
                    texts
                        .iter()
                        .map(|account| Caller::User(format!("arn:aws:iam::{account}:user/z"))),
                ),
                "aws:principalarn" => {
                    self.gaps.insert("a key that follows from the principal");
                    for text in texts {
                        callers.extend([Caller::User(text.clone()), Caller::Role(text)]);
                    }
                }
                _ => {
                    self.gaps.insert("a key that follows from the principal");
                }
            }
        }
        let mut read: Vec<Caller> = Vec::new();
        for caller in callers {
            if !read.contains(&caller) && super::sets::principal(&caller).is_ok() {
                read.push(caller);
            }
        }
        read
    }

    /// How many requests there are.
    pub fn size(&self) -> usize {
        let keys = self.keys.iter().map(|(_, values)| values.len());
        keys.chain([self.actions.len(), self.resources.len(), self.callers.len()])
            .fold(1, usize::saturating_mul)
    }

    fn actions_of(&mut self, documents: &[&Document]) -> Vec<String> {
        let texts: BTreeSet<String> = documents
            .iter()
            .flat_map(|document| document.statements())
            .flat_map(|s| {
                s.actions()
                    .iter()
                    .chain(s.not_actions().unwrap_or_default())
            })
            .map(|action| action.as_str().to_ascii_lowercase())
            .collect();
        self.texts(
            texts
                .iter()
                .map(|text| Some(glob::wildcards(text)))
                .collect(),
            Shape::Action,
            "too many action patterns",
        )
    }

    /// A text for each cell; where there are too many, some for each pattern.
    fn texts(&mut self, patterns: Vec<Glob>, shape: Shape, gap: &'static str) -> Vec<String> {
        if let Some(found) = glob::representatives(&patterns, shape, CAP) {
            return found.into_iter().map(|(text, _)| text).collect();
        }
        self.gaps.insert(gap);
        let mut texts = BTreeSet::new();
        for pattern in patterns.iter().flatten() {
            if let Some(found) = glob::representatives(&[Some(pattern.clone())], shape, 100 * CAP) {
                texts.extend(found.into_iter().map(|(text, _)| text));
            }
            // As the neighbour's patterns may want it: with something in each gap.
            for fill in ["", "z", "zz", "z/z"] {
                let text: String = pattern
                    .iter()
                    .map(|token| match token {
                        Token::Char(c) | Token::Fold(c) => c.to_string(),
                        Token::One { .. } => "z".to_owned(),
                        Token::Any { .. } => fill.to_owned(),
                    })
                    .collect();
                texts.insert(text);
            }
        }
        texts.into_iter().collect()
    }

    fn resources_of(
        &mut self,
        documents: &[&Document],
        keys: &BTreeMap<String, Vec<Vec<Value>>>,
        principals: bool,
    ) -> Vec<String> {
        let mut patterns: BTreeSet<Vec<Token>> = BTreeSet::new();
        for document in documents {
            let statements = document.statements().iter();
            let texts = statements.flat_map(|s| {
                let listed = s.resources().unwrap_or_default().iter();
                listed.chain(s.not_resources().unwrap_or_default())
            });
            for text in texts {
                if text.as_str() == "*" {
                    continue;
                }
                let filled = resource_globs(text.as_str(), document.has_variables(), keys);
                if filled.len() > 1 {
                    self.gaps.insert("a variable in a resource");
                }
                patterns.extend(filled);
            }
        }
        let patterns: Vec<Glob> = patterns.into_iter().map(Some).collect();
        let mut resources = vec!["*".to_owned()];
        let found = self.texts(patterns, Shape::Arn, "too many resource patterns");
        resources.extend(found);
        // A trust policy speaks of its own role, and whose that is decides what
        // an account may delegate.
        let callers = callers_of(documents);
        let accounts: BTreeSet<&str> = callers.iter().filter_map(Caller::account).collect();
        if principals {
            resources.extend(
                accounts
                    .into_iter()
                    .map(|account| format!("arn:aws:iam::{account}:role/z")),
            );
        }
        resources
    }

    fn keys_of(&mut self, documents: &[&Document]) -> BTreeMap<String, Vec<Vec<Value>>> {
        let mut uses: BTreeMap<String, Vec<Use>> = BTreeMap::new();
        for document in documents {
            for statement in document.statements() {
                for (operator, entry) in statement.conditions().iter().flat_map(|c| c.iter()) {
                    let of_key = uses.entry(entry.key.to_ascii_lowercase()).or_default();
                    of_key.push(Use {
                        operator,
                        values: entry.values.iter().map(|v| v.text().into_owned()).collect(),
                        variables: document.has_variables()
                            && operator.comparison.family().has_variables(),
                    });
                }
            }
        }
        let variables = variables_of(documents);
        for key in &variables {
            uses.entry(key.clone()).or_default();
        }
        // A key that a variable names is compared with the values of others:
        // all of them share their texts.
        let linked: BTreeSet<String> = if variables.is_empty() {
            BTreeSet::new()
        } else {
            self.gaps.insert("variables");
            uses.iter()
                .filter(|(key, uses)| {
                    variables.contains(*key)
                        || uses
                            .iter()
                            .any(|u| u.values.iter().any(|text| variable::has_variable(text)))
                })
                .map(|(key, _)| key.clone())
                .collect()
        };
        let shared: Vec<Vec<Token>> = uses
            .iter()
            .filter(|(key, _)| linked.contains(*key))
            .flat_map(|(_, uses)| uses.iter().flat_map(|u| u.globs()).collect::<Vec<_>>())
            .collect();
        let mut all = BTreeMap::new();
        for (key, uses) in &uses {
            let more: &[Vec<Token>] = if linked.contains(key) { &shared } else { &[] };
            let singles = self.values_of(uses, more, linked.contains(key));
            let several =
                uses.iter().any(|u| u.operator.qualifier.is_some()) || is_multi_valued(key);
            all.insert(key.clone(), self.lists(singles, several));
        }
        all
    }

    /// What the request may hold for a key: nothing, one value, or several.
    fn lists(&mut self, singles: Vec<Value>, several: bool) -> Vec<Vec<Value>> {
        let mut lists = vec![Vec::new()];
        if several && singles.len() <= 6 {
            for chosen in 1..(1_usize << singles.len()) {
                let values = singles.iter().enumerate();
                let values = values.filter(|(place, _)| chosen >> place & 1 == 1);
                lists.push(values.map(|(_, value)| value.clone()).collect());
            }
            return lists;
        }
        lists.extend(singles.iter().map(|value| vec![value.clone()]));
        if several {
            self.gaps.insert("a key with many values");
            for (place, a) in singles.iter().enumerate() {
                let others = singles.iter().skip(place + 1);
                lists.extend(others.map(|b| vec![a.clone(), b.clone()]));
            }
            lists.push(singles);
        }
        lists
    }

    fn values_of(&mut self, uses: &[Use], more: &[Vec<Token>], linked: bool) -> Vec<Value> {
        let families: BTreeSet<OperatorFamily> = uses
            .iter()
            .map(|u| u.operator.comparison.family())
            .filter(|family| *family != OperatorFamily::Null)
            .map(|family| match family {
                OperatorFamily::Arn => OperatorFamily::String,
                family => family,
            })
            .collect();
        if families.len() > 1 {
            self.gaps.insert("a key compared in several ways");
        }
        let texts = |family: OperatorFamily| -> Vec<&str> {
            uses.iter()
                .filter(|u| u.operator.comparison.family() == family)
                .flat_map(|u| u.values.iter().map(String::as_str))
                .collect()
        };
        let mut values = Vec::new();
        if families.contains(&OperatorFamily::String) || linked || families.is_empty() {
            let mut globs: BTreeSet<Vec<Token>> = uses.iter().flat_map(Use::globs).collect();
            globs.extend(more.iter().cloned());
            let globs: Vec<Glob> = globs.into_iter().map(Some).collect();
            let found = self.texts(globs, Shape::Text, "too many patterns of a key");
            values.extend(found.into_iter().map(Value::Text));
            if linked {
                // Values that nothing mentions, to differ from each other and in length.
                values.extend(
                    ["ypsilon", "Zet", "zet", "q"].map(|text| Value::Text(text.to_owned())),
                );
            }
        }
        for family in families {
            let wanted = texts(family);
            match family {
                OperatorFamily::Numeric => values.extend(self.numbers(&wanted)),
                OperatorFamily::Date => values.extend(self.dates(&wanted)),
                OperatorFamily::Bool => {
                    values.extend(["true", "false", "x"].map(|text| Value::Text(text.to_owned())));
                }
                OperatorFamily::IpAddress => values.extend(addresses(&wanted)),
                OperatorFamily::Binary => {
                    let mut all: BTreeSet<&str> = wanted.into_iter().collect();
                    all.extend(["enp6", "x"]);
                    values.extend(all.into_iter().map(|text| Value::Text(text.to_owned())));
                }
                OperatorFamily::String | OperatorFamily::Arn | OperatorFamily::Null => {}
            }
        }
        let mut unique: Vec<Value> = Vec::new();
        for value in values {
            if !unique.contains(&value) {
                unique.push(value);
            }
        }
        unique
    }

    /// Each number, one between each two, and one beyond either end.
    fn numbers(&mut self, wanted: &[&str]) -> Vec<Value> {
        let mut numbers: Vec<f64> = Vec::new();
        for text in wanted {
            match text.parse::<f64>() {
                // Halves and small numbers are exact in binary.
                Ok(number) if number.abs() < 1e9 && (number * 1024.0).fract() == 0.0 => {
                    numbers.push(number);
                }
                _ => {
                    self.gaps.insert("a number beyond the exact ones");
                }
            }
        }
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        let mut all: Vec<f64> = numbers.clone();
        all.extend(
            numbers
                .iter()
                .zip(numbers.iter().skip(1))
                .map(|(a, b)| (a + b) / 2.0),
        );
        all.extend(numbers.first().map(|n| n - 1.0));
        all.extend(numbers.last().map(|n| n + 1.0));
        let texts = all.into_iter().map(|n| Value::Text(n.to_string()));
        let as_written = wanted.iter().map(|text| Value::Text((*text).to_owned()));
        texts
            .chain(as_written)
            .chain([Value::Text("x".to_owned())])
            .collect()
    }

    /// Each instant, one between each two, and one beyond either end, by seconds.
    fn dates(&mut self, wanted: &[&str]) -> Vec<Value> {
        const SECOND: i128 = 1_000_000_000;
        let mut instants: Vec<i64> = Vec::new();
        for instant in wanted.iter().filter_map(|text| date::parse(text)) {
            match i64::try_from(instant / SECOND) {
                Ok(seconds) if instant % SECOND == 0 && seconds > 0 => instants.push(seconds),
                _ => {
                    self.gaps.insert("an instant beyond the usual ones");
                }
            }
        }
        instants.sort_unstable();
        instants.dedup();
        let mut all = instants.clone();
        for (a, b) in instants.iter().zip(instants.iter().skip(1)) {
            if b - a < 2 {
                self.gaps.insert("instants that lie close");
            }
            all.push(a + (b - a) / 2);
        }
        all.extend(instants.first().map(|s| s - 1));
        all.extend(instants.last().map(|s| s + 1));
        let texts = all.into_iter().map(|s| Value::Text(Value::Time(s).text()));
        texts.chain([Value::Text("x".to_owned())]).collect()
    }
}

impl Use {
    /// The texts of the policy as patterns over the key's texts; those with
    /// variables match what the variables' keys hold and are left out.
    fn globs(&self) -> Vec<Vec<Token>> {
        let comparison = self.operator.comparison;
        if !matches!(
            comparison.family(),
            OperatorFamily::String | OperatorFamily::Arn
        ) {
            return Vec::new();
        }
        let patterns = self.values.iter().filter_map(|text| {
            let mut tokens = Vec::new();
            if self.variables {
                for part in variable::parts(text) {
                    match part.ok()? {
                        Part::Text(text) => tokens.extend(glob::wildcards(text)),
                        Part::Literal(c) => tokens.push(Token::Char(c)),
                        // A default is a text like others.
                        Part::Variable {
                            default: Some(text),
                            ..
                        } => tokens.extend(glob::literal(text)),
                        Part::Variable { default: None, .. } => return None,
                    }
                }
            } else {
                tokens = glob::wildcards(text);
            }
            Some(tokens)
        });
        patterns
            .filter_map(|tokens| match comparison {
                Comparison::StringEqualsIgnoreCase | Comparison::StringNotEqualsIgnoreCase => {
                    Some(tokens.into_iter().map(plain).map(folded).collect())
                }
                _ if comparison.family() == OperatorFamily::Arn => arn_fields(tokens),
                _ if comparison.has_wildcards() => Some(tokens),
                _ => Some(tokens.into_iter().map(plain).collect()),
            })
            .collect()
    }
}

/// A wildcard as the character that it is written with.
fn plain(token: Token) -> Token {
    match token {
        Token::Any { .. } => Token::Char('*'),
        Token::One { .. } => Token::Char('?'),
        other => other,
    }
}

fn folded(token: Token) -> Token {
    match token {
        Token::Char(c) if c.is_ascii_alphabetic() => Token::Fold(c.to_ascii_lowercase()),
        other => other,
    }
}

/// "Each of the six colon-delimited components of the ARN is checked
/// separately" (IAM User Guide, "Condition operators: ARN"): no wildcard before
/// the fifth colon takes a colon.
fn arn_fields(tokens: Vec<Token>) -> Option<Vec<Token>> {
    let mut colons = 0;
    let tokens: Vec<Token> = tokens
        .into_iter()
        .map(|token| {
            if token == Token::Char(':') {
                colons += 1;
            }
            match token {
                Token::Any { .. } => Token::Any { colon: colons >= 5 },
                Token::One { .. } => Token::One { colon: colons >= 5 },
                other => other,
            }
        })
        .collect();
    let first = tokens.split(|t| *t == Token::Char(':')).next()?;
    if colons < 5 || !glob::matches(first, "arn") {
        return None;
    }
    let rest = tokens.iter().skip(first.len());
    Some(
        glob::literal("arn")
            .into_iter()
            .chain(rest.copied())
            .collect(),
    )
}

/// A resource's pattern with its variables filled by each value that their keys
/// may hold. Wildcards "within the individual segments of an ARN" stay there
/// before the fifth colon, unless they end a segment.
pub fn resource_globs(
    text: &str,
    variables: bool,
    keys: &BTreeMap<String, Vec<Vec<Value>>>,
) -> Vec<Vec<Token>> {
    let fifth = text
        .match_indices(':')
        .nth(4)
        .map_or(text.len(), |(at, _)| at + 1);
    let (head, tail) = text.split_at(fifth);
    let mut tokens = Vec::new();
    let mut characters = head.chars().peekable();
    while let Some(c) = characters.next() {
        tokens.push(match c {
            '*' => Token::Any {
                colon: matches!(characters.peek(), None | Some(':')),
            },
            '?' => Token::One { colon: false },
            c => Token::Char(c),
        });
    }
    let mut all = vec![tokens];
    if !variables {
        for tokens in &mut all {
            tokens.extend(glob::wildcards(tail));
        }
        return all;
    }
    for part in variable::parts(tail) {
        let fills: Vec<Vec<Token>> = match part {
            Err(_) => return Vec::new(),
            Ok(Part::Text(text)) => vec![glob::wildcards(text)],
            Ok(Part::Literal(c)) => vec![vec![Token::Char(c)]],
            Ok(Part::Variable { key, default }) => {
                let lists = keys.get(&key.to_ascii_lowercase());
                let values = lists
                    .into_iter()
                    .flatten()
                    .filter_map(|list| match list.as_slice() {
                        [value] => Some(glob::literal(&value.text())),
                        _ => None,
                    });
                values.chain(default.map(glob::literal)).collect()
            }
        };
        all = all
            .iter()
            .flat_map(|tokens| {
                fills.iter().map(move |fill| {
                    let mut tokens = tokens.clone();
                    tokens.extend(fill.iter().copied());
                    tokens
                })
            })
            .collect();
    }
    all
}

/// The keys that variables name, in lower case.
fn variables_of(documents: &[&Document]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut add = |text: &str| {
        for part in variable::parts(text) {
            if let Ok(Part::Variable { key, .. }) = part {
                keys.insert(key.to_ascii_lowercase());
            }
        }
    };
    for document in documents.iter().filter(|d| d.has_variables()) {
        for statement in document.statements() {
            let resources = statement.resources().unwrap_or_default().iter();
            for resource in resources.chain(statement.not_resources().unwrap_or_default()) {
                add(resource.as_str());
            }
            for (operator, entry) in statement.conditions().iter().flat_map(|c| c.iter()) {
                if operator.comparison.family().has_variables() {
                    entry.values.iter().for_each(|value| add(&value.text()));
                }
            }
        }
    }
    keys
}

/// The first address of every cell that the networks cut, of either family.
fn addresses(wanted: &[&str]) -> Vec<Value> {
    let mut v4 = BTreeSet::from([0_u32]);
    let mut v6 = BTreeSet::from([0_u128]);
    for text in wanted {
        let net = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match net {
            Ok(IpNet::V4(net)) => {
                v4.insert(net.network().to_bits());
                v4.extend(net.broadcast().to_bits().checked_add(1));
            }
            Ok(IpNet::V6(net)) => {
                v6.insert(net.network().to_bits());
                v6.extend(net.broadcast().to_bits().checked_add(1));
            }
            Err(_) => {}
        }
    }
    let v4 = v4
        .into_iter()
        .map(|bits| IpAddr::from(Ipv4Addr::from_bits(bits)));
    let v6 = v6
        .into_iter()
        .map(|bits| IpAddr::from(Ipv6Addr::from_bits(bits)));
    v4.chain(v6)
        .map(|address| Value::Text(address.to_string()))
        .chain([Value::Text("x".to_owned())])
        .collect()
}

/// An identity whose own policies are asked: a session, which has no
/// `aws:username` unless a request tells one, and a user.
fn identities() -> Vec<Caller> {
    vec![
        Caller::RoleSession(
            "arn:aws:sts::123456789012:assumed-role/z/z".to_owned(),
            Some("arn:aws:iam::123456789012:role/z".to_owned()),
        ),
        Caller::User("arn:aws:iam::123456789012:user/z".to_owned()),
    ]
}

/// Those whom the documents name, and somebody of each sort whom they do not.
fn callers_of(documents: &[&Document]) -> Vec<Caller> {
    let mut callers = vec![
        Caller::Anonymous,
        Caller::Service("z.amazonaws.com".to_owned()),
        Caller::Provider("accounts.google.com".to_owned()),
    ];
    callers.extend(identities());
    for document in documents {
        for statement in document.statements() {
            let named = statement.principal().into_iter();
            for (kind, text) in named
                .chain(statement.not_principal())
                .flat_map(|p| p.iter())
            {
                callers.extend(callers_named(kind, text));
            }
        }
    }
    let mut unique: Vec<Caller> = Vec::new();
    for caller in callers {
        if !unique.contains(&caller) && super::sets::principal(&caller).is_ok() {
            unique.push(caller);
        }
    }
    unique
}

fn callers_named(kind: PrincipalType, text: &str) -> Vec<Caller> {
    let own = text.to_owned();
    match kind {
        PrincipalType::Service => vec![Caller::Service(own)],
        PrincipalType::Federated => vec![Caller::Provider(own)],
        PrincipalType::CanonicalUser => Vec::new(),
        PrincipalType::Aws if text == "*" => Vec::new(),
        PrincipalType::Aws => {
            let fields: Vec<&str> = text.splitn(6, ':').collect();
            let (partition, account, name) = match fields.as_slice() {
                [account] => ("aws", *account, "root"),
                ["arn", partition, _, _, account, name] => (*partition, *account, *name),
                _ => return Vec::new(),
            };
            let user = format!("arn:{partition}:iam::{account}:user/z");
            let mut all = vec![Caller::User(user)];
            let last = name.rsplit('/').next().unwrap_or_default();
            if name == "root" {
                all.push(Caller::Root(format!("arn:{partition}:iam::{account}:root")));
            } else if name.starts_with("user/") {
                all.push(Caller::User(own));
            } else if name.starts_with("role/") {
                let session = format!("arn:{partition}:sts::{account}:assumed-role/{last}/z");
                all.push(Caller::RoleSession(session, Some(own)));
            } else if name.starts_with("assumed-role/") {
                all.push(Caller::RoleSession(own, None));
            } else if name.starts_with("federated-user/") {
                all.push(Caller::Federated(own, None));
            }
            all
        }
    }
}
