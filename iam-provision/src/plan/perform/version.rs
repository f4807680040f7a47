//! What versions of a managed policy come to.

use crate::document::PolicyText;
use crate::state::{PolicyState, VersionState};

impl PolicyState {
    /// A version that waits, as the newest. The document in force stays.
    pub(super) fn stage(&mut self, document: &PolicyText) {
        let numbers = self.versions.iter().map(VersionState::number);
        let newest = numbers.max().unwrap_or(0);
        self.versions.push(VersionState {
            id: format!("v{}", newest + 1),
            is_default: false,
            document: Some(document.clone()),
        });
    }

    /// The version that waits, or the newest, is the default one.
    pub(super) fn switch(&mut self, document: &PolicyText, to: Option<&str>) {
        self.document = document.clone();
        let newest = self.versions.last().map(|version| version.id.clone());
        let to = to.map(str::to_owned).or(newest);
        for version in &mut self.versions {
            version.is_default = Some(&version.id) == to.as_ref();
        }
        // Of the default one and those before it no document is kept.
        let default = self.default_number();
        for version in &mut self.versions {
            if version.number() <= default {
                version.document = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(action: &str) -> PolicyText {
        PolicyText::from_json(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
        ))
    }

    #[test]
    fn a_waiting_version_gives_nothing_until_it_is_switched_to() {
        let mut policy = PolicyState {
            path: "/".to_owned(),
            description: String::new(),
            document: text("s3:Get*"),
            versions: vec![VersionState {
                id: "v7".to_owned(),
                is_default: true,
                document: None,
            }],
            tags: None,
            attached_to: Default::default(),
            boundary_of: Default::default(),
        };
        policy.stage(&text("s3:*"));
        assert_eq!(policy.document, text("s3:Get*"));
        assert_eq!(policy.default_version(), Some("v7"));
        policy.switch(&text("s3:*"), Some("v8"));
        assert_eq!(policy.document, text("s3:*"));
        assert_eq!(policy.default_version(), Some("v8"));
        assert!(
            policy
                .versions
                .iter()
                .all(|version| version.document.is_none())
        );
    }
}
