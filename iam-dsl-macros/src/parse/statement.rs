//! Statements of the DSL. Usual slips are reported and read as what they mean,
//! so that the rest of the statement is checked in the same build.

use iam_dsl_core::Effect;
use proc_macro2::{Delimiter, TokenTree};

use super::condition;
use super::dsl::{Action, Clause, Item, List, Parser, Principals, Statement};
use super::name::{Name, name};
use super::{Cursor, Reported};
use crate::spot::Spot;

/// Reads one statement without its `;`. With a mistake that ends the reading,
/// what was not reached counts as broken and not as absent.
pub(crate) fn statement(
    parser: &mut Parser<'_>,
    cursor: &mut Cursor,
) -> (Statement, Result<(), Reported>) {
    let start = cursor.spot();
    let mut statement = Statement {
        spot: start,
        sid: None,
        unchecked: false,
        effect: None,
        principal: Clause::Absent,
        action: Clause::Absent,
        resource: Clause::Absent,
        condition: None,
    };
    let read = clauses(parser, cursor, &mut statement);
    statement.spot = start.to(cursor.last_spot());
    if read.is_err() {
        statement.break_absent();
    }
    (statement, read)
}

/// Whether a statement or a guardrail begins at the cursor.
fn begins(cursor: &Cursor) -> bool {
    const WORDS: [&str; 7] = [
        "allow",
        "deny",
        "Allow",
        "Deny",
        "never",
        "Never",
        "unchecked",
    ];
    WORDS.iter().any(|word| cursor.is_word(word))
        || (cursor.string().is_some() && cursor.punct_at(1, ':'))
}

/// Whether what follows the word `unchecked` makes it a statement's.
pub(super) fn goes_on(cursor: &Cursor) -> bool {
    let word = match cursor.peek_at(1) {
        Some(TokenTree::Ident(word)) => word.to_string().to_ascii_lowercase(),
        _ => String::new(),
    };
    matches!(word.as_str(), "allow" | "deny" | "never")
        || (cursor.string_at(1).is_some()
            && cursor.punct_at(2, ':')
            && matches!(cursor.peek_at(3), Some(TokenTree::Ident(_))))
}

/// The `;` after a statement or setting, or the end. `Err` where something
/// stands before it that was not understood.
pub(crate) fn end(parser: &mut Parser<'_>, cursor: &mut Cursor) -> Result<(), Reported> {
    if cursor.is_empty() || cursor.eat_punct(';') {
        return Ok(());
    }
    if cursor.is_punct(',') {
        parser.expected(cursor, "`;`", "statements end with `;`");
        cursor.skip(1);
        return Ok(());
    }
    if begins(cursor) || cursor.is_word("version") || cursor.is_word("id") {
        let message = format!("expected `;` before {}", cursor.found());
        parser.report(cursor.spot(), message, "statements end with `;`");
        return Ok(());
    }
    let help = match cursor.word().as_deref() {
        Some("principal" | "principals" | "Principal") => {
            "the principal comes first: `allow principal AWS \"111122223333\" to sts:AssumeRole`"
        }
        Some("and") => "operators of one `when` are separated by commas",
        _ => "a statement is `allow ACTIONS on RESOURCES when CONDITIONS;`",
    };
    let reported = parser.expected(cursor, "`;`", help);
    cursor.skip_past_semicolon();
    Err(reported)
}

fn clauses(
    parser: &mut Parser<'_>,
    cursor: &mut Cursor,
    statement: &mut Statement,
) -> Result<(), Reported> {
    let early = unchecked(cursor);
    if let Some(text) = cursor.string().filter(|_| cursor.punct_at(1, ':')) {
        statement.sid = Some(text);
        cursor.skip(2);
        if let Some(spot) = early {
            parser.report(
                spot,
                "`unchecked` stands before the Sid",
                "write `\"Sid\": unchecked allow …`",
            );
        }
    }
    let marked = unchecked(cursor);
    statement.effect = Some(effect(parser, cursor)?);
    let late = unchecked(cursor);
    if let Some(spot) = late {
        parser.report(
            spot,
            "`unchecked` stands after the effect",
            "write `unchecked allow …`",
        );
    }
    statement.unchecked = early.or(marked).or(late).is_some();
    statement.principal = principal(parser, cursor)?;
    let keyword = cursor.spot();
    let negated = cursor.eat_word("not").is_some();
    skip_label(
        parser,
        cursor,
        &["action", "actions", "Action", "Actions", "NotAction"],
        "actions stand right after `allow` or `deny`",
    );
    let actions = parser.list(cursor, action)?;
    statement.action = Clause::Is {
        negated,
        keyword: if negated { keyword } else { actions.spot },
        value: actions,
    };
    tail(parser, cursor, statement)
}

