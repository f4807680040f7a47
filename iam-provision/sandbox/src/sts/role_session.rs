//! What the ways to assume a role have in common.

use crate::credentials::{Issued, Session, Subject};
use crate::names::length;
use crate::operations::Scope;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::role::Role;
use crate::state::tags::Tags;
use crate::state::{PolicyText, World};
use crate::xml::Xml;

const SHORTEST: u64 = 900;
const LONGEST: u64 = 43_200;
const DEFAULT: u64 = 3_600;

/// What every such request says.
pub(super) struct Requested<'p> {
    pub(super) arn: &'p str,
    pub(super) session_name: &'p str,
    pub(super) seconds: Option<u64>,
}

/// Reads and checks it.
pub(super) fn requested(params: &Params) -> Result<Requested<'_>, Refusal> {
    let arn = params.required("RoleArn")?;
    length("RoleArn", arn, 20, 2048)?;
    let session_name = params.required("RoleSessionName")?;
    length("RoleSessionName", session_name, 2, 64)?;
    super::assume_role::session_characters("RoleSessionName", session_name)?;
    let seconds = params.number("DurationSeconds", SHORTEST, LONGEST)?;
    Ok(Requested {
        arn,
        session_name,
        seconds,
    })
}

/// The account and role of an ARN.
pub(super) fn find<'w>(world: &'w World, arn: &str) -> Option<(String, &'w Role)> {
    let account = arn.split(':').nth(4)?;
    let role = world
        .accounts
        .get(account)?
        .role(arn.rsplit('/').next()?)
        .ok()?;
    (role.label.arn(account, "role") == arn).then(|| (account.to_owned(), role))
}

/// The session's length: what was asked for, if the role allows it.
pub(super) fn duration_up_to(requested: Option<u64>, longest: u64) -> Result<u64, Refusal> {
    let seconds = requested.unwrap_or(DEFAULT);
    if seconds > longest {
        return Err(Refusal::validation_error(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(seconds)
}

/// A transitive key, which has to be among the session tags.
pub(super) fn transitive_key(key: &str, tags: &Tags) -> Result<String, Refusal> {
    if tags.iter().any(|(known, _)| known == key) {
        return Ok(key.to_owned());
    }
    Err(Refusal::invalid_input(format!(
        "The transitive tag key {key} is not among the session tags."
    )))
}

/// A session that has been granted.
pub(super) struct Assumption {
    pub(super) account: String,
    pub(super) role_id: String,
    pub(super) role_name: String,
    pub(super) session_name: String,
    pub(super) seconds: u64,
    pub(super) policy: Option<PolicyText>,
    pub(super) policy_arns: Vec<String>,
    pub(super) tags: Tags,
    pub(super) transitive_tags: Vec<String>,
    pub(super) source_identity: Option<String>,
    /// Condition keys that the session's own requests carry.
    pub(super) keys: Vec<(String, Vec<String>)>,
}

/// A session that is open, for the answer.
pub(super) struct Assumed {
    issued: Issued,
    role_id: String,
    arn: String,
    session_name: String,
    source_identity: Option<String>,
}

impl Assumption {
    /// Opens the session.
    pub(super) fn open(self, scope: &mut Scope<'_>) -> Assumed {
        let subject = Subject::Role {
            role_id: self.role_id.clone(),
            session_name: self.session_name.clone(),
        };
        let tags = self.tags.iter();
        let session = Session {
            policy: self.policy,
            policy_arns: self.policy_arns,
            tags: tags.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            transitive_tags: self.transitive_tags,
            source_identity: self.source_identity.clone(),
            keys: self.keys,
            ..Session::new(&self.account, subject, scope.now, self.seconds)
        };
        Assumed {
            issued: scope.world.open_session(session),
            arn: format!(
                "arn:aws:sts::{}:assumed-role/{}/{}",
                self.account, self.role_name, self.session_name
            ),
            role_id: self.role_id,
            session_name: self.session_name,
            source_identity: self.source_identity,
        }
    }
}

impl Assumed {
    /// Writes the credentials and whose they are.
    pub(super) fn write(&self, x: &mut Xml) {
        super::write_credentials(x, &self.issued);
        x.element("AssumedRoleUser", |x| {
            x.text(
                "AssumedRoleId",
                format!("{}:{}", self.role_id, self.session_name),
            );
            x.text("Arn", &self.arn);
        });
        x.text_if("SourceIdentity", self.source_identity.as_ref());
    }
}
