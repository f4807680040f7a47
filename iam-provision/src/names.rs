//! What IAM accepts as a name, a path, an ARN or a tag.
//!
//! Every check here is made before the first call, so that a bundle with five
//! mistakes is refused once, with five problems, and not five times by IAM.
//! The limits are those of the IAM API reference and of the page "IAM and AWS
//! STS quotas" of the IAM User Guide.

use std::fmt;

/// One thing that is wrong with a bundle: where it is, what is wrong, and
/// what would be right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    place: String,
    message: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
        }
    }

    /// The entity and the field at fault, such as ``role `test_role`: path``.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong, and what would be right.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// The tag that marks an entity as owned by a bundle.
pub const OWNER_TAG: &str = "iam-provision:bundle";

/// Longest names, by the IAM API reference.
pub(crate) const USER_NAME: usize = 64;
pub(crate) const GROUP_NAME: usize = 128;
pub(crate) const ROLE_NAME: usize = 64;
pub(crate) const POLICY_NAME: usize = 128;
pub(crate) const PROFILE_NAME: usize = 128;
pub(crate) const PROVIDER_NAME: usize = 128;
/// Leaves room for the prefix of the ledger's name in a policy name.
pub(crate) const BUNDLE_NAME: usize = 100;

const NAME_CHARACTERS: &str = "letters, digits and _+=,.@-";

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

/// Checks a name against IAM's characters and a longest length.
pub(crate) fn check_name(problems: &mut Vec<Problem>, place: &str, name: &str, longest: usize) {
    if name.is_empty() {
        problems.push(Problem::new(
            place,
            format!("the name is empty; a name has 1 to {longest} characters of {NAME_CHARACTERS}"),
        ));
        return;
    }
    if let Some(bad) = name.chars().find(|c| !is_name_character(*c)) {
        problems.push(Problem::new(
            place,
            format!("the name {name:?} has the character {bad:?}; IAM accepts {NAME_CHARACTERS}"),
        ));
    }
    let length = name.chars().count();
    if length > longest {
        problems.push(Problem::new(
            place,
            format!("the name has {length} characters; IAM accepts at most {longest}"),
        ));
    }
    if name.to_ascii_lowercase().starts_with("awsreservedsso_") {
        problems.push(Problem::new(
            place,
            "names that begin with AWSReservedSSO_ belong to AWS IAM Identity Center, which \
             manages them itself; choose another name",
        ));
    }
}

/// Checks an entity's path: `/`, or `/…/` of visible ASCII characters.
pub(crate) fn check_path(problems: &mut Vec<Problem>, place: &str, path: &str) {
    let place = format!("{place}: path");
    let well_formed = path == "/"
        || (path.len() > 2
            && path.starts_with('/')
            && path.ends_with('/')
            && path.chars().all(|c| ('\u{21}'..='\u{7e}').contains(&c)));
    if !well_formed {
        problems.push(Problem::new(
            &place,
            format!(
                "{path:?} is not a path; a path is \"/\" or begins and ends with a slash, as in \
                 \"/platform/\", and has no spaces"
            ),
        ));
    }
    if path.len() > 512 {
        problems.push(Problem::new(
            &place,
            format!(
                "the path has {} characters; IAM accepts at most 512",
                path.len()
            ),
        ));
    }
    if path.starts_with("/aws-service-role/") || path.starts_with("/aws-reserved/") {
        problems.push(Problem::new(
            &place,
            format!("{path:?} is reserved: AWS services create and manage what is under it; choose another path"),
        ));
    }
}

/// Checks the ARN of a managed policy.
pub(crate) fn check_policy_arn(problems: &mut Vec<Problem>, place: &str, arn: &str) {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let well_formed = match parts.as_slice() {
        ["arn", partition, "iam", "", account, resource] => {
            matches!(
                *partition,
                "aws"
                    | "aws-cn"
                    | "aws-us-gov"
                    | "aws-iso"
                    | "aws-iso-b"
                    | "aws-iso-e"
                    | "aws-iso-f"
                    | "aws-eusc"
            ) && (*account == "aws" || is_account_id(account))
                && resource
                    .strip_prefix("policy/")
                    .is_some_and(|rest| !rest.is_empty() && !rest.ends_with('/'))
        }
        _ => false,
    };
    if !well_formed {
        problems.push(Problem::new(
            place,
            format!(
                "{arn:?} is not the ARN of a managed policy; one looks like \
                 \"arn:aws:iam::aws:policy/ReadOnlyAccess\" or \"arn:aws:iam::111122223333:policy/name\""
            ),
        ));
    }
}

