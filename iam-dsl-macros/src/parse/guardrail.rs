//! Guardrails: `never iam:*;`, `never s3:* on "arn:aws:s3:::prod-*";`.

use super::dsl::{Guardrail, Parser};
use super::{Cursor, Reported, statement};

/// Whether a guardrail begins at the cursor.
pub(super) fn begins(cursor: &Cursor) -> bool {
    let at = usize::from(cursor.is_word("unchecked"));
    cursor.word_at(at, "never") || cursor.word_at(at, "Never")
}

/// Reads a guardrail without its `;`.
pub(super) fn guardrail(
    parser: &mut Parser<'_>,
    cursor: &mut Cursor,
) -> Result<Guardrail, Reported> {
    let unchecked = cursor.eat_word("unchecked").is_some();
    if cursor.eat_word("never").is_none() {
        parser.report(
            cursor.spot(),
            "`Never` is no word of the macro",
            "write `never`",
        );
        cursor.skip(1);
    }
    if cursor.is_word("allow") || cursor.is_word("deny") || cursor.is_word("to") {
        let help = "write `never` and the actions: `never iam:*;`";
        parser.expected(cursor, "an action", help);
        cursor.skip(1);
    }
    without(
        parser,
        cursor,
        "not",
        "name what must not be given, without `not`",
    )?;
    without(
        parser,
        cursor,
        "principal",
        "it holds for everybody: `never ACTIONS on RESOURCES;`",
    )?;
    let actions = parser.list(cursor, statement::action)?;
    let on = cursor.spot();
    let resources = if cursor.eat_word("on").is_some() {
        without(
            parser,
            cursor,
            "not",
            "name what must not be given, without `not`",
        )?;
        Some(parser.list(cursor, statement::item)?)
    } else if statement::stands_as_resource(cursor) {
        return Err(parser.expected(
            cursor,
            "`on` before the resource",
            "write `on` before the resources",
        ));
    } else {
        None
    };
    if cursor.is_word("on") {
        return Err(parser.report(
            on.to(cursor.spot()),
            "the guardrail names its resources twice",
            "put them in one list: `on [\"arn:…\", \"arn:…\"]`",
        ));
    }
    without(
        parser,
        cursor,
        "when",
        "it holds whatever the conditions are: `never ACTIONS on RESOURCES;`",
    )?;
    Ok(Guardrail {
        unchecked,
        actions,
        resources,
    })
}

/// Reports a word that statements have and guardrails have not.
fn without(
    parser: &mut Parser<'_>,
    cursor: &Cursor,
    word: &str,
    help: &str,
) -> Result<(), Reported> {
    if cursor.is_word(word) && !cursor.punct_at(1, ':') {
        let message = format!("a guardrail takes no `{word}`");
        return Err(parser.report(cursor.spot(), message, help));
    }
    Ok(())
}
