//! Writing answers of the AWS Query protocol.

use std::fmt::Display;

use quick_xml::escape::escape;

use crate::refusal::Refusal;

/// A growing piece of XML. Writing to it cannot fail.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// An empty piece.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// One element that holds text.
    pub(crate) fn text(&mut self, name: &str, value: impl Display) {
        self.element(name, |x| x.0.push_str(&escape(value.to_string())));
    }

    /// One element that holds text, or nothing when there is no value.
    pub(crate) fn text_if(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// One element whose content `fill` writes.
    pub(crate) fn element(&mut self, name: &str, fill: impl FnOnce(&mut Xml)) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
        fill(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// A list: one `<member>` per item.
    pub(crate) fn members<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Xml, T),
    ) {
        self.element(name, |x| {
            for item in items {
                x.element("member", |x| fill(x, item));
            }
        });
    }

    /// A list of plain texts.
    pub(crate) fn text_members<T: Display>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
    ) {
        self.members(name, items, |x, item| {
            x.0.push_str(&escape(item.to_string()));
        });
    }
}

/// The whole answer to a call that succeeded. `result` is absent for the
/// operations that the API defines without a result element.
pub(crate) fn success(
    operation: &str,
    namespace: &str,
    result: Option<Xml>,
    request_id: &str,
) -> String {
    let mut body = Xml::new();
    body.0.push_str(&format!(
        "<{operation}Response xmlns=\"{}\">",
        escape(namespace)
    ));
    if let Some(result) = result {
        body.element(&format!("{operation}Result"), |x| x.0.push_str(&result.0));
    }
    body.element("ResponseMetadata", |x| x.text("RequestId", request_id));
    body.0.push_str(&format!("</{operation}Response>"));
    body.0
}

/// The whole answer to a call that was refused.
pub(crate) fn failure(refusal: &Refusal, namespace: &str, request_id: &str) -> String {
    let mut body = Xml::new();
    body.0
        .push_str(&format!("<ErrorResponse xmlns=\"{}\">", escape(namespace)));
    body.element("Error", |x| {
        x.text("Type", refusal.fault());
        x.text("Code", refusal.code);
        x.text("Message", printable(&refusal.message));
    });
    body.text("RequestId", request_id);
    body.0.push_str("</ErrorResponse>");
    body.0
}

/// Messages echo what the caller sent, and XML 1.0 cannot hold every control
/// character, not even escaped.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => c,
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => '\u{FFFD}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let mut x = Xml::new();
        x.text("Message", "a < b & \"c\"");
        assert_eq!(x.0, "<Message>a &lt; b &amp; &quot;c&quot;</Message>");
    }

    #[test]
    fn control_characters_of_a_message_are_replaced() {
        let answer = failure(&Refusal::validation_error("bad \u{0} name"), "ns", "id");
        assert!(answer.contains("<Message>bad \u{FFFD} name</Message>"));
    }
}
