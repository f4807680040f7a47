//! Where something stands in the source.

use proc_macro2::{Span, TokenTree};

/// A stretch of tokens, from the first token's span to the last one's: joining
/// spans needs nightly, and a compile error takes the two ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) start: Span,
    pub(crate) end: Span,
}

impl Spot {
    /// One token or group.
    pub(crate) fn of(token: &TokenTree) -> Self {
        Spot::from(token.span())
    }

    /// From this stretch's start to the other's end.
    pub(crate) fn to(self, other: Spot) -> Self {
        Spot {
            start: self.start,
            end: other.end,
        }
    }
}

impl From<Span> for Spot {
    fn from(span: Span) -> Self {
        Spot {
            start: span,
            end: span,
        }
    }
}