/// Whether a text is a 12-digit account id.
pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Checks tags: IAM's limits, and the keys that AWS and this crate reserve.
pub(crate) fn check_tags<'a>(
    problems: &mut Vec<Problem>,
    place: &str,
    tags: impl ExactSizeIterator<Item = (&'a str, &'a str)>,
) {
    // One of the 50 is the owner tag.
    if tags.len() > 49 {
        problems.push(Problem::new(
            format!("{place}: tags"),
            format!(
                "{} tags; IAM accepts 50, of which one says which bundle owns the entity",
                tags.len()
            ),
        ));
    }
    let mut seen: Vec<String> = Vec::new();
    for (key, value) in tags {
        let place = format!("{place}: tag `{key}`");
        if key.is_empty() || key.chars().count() > 128 {
            problems.push(Problem::new(&place, "a tag key has 1 to 128 characters"));
        }
        if value.chars().count() > 256 {
            problems.push(Problem::new(
                &place,
                "a tag value has at most 256 characters",
            ));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            problems.push(Problem::new(
                &place,
                "keys that begin with aws: are reserved by AWS; choose another key",
            ));
        }
        if key.to_ascii_lowercase().starts_with("iam-provision:") {
            problems.push(Problem::new(
                &place,
                "keys that begin with iam-provision: say who owns an entity; choose another key",
            ));
        }
        if let Some(bad) = key
            .chars()
            .chain(value.chars())
            .find(|c| !is_tag_character(*c))
        {
            problems.push(Problem::new(
                &place,
                format!("the character {bad:?} is not accepted in tags; use letters, digits, spaces and _.:/=+-@"),
            ));
        }
        let lower = key.to_lowercase();
        if seen.contains(&lower) {
            problems.push(Problem::new(
                &place,
                "the key occurs twice; IAM compares keys without regard to case",
            ));
        }
        seen.push(lower);
    }
}

fn is_tag_character(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

/// IAM compares names without regard to case.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(check: impl FnOnce(&mut Vec<Problem>)) -> Vec<String> {
        let mut found = Vec::new();
        check(&mut found);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names() {
        assert!(problems(|p| check_name(p, "user", "devops-engineer", 64)).is_empty());
        assert!(problems(|p| check_name(p, "user", "", 64))[0].contains("empty"));
        assert!(problems(|p| check_name(p, "user", "a b", 64))[0].contains("' '"));
        assert!(problems(|p| check_name(p, "user", "ü", 64))[0].contains("'ü'"));
        assert!(problems(|p| check_name(p, "user", &"a".repeat(65), 64))[0].contains("at most 64"));
        assert!(
            problems(|p| check_name(p, "role", "AWSReservedSSO_x", 64))[0]
                .contains("Identity Center")
        );
        assert_eq!(
            problems(|p| check_name(p, "user", &" ".repeat(65), 64)).len(),
            2
        );
    }

    #[test]
    fn paths() {
        for good in ["/", "/a/", "/a/b/", "/!x/"] {
            assert!(
                problems(|p| check_path(p, "role", good)).is_empty(),
                "{good}"
            );
        }
        for bad in [
            "",
            "a",
            "/a",
            "a/",
            "//",
            "/a b/",
            "/ü/",
            "/aws-service-role/x/",
        ] {
            assert_eq!(problems(|p| check_path(p, "role", bad)).len(), 1, "{bad}");
        }
    }

    #[test]
    fn policy_arns() {
        for good in [
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::aws:policy/job-function/Billing",
            "arn:aws-cn:iam::111122223333:policy/p/x",
        ] {
            assert!(
                problems(|p| check_policy_arn(p, "role", good)).is_empty(),
                "{good}"
            );
        }
        for bad in [
            "ReadOnlyAccess",
            "arn:aws:iam::11112222333:policy/x",
            "arn:aws:iam::aws:role/x",
            "arn:aws:s3:::x",
            "arn:aws:iam::aws:policy/",
        ] {
            assert_eq!(
                problems(|p| check_policy_arn(p, "role", bad)).len(),
                1,
                "{bad}"
            );
        }
    }

    #[test]
    fn tags() {
        let tags = [
            ("aws:x", "1"),
            ("Team", "a"),
            ("team", "b"),
            ("iam-provision:bundle", "x"),
            ("k", "\u{7}"),
        ];
        assert_eq!(
            problems(|p| check_tags(p, "user", tags.into_iter())).len(),
            4
        );
    }
}
