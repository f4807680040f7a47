//! Receivers of secrets that come with the crate.
//!
//! An async closure is a [`SecretSink`](crate::SecretSink) already. Beside it:
//! [`Child`], which hands a secret to a program in its environment, and with
//! the feature `age` `AgeFile`, which writes it to a file that only the
//! holder of a key can read.

#[cfg(feature = "age")]
mod age_file;
mod child;

#[cfg(feature = "age")]
pub use age_file::AgeFile;
pub use child::Child;

use serde_json::{Value, json};

use crate::clock;
use crate::secret::{Secret, SecretKind};

/// The variables that carry a secret. AWS's own for a key, so that the AWS
/// CLI and every SDK in the child use it.
fn variables(secret: &Secret) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("AWS_ACCOUNT_ID", secret.account().to_string()),
        ("IAM_PROVISION_USER", secret.user().to_owned()),
    ];
    match secret.access_key_id() {
        Some(id) => {
            all.push(("AWS_ACCESS_KEY_ID", id.to_owned()));
            all.push(("AWS_SECRET_ACCESS_KEY", secret.expose().to_owned()));
        }
        None => all.push(("IAM_PROVISION_PASSWORD", secret.expose().to_owned())),
    }
    if let Some(token) = secret.session_token() {
        all.push(("AWS_SESSION_TOKEN", token.to_owned()));
    }
    if let Some(end) = secret.expires() {
        all.push(("AWS_CREDENTIAL_EXPIRATION", clock::text(end)));
    }
    all
}

/// The same as a JSON object, with the names of `credential_process`.
#[cfg_attr(not(feature = "age"), allow(dead_code))]
fn object(secret: &Secret) -> Value {
    let mut value = json!({
        "Account": secret.account().to_string(),
        "User": secret.user(),
    });
    let Some(object) = value.as_object_mut() else {
        return value;
    };
    match secret.kind() {
        SecretKind::Password => {
            object.insert("Password".to_owned(), json!(secret.expose()));
            object.insert("SignInUrl".to_owned(), json!(secret.sign_in_url()));
        }
        _ => {
            object.insert("Version".to_owned(), json!(1));
            object.insert("AccessKeyId".to_owned(), json!(secret.access_key_id()));
            object.insert("SecretAccessKey".to_owned(), json!(secret.expose()));
        }
    }
    if let Some(token) = secret.session_token() {
        object.insert("SessionToken".to_owned(), json!(token));
    }
    if let Some(end) = secret.expires() {
        object.insert("Expiration".to_owned(), json!(clock::text(end)));
    }
    value
}
