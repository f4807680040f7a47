//! Single values: `action!` and `arn!`.

use iam_dsl_core::PolicyKind;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::expand::{Stops, failed_as, fill, validate};
use crate::finding::Finding;
use crate::lower;
use crate::parse::{Cursor, marks, one_action};
use crate::report::Form;
use crate::slot::Slot;
use crate::tree::{Piece, Tree, Value};

/// Expands `action!([unchecked,] ACTION)`.
pub(crate) fn action(stream: TokenStream) -> TokenStream {
    let mut findings = Vec::new();
    let mut cursor = Cursor::over(stream);
    let stops = Stops::of(marks(&mut cursor, &mut findings));
    let action = one_action(&mut cursor, &mut findings);
    nothing_more(&mut cursor, "action", &mut findings);
    let tree = action.map(|action| lower::action(action, &mut findings));
    let text = tree.and_then(|tree| {
        let text = tree.written();
        let all = Tree::text(tree.spot, "*");
        judge(&lower::carrier(tree, all), &stops, &mut findings);
        text
    });
    let constant = |text: &str| {
        let text = Literal::string(text);
        quote!(::iam_dsl::ActionPattern::from_static(#text))
    };
    match text {
        Some(text) if findings.is_empty() => constant(&text),
        _ => failed_as(&constant("*"), &findings, None),
    }
}

/// Expands `arn!([unchecked,] "arn:…")`.
pub(crate) fn arn(stream: TokenStream) -> TokenStream {
    let mut findings = Vec::new();
    let mut cursor = Cursor::over(stream);
    let stops = Stops::of(marks(&mut cursor, &mut findings));
    let text = cursor.string();
    if text.is_some() {
        cursor.skip(1);
        nothing_more(&mut cursor, "ARN", &mut findings);
    } else {
        findings.push(Finding::grammar(
            cursor.spot(),
            format!("expected an ARN as a string, found {}", cursor.found()),
            "write `arn!(\"arn:aws:s3:::bucket/*\")`, run-time parts as slots: `{name}`",
        ));
    }
    let constant = |text: &str| {
        let text = Literal::string(text);
        quote!(::iam_dsl::ResourcePattern::from_static(#text))
    };
    let Some(text) = text else {
        return failed_as(&constant("*"), &findings, None);
    };
    let tree = lower::resource(text, &mut findings);
    let all = Tree::text(tree.spot, "*");
    // The validator sees it in a policy; the slots are filled from this one.
    let carrier = lower::carrier(all, tree);
    judge(&carrier, &stops, &mut findings);
    let resource = carrier.find("/Statement/Resource").tree;
    match &resource.value {
        Value::Text(pieces) if findings.is_empty() => {
            let mut first = String::new();
            let mut slots: Vec<(&Slot, String)> = Vec::new();
            for piece in pieces {
                match (piece, slots.last_mut()) {
                    (Piece::Slot(slot), _) => slots.push((slot, String::new())),
                    (Piece::Literal(text), Some((_, after))) => after.push_str(text),
                    (Piece::Literal(text), None) => first.push_str(text),
                }
            }
            if slots.is_empty() {
                return constant(&first);
            }
            fill(&slots, &quote!(plain(#first)), &quote!(.resource_pattern()))
        }
        _ => failed_as(&constant("*"), &findings, Some(resource)),
    }
}

/// Validates a policy that is there for the one value in it.
fn judge(carrier: &Tree, stops: &Stops, findings: &mut Vec<Finding>) {
    validate(PolicyKind::Identity, carrier, Form::Dsl, stops, findings);
}

fn nothing_more(cursor: &mut Cursor, what: &str, findings: &mut Vec<Finding>) {
    cursor.eat_punct(',');
    if findings.is_empty() && !cursor.is_empty() {
        findings.push(Finding::grammar(
            cursor.spot(),
            format!(
                "expected nothing after the {what}, found {}",
                cursor.found()
            ),
            format!("the macro takes one {what}"),
        ));
    }
}