/// Reads the mark of a statement that the catalogue does not judge.
fn unchecked(cursor: &mut Cursor) -> Option<Spot> {
    if cursor.punct_at(1, ':') || cursor.punct_at(1, '-') {
        // The name of an action.
        return None;
    }
    cursor.eat_word("unchecked")
}

fn effect(parser: &mut Parser<'_>, cursor: &mut Cursor) -> Result<(Effect, Spot), Reported> {
    let spot = cursor.spot();
    let word = cursor.word().unwrap_or_default();
    let effect = match word.to_ascii_lowercase().as_str() {
        "allow" => Effect::Allow,
        "deny" => Effect::Deny,
        _ => {
            let help = match word.as_str() {
                "principal" | "not" => {
                    "a statement begins with its effect: `allow principal … to …`"
                }
                "effect" | "Effect" => "write `allow` or `deny` alone",
                "never" | "Never" => "a guardrail has no Sid: `never ACTIONS on RESOURCES;`",
                "strict" => "`strict,` stands once, before the whole policy",
                _ => "a statement is `allow ACTIONS on RESOURCES;`, with a Sid `\"Sid\": allow …`",
            };
            return Err(parser.expected(cursor, "`allow` or `deny`", help));
        }
    };
    let lower = effect.as_str().to_ascii_lowercase();
    if word != lower {
        parser.report(
            spot,
            format!("`{word}` is no effect of the macro"),
            format!("write `{lower}`"),
        );
    }
    cursor.skip(1);
    Ok((effect, spot))
}

fn principal(parser: &mut Parser<'_>, cursor: &mut Cursor) -> Result<Clause<Principals>, Reported> {
    const WORDS: [&str; 4] = ["principal", "principals", "Principal", "Principals"];
    let start = cursor.spot();
    let negated = cursor.is_word("not") && WORDS.iter().any(|word| cursor.word_at(1, word));
    cursor.skip(usize::from(negated));
    let Some(word) = WORDS.into_iter().find(|word| cursor.is_word(word)) else {
        return Ok(Clause::Absent);
    };
    let keyword = start.to(cursor.spot());
    cursor.skip(1);
    if word != "principal" {
        parser.report(
            cursor.last_spot(),
            format!("`{word}` is no word of the macro"),
            "write `principal`",
        );
        cursor.eat_punct(':');
    }
    let value = principals(parser, cursor)?;
    if cursor.eat_word("to").is_none() {
        let reported = parser.expected(
            cursor,
            "`to` after the principal",
            "write `allow principal AWS \"111122223333\" to sts:AssumeRole`",
        );
        let skips = ["can", "for", "do"].iter().any(|word| cursor.is_word(word));
        cursor.skip(usize::from(skips));
        if !skips && name(&mut Cursor::part(cursor.rest().to_vec(), start)).is_none() {
            return Err(reported);
        }
    }
    Ok(Clause::Is {
        negated,
        keyword,
        value,
    })
}

fn principals(parser: &mut Parser<'_>, cursor: &mut Cursor) -> Result<Principals, Reported> {
    const HELP: &str = "name its type: `principal AWS \"111122223333\"`, `principal Service \"ec2.amazonaws.com\"`, or several as `{ AWS: …, Service: … }`";
    let spot = cursor.spot();
    if cursor.eat_punct('*') {
        return Ok(Principals::Everyone(spot));
    }
    if let Some(text) = cursor.string() {
        cursor.skip(1);
        if text.value == "*" {
            return Ok(Principals::Everyone(spot));
        }
        let message = format!("the principal `{}` has no type", text.value);
        parser.report(spot, message, HELP);
        return Ok(Principals::Map(spot, Vec::new())).and(Err(Reported));
    }
    if let Some(group) = cursor.group(Delimiter::Brace).cloned() {
        cursor.skip(1);
        let mut inside = Cursor::within(&group);
        let mut map = Vec::new();
        while !inside.is_empty() {
            let typed = inside.punct_at(1, ':') && !inside.punct_at(2, ':');
            let Some(kind) = principal_type(&mut inside).filter(|_| typed) else {
                return Err(parser.report(spot, "the principal has no type", HELP));
            };
            inside.skip(1);
            match parser.list(&mut inside, item) {
                Ok(values) => map.push((kind, values)),
                Err(Reported) => {
                    inside.skip_to_comma();
                    map.push((kind, broken(&inside)));
                }
            }
            if !inside.is_empty() && !inside.eat_punct(',') {
                parser.expected(&inside, "`,`", "types of principal are separated by commas");
                inside.skip_to_comma();
                inside.eat_punct(',');
            }
        }
        return Ok(Principals::Map(spot, map));
    }
    let Some(kind) = principal_type(cursor) else {
        return Err(parser.expected(cursor, "a type of principal", HELP));
    };
    if cursor.is_punct(':') {
        parser.expected(
            cursor,
            "the principal",
            format!("write `principal {} \"…\"`, without a colon", kind.text),
        );
        cursor.skip(1);
    }
    let values = parser.list(cursor, item)?;
    Ok(Principals::Map(
        kind.spot.to(values.spot),
        vec![(kind, values)],
    ))
}

