//! The policy language of the macros: the document and what it is made of.
//!
//! ```text
//! document   := { "version" STRING ";" | "id" STRING ";" | statement ";" | guardrail ";" }
//! guardrail  := ["unchecked"] "never" ACTIONS [ "on" RESOURCES ]
//! statement  := [STRING ":"] ["unchecked"] ("allow" | "deny") [ ["not"] "principal" PRINCIPALS "to" ]
//!               ["not"] ACTIONS [ "on" ["not"] RESOURCES ] [ "when" CONDITIONS ]
//! PRINCIPALS := "*" | TYPE VALUES | "{" TYPE ":" VALUES "," … "}"
//! ACTIONS    := ACTION | "[" ACTION "," … "]"
//! ACTION     := bare tokens | bare tokens ":" "{" NAME "," … "}" | STRING
//! RESOURCES  := RESOURCE | "[" RESOURCE "," … "]"
//! RESOURCE   := "*" | STRING | "{" expression "}"
//! CONDITIONS := OPERATOR "{" KEY ":" VALUES "," … "}" { "," OPERATOR "{" … "}" }
//! VALUES     := VALUE | "[" VALUE "," … "]"
//! VALUE      := STRING | "true" | "false" | number | "{" expression "}"
//! ```

use iam_dsl_core::Effect;
use proc_macro2::{Delimiter, Group, TokenTree};

use super::name::Name;
use super::{Cursor, Reported, Text, guardrail, statement};
use crate::finding::Finding;
use crate::spot::Spot;

/// A policy in the DSL.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// `version` and `id` with the spots of these words; more than one of a
    /// kind is the validator's finding.
    pub(crate) versions: Vec<(Spot, Text)>,
    pub(crate) ids: Vec<(Spot, Text)>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) guardrails: Vec<Guardrail>,
}

/// What the policy must never give.
#[derive(Debug)]
pub(crate) struct Guardrail {
    /// Whether the catalogue does not judge it.
    pub(crate) unchecked: bool,
    pub(crate) actions: List<Action>,
    /// `None` for all resources.
    pub(crate) resources: Option<List<Item>>,
}

/// One statement.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) spot: Spot,
    pub(crate) sid: Option<Text>,
    /// Whether the catalogue does not judge it.
    pub(crate) unchecked: bool,
    pub(crate) effect: Option<(Effect, Spot)>,
    pub(crate) principal: Clause<Principals>,
    pub(crate) action: Clause<List<Action>>,
    pub(crate) resource: Clause<List<Item>>,
    pub(crate) condition: Option<(Spot, Vec<Block>)>,
}

impl Statement {
    /// Takes what is absent for something that was not understood.
    pub(crate) fn break_absent(&mut self) {
        self.principal.break_absent();
        self.action.break_absent();
        self.resource.break_absent();
    }
}

/// A part of a statement.
#[derive(Debug)]
pub(crate) enum Clause<T> {
    Absent,
    /// Not understood, and already reported.
    Broken,
    Is {
        negated: bool,
        /// The word that begins it, which stands for the JSON key.
        keyword: Spot,
        value: T,
    },
}

impl<T> Clause<T> {
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Clause::Absent)
    }

    fn break_absent(&mut self) {
        if self.is_absent() {
            *self = Clause::Broken;
        }
    }
}

/// One item or a bracketed list.
#[derive(Debug)]
pub(crate) struct List<T> {
    pub(crate) spot: Spot,
    /// Whether the JSON has an array.
    pub(crate) many: bool,
    /// `None` where an item was not understood.
    pub(crate) items: Vec<Option<T>>,
}

/// An action.
#[derive(Debug)]
pub(crate) enum Action {
    Text(Text),
    Bare {
        name: Name,
        /// The service of `s3:{A, B}`.
        service: Option<Spot>,
    },
}

/// A resource, a principal or a condition's value.
#[derive(Debug)]
pub(crate) enum Item {
    Text(Text),
    /// `*`, `true`, `3600`
    Word(Name),
    Expression(Group),
}

/// Who.
#[derive(Debug)]
pub(crate) enum Principals {
    Everyone(Spot),
    Map(Spot, Vec<(Name, List<Item>)>),
}

/// One operator with its keys and values.
#[derive(Debug)]
pub(crate) struct Block {
    /// `None` where it was not understood.
    pub(crate) operator: Option<Name>,
    pub(crate) body: Spot,
    pub(crate) entries: Vec<Entry>,
}

