//! Ending sessions before their time.
//!
//! Credentials of a session cannot be taken back. What can be done is to deny
//! everything to whoever shows them, in an inline policy of the role; AWS asks
//! the policies anew at each request
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html>).

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_types::SdkConfig;
use serde_json::json;

use crate::client::Client;
use crate::clock;
use crate::document::PolicyText;
use crate::error::{Error, ErrorKind};
use crate::plan::operation::Operation;
use crate::state::Identity;

/// The name of the inline policy that denies a role's older sessions: the one
/// that the console's "Revoke active sessions" writes.
pub const REVOCATION: &str = "AWSRevokeOlderSessions";

/// Ends the sessions of roles.
#[derive(Clone)]
pub struct Revoker {
    client: Client,
}

impl fmt::Debug for Revoker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revoker")
    }
}

/// What a [`Revoker`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    role: String,
    before: SystemTime,
}

impl Revoked {
    /// The role.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// Sessions that were issued before this time are denied everything.
    pub fn before(&self) -> SystemTime {
        self.before
    }
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sessions of role {} that were issued before {} are denied everything",
            self.role,
            clock::text(self.before)
        )
    }
}

impl Revoker {
    /// Acts with the credentials of this configuration, which must be allowed
    /// `iam:PutRolePolicy`, `iam:GetRolePolicy` and `iam:DeleteRolePolicy` on
    /// the roles.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
        }
    }

    /// Denies everything to all sessions of a role that were issued up to now.
    /// Sessions issued from the next full second on are not touched; who may
    /// assume the role can do so again, so take that away first where it is
    /// the point.
    ///
    /// A revocation that is there already is only ever moved to a later time.
    /// "Now" is by AWS's clock, as its answers tell, not by this machine's.
    ///
    /// # Errors
    ///
    /// The failure of the call; [`ErrorKind::NotOwned`] for a role that AWS
    /// manages, whose policies only AWS changes.
    pub async fn revoke(&self, role: &str) -> Result<Revoked, Error> {
        if role.starts_with("AWSServiceRoleFor") || role.starts_with("AWSReservedSSO_") {
            return Err(Error::new(
                ErrorKind::NotOwned,
                format!(
                    "role {role} is AWS's own, and its policies cannot be changed; end its sessions where they are made"
                ),
            ));
        }
        // This also tells what AWS's clock shows, which is the one that issues tokens.
        let there = self.client.role_policy(role, REVOCATION).await?;
        let mut before = up_to(self.client.aws_now());
        if let Some(there) = there {
            before = before.max(revoked_before(&there).unwrap_or(before));
        }
        let put = Operation::PutInline {
            on: Identity::Role(role.to_owned()),
            name: REVOCATION.to_owned(),
            document: document(before, None),
        };
        self.client.execute(&put, None).await?;
        Ok(Revoked {
            role: role.to_owned(),
            before,
        })
    }

    /// Removes a revocation that no session can still be under: role sessions
    /// last 12 hours at most. `true` if there was one and it is removed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] while such sessions may live, with the time from
    /// which it can be removed; or the failure of a call.
    pub async fn lift(&self, role: &str) -> Result<bool, Error> {
        let Some(there) = self.client.role_policy(role, REVOCATION).await? else {
            return Ok(false);
        };
        let from = revoked_before(&there).map(|before| before + LONGEST);
        if from.is_none_or(|from| self.client.aws_now() < from) {
            return Err(Error::new(
                ErrorKind::Conflict,
                match from {
                    Some(from) => format!(
                        "sessions of role {role} that are denied may live until {}; lift the revocation after that",
                        clock::text(from)
                    ),
                    None => format!(
                        "inline policy {REVOCATION} of role {role} is not in AWS's form; look at it and remove it by hand"
                    ),
                },
            ));
        }
        let delete = Operation::DeleteInline {
            on: Identity::Role(role.to_owned()),
            name: REVOCATION.to_owned(),
        };
        self.client.execute(&delete, None).await?;
        Ok(true)
    }
}

/// The longest that a role's session lasts.
pub(crate) const LONGEST: Duration = Duration::from_secs(12 * 3_600);

/// The time before which sessions are denied that were issued up to now: the end
/// of this second, because tokens carry whole seconds, and a session that was
/// issued a moment ago must not slip through.
pub(crate) fn up_to(now: SystemTime) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(clock::seconds(now) + 1)
}

/// A revocation, in the form in which AWS's console writes it.
pub(crate) fn document(before: SystemTime, sid: Option<&str>) -> PolicyText {
    let mut statement = json!({
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": { "DateLessThan": { "aws:TokenIssueTime": clock::text(before) } },
    });
    if let (Some(sid), Some(object)) = (sid, statement.as_object_mut()) {
        object.insert("Sid".to_owned(), json!(sid));
    }
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    PolicyText::from_json(&document.to_string())
}

/// The time in a revocation, if it is one.
pub(crate) fn revoked_before(policy: &PolicyText) -> Option<SystemTime> {
    let value: serde_json::Value = serde_json::from_str(policy.json()).ok()?;
    let statement = match value.get("Statement")? {
        serde_json::Value::Array(all) => all.first()?,
        one => one,
    };
    let time = statement.pointer("/Condition/DateLessThan/aws:TokenIssueTime")?;
    clock::parse(time.as_str()?)
}
