//! What a user's tag says about the access key that a bundle makes for it.

/// The tag of a user for whom a bundle makes an access key. It is written
/// before the key is made and then says `pending`; once the key is delivered it
/// holds its id, which is no secret. A key that the tag does not name was
/// delivered to nobody, or is somebody else's.
pub const ACCESS_KEY_TAG: &str = "iam-provision:access-key";

/// What [`ACCESS_KEY_TAG`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyMark {
    /// A key is being made; these were there before and stay.
    Pending { keep: Vec<String> },
    /// The key of this id is delivered.
    Delivered { id: String },
}

impl KeyMark {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Pending { keep } => {
                let words = ["pending"]
                    .into_iter()
                    .chain(keep.iter().map(String::as_str));
                words.collect::<Vec<_>>().join(" ")
            }
            Self::Delivered { id } => id.clone(),
        }
    }

    /// `None` for what this crate does not write.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        match words.next()? {
            "pending" => Some(Self::Pending {
                keep: words.map(str::to_owned).collect(),
            }),
            id if id.starts_with("AKIA") && words.next().is_none() => {
                Some(Self::Delivered { id: id.to_owned() })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_survive_being_written() {
        for mark in [
            KeyMark::Pending { keep: Vec::new() },
            KeyMark::Pending {
                keep: vec!["AKIAOLD".to_owned()],
            },
            KeyMark::Delivered {
                id: "AKIANEW".to_owned(),
            },
        ] {
            assert_eq!(KeyMark::read(&mark.text()), Some(mark));
        }
        for other in ["", "done", "AKIA1 AKIA2", "Pending"] {
            assert_eq!(KeyMark::read(other), None, "{other}");
        }
    }
}
