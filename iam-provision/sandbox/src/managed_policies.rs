//! AWS managed policies beyond those that are built in.
//!
//! AWS has more than 1,500, changes some every week, and publishes no file of
//! them; so a test names the ones that it attaches.

use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;

impl Sandbox {
    /// Adds one AWS managed policy (`arn:aws:iam::aws:policy/…`), or replaces it.
    /// A test seldom needs AWS's own text: the document may be what the test is
    /// about.
    ///
    /// ```
    /// use iam_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.add_aws_managed_policy(
    ///     "arn:aws:iam::aws:policy/SecurityAudit",
    ///     r#"{"Version":"2012-10-17","Statement":[
    ///         {"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}]}"#,
    /// )?;
    /// # Ok::<(), iam_sandbox::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidManagedPolicy`] for another kind of ARN or a document
    /// that IAM would refuse.
    pub fn add_aws_managed_policy(&self, arn: &str, document: &str) -> Result<(), Error> {
        self.add_version(arn, 1, document)
    }

    /// Adds AWS managed policies to the few that are built in, from pairs of
    /// ARN (`arn:aws:iam::aws:policy/…`) and document. A policy that is there
    /// already is replaced. Returns how many were loaded.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidManagedPolicy`] at the first pair with another
    /// kind of ARN or with a document that IAM would refuse; the pairs before
    /// it stay loaded.
    pub fn load_aws_managed_policies<A, D>(
        &self,
        policies: impl IntoIterator<Item = (A, D)>,
    ) -> Result<usize, Error>
    where
        A: AsRef<str>,
        D: AsRef<str>,
    {
        let mut count = 0;
        for (arn, document) in policies {
            self.add_aws_managed_policy(arn.as_ref(), document.as_ref())?;
            count += 1;
        }
        Ok(count)
    }

    /// Adds AWS managed policies from a text with one JSON object per line:
    /// `arn`, or `name` and if it has one `path`; `document`, as an object
    /// or as a text; and if it is known `version` (`v3`). Returns how many were
    /// loaded.
    ///
    /// Such a file comes from an account of one's own: `aws iam list-policies
    /// --scope AWS` names the policies and their default versions, `aws iam
    /// get-policy-version` gives the documents.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidManagedPolicy`] at the first line that is no such
    /// object, or whose policy IAM would refuse; the lines before it stay loaded.
    pub fn load_aws_managed_policies_from_json_lines(&self, lines: &str) -> Result<usize, Error> {
        let mut count = 0;
        for (index, line) in lines.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let (arn, version, document) = read_line(line).map_err(|what| {
                Error::new(
                    ErrorKind::InvalidManagedPolicy,
                    format_args!("line {}: {what}", index + 1),
                )
            })?;
            self.add_version(&arn, version, &document)?;
            count += 1;
        }
        Ok(count)
    }

    fn add_version(&self, arn: &str, version: u32, document: &str) -> Result<(), Error> {
        let refused = |refusal: Refusal| {
            Error::new(
                ErrorKind::InvalidManagedPolicy,
                format_args!(
                    "managed policy {arn:?} cannot be loaded: {}",
                    refusal.message
                ),
            )
        };
        let mut core = self.inner().core();
        let policies = &mut core.world.aws_managed;
        policies.add(arn, version, document).map_err(refused)
    }
}

/// ARN, number of the version and document of one line.
fn read_line(line: &str) -> Result<(String, u32, String), String> {
    let read: Value =
        serde_json::from_str(line).map_err(|error| format!("not a JSON object: {error}"))?;
    let text = |name: &str| read.get(name).and_then(Value::as_str);
    let arn = match (text("arn"), text("name")) {
        (Some(arn), _) => arn.to_owned(),
        (None, Some(name)) => {
            let path = text("path").unwrap_or("/");
            format!("arn:aws:iam::aws:policy{path}{name}")
        }
        (None, None) => return Err("the object must have \"arn\" or \"name\"".to_owned()),
    };
    let version = match text("version") {
        None => 1,
        Some(version) => version
            .strip_prefix('v')
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| format!("version {version:?} is none: it must be like \"v3\""))?,
    };
    let document = match read.get("document") {
        Some(Value::String(text)) => text.clone(),
        Some(document @ Value::Object(_)) => document.to_string(),
        _ => return Err("the object must have a \"document\", an object or a text".to_owned()),
    };
    Ok((arn, version, document))
}
