//! Strings of the DSL: `{name}` is a slot, `{{` and `}}` are braces, `${…}` is
//! a policy variable of IAM and left alone.

use iam_dsl_core::variable;
use proc_macro2::Ident;

use crate::finding::Finding;
use crate::parse::Text;

/// A part of a string.
#[derive(Debug)]
pub(crate) enum Part {
    Literal(String),
    Slot(Ident),
}

/// Splits a string at its slots. What cannot be read is reported and left out.
pub(crate) fn parts(text: &Text, findings: &mut Vec<Finding>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text.value.as_str();
    while let Some(at) = rest.find(['$', '{', '}']) {
        let (before, from) = rest.split_at(at);
        literal.push_str(before);
        if let Some(inside) = from.strip_prefix("${") {
            let Some(end) = variable::closing_brace(inside) else {
                // No end: the validator says so.
                rest = from;
                break;
            };
            let (body, after) = inside.split_at(end);
            if body.contains('{') {
                findings.push(Finding::grammar(
                    text.spot,
                    format!("`${{{body}}}`: a policy variable takes no slot"),
                    "name the variable in full, or write the value itself in a slot",
                ));
                // The rest begins within what was meant as the variable.
                rest = "";
                break;
            }
            literal.push_str("${");
            literal.push_str(body);
            literal.push('}');
            rest = after.get(1..).unwrap_or_default();
        } else if let Some(after) = from.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else if let Some(after) = from.strip_prefix('$') {
            literal.push('$');
            rest = after;
        } else if let Some(inside) = from.strip_prefix('{') {
            let Some((name, after)) = inside.split_once('}') else {
                findings.push(Finding::grammar(
                    text.spot,
                    format!("`{from}`: the `{{` is not closed"),
                    "a slot is `{name}`; a brace itself is `{{`",
                ));
                rest = "";
                break;
            };
            rest = after;
            match syn::parse_str::<Ident>(name) {
                Ok(mut ident) => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    ident.set_span(text.spot.start);
                    parts.push(Part::Slot(ident));
                }
                Err(_) => findings.push(not_a_name(text, name)),
            }
        } else {
            findings.push(Finding::grammar(
                text.spot,
                format!("`{from}`: no slot ends at this `}}`"),
                "a slot is `{name}`; a brace itself is `}}`",
            ));
            rest = from.get(1..).unwrap_or_default();
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() || parts.is_empty() {
        parts.push(Part::Literal(literal));
    }
    parts
}

fn not_a_name(text: &Text, name: &str) -> Finding {
    let help = if name.trim().is_empty() {
        "name the variable that fills the slot: `{name}`"
    } else if name.contains(':') {
        "a slot is a variable's name and takes no format; braces themselves are `{{` and `}}`"
    } else {
        "a slot in a string is a variable's name: bind the value first with `let`"
    };
    Finding::grammar(text.spot, format!("`{{{name}}}` is no slot"), help)
}

/// The text of a string in a place without slots, whose name is `place`; `None`
/// where something was reported.
pub(crate) fn without_slots(
    text: &Text,
    place: &str,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let help = "write it in full; a brace itself is `{{`";
    without_slots_but(text, place, help, findings)
}

/// As [`without_slots`], with the help for a place that has another way to take
/// a run-time value.
pub(crate) fn without_slots_but(
    text: &Text,
    place: &str,
    help: &str,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let reported = findings.len();
    let mut out = String::new();
    for part in parts(text, findings) {
        match part {
            Part::Literal(literal) => out.push_str(&literal),
            Part::Slot(name) => findings.push(Finding::grammar(
                text.spot,
                format!("`{{{name}}}`: {place} takes no slot"),
                help,
            )),
        }
    }
    (findings.len() == reported).then_some(out)
}
