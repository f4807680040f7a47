//! Reading answers of the Query protocol.

use quick_xml::Reader;
use quick_xml::events::Event;

/// One answer: HTTP status and the elements of its XML.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    root: Element,
}

#[derive(Debug, Clone, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Answer {
    /// Reads an answer. What is no XML gives one without elements: no
    /// expectation on a path holds then.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Answer {
        Answer {
            status,
            root: read(&String::from_utf8_lossy(body)).unwrap_or_default(),
        }
    }

    /// The error code, if it is an error.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.error("Code")
    }

    /// The error's message.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.error("Message")
    }

    fn error(&self, member: &str) -> Option<&str> {
        // Some servers put `Error` below `Errors`.
        let error = self
            .root
            .find("Error")
            .or_else(|| self.root.find("Errors")?.find("Error"))?;
        error.find(member).map(|element| element.text.as_str())
    }

    /// The texts of all elements at a path such as `User/Tags/member/Key`, below
    /// the operation's result element where it has one.
    #[must_use]
    pub fn texts(&self, path: &str) -> Vec<&str> {
        let result = self
            .root
            .children
            .iter()
            .find(|child| child.name.ends_with("Result"));
        let mut found = vec![result.unwrap_or(&self.root)];
        for name in path.split('/') {
            found = found
                .into_iter()
                .flat_map(|element| element.children.iter().filter(|child| child.name == name))
                .collect();
        }
        found
            .into_iter()
            .map(|element| element.text.as_str())
            .collect()
    }
}

impl Element {
    fn find(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

fn read(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let named = |name: &str| Element {
        name: name.to_owned(),
        ..Element::default()
    };
    loop {
        let mut finished = None;
        match reader.read_event().ok()? {
            Event::Start(start) => open.push(named(start.local_name().as_ref())),
            Event::Empty(empty) => finished = Some(named(empty.local_name().as_ref())),
            Event::End(_) => finished = open.pop(),
            Event::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text);
                }
            }
            Event::CData(data) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&data);
                }
            }
            Event::GeneralRef(entity) => {
                let character = match entity.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_xml_entity(&entity)?.to_owned(),
                };
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&character);
                }
            }
            Event::Eof => return None,
            _ => {}
        }
        if let Some(mut element) = finished {
            if !element.children.is_empty() {
                // White space between elements says nothing.
                element.text.clear();
            }
            match open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => return Some(element),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_below_the_result() {
        let answer = Answer::read(
            200,
            b"<?xml version=\"1.0\"?>\n<ListUsersResponse xmlns=\"x\"><ListUsersResult>\n <Users>\
              <member><UserName>a&amp;b</UserName></member><member><UserName>c&#x41;</UserName><Tags/></member>\
              </Users></ListUsersResult></ListUsersResponse>",
        );
        assert_eq!(answer.texts("Users/member/UserName"), ["a&b", "cA"]);
        assert_eq!(answer.texts("Users/member/Tags"), [""]);
        assert!(answer.texts("Users/UserName").is_empty());
        assert_eq!(answer.code(), None);
    }

    #[test]
    fn errors_have_code_and_message() {
        let answer = Answer::read(
            404,
            b"<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no</Message></Error></ErrorResponse>",
        );
        assert_eq!(
            (answer.code(), answer.message()),
            (Some("NoSuchEntity"), Some("no"))
        );
    }

    #[test]
    fn what_is_no_xml_has_no_elements() {
        let answer = Answer::read(500, b"<html><p>Internal Server Error");
        assert_eq!((answer.code(), answer.texts("a")), (None, Vec::new()));
    }
}