fn broken(cursor: &Cursor) -> List<Item> {
    List {
        spot: cursor.last_spot(),
        many: false,
        items: vec![None],
    }
}

fn principal_type(cursor: &mut Cursor) -> Option<Name> {
    let spot = cursor.spot();
    let text = cursor
        .word()
        .or_else(|| cursor.string().map(|text| text.value))?;
    cursor.skip(1);
    Some(Name { text, spot })
}

/// Reads one action, or the several of `s3:{A, B}`.
pub(super) fn action(
    parser: &mut Parser<'_>,
    cursor: &mut Cursor,
    out: &mut Vec<Option<Action>>,
) -> Result<bool, Reported> {
    if let Some(text) = cursor.string() {
        cursor.skip(1);
        out.push(Some(Action::Text(text)));
        return Ok(false);
    }
    let keyword = ["on", "when", "to"]
        .into_iter()
        .any(|word| cursor.is_word(word) && !cursor.punct_at(1, ':'));
    let Some(prefix) = (if keyword { None } else { name(cursor) }) else {
        let help = match cursor.peek() {
            Some(TokenTree::Literal(_)) => "an action is bare, `s3:GetObject`, or a string",
            Some(TokenTree::Group(_)) => {
                "an action takes no run-time value; several stand in brackets, `[s3:GetObject, s3:PutObject]`"
            }
            _ => "an action is written `s3:GetObject`; `*` stands for all",
        };
        return Err(parser.expected(cursor, "an action", help));
    };
    let group = cursor
        .group(Delimiter::Brace)
        .filter(|_| prefix.text.ends_with(':'))
        .cloned();
    let Some(group) = group else {
        let mut name = prefix;
        let wildcard = cursor.is_punct('*') || cursor.is_punct('?');
        if wildcard && ["on", "when"].iter().any(|word| cursor.word_at(1, word)) {
            let joined = format!("{}{}", name.text, cursor.found().replace('`', ""));
            parser.report(
                cursor.spot(),
                format!(
                    "a space stands between `{}` and {}",
                    name.text,
                    cursor.found()
                ),
                format!("write `{joined}`, or `on *` for all resources"),
            );
            cursor.skip(1);
            name.text = joined;
        }
        out.push(Some(Action::Bare {
            name,
            service: None,
        }));
        return Ok(false);
    };
    cursor.skip(1);
    let mut inside = Cursor::within(&group);
    while !inside.is_empty() {
        match name(&mut inside) {
            Some(part) => out.push(Some(Action::Bare {
                name: Name {
                    text: format!("{}{}", prefix.text, part.text),
                    spot: part.spot,
                },
                service: Some(prefix.spot),
            })),
            None => {
                parser.expected(
                    &inside,
                    "the name of an action",
                    format!("write `{}{{GetThis, PutThat}}`", prefix.text),
                );
                out.push(None);
                inside.skip_to_comma();
            }
        }
        if !inside.is_empty() && !inside.eat_punct(',') {
            parser.expected(&inside, "`,`", "names of actions are separated by commas");
            if inside.word().is_none() {
                inside.skip_to_comma();
                inside.eat_punct(',');
            }
        }
    }
    Ok(true)
}

