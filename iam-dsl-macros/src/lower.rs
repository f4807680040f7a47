//! A policy of the DSL as a JSON tree, every slot with the type of its place.

use iam_dsl_core::{Operator, OperatorFamily, PrincipalType};
use proc_macro2::Group;

use crate::finding::Finding;
use crate::guard::{Guard, Named};
use crate::parse::Text;
use crate::parse::dsl::{
    Action, Block, Clause, Document, Guardrail, Item, List, Principals, Statement,
};
use crate::slot::{Federation, Slot, SlotKind, Source};
use crate::spot::Spot;
use crate::template::{self, Part};
use crate::tree::{Member, Piece, Tree, Value};

const CURRENT: &str = "2012-10-17";

/// A policy of the DSL, ready to be judged.
pub(crate) struct Lowered {
    pub(crate) tree: Tree,
    /// Which statements the catalogue does not judge.
    pub(crate) unchecked: Vec<usize>,
    pub(crate) guards: Vec<Guard>,
}

/// Turns a document into its tree. `spot` is the whole input.
pub(crate) fn document(document: Document, spot: Spot, findings: &mut Vec<Finding>) -> Lowered {
    let mut lower = Lower { slots: 0, findings };
    let guards = document
        .guardrails
        .into_iter()
        .map(|guardrail| lower.guardrail(guardrail))
        .collect();
    let marked = document.statements.iter().enumerate();
    let unchecked = marked
        .filter(|(_, statement)| statement.unchecked)
        .map(|(index, _)| index)
        .collect();
    let mut members = Vec::new();
    if document.versions.is_empty() {
        members.push(member("Version", spot, Tree::text(spot, CURRENT)));
    }
    for (key, text) in &document.versions {
        let version = lower.plain(text, "a version");
        members.push(member("Version", *key, version));
    }
    for (key, text) in &document.ids {
        let id = lower.plain(text, "an Id");
        members.push(member("Id", *key, id));
    }
    let old = document
        .versions
        .first()
        .is_some_and(|(_, text)| text.value != CURRENT);
    let statements: Vec<Tree> = document
        .statements
        .into_iter()
        .map(|statement| lower.statement(statement))
        .collect();
    let statements = Tree::new(spot, Value::Array(statements));
    if old {
        let mut slots = Vec::new();
        statements.slots(&mut slots);
        for slot in slots {
            lower.findings.push(Finding::grammar(
                slot.spot,
                format!(
                    "`{{{}}}`: a policy of an older version takes no slot",
                    slot.name()
                ),
                "only version 2012-10-17 can take `*`, `?` and `$` literally; leave `version` out",
            ));
        }
    }
    members.push(member("Statement", spot, statements));
    Lowered {
        tree: Tree::new(spot, Value::Object(members)),
        unchecked,
        guards,
    }
}

/// One action or resource by itself, for `action!` and `arn!`.
pub(crate) fn action(action: Action, findings: &mut Vec<Finding>) -> Tree {
    Lower { slots: 0, findings }.action(action)
}

/// As [`action`].
pub(crate) fn resource(text: Text, findings: &mut Vec<Finding>) -> Tree {
    Lower { slots: 0, findings }.item(Item::Text(text), Place::Resource)
}

/// A policy that says nothing but its one action and resource, by which the
/// validator judges them alone.
pub(crate) fn carrier(action: Tree, resource: Tree) -> Tree {
    let spot = action.spot;
    let statement = Tree::new(
        spot,
        Value::Object(vec![
            member("Effect", spot, Tree::text(spot, "Deny")),
            member("Action", action.spot, action),
            member("Resource", resource.spot, resource),
        ]),
    );
    Tree::new(
        spot,
        Value::Object(vec![
            member("Version", spot, Tree::text(spot, CURRENT)),
            member("Statement", spot, statement),
        ]),
    )
}

fn member(key: &str, key_spot: Spot, value: Tree) -> Member {
    Member {
        key: key.to_owned(),
        key_spot,
        value,
    }
}

struct Lower<'f> {
    /// How many slots there were.
    slots: usize,
    findings: &'f mut Vec<Finding>,
}

