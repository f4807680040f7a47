//! What marks a user as a lease, and what ends its access.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::grant::{Asked, Grant};
use crate::clock;
use crate::document::PolicyText;
use crate::names::OWNER_TAG;

/// The inline policy that denies a lease's user everything from the lease's
/// end on.
pub const EXPIRY_POLICY: &str = "iam-provision-lease-expiry";

/// How long an issue may take until its credentials are delivered. A lease
/// that is older and still pending is removed by the next reap.
pub const PENDING: Duration = Duration::from_secs(600);

/// Characters of [`expiry_policy`].
pub(super) const EXPIRY_POLICY_SIZE: usize = 170;
/// Tags that a lease's user has at most of its own, with room for the MFA
/// devices of a deletion that was cut.
pub(super) const COUNT: usize = 20;

const GRANT: &str = "iam-provision:lease";
const EXPIRES: &str = "iam-provision:lease-expires";
const ISSUED: &str = "iam-provision:lease-issued";
const LONGEST: &str = "iam-provision:lease-longest";
const STATE: &str = "iam-provision:lease-state";
const BY: &str = "iam-provision:lease-by";
const WHY: &str = "iam-provision:lease-because";
const KEY: &str = "iam-provision:lease-key";
/// Followed by a number: an MFA device that is being deleted with the user.
const DEVICE: &str = "iam-provision:lease-mfa-";
const DELIVERED: &str = "delivered";

/// The owner of a lease's user: no bundle's name has a slash, so that no
/// bundle takes it for its own.
pub(super) fn owner(name: &str) -> String {
    format!("lease/{name}")
}

/// What the tags of a lease's user say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) grant: String,
    pub(super) by: String,
    pub(super) why: String,
    pub(super) issued: SystemTime,
    /// When a reaper removes it.
    pub(super) expires: SystemTime,
    pub(super) longest: SystemTime,
    pub(super) delivered: bool,
    pub(super) key: Option<String>,
    pub(super) devices: Vec<String>,
}

impl Mark {
    /// The mark of a user that is about to be made.
    pub(super) fn pending(
        grant: &Grant,
        asked: &Asked,
        issued: SystemTime,
        time: Duration,
    ) -> Self {
        Self {
            grant: grant.name.clone(),
            by: asked.by.clone(),
            why: asked.why.clone(),
            issued,
            expires: clock::after(issued, PENDING.min(time)),
            longest: clock::after(issued, grant.longest),
            delivered: false,
            key: None,
            devices: Vec::new(),
        }
    }

    /// The tags of CreateUser.
    pub(super) fn tags(&self, name: &str) -> BTreeMap<String, String> {
        let mut tags: BTreeMap<String, String> = [
            (OWNER_TAG, owner(name)),
            (GRANT, self.grant.clone()),
            (EXPIRES, clock::text(self.expires)),
            (ISSUED, clock::text(self.issued)),
            (LONGEST, clock::text(self.longest)),
            (STATE, "pending".to_owned()),
            (BY, self.by.clone()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
        if !self.why.is_empty() {
            tags.insert(WHY.to_owned(), self.why.clone());
        }
        tags
    }

    /// Reads a mark. `None` for whatever is not a lease of that very name: no
    /// other user is ever touched.
    pub(super) fn read(name: &str, tags: &BTreeMap<String, String>) -> Option<Self> {
        if tags.get(OWNER_TAG) != Some(&owner(name)) {
            return None;
        }
        let time = |key: &str| clock::parse(tags.get(key)?);
        let expires = time(EXPIRES)?;
        Some(Self {
            grant: tags.get(GRANT)?.clone(),
            by: tags.get(BY).cloned().unwrap_or_default(),
            why: tags.get(WHY).cloned().unwrap_or_default(),
            issued: time(ISSUED).unwrap_or(expires),
            expires,
            longest: time(LONGEST).unwrap_or(expires),
            delivered: tags.get(STATE).map(String::as_str) == Some(DELIVERED),
            key: tags.get(KEY).cloned(),
            devices: tags
                .iter()
                .filter(|(key, _)| key.starts_with(DEVICE))
                .map(|(_, serial)| serial.clone())
                .collect(),
        })
    }
}

/// The tags that end the pending state.
pub(super) fn delivered(expires: SystemTime, key: &str) -> BTreeMap<String, String> {
    [
        (EXPIRES, clock::text(expires)),
        (STATE, DELIVERED.to_owned()),
        (KEY, key.to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

/// The tag that moves the end.
pub(super) fn extended(expires: SystemTime) -> BTreeMap<String, String> {
    [(EXPIRES.to_owned(), clock::text(expires))].into()
}

/// The tag that keeps a device's serial number while it belongs to nobody.
pub(super) fn device(number: usize, serial: &str) -> BTreeMap<String, String> {
    [(format!("{DEVICE}{number}"), serial.to_owned())].into()
}

/// Denies everything from a time on.
pub(super) fn expiry_policy(from: SystemTime) -> PolicyText {
    PolicyText::from_json(
        &json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": { "DateGreaterThanEquals": { "aws:CurrentTime": clock::text(from) } },
            }],
        })
        .to_string(),
    )
}

/// The beginning of the names of inline policies that end one session.
const REVOCATION: &str = "iam-provision-lease-until-";

/// The name of the policy that ends one session; it says until when it is needed.
pub(super) fn revocation_name(expires: SystemTime, lease: &str) -> String {
    format!("{REVOCATION}{}-{lease}", clock::seconds(expires))
}

/// Until when a policy of such a name is needed; `None` for any other name.
pub(super) fn revocation_end(policy: &str) -> Option<SystemTime> {
    let rest = policy.strip_prefix(REVOCATION)?;
    let seconds: u64 = rest.split('-').next()?.parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Denies everything to one session.
pub(super) fn revocation(user_id: &str) -> PolicyText {
    PolicyText::from_json(
        &json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": { "StringEquals": { "aws:userid": user_id } },
            }],
        })
        .to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expiry_policy_has_the_size_that_is_kept_for_it() {
        let policy = expiry_policy(SystemTime::UNIX_EPOCH);
        assert!(
            policy.character_count() <= EXPIRY_POLICY_SIZE,
            "{}",
            policy.character_count()
        );
        assert!(policy.only_denies());
    }

    #[test]
    fn only_a_lease_of_that_name_is_a_lease() {
        let mark = Mark::pending(
            &Grant::user("g"),
            &Asked::by("ann"),
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_000),
            Duration::from_secs(1_800),
        );
        let tags = mark.tags("lease-1");
        assert_eq!(Mark::read("lease-1", &tags), Some(mark));
        assert_eq!(Mark::read("lease-2", &tags), None);
        let mut renamed = tags;
        renamed.remove(OWNER_TAG);
        assert_eq!(Mark::read("lease-1", &renamed), None);
    }

    #[test]
    fn names_of_revocations_say_when_they_end() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        assert_eq!(revocation_end(&revocation_name(end, "a-b-9")), Some(end));
        assert_eq!(revocation_end("AWSRevokeOlderSessions"), None);
    }
}
