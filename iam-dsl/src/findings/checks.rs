//! Which findings are wanted.

use std::collections::BTreeSet;

use iam_dsl_core::{Code, Document, PolicyKind, Severity, validate, validate_json};

use super::Findings;
use super::access::Access;
use super::{escalation, exposure, mfa, trust};

/// Codes that are switched on and off together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Group {
    /// The validator's: what IAM refuses and what Access Analyzer says.
    Validator,
    /// Everything allowed, and permissions that can be turned into more.
    Escalation,
    /// Credentials, data and permissions open on every resource.
    Exposure,
    /// Conditions on MFA that do not do what they seem to.
    Mfa,
    /// Trust of others without saying whom exactly.
    Trust,
}

impl Group {
    /// Every group.
    pub const ALL: [Group; 5] = [
        Group::Validator,
        Group::Escalation,
        Group::Exposure,
        Group::Mfa,
        Group::Trust,
    ];

    /// The codes of the group.
    pub fn codes(self) -> impl Iterator<Item = Code> {
        let all = Code::ALL.iter().copied();
        all.filter(move |code| Group::of(*code) == Some(self))
    }

    /// The group of a code; `None` for the codes that only reports give.
    pub fn of(code: Code) -> Option<Group> {
        Some(match code {
            Code::FullAccess
            | Code::EscalationOwnPermissions
            | Code::EscalationOtherPrincipal
            | Code::EscalationNewPassRole
            | Code::EscalationExistingPassRole => Group::Escalation,
            Code::CredentialExposure | Code::DataExfiltration | Code::PermissionsManagement => {
                Group::Exposure
            }
            Code::MfaDenyWithoutIfExists
            | Code::MfaAllowIfExists
            | Code::MfaKeyPresence
            | Code::MfaFirstSignIn => Group::Mfa,
            Code::CiTrustWithoutSubject
            | Code::CiTrustOpenSubject
            | Code::CiTrustAnyProject
            | Code::VendorTrustWithoutExternalId
            | Code::PublicTrust
            | Code::AccountTrustWithoutCondition => Group::Trust,
            Code::UnreadableFile | Code::BaselineExpired | Code::BaselineUnused => return None,
            code if !code.is_own() => Group::Validator,
            _ => return None,
        })
    }
}

/// Codes to switch on or off: one, several, or a [`Group`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes(BTreeSet<Code>);

impl From<Code> for Codes {
    fn from(code: Code) -> Self {
        Codes(BTreeSet::from([code]))
    }
}

impl From<Group> for Codes {
    fn from(group: Group) -> Self {
        Codes(group.codes().collect())
    }
}

impl From<Severity> for Codes {
    /// All codes of this severity.
    fn from(severity: Severity) -> Self {
        let all = Code::ALL.iter().copied();
        Codes(all.filter(|code| code.severity() == severity).collect())
    }
}

impl<const N: usize> From<[Code; N]> for Codes {
    fn from(codes: [Code; N]) -> Self {
        Codes(codes.into())
    }
}

impl From<&[Code]> for Codes {
    fn from(codes: &[Code]) -> Self {
        Codes(codes.iter().copied().collect())
    }
}

/// Which checks are made. The default set leaves out those of
/// [`Checks::OFF_BY_DEFAULT`].
///
/// ```
/// use iam_dsl::findings::{Checks, Group};
/// use iam_dsl::{Code, Document, PolicyKind};
///
/// let document = Document::from_json(r#"{
///     "Version": "2012-10-17",
///     "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
/// }"#)?;
/// let found = Checks::default().find(&document, PolicyKind::Identity);
/// assert_eq!(found.of(Code::FullAccess).count(), 1);
///
/// let checks = Checks::default().without(Code::FullAccess).with(Group::Exposure);
/// assert_eq!(checks.find(&document, PolicyKind::Identity).of(Code::FullAccess).count(), 0);
/// # Ok::<(), iam_dsl::InvalidPolicy>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks(BTreeSet<Code>);

impl Checks {
    /// The codes that the default set leaves out. They are about permissions
    /// that a document may well be meant to give, and that only its owner can
    /// judge: reading every object is what a read-only policy is for, and an
    /// account's own root is the usual principal of a role.
    pub const OFF_BY_DEFAULT: &'static [Code] = &[
        Code::DataExfiltration,
        Code::CredentialExposure,
        Code::PermissionsManagement,
        Code::AccountTrustWithoutCondition,
        Code::CiTrustAnyProject,
    ];

    /// Every check there is.
    pub fn all() -> Self {
        Checks(Code::ALL.iter().copied().collect())
    }

    /// No check, to switch some on.
    pub fn none() -> Self {
        Checks(BTreeSet::new())
    }

    /// With these as well.
    #[must_use]
    pub fn with(mut self, codes: impl Into<Codes>) -> Self {
        self.0.extend(codes.into().0);
        self
    }

    /// Without these.
    #[must_use]
    pub fn without(mut self, codes: impl Into<Codes>) -> Self {
        for code in codes.into().0 {
            self.0.remove(&code);
        }
        self
    }

    /// Those of both.
    #[must_use]
    pub fn and(mut self, other: Checks) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Whether findings with this code are wanted.
    pub fn has(&self, code: Code) -> bool {
        self.0.contains(&code)
    }

    /// What these checks find in a document used as `kind`.
    pub fn find(&self, document: &(impl AsRef<Document> + ?Sized), kind: PolicyKind) -> Findings {
        let document = document.as_ref();
        let mut found = validate(document, kind);
        self.own(document, kind, &mut found);
        self.keep(found)
    }

    /// As [`Checks::find`], for JSON text, with what only the text shows: syntax
    /// errors, elements of the wrong type, keys written twice.
    pub fn find_in_json(&self, text: &str, kind: PolicyKind) -> Findings {
        let (document, mut found) = validate_json(text, kind);
        if let Some(document) = &document {
            self.own(document, kind, &mut found);
        }
        self.keep(found)
    }

    fn keep(&self, mut found: Vec<iam_dsl_core::Diagnostic>) -> Findings {
        found.retain(|finding| self.has(finding.code));
        Findings::new(found)
    }

    /// The checks beside the validator's.
    fn own(
        &self,
        document: &Document,
        kind: PolicyKind,
        found: &mut Vec<iam_dsl_core::Diagnostic>,
    ) {
        let wanted = |code: Code| self.has(code);
        // Boundaries and control policies allow so as not to limit; only an
        // identity policy gives what it allows.
        let asked = |group: Group| group.codes().any(wanted);
        if kind == PolicyKind::Identity && (asked(Group::Escalation) || asked(Group::Exposure)) {
            let access = Access::new(document);
            if let Some(grant) = access.everything() {
                found.push(super::full_access(grant.pointer));
            }
            escalation::check(&access, wanted, found);
            exposure::check(&access, wanted, found);
            if self.has(Code::PermissionsManagement) {
                exposure::permissions(&access, found);
            }
        }
        if asked(Group::Mfa) {
            mfa::check(document, kind, found);
        }
        if kind == PolicyKind::Trust && asked(Group::Trust) {
            trust::check(document, found);
        }
    }
}

impl Default for Checks {
    fn default() -> Self {
        Checks::all().without(Checks::OFF_BY_DEFAULT)
    }
}