impl Lower<'_> {
    fn plain(&mut self, text: &Text, place: &str) -> Tree {
        match template::without_slots(text, place, self.findings) {
            Some(value) => Tree::text(text.spot, value),
            None => Tree::broken(text.spot),
        }
    }

    /// A text of these pieces; broken where reading it reported something, so
    /// that the validator does not judge what is left of it.
    fn template(&self, spot: Spot, pieces: Vec<Piece>, findings_before: usize) -> Tree {
        if self.findings.len() > findings_before {
            Tree::new(spot, Value::Broken(pieces))
        } else {
            Tree::new(spot, Value::Text(pieces))
        }
    }

    fn statement(&mut self, statement: Statement) -> Tree {
        let spot = statement.spot;
        let mut members = Vec::new();
        if let Some(sid) = &statement.sid {
            members.push(member("Sid", sid.spot, self.plain(sid, "a Sid")));
        }
        let Some((effect, effect_spot)) = statement.effect else {
            return Tree::broken(spot);
        };
        members.push(member(
            "Effect",
            effect_spot,
            Tree::text(effect_spot, effect.as_str()),
        ));
        let federation = federation(&statement.action);
        self.clause(
            &mut members,
            statement.principal,
            spot,
            "Principal",
            |lower, principals| lower.principals(principals, federation),
        );
        self.clause(
            &mut members,
            statement.action,
            spot,
            "Action",
            |lower, actions| lower.list(actions, Lower::action),
        );
        self.clause(
            &mut members,
            statement.resource,
            spot,
            "Resource",
            |lower, resources| {
                lower.list(resources, |lower, item| lower.item(item, Place::Resource))
            },
        );
        if let Some((keyword, blocks)) = statement.condition {
            let end = blocks.last().map_or(keyword, |block| block.body);
            let blocks = blocks
                .into_iter()
                .filter_map(|block| self.block(block))
                .collect();
            let condition = Tree::new(keyword.to(end), Value::Object(blocks));
            members.push(member("Condition", keyword, condition));
        }
        Tree {
            head: Some(effect_spot),
            ..Tree::new(spot, Value::Object(members))
        }
    }

    fn clause<T>(
        &mut self,
        members: &mut Vec<Member>,
        clause: Clause<T>,
        statement: Spot,
        key: &str,
        lower: impl FnOnce(&mut Self, T) -> Tree,
    ) {
        match clause {
            Clause::Absent => {}
            Clause::Broken => members.push(member(key, statement, Tree::broken(statement))),
            Clause::Is {
                negated,
                keyword,
                value,
            } => {
                let tree = lower(self, value);
                let key = if negated {
                    format!("Not{key}")
                } else {
                    key.to_owned()
                };
                members.push(Member {
                    key,
                    key_spot: keyword,
                    value: tree,
                });
            }
        }
    }

    fn list<T>(&mut self, list: List<T>, one: impl Fn(&mut Self, T) -> Tree) -> Tree {
        let List { spot, many, items } = list;
        let mut trees: Vec<Tree> = items
            .into_iter()
            .map(|item| match item {
                Some(item) => one(self, item),
                None => Tree::broken(spot),
            })
            .collect();
        match (many, trees.pop()) {
            (false, Some(only)) => only,
            (_, last) => {
                trees.extend(last);
                Tree::new(spot, Value::Array(trees))
            }
        }
    }

    fn guardrail(&mut self, guardrail: Guardrail) -> Guard {
        let actions = self.list(guardrail.actions, Lower::action);
        let resources = guardrail.resources.map(|resources| {
            self.list(resources, |lower, item| lower.item(item, Place::Guardrail))
        });
        let named = |tree: &Tree| tree.items().filter_map(Named::of).collect();
        Guard {
            unchecked: guardrail.unchecked,
            actions: named(&actions),
            resources: resources.as_ref().map(named),
            carrier: {
                let spot = actions.spot;
                let everything = || Tree::text(spot, "*");
                carrier(actions, resources.unwrap_or_else(everything))
            },
        }
    }

    fn action(&mut self, action: Action) -> Tree {
        match action {
            Action::Text(text) => self.plain(&text, "an action"),
            Action::Bare { name, service } => Tree {
                head: service,
                ..Tree::text(name.spot, name.text)
            },
        }
    }

    fn principals(&mut self, principals: Principals, federation: Federation) -> Tree {
        let (spot, entries) = match principals {
            Principals::Everyone(spot) => return Tree::text(spot, "*"),
            Principals::Map(spot, entries) => (spot, entries),
        };
        let members = entries
            .into_iter()
            .map(|(kind, values)| {
                let place = Place::Principal(PrincipalType::from_key(&kind.text), federation);
                let values = self.list(values, |lower, item| lower.item(item, place));
                member(&kind.text, kind.spot, values)
            })
            .collect();
        Tree::new(spot, Value::Object(members))
    }

    fn block(&mut self, block: Block) -> Option<Member> {
        let name = block.operator?;
        let place = Place::Condition(name.text.parse::<Operator>().ok());
        let entries = block
            .entries
            .into_iter()
            .map(|entry| {
                let values = match entry.values {
                    Some(values) => self.list(values, |lower, item| lower.item(item, place)),
                    None => Tree::broken(entry.key.spot),
                };
                member(&entry.key.text, entry.key.spot, values)
            })
            .collect();
        let body = Tree::new(block.body, Value::Object(entries));
        Some(member(&name.text, name.spot, body))
    }

    fn item(&mut self, item: Item, place: Place) -> Tree {
        match item {
            Item::Word(name) => Tree::text(name.spot, name.text),
            Item::Expression(group) => self.expression(group, place),
            Item::Text(text) => match place.in_strings() {
                Strings::Arn => self.arn(&text),
                Strings::Text { wildcards } => self.text(&text, wildcards),
                Strings::None(what) => {
                    let help = match place.value() {
                        Ok(_) => {
                            "a Rust value stands in place of the whole string: `{value}` without quotes"
                        }
                        Err((_, help)) => help,
                    };
                    match template::without_slots_but(&text, what, help, self.findings) {
                        Some(value) => Tree::text(text.spot, value),
                        None => Tree::broken(text.spot),
                    }
                }
            },
        }
    }

    /// A Rust value in place of a whole text.
    fn expression(&mut self, group: Group, place: Place) -> Tree {
        let spot = Spot::from(group.span());
        let kind = match place.value() {
            Ok(kind) => kind,
            Err((what, help)) => {
                self.findings.push(Finding::grammar(
                    spot,
                    format!("`{{{}}}`: {what} takes no run-time value", group.stream()),
                    help,
                ));
                SlotKind::Unknown
            }
        };
        let known = kind != SlotKind::Unknown;
        let pieces = vec![Piece::Slot(self.slot(
            kind,
            Source::Expression(group),
            spot,
        ))];
        if known {
            Tree::new(spot, Value::Text(pieces))
        } else {
            Tree::new(spot, Value::Broken(pieces))
        }
    }

    fn slot(&mut self, kind: SlotKind, source: Source, spot: Spot) -> Slot {
        let sample = kind.sample(self.slots);
        self.slots += 1;
        Slot {
            kind,
            source,
            spot,
            sample,
        }
    }

    /// A value of a string operator.
    fn text(&mut self, text: &Text, wildcards: bool) -> Tree {
        let reported = self.findings.len();
        let pieces = template::parts(text, self.findings)
            .into_iter()
            .map(|part| match part {
                Part::Literal(literal) => Piece::Literal(literal),
                Part::Slot(name) => Piece::Slot(self.slot(
                    SlotKind::Text { wildcards },
                    Source::Name(name),
                    text.spot,
                )),
            })
            .collect();
        self.template(text.spot, pieces, reported)
    }

    /// An ARN: the field in which a slot stands says what may fill it.
    fn arn(&mut self, text: &Text) -> Tree {
        let reported = self.findings.len();
        let parts = template::parts(text, self.findings);
        let mut pieces = Vec::new();
        let mut colons = 0;
        let mut before = None;
        let mut rest = parts.into_iter().peekable();
        while let Some(part) = rest.next() {
            match part {
                Part::Literal(literal) => {
                    colons += literal.matches(':').count();
                    before = literal.chars().next_back();
                    pieces.push(Piece::Literal(literal));
                }
                Part::Slot(name) => {
                    let begins = pieces.is_empty();
                    let ends = match rest.peek() {
                        Some(Part::Literal(after)) => after.starts_with(':'),
                        _ => false,
                    };
                    let whole = before == Some(':') && ends;
                    let kind = self.arn_field(&name, text.spot, begins, colons, whole);
                    if begins {
                        // After a whole ARN comes more of its resource.
                        colons = 5;
                    }
                    before = None;
                    let slot = self.slot(kind, Source::Name(name), text.spot);
                    pieces.push(Piece::Slot(slot));
                }
            }
        }
        self.template(text.spot, pieces, reported)
    }

    fn arn_field(
        &mut self,
        name: &proc_macro2::Ident,
        spot: Spot,
        begins: bool,
        colons: usize,
        whole: bool,
    ) -> SlotKind {
        let (kind, field, example) = match colons {
            _ if begins => return SlotKind::Arn,
            0 => {
                self.findings.push(Finding::grammar(
                    spot,
                    format!("`{{{name}}}` stands before the first colon, where an ARN has `arn`"),
                    "write `\"arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE\"` with slots, or a whole ARN as `\"{arn}\"`",
                ));
                return SlotKind::Unknown;
            }
            1 => (SlotKind::Partition, "partition", "partition"),
            2 => {
                self.findings.push(Finding::grammar(
                    spot,
                    format!("`{{{name}}}`: the service of an ARN takes no slot"),
                    "name the service: a policy that leaves it open cannot be checked",
                ));
                return SlotKind::Unknown;
            }
            3 => (SlotKind::Region, "region", "region"),
            4 => (SlotKind::Account, "account", "account"),
            _ => return SlotKind::Resource,
        };
        if !whole {
            self.findings.push(Finding::grammar(
                spot,
                format!("`{{{name}}}` is only a part of the {field}"),
                format!("a slot stands for the whole {field}: `:{{{example}}}:`"),
            ));
        }
        kind
    }
}