/// What follows the actions: `on …` and `when …`.
fn tail(
    parser: &mut Parser<'_>,
    cursor: &mut Cursor,
    statement: &mut Statement,
) -> Result<(), Reported> {
    const ON: [&str; 5] = ["resource", "resources", "Resource", "Resources", "for"];
    const WHEN: [&str; 6] = [
        "if",
        "where",
        "condition",
        "conditions",
        "Condition",
        "with",
    ];
    loop {
        let keyword = cursor.spot();
        let word = cursor.word().unwrap_or_default();
        let before = cursor.is_word("not") && cursor.word_at(1, "on");
        if before {
            parser.report(
                keyword,
                "`not` stands before `on`",
                "write `on not \"arn:…\"` for all resources but these",
            );
            cursor.skip(1);
        }
        let on = cursor.eat_word("on").is_some();
        if on || ON.contains(&word.as_str()) {
            if !on {
                skip_label(parser, cursor, &ON, "write `on` before the resources");
            }
            if !statement.resource.is_absent() {
                return Err(parser.report(
                    keyword,
                    "the statement names its resources twice",
                    "put them in one list: `on [\"arn:…\", \"arn:…\"]`",
                ));
            }
            if statement.condition.is_some() {
                parser.report(
                    keyword,
                    "the resources stand after the conditions",
                    "write `on …` before `when …`",
                );
            }
            let negated = cursor.eat_word("not").is_some() || before;
            statement.resource = Clause::Is {
                negated,
                keyword,
                value: parser.list(cursor, item)?,
            };
        } else if word == "when" || WHEN.contains(&word.as_str()) {
            if word == "when" {
                cursor.skip(1);
            } else {
                skip_label(parser, cursor, &WHEN, "write `when` before the conditions");
            }
            if statement.condition.is_some() {
                return Err(parser.report(
                    keyword,
                    "the statement has `when` twice",
                    "operators of one `when` are separated by commas",
                ));
            }
            let mut blocks = Vec::new();
            let read = condition::blocks(parser, cursor, &mut blocks);
            statement.condition = Some((keyword, blocks));
            read?;
        } else if statement.resource.is_absent() && stands_as_resource(cursor) {
            parser.expected(
                cursor,
                "`on` before the resource",
                "write `on` before the resources",
            );
            statement.resource = Clause::Is {
                negated: false,
                keyword,
                value: parser.list(cursor, item)?,
            };
        } else {
            return Ok(());
        }
    }
}

/// Whether a resource stands here, though no `on` announced it.
pub(super) fn stands_as_resource(cursor: &Cursor) -> bool {
    if begins(cursor) {
        return false;
    }
    cursor.string().is_some()
        || cursor.is_punct('*')
        || cursor.group(Delimiter::Bracket).is_some()
        || cursor.group(Delimiter::Brace).is_some()
        || (cursor.is_word("arn") && cursor.punct_at(1, ':'))
}

/// Steps over a word that JSON has and the DSL has not, with its colon.
fn skip_label(parser: &mut Parser<'_>, cursor: &mut Cursor, words: &[&str], help: &str) {
    let Some(word) = words.iter().find(|word| cursor.is_word(word)) else {
        return;
    };
    parser.report(
        cursor.spot(),
        format!("`{word}` is no word of the macro"),
        help,
    );
    cursor.skip(1);
    if !cursor.eat_punct(':') {
        cursor.eat_punct('=');
    }
}

/// Reads one resource, principal or value.
pub(crate) fn item(
    parser: &mut Parser<'_>,
    cursor: &mut Cursor,
    out: &mut Vec<Option<Item>>,
) -> Result<bool, Reported> {
    let spot = cursor.spot();
    if let Some(text) = cursor.string() {
        cursor.skip(1);
        out.push(Some(Item::Text(text)));
        return Ok(false);
    }
    if let Some(group) = cursor.group(Delimiter::Brace).cloned() {
        cursor.skip(1);
        if group.stream().is_empty() {
            return Err(parser.report(
                spot,
                "the braces hold no expression",
                "write the Rust value: `{value}`",
            ));
        }
        out.push(Some(Item::Expression(group)));
        return Ok(false);
    }
    if cursor.is_punct('*') {
        cursor.skip(1);
        let text = "*".to_owned();
        out.push(Some(Item::Word(Name { text, spot })));
        return Ok(false);
    }
    if cursor.is_word("arn") && cursor.punct_at(1, ':') {
        let text = skip_unquoted(cursor);
        return Err(parser.report(
            spot.to(cursor.last_spot()),
            "an ARN is written as a string",
            format!("write `\"{text}\"`"),
        ));
    }
    let help = match cursor.peek() {
        Some(TokenTree::Ident(word)) => {
            format!("an ARN is a string, `\"arn:…\"`; a Rust value stands in braces, `{{{word}}}`")
        }
        Some(TokenTree::Literal(_)) => "write an ordinary or raw string".to_owned(),
        Some(TokenTree::Group(_)) => "several stand in brackets: `[\"…\", \"…\"]`".to_owned(),
        _ => "write a string, `*`, or a Rust value in braces".to_owned(),
    };
    Err(parser.expected(cursor, "a string, `*` or `{value}`", help))
}

/// Steps over an ARN without quotes and returns its text.
fn skip_unquoted(cursor: &mut Cursor) -> String {
    let mut text = String::new();
    while let Some(token) = cursor.peek() {
        let ends = match token {
            TokenTree::Punct(punct) => matches!(punct.as_char(), ',' | ';'),
            TokenTree::Ident(word) => word == "when",
            _ => false,
        };
        if ends {
            break;
        }
        text.push_str(&token.to_string());
        cursor.skip(1);
    }
    text
}
