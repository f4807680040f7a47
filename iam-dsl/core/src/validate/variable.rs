//! Policy variables in resources and condition values.

use super::Rules;
use crate::diagnostic::Code;
use crate::pointer::Place;
use crate::variable::{Part, VariableError, has_variable, parts};

impl Rules {
    /// Reports what is wrong with the variables of a text in which IAM replaces
    /// them.
    pub(super) fn variables_of(&mut self, text: &str, place: Place<'_>) {
        if !has_variable(text) {
            return;
        }
        if !self.variables {
            self.report(
                Code::VariableUnsupportedInVersion,
                place,
                format!("`{text}` is taken literally: version 2008-10-17 has no variables"),
            )
            .help("write \"Version\": \"2012-10-17\"");
            return;
        }
        // The message shows the whole text, so once is enough, and keeps the
        // findings of a text no longer than its size demands.
        let mut empty = false;
        for part in parts(text) {
            let error = match part {
                Err(error) => error,
                // Every condition key has a prefix; without one it is a slip from
                // another language, and a Deny that holds it would never match.
                Ok(Part::Variable { key, .. }) if !key.contains(':') => {
                    self.report(
                        Code::VariableIsNoKey,
                        place,
                        format!("`${{{key}}}` is no condition key, so it never has a value"),
                    )
                    .help(format!("a value of the program is written `{{{key}}}` in the macro; a policy variable is such as `${{aws:username}}`"));
                    continue;
                }
                Ok(_) => continue,
            };
            match error {
                VariableError::Empty if empty => {}
                VariableError::MissingBrace => {
                    self.report(
                        Code::MissingBraceInVariable,
                        place,
                        format!("`{text}` has `${{` without `}}`"),
                    )
                    .help("close the variable, such as `${aws:username}`; a literal `$` is `${$}`");
                }
                VariableError::Empty => {
                    empty = true;
                    self.report(
                        Code::EmptyVariable,
                        place,
                        format!("`{text}` has a variable without a name"),
                    )
                    .help("name a condition key, such as `${aws:username}`");
                }
                VariableError::MissingQuote(body) => {
                    self.report(
                        Code::MissingQuoteInVariable,
                        place,
                        format!("the default value in `${{{body}}}` is not in single quotes"),
                    )
                    .help("write `${key, 'default'}`");
                }
                VariableError::Space(body) => {
                    self.report(
                        Code::UnsupportedSpaceInVariable,
                        place,
                        format!("`${{{body}}}` has a space in its name"),
                    )
                    .help("remove the space");
                }
            }
        }
    }
}