/// Which identity providers can use a statement with these actions: the
/// validator refuses a provider whose users can make none of its calls.
fn federation(actions: &Clause<List<Action>>) -> Federation {
    let Clause::Is { value, .. } = actions else {
        return Federation::Any;
    };
    let names: Vec<String> = value
        .items
        .iter()
        .flatten()
        .map(|action| match action {
            Action::Text(text) => text.value.to_ascii_lowercase(),
            Action::Bare { name, .. } => name.text.to_ascii_lowercase(),
        })
        .filter(|action| action.starts_with("sts:assumerole"))
        .collect();
    let only = |name: &str| !names.is_empty() && names.iter().all(|action| action == name);
    if only("sts:assumerolewithsaml") {
        Federation::Saml
    } else if only("sts:assumerolewithwebidentity") {
        Federation::Oidc
    } else {
        Federation::Any
    }
}

/// Where an item stands.
#[derive(Clone, Copy)]
enum Place {
    Resource,
    Guardrail,
    Principal(Option<PrincipalType>, Federation),
    /// `None` for an operator that there is not.
    Condition(Option<Operator>),
}

/// Which slots the strings of a place take.
enum Strings {
    Arn,
    Text {
        wildcards: bool,
    },
    /// None; the name of the place for messages.
    None(&'static str),
}

impl Place {
    fn in_strings(self) -> Strings {
        match self {
            Place::Resource => Strings::Arn,
            Place::Guardrail => Strings::None("a guardrail"),
            Place::Principal(..) => Strings::None("a principal's text"),
            Place::Condition(None) => Strings::Text { wildcards: false },
            Place::Condition(Some(operator)) => match operator.comparison.family() {
                OperatorFamily::Arn => Strings::Arn,
                OperatorFamily::String => Strings::Text {
                    wildcards: operator.comparison.has_wildcards(),
                },
                OperatorFamily::Numeric => Strings::None("the text of a number"),
                OperatorFamily::Date => Strings::None("the text of a date"),
                OperatorFamily::Bool | OperatorFamily::Null => {
                    Strings::None("the text of a truth value")
                }
                OperatorFamily::Binary => Strings::None("the text of binary data"),
                OperatorFamily::IpAddress => Strings::None("the text of an address"),
            },
        }
    }

