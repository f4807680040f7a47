//! What is wrong with a document, or doubtful: the validator's diagnostics and
//! the library's own security checks.
//!
//! ```
//! use iam_dsl::{Code, Document, PolicyKind, Severity, findings};
//!
//! let document = Document::from_json(r#"{
//!     "Version": "2012-10-17",
//!     "Statement": [{
//!         "Effect": "Deny",
//!         "Action": "s3:DeleteObject",
//!         "Resource": "*",
//!         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
//!     }]
//! }"#)?;
//! let found = findings(&document, PolicyKind::Identity);
//! assert_eq!(found[0].code, Code::MfaDenyWithoutIfExists);
//! assert_eq!(found.at_least(Severity::Warning).count(), 1);
//! # Ok::<(), iam_dsl::InvalidPolicy>(())
//! ```
//!
//! The own checks have codes of their own ([`Code::is_own`]); each can be
//! switched on and off in [`Checks`]. They judge one document: what other
//! policies of the same principal allow or deny is not seen, nor whether the
//! roles and users that a path needs exist.

mod access;
mod checks;
mod escalation;
mod exposure;
mod mfa;
mod place;
#[cfg(feature = "reports")]
pub mod report;
mod resource;
mod set;
mod table;
mod trust;
mod watch;

use iam_dsl_core::{Code, Diagnostic, Document, PolicyKind};

pub use checks::{Checks, Codes, Group};
pub use set::Findings;

/// What the default set of checks finds in a document used as `kind`, in the
/// order of the document. [`Checks`] chooses other sets.
pub fn findings(document: &(impl AsRef<Document> + ?Sized), kind: PolicyKind) -> Findings {
    Checks::default().find(document, kind)
}

fn full_access(pointer: String) -> Diagnostic {
    Diagnostic::new(
        Code::FullAccess,
        pointer,
        "this allows every action on every resource: its holder is an administrator",
    )
    .help("name the actions that are needed, or accept the finding for an administrator's policy")
}
