//! From the macro's input to its output.

use iam_dsl_core::{Code, Diagnostic, PolicyKind, json, validate_node};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::finding::Finding;
use crate::guard;
use crate::lower;
use crate::parse::{self, Form, Marks};
use crate::report;
use crate::slot::Slot;
use crate::spot::Spot;
use crate::tree::{Chunk, Tree};

/// Expands a policy macro of this kind.
pub(crate) fn policy(kind: PolicyKind, stream: TokenStream) -> TokenStream {
    let Judged { findings, made } = judge(kind, stream);
    match (made, findings.as_slice()) {
        (Made::Json(json), []) => constant(kind, &json),
        (Made::Tree(tree), []) => {
            let mut chunks = Vec::new();
            tree.chunks(&mut chunks);
            match chunks.as_slice() {
                [Chunk::Json(json)] => constant(kind, json),
                _ => filled(kind, &chunks),
            }
        }
        (Made::Tree(tree), _) => failed(kind, &findings, Some(&tree)),
        _ => failed(kind, &findings, None),
    }
}

/// The input as it was understood, and all that stops the build.
pub(crate) struct Judged {
    pub(crate) findings: Vec<Finding>,
    pub(crate) made: Made,
}

/// What the input became.
pub(crate) enum Made {
    /// Compact JSON.
    Json(String),
    Tree(Tree),
    /// Nothing that could be understood.
    Nothing,
}

/// Which findings of the validator stop the build.
pub(crate) struct Stops {
    strict: bool,
    /// Where the catalogue's findings do not: beginnings of JSON pointers.
    unchecked: Vec<String>,
}

impl Stops {
    pub(crate) fn of(marks: Marks) -> Self {
        Stops {
            strict: marks.strict,
            // Every pointer begins with the empty one.
            unchecked: marks.unchecked.then(String::new).into_iter().collect(),
        }
    }

    pub(crate) fn has(&self, diagnostic: &Diagnostic) -> bool {
        let excused = diagnostic.is_from_catalogue()
            && self
                .unchecked
                .iter()
                .any(|place| diagnostic.pointer.starts_with(place));
        (diagnostic.is_error() || self.strict) && !excused
    }
}

/// Reads and validates the input of a policy macro.
pub(crate) fn judge(kind: PolicyKind, stream: TokenStream) -> Judged {
    let spot = whole(&stream);
    let mut findings = Vec::new();
    let input = parse::input(stream, &mut findings);
    let mut stops = Stops::of(input.marks);
    let made = match input.form {
        Form::Broken => Made::Nothing,
        Form::Text(text) => match validated_json(&text.value, kind, &stops) {
            Ok(json) => Made::Json(json),
            Err(diagnostics) => {
                let shown = |diagnostic| report::in_text(diagnostic, &text);
                findings.extend(diagnostics.into_iter().map(shown));
                Made::Nothing
            }
        },
        Form::Json(tree) => {
            validate(kind, &tree, report::Form::Json, &stops, &mut findings);
            Made::Tree(tree)
        }
        Form::Dsl(document) => {
            let mut lowered = lower::document(document, spot, &mut findings);
            let marked = lowered.unchecked.iter();
            let place = |index: &usize| format!("/Statement/{index}/");
            stops.unchecked.extend(marked.map(place));
            validate(
                kind,
                &lowered.tree,
                report::Form::Dsl,
                &stops,
                &mut findings,
            );
            for guard in &lowered.guards {
                let stops = Stops::of(Marks {
                    strict: false,
                    unchecked: guard.unchecked || input.marks.unchecked,
                });
                let form = report::Form::Dsl;
                validate(
                    PolicyKind::Identity,
                    &guard.carrier,
                    form,
                    &stops,
                    &mut findings,
                );
            }
            guard::check(&mut lowered.tree, &lowered.guards, &mut findings);
            Made::Tree(lowered.tree)
        }
    };
    Judged { findings, made }
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

/// Adds what the validator finds and what stops the build.
pub(crate) fn validate(
    kind: PolicyKind,
    tree: &Tree,
    form: report::Form,
    stops: &Stops,
    findings: &mut Vec<Finding>,
) {
    let (_, diagnostics) = validate_node(&tree.sample(), kind);
    findings.extend(
        diagnostics
            .into_iter()
            .filter(|diagnostic| stops.has(diagnostic))
            .filter_map(|diagnostic| report::in_tree(diagnostic, tree, form)),
    );
}

/// JSON text, as the compact JSON of its document, or what stops the build.
pub(crate) fn validated_json(
    text: &str,
    kind: PolicyKind,
    stops: &Stops,
) -> Result<String, Vec<Diagnostic>> {
    let node = json::parse(text).map_err(|error| {
        let message = format!("this is no JSON: {}", error.message);
        vec![
            Diagnostic::new(Code::JsonSyntaxError, "", message).help("a policy is one JSON object"),
        ]
    })?;
    let (_, mut diagnostics) = validate_node(&node, kind);
    diagnostics.retain(|diagnostic| stops.has(diagnostic));
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
    let start = quote!(new(#first));
    fill(&slots, &start, &quote!(.policy::<::iam_dsl::#name>()))
}

/// `match (&(slot), …) { (slot0, …) => Filler::start.kind(slot0, after)…end }`
pub(crate) fn fill(
    slots: &[(&Slot, String)],
    start: &TokenStream,
    end: &TokenStream,
) -> TokenStream {
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
            (#bindings) => ::iam_dsl::__private::Filler::#start #calls #end
        }
    }
}

/// Every finding as a compile error, and a policy in whose place the rest of
/// the code still type-checks. Slots are still checked for their types, so that
/// these mistakes come in the same build.
pub(crate) fn failed(kind: PolicyKind, findings: &[Finding], tree: Option<&Tree>) -> TokenStream {
    failed_as(&constant(kind, "{}"), findings, tree)
}

/// As [`failed`], with what stands in the place of the result.
pub(crate) fn failed_as(
    stub: &TokenStream,
    findings: &[Finding],
    tree: Option<&Tree>,
) -> TokenStream {
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
        fill(&slots, &quote!(new("")), &quote!(.check()))
    };
    quote!({ #errors #checks; #stub })
}

/// The marker type of `iam_dsl` for this kind.
fn kind_name(kind: PolicyKind) -> Ident {
    // The types are named as the variants are.
    Ident::new(&format!("{kind:?}"), Span::call_site())
}