    /// The type of a Rust value that stands here by itself, or which place
    /// takes none and what to do.
    fn value(self) -> Result<SlotKind, (&'static str, &'static str)> {
        Ok(match self {
            Place::Resource => SlotKind::Arn,
            Place::Guardrail => {
                return Err((
                    "a guardrail",
                    "write what must not be given in full, as a string",
                ));
            }
            Place::Principal(Some(PrincipalType::Aws), _) => SlotKind::AwsPrincipal,
            Place::Principal(Some(PrincipalType::Service), _) => SlotKind::ServicePrincipal,
            Place::Principal(Some(PrincipalType::Federated), federation) => {
                SlotKind::FederatedPrincipal(federation)
            }
            Place::Principal(Some(PrincipalType::CanonicalUser), _) => {
                return Err(("a canonical user", "write its id as a string"));
            }
            Place::Principal(None, _) | Place::Condition(None) => SlotKind::Unknown,
            Place::Condition(Some(operator)) => match operator.comparison.family() {
                OperatorFamily::String => SlotKind::Text {
                    wildcards: operator.comparison.has_wildcards(),
                },
                OperatorFamily::Arn => SlotKind::Arn,
                OperatorFamily::Numeric => SlotKind::Numeric,
                OperatorFamily::Date => SlotKind::Date,
                OperatorFamily::Bool | OperatorFamily::Null => SlotKind::Bool,
                OperatorFamily::IpAddress => SlotKind::Ip,
                OperatorFamily::Binary => {
                    return Err(("`BinaryEquals`", "write the value in base 64 as a string"));
                }
            },
        })
    }
}
