//! Texts of a policy that may hold variables, prepared once.
//!
//! IAM User Guide, "IAM policy elements: Variables and tags".

use iam_dsl_core::pattern::Glob;
use iam_dsl_core::variable::{self, Part};

use super::request::RequestData;

/// A text split into what stands for itself and what the request fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// `*` and `?` are wildcards where the place allows them.
    Written(String),
    /// `${*}`, `${?}`, `${$}`: the character itself.
    Literal(char),
    Variable {
        /// In lower case.
        key: String,
        default: Option<String>,
    },
}

/// What a piece of text becomes when it is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled<'t> {
    /// Text of the policy, in which wildcards are wildcards.
    Written(&'t str),
    /// Text that stands for itself: escapes, values of variables and defaults.
    Literal(&'t str),
}

impl Text {
    /// Splits a text. `variables` is false for documents of version 2008-10-17,
    /// where `${…}` has no meaning ("variables like ${aws:username} are treated
    /// as literal strings in the policy"). `None` where `${…}` cannot be read.
    pub(super) fn prepare(text: &str, variables: bool) -> Option<Self> {
        if !variables {
            return Some(Text {
                pieces: vec![Piece::Written(text.to_owned())],
            });
        }
        let pieces = variable::parts(text)
            .map(|part| {
                Some(match part.ok()? {
                    Part::Text(text) => Piece::Written(text.to_owned()),
                    Part::Literal(character) => Piece::Literal(character),
                    Part::Variable { key, default } => Piece::Variable {
                        key: key.to_ascii_lowercase(),
                        default: default.map(str::to_owned),
                    },
                })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Text { pieces })
    }

    /// Whether a request has to fill it.
    pub(super) fn has_variables(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Variable { .. }))
    }

    /// Hands every piece to `take`, in order. `false`, and nothing more to be
    /// used, where a variable has no value: an empty text in its place would
    /// match what nobody meant. A key of several values has none here: "you
    /// cannot use a multivalued context key as a policy variable" ("Single-valued
    /// vs. multivalued context keys").
    #[must_use]
    pub(super) fn fill(
        &self,
        request: Option<&RequestData>,
        mut take: impl FnMut(Filled<'_>),
    ) -> bool {
        for piece in &self.pieces {
            match piece {
                Piece::Written(text) => take(Filled::Written(text)),
                Piece::Literal(character) => {
                    take(Filled::Literal(character.encode_utf8(&mut [0; 4])));
                }
                Piece::Variable { key, default } => {
                    let value = match request.and_then(|request| request.values(key)) {
                        Some([value]) => Some(value.text()),
                        Some(_) => None,
                        None => default.as_deref(),
                    };
                    match value {
                        Some(value) => take(Filled::Literal(value)),
                        None => return false,
                    }
                }
            }
        }
        true
    }

    /// The whole text, where wildcards are none; `None` where a variable has no value.
    pub(super) fn plain(&self, request: Option<&RequestData>) -> Option<String> {
        let mut out = String::new();
        self.fill(request, |filled| match filled {
            Filled::Written(text) | Filled::Literal(text) => out.push_str(text),
        })
        .then_some(out)
    }

    /// The text as a glob; `None` where a variable has no value.
    pub(super) fn glob(&self, request: Option<&RequestData>) -> Option<Glob> {
        let mut glob = Glob::empty();
        self.fill(request, |filled| match filled {
            Filled::Written(text) => glob.push_pattern(text),
            Filled::Literal(text) => glob.push_literal(text),
        })
        .then_some(glob)
    }

    /// The text as globs of an ARN's six fields; the last takes further colons.
    /// `None` where a variable has no value or there are fewer fields.
    pub(super) fn arn_globs(&self, request: Option<&RequestData>) -> Option<[Glob; 6]> {
        let mut fields: [Glob; 6] = Default::default();
        let mut field = 0;
        let whole = self.fill(request, |filled| {
            let (text, literal) = match filled {
                Filled::Written(text) => (text, false),
                Filled::Literal(text) => (text, true),
            };
            let mut rest = text;
            loop {
                let (here, after) = match rest.split_once(':') {
                    Some((here, after)) if field < 5 => (here, Some(after)),
                    _ => (rest, None),
                };
                if let Some(glob) = fields.get_mut(field) {
                    if literal {
                        glob.push_literal(here);
                    } else {
                        glob.push_pattern(here);
                    }
                }
                match after {
                    Some(after) => {
                        field += 1;
                        rest = after;
                    }
                    None => break,
                }
            }
        });
        (whole && field == 5).then_some(fields)
    }
}
