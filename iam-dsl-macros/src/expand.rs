//! From the macro's input to its output.

use iam_dsl_core::{Code, Diagnostic, PolicyKind, json, validate_node};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::finding::Finding;
use crate::lower;
use crate::parse::{self, Form};
use crate::report;
use crate::slot::Slot;
use crate::spot::Spot;
use crate::tree::{Chunk, Tree};

/// Expands a policy macro of this kind.
pub(crate) fn policy(kind: PolicyKind, stream: TokenStream) -> TokenStream {
    let spot = whole(&stream);
    let mut findings = Vec::new();
    let input = parse::input(stream, &mut findings);
    let stops = |diagnostic: &Diagnostic| diagnostic.is_error() || input.strict;
    match input.form {
        Form::Text(text) => match validated_json(&text.value, kind, stops) {
            Ok(json) if findings.is_empty() => constant(kind, &json),
            Ok(_) => failed(kind, &findings, None),
            Err(diagnostics) => {
                let shown = |diagnostic| report::in_text(diagnostic, &text);
                findings.extend(diagnostics.into_iter().map(shown));
                failed(kind, &findings, None)
            }
        },
        Form::Broken => failed(kind, &findings, None),
        Form::Json(tree) => finish(kind, &tree, report::Form::Json, findings, stops),
        Form::Dsl(document) => {
            let tree = lower::document(document, spot, &mut findings);
            finish(kind, &tree, report::Form::Dsl, findings, stops)
        }
    }
}

/// The whole input, or the macro call where it is empty.
fn whole(stream: &TokenStream) -> Spot {
    let mut tokens = stream.clone().into_iter();
    match tokens.next() {
        None => Span::call_site().into(),
        Some(first) => {
            let last = tokens.last().unwrap_or_else(|| first.clone());
            Spot::of(&first).to(Spot::of(&last))
        }
    }
}

fn finish(
    kind: PolicyKind,
    tree: &Tree,
    form: report::Form,
    mut findings: Vec<Finding>,
    stops: impl Fn(&Diagnostic) -> bool,
) -> TokenStream {
    let (_, diagnostics) = validate_node(&tree.sample(), kind);
    findings.extend(
        diagnostics
            .into_iter()
            .filter(stops)
            .filter_map(|diagnostic| report::in_tree(diagnostic, tree, form)),
    );
    if !findings.is_empty() {
        return failed(kind, &findings, Some(tree));
    }
    let mut chunks = Vec::new();
    tree.chunks(&mut chunks);
    match chunks.as_slice() {
        [Chunk::Json(json)] => constant(kind, json),
        _ => filled(kind, &chunks),
    }
}

/// JSON text, as the compact JSON of its document, or what stops the build.
pub(crate) fn validated_json(
    text: &str,
    kind: PolicyKind,
    stops: impl Fn(&Diagnostic) -> bool,
) -> Result<String, Vec<Diagnostic>> {
    let node = json::parse(text).map_err(|error| {
        let message = format!("this is no JSON: {}", error.message);
        vec![
            Diagnostic::new(Code::JsonSyntaxError, "", message).help("a policy is one JSON object"),
        ]
    })?;
    let (_, mut diagnostics) = validate_node(&node, kind);
    diagnostics.retain(stops);
    if diagnostics.is_empty() {
        Ok(node.to_string())
    } else {
        Err(diagnostics)
    }
}

/// A policy without slots: a constant expression.
pub(crate) fn constant(kind: PolicyKind, json: &str) -> TokenStream {
    let kind = kind_name(kind);
    let json = Literal::string(json);
    quote!(::iam_dsl::Policy::<::iam_dsl::#kind>::__validated(#json))
}

/// A policy with slots: each is borrowed once, in the order of the JSON text,
/// and put between the pieces of JSON.
fn filled(kind: PolicyKind, chunks: &[Chunk<'_>]) -> TokenStream {
    let mut first = String::new();
    let mut slots: Vec<(&Slot, String)> = Vec::new();
    for chunk in chunks {
        match (chunk, slots.last_mut()) {
            (Chunk::Slot(slot), _) => slots.push((slot, String::new())),
            (Chunk::Json(json), Some((_, after))) => after.push_str(json),
            (Chunk::Json(json), None) => first.push_str(json),
        }
    }
    let name = kind_name(kind);
    fill(&slots, &first, &quote!(.policy::<::iam_dsl::#name>()))
}

/// `match (&(slot), …) { (slot0, …) => Filler::new(first).kind(slot0, after)…end }`
fn fill(slots: &[(&Slot, String)], first: &str, end: &TokenStream) -> TokenStream {
    let mut expressions = TokenStream::new();
    let mut bindings = TokenStream::new();
    let mut calls = TokenStream::new();
    for (index, (slot, after)) in slots.iter().enumerate() {
        let expression = slot.expression();
        // A type error is shown where the slot is written.
        let shown = Span::mixed_site().located_at(slot.spot.start);
        let binding = Ident::new(&format!("slot{index}"), shown);
        let method = Ident::new(slot.kind.method(), shown);
        let after = Literal::string(after);
        expressions.extend(quote!(&(#expression),));
        bindings.extend(quote!(#binding,));
        calls.extend(quote_spanned!(shown=> .#method(#binding, #after)));
    }
    quote! {
        match (#expressions) {
            (#bindings) => ::iam_dsl::__private::Filler::new(#first) #calls #end
        }
    }
}

/// Every finding as a compile error, and a policy in whose place the rest of
/// the code still type-checks. Slots are still checked for their types, so that
/// these mistakes come in the same build.
pub(crate) fn failed(kind: PolicyKind, findings: &[Finding], tree: Option<&Tree>) -> TokenStream {
    let mut errors = TokenStream::new();
    let mut seen = std::collections::HashSet::new();
    for finding in findings {
        let key = (format!("{:?}", finding.spot), finding.text());
        if seen.insert(key) {
            finding.compile_error(&mut errors);
        }
    }
    let mut slots = Vec::new();
    if let Some(tree) = tree {
        tree.slots(&mut slots);
    }
    let checks = if slots.is_empty() {
        TokenStream::new()
    } else {
        let slots: Vec<(&Slot, String)> = slots
            .into_iter()
            .map(|slot| (slot, String::new()))
            .collect();
        fill(&slots, "", &quote!(.check()))
    };
    let stub = constant(kind, "{}");
    quote!({ #errors #checks; #stub })
}

/// The marker type of `iam_dsl` for this kind.
fn kind_name(kind: PolicyKind) -> Ident {
    // The types are named as the variants are.
    Ident::new(&format!("{kind:?}"), Span::call_site())
}
