//! One mistake, with the tokens that it concerns.

use proc_macro2::{Delimiter, Span};
use proc_macro2::{Group, Ident, Literal, Punct, Spacing, TokenStream, TokenTree};

use crate::spot::Spot;

/// The code of what the macro's own grammar refuses; all other codes are the
/// validator's.
const GRAMMAR: &str = "DSL";

/// The code of what a guardrail of the policy forbids.
const GUARDRAIL: &str = "GUARDRAIL";

/// A mistake ready to be shown.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) spot: Spot,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Finding {
    /// A mistake in the macro's own grammar.
    pub(crate) fn grammar(
        spot: impl Into<Spot>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Finding {
            spot: spot.into(),
            code: GRAMMAR,
            message: message.into(),
            help: Some(help.into()),
        }
    }

    /// Something that a guardrail forbids.
    pub(crate) fn guardrail(spot: Spot, message: String, help: String) -> Self {
        Finding {
            spot,
            code: GUARDRAIL,
            message,
            help: Some(help),
        }
    }

    /// The text of the compile error.
    pub(crate) fn text(&self) -> String {
        match &self.help {
            Some(help) => format!("{}\n  help: {help}\n  [{}]", self.message, self.code),
            None => format!("{}\n  [{}]", self.message, self.code),
        }
    }

    /// `::core::compile_error! { "…" }`, underlining the finding's spot: rustc
    /// shows a macro call from its path's start to its group's end.
    pub(crate) fn compile_error(&self, out: &mut TokenStream) {
        let Spot { start, end } = self.spot;
        let punct = |character, spacing, span: Span| {
            let mut punct = Punct::new(character, spacing);
            punct.set_span(span);
            TokenTree::Punct(punct)
        };
        let mut text = Literal::string(&self.text());
        text.set_span(end);
        let mut group = Group::new(Delimiter::Brace, TokenTree::Literal(text).into());
        group.set_span(end);
        out.extend([
            punct(':', Spacing::Joint, start),
            punct(':', Spacing::Alone, start),
            TokenTree::Ident(Ident::new("core", start)),
            punct(':', Spacing::Joint, start),
            punct(':', Spacing::Alone, start),
            TokenTree::Ident(Ident::new("compile_error", start)),
            punct('!', Spacing::Alone, start),
            TokenTree::Group(group),
        ]);
    }
}