/// One condition key with its values; `None` where they were not understood.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: Name,
    pub(crate) values: Option<List<Item>>,
}

/// What the functions of the parser share.
pub(crate) struct Parser<'f> {
    pub(crate) findings: &'f mut Vec<Finding>,
}

impl Parser<'_> {
    /// Reports a mistake of grammar.
    pub(crate) fn report(
        &mut self,
        spot: impl Into<Spot>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Reported {
        self.findings.push(Finding::grammar(spot, message, help));
        Reported
    }

    /// Reports that something else was expected at the cursor.
    pub(crate) fn expected(
        &mut self,
        cursor: &Cursor,
        what: &str,
        help: impl Into<String>,
    ) -> Reported {
        let message = format!("expected {what}, found {}", cursor.found());
        self.report(cursor.spot(), message, help)
    }

    /// Reads one item, or a bracketed list of them. `item` adds what it reads
    /// and says whether that is a list by itself, as `s3:{A, B}` is.
    pub(crate) fn list<T>(
        &mut self,
        cursor: &mut Cursor,
        item: impl Fn(&mut Self, &mut Cursor, &mut Vec<Option<T>>) -> Result<bool, Reported>,
    ) -> Result<List<T>, Reported> {
        let spot = cursor.spot();
        let mut items = Vec::new();
        let Some(group) = cursor.group(Delimiter::Bracket).cloned() else {
            let many = item(self, cursor, &mut items)?;
            return Ok(List {
                spot: spot.to(cursor.last_spot()),
                many,
                items,
            });
        };
        cursor.skip(1);
        let mut inside = Cursor::within(&group);
        while !inside.is_empty() {
            if item(self, &mut inside, &mut items).is_err() {
                items.push(None);
                inside.skip_to_comma();
            }
            if inside.is_empty() || inside.eat_punct(',') {
                continue;
            }
            self.expected(&inside, "`,`", "items of a list are separated by commas");
            if !self.may_begin_item(&inside) {
                inside.skip_to_comma();
                inside.eat_punct(',');
            }
        }
        Ok(List {
            spot,
            many: true,
            items,
        })
    }

    fn may_begin_item(&self, cursor: &Cursor) -> bool {
        matches!(
            cursor.peek(),
            Some(TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Group(_))
        )
    }

    /// A string that a word announces: `version "2012-10-17"`.
    fn setting(&mut self, cursor: &mut Cursor) -> Result<(Spot, Text), Reported> {
        let spot = cursor.spot();
        let word = cursor.word().unwrap_or_default();
        cursor.skip(1);
        if cursor.is_punct(':') || cursor.is_punct('=') {
            self.expected(cursor, "a string", format!("write `{word} \"…\";`"));
            cursor.skip(1);
        }
        let Some(text) = cursor.string() else {
            return Err(self.expected(cursor, "a string", format!("write `{word} \"…\";`")));
        };
        cursor.skip(1);
        Ok((spot, text))
    }
}

/// Reads a policy in the DSL, going on after every mistake.
pub(crate) fn document(cursor: &mut Cursor, findings: &mut Vec<Finding>) -> Document {
    let mut parser = Parser { findings };
    let mut document = Document::default();
    while !cursor.is_empty() {
        if cursor.eat_punct(';') {
            continue;
        }
        let setting = ["version", "id", "Version", "Id"]
            .into_iter()
            .find(|word| cursor.is_word(word));
        let mut of_statement = false;
        let read = match setting {
            Some(word) => {
                let lower = word.to_ascii_lowercase();
                if lower != word {
                    parser.report(
                        cursor.spot(),
                        format!("`{word}` is no word of the macro"),
                        format!("write `{lower} \"…\";`"),
                    );
                }
                parser.setting(cursor).map(|setting| {
                    if lower == "id" {
                        document.ids.push(setting);
                    } else {
                        document.versions.push(setting);
                    }
                })
            }
            None if guardrail::begins(cursor) => guardrail::guardrail(&mut parser, cursor)
                .map(|guardrail| document.guardrails.push(guardrail)),
            None => {
                of_statement = true;
                let (statement, read) = statement::statement(&mut parser, cursor);
                document.statements.push(statement);
                read
            }
        };
        if read.is_err() {
            cursor.skip_past_semicolon();
        } else if statement::end(&mut parser, cursor).is_err()
            && of_statement
            && let Some(statement) = document.statements.last_mut()
        {
            // What could not be read may have been what is missing.
            statement.break_absent();
        }
    }
    document
}
