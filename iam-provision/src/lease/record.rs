//! A lease, as it was issued or found.

use std::fmt;
use std::time::SystemTime;

use super::mark::Mark;
use super::teardown::Known;
use crate::clock;

/// What a lease is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LeaseKind {
    /// A session of a role.
    Session,
    /// A federation token.
    Federation,
    /// A user of its own.
    User,
}

/// Where a lease stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LeaseState {
    /// It is being issued; its credentials have not been delivered.
    Pending,
    /// It gives access.
    Active,
    /// Its time is over; the next reap removes what is left of it.
    Ended,
}

/// Access that was leased. Holds no secret.
#[derive(Clone, Debug)]
pub struct Lease {
    pub(super) id: String,
    pub(super) kind: LeaseKind,
    pub(super) grant: String,
    pub(super) by: String,
    pub(super) why: String,
    pub(super) issued: SystemTime,
    pub(super) expires: SystemTime,
    pub(super) longest: SystemTime,
    pub(super) delivered: bool,
    pub(super) arn: Option<String>,
    /// The unique id of a session.
    pub(super) user_id: Option<String>,
    pub(super) access_key_id: Option<String>,
    /// What a user's lease is known to hold.
    pub(super) known: Known,
}

impl Lease {
    /// A user's lease, from its mark.
    pub(super) fn of_user(name: &str, mark: &Mark, known: Known) -> Self {
        Self {
            id: name.to_owned(),
            kind: LeaseKind::User,
            grant: mark.grant.clone(),
            by: mark.by.clone(),
            why: mark.why.clone(),
            issued: mark.issued,
            expires: mark.expires,
            longest: mark.longest,
            delivered: mark.delivered,
            arn: None,
            user_id: None,
            access_key_id: mark.key.clone(),
            known,
        }
    }

    /// The name of its user or session, which no other lease has.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is made of.
    pub fn kind(&self) -> LeaseKind {
        self.kind
    }

    /// The grant that it was issued for.
    pub fn grant(&self) -> &str {
        &self.grant
    }

    /// Who asked for it.
    pub fn asked_by(&self) -> &str {
        &self.by
    }

    /// Why; empty if no reason was given.
    pub fn because(&self) -> &str {
        &self.why
    }

    /// When it was issued.
    pub fn issued(&self) -> SystemTime {
        self.issued
    }

    /// When it ends; of a pending lease, when a reaper removes it.
    pub fn expires(&self) -> SystemTime {
        self.expires
    }

    /// Until when it can be extended.
    pub fn longest(&self) -> SystemTime {
        self.longest
    }

    /// The id of its access key, which is no secret.
    pub fn access_key_id(&self) -> Option<&str> {
        self.access_key_id.as_deref()
    }

    /// The ARN of a session or federated user.
    pub fn arn(&self) -> Option<&str> {
        self.arn.as_deref()
    }

    /// Where it stands at a time.
    pub fn state(&self, now: SystemTime) -> LeaseState {
        if now >= self.expires {
            LeaseState::Ended
        } else if self.delivered {
            LeaseState::Active
        } else {
            LeaseState::Pending
        }
    }
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} for {} until {}",
            self.id,
            self.grant,
            self.by,
            clock::text(self.expires)
        )?;
        if !self.why.is_empty() {
            write!(f, " ({})", self.why)?;
        }
        if !self.delivered {
            f.write_str(", not delivered yet")?;
        }
        Ok(())
    }
}
