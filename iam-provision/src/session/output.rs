//! Handing credentials to a shell, to a program that runs a
//! `credential_process`, or to a child process.

use std::process::Command;

use secrecy::SecretString;
use serde_json::json;

use super::credentials::SessionCredentials;
use crate::clock;

/// A shell, for the quoting of [`SessionCredentials::lines`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shell {
    /// bash, zsh, dash and whatever else reads POSIX `export`.
    Bash,
    /// fish.
    Fish,
    /// Windows PowerShell and pwsh.
    PowerShell,
}

/// Variables that would take precedence over, or contradict, what is set.
const OTHERS: [&str; 3] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN"];

impl SessionCredentials {
    /// The environment variables and their values; `None` where one must not
    /// be set. The values are the secrets themselves.
    pub fn environment(&self) -> Vec<(&'static str, Option<String>)> {
        let credentials = self.sdk();
        let mut all: Vec<(&'static str, Option<String>)> = vec![
            (
                "AWS_ACCESS_KEY_ID",
                Some(credentials.access_key_id().to_owned()),
            ),
            (
                "AWS_SECRET_ACCESS_KEY",
                Some(credentials.secret_access_key().to_owned()),
            ),
            (
                "AWS_SESSION_TOKEN",
                credentials.session_token().map(str::to_owned),
            ),
            ("AWS_CREDENTIAL_EXPIRATION", self.expires().map(clock::text)),
        ];
        if let Some(region) = self.region() {
            all.push(("AWS_REGION", Some(region.to_owned())));
            all.push(("AWS_DEFAULT_REGION", Some(region.to_owned())));
        }
        all.extend(OTHERS.map(|name| (name, None)));
        all
    }

    /// Lines that a shell evaluates, as in `eval "$(program)"`: the secrets
    /// are on no command line and in no history.
    pub fn lines(&self, shell: Shell) -> SecretString {
        let mut text = String::new();
        for (name, value) in self.environment() {
            text.push_str(&match value {
                Some(value) => set(shell, name, &value),
                None => unset(shell, name),
            });
            text.push('\n');
        }
        SecretString::from(text)
    }

    /// Lines that undo [`SessionCredentials::lines`].
    pub fn unset_lines(&self, shell: Shell) -> String {
        let names = self
            .environment()
            .into_iter()
            .filter(|(_, value)| value.is_some());
        names.map(|(name, _)| unset(shell, name) + "\n").collect()
    }

    /// What a program prints that a profile names as `credential_process`:
    /// version 1 of its format
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).
    pub fn process_json(&self) -> SecretString {
        let credentials = self.sdk();
        let mut value = json!({
            "Version": 1,
            "AccessKeyId": credentials.access_key_id(),
            "SecretAccessKey": credentials.secret_access_key(),
        });
        if let Some(object) = value.as_object_mut() {
            if let Some(token) = credentials.session_token() {
                object.insert("SessionToken".to_owned(), json!(token));
            }
            if let Some(end) = self.expires() {
                object.insert("Expiration".to_owned(), json!(clock::text(end)));
            }
        }
        SecretString::from(value.to_string())
    }

    /// Sets the environment of a child process, and removes variables that
    /// contradict it. Nothing is on its command line. The `{:#?}` form of a
    /// Command shows its environment: do not log it.
    pub fn for_child<'a>(&self, child: &'a mut Command) -> &'a mut Command {
        for (name, value) in self.environment() {
            match value {
                Some(value) => child.env(name, value),
                None => child.env_remove(name),
            };
        }
        child
    }
}

fn set(shell: Shell, name: &str, value: &str) -> String {
    match shell {
        Shell::Bash => format!("export {name}={}", quote(shell, value)),
        Shell::Fish => format!("set -gx {name} {}", quote(shell, value)),
        Shell::PowerShell => format!("$env:{name} = {}", quote(shell, value)),
    }
}

fn unset(shell: Shell, name: &str) -> String {
    match shell {
        Shell::Bash => format!("unset {name}"),
        Shell::Fish => format!("set -e {name}"),
        Shell::PowerShell => format!("Remove-Item Env:{name} -ErrorAction SilentlyContinue"),
    }
}

/// A text as one literal word. Between single quotes, POSIX shells know no
/// escape at all, fish knows `\'` and `\\`, and PowerShell doubles quotes and
/// takes typographic ones for quotes too ("about_Quoting_Rules").
pub(crate) fn quote(shell: Shell, text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        match (shell, c) {
            (Shell::Bash, '\'') => quoted.push_str("'\\''"),
            (Shell::Fish, '\'' | '\\') => {
                quoted.push('\\');
                quoted.push(c);
            }
            (Shell::PowerShell, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') => {
                quoted.push(c);
                quoted.push(c);
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules of the three shells, on what they treat specially.
    #[test]
    fn quoting() {
        let nasty = "a'b\\c$d`e\"f g";
        assert_eq!(quote(Shell::Bash, nasty), "'a'\\''b\\c$d`e\"f g'");
        assert_eq!(quote(Shell::Fish, nasty), "'a\\'b\\\\c$d`e\"f g'");
        assert_eq!(quote(Shell::PowerShell, nasty), "'a''b\\c$d`e\"f g'");
        assert_eq!(quote(Shell::PowerShell, "\u{2019}"), "'\u{2019}\u{2019}'");
    }
}
