//! A plan as JSON, for review and for other programs, and the check that what
//! is applied is what was reviewed.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{AccessChange, Moment, Plan, Step};
use crate::error::{Error, ErrorKind};

/// The version of the JSON form. It grows when a field changes its meaning or
/// goes; a new field does not change it.
const FORMAT_VERSION: u64 = 1;

/// How many differing steps an error names.
const TOLD: usize = 6;

/// A plan as it was saved: what [`Plan::to_json`] wrote, read again.
///
/// A bundle is Rust, so a saved plan is not executed. It is held against the
/// plan that the same program makes later, which is then applied or refused:
///
/// ```no_run
/// # use iam_provision::{ApplyOptions, Bundle, Provisioner, SavedPlan};
/// # async fn run(provisioner: Provisioner, bundle: Bundle) -> Result<(), Box<dyn std::error::Error>> {
/// let plan = provisioner.plan(&bundle).await?;
/// std::fs::write("plan.json", plan.to_json())?; // reviewed, approved …
///
/// let saved = SavedPlan::from_json(&std::fs::read_to_string("plan.json")?)?;
/// let plan = provisioner.plan(&bundle).await?;
/// saved.verify(&plan)?; // the same steps in the same account, or an error that names what differs
/// provisioner.apply(&plan, ApplyOptions::new()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedPlan {
    bundle: String,
    account: String,
    steps: Vec<String>,
    fingerprint: String,
}

impl SavedPlan {
    /// Reads what [`Plan::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidPlan`] if the text is no saved plan, or one of a
    /// format that this version does not know.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let invalid = |what: String| {
            Error::new(
                ErrorKind::InvalidPlan,
                format!("the saved plan cannot be read: {what}; save it again with Plan::to_json"),
            )
        };
        let value: Value =
            serde_json::from_str(text).map_err(|error| invalid(format!("no JSON, {error}")))?;
        match value.get("format_version").and_then(Value::as_u64) {
            Some(FORMAT_VERSION) => {}
            Some(other) => {
                return Err(invalid(format!(
                    "its format_version is {other}, and this version of iam-provision reads {FORMAT_VERSION}"
                )));
            }
            None => return Err(invalid("there is no number `format_version`".to_owned())),
        }
        let text_of = |value: &Value, key: &str| {
            let text = value.get(key).and_then(Value::as_str);
            text.map(str::to_owned)
                .ok_or_else(|| invalid(format!("there is no text `{key}`")))
        };
        let steps = value.get("steps").and_then(Value::as_array);
        let steps = steps.ok_or_else(|| invalid("there is no list `steps`".to_owned()))?;
        Ok(Self {
            bundle: text_of(&value, "bundle")?,
            account: text_of(&value, "account")?,
            steps: steps
                .iter()
                .map(|step| Ok(named(&text_of(step, "subject")?, &text_of(step, "call")?)))
                .collect::<Result<_, Error>>()?,
            fingerprint: text_of(&value, "fingerprint")?,
        })
    }

    /// Whether this plan is the saved one: the same calls with the same
    /// contents in the same order, for the same bundle and account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::StalePlan`], with the steps that only one of the two has.
    pub fn verify(&self, plan: &Plan) -> Result<(), Error> {
        let stale = |what: String| {
            Err(Error::new(
                ErrorKind::StalePlan,
                format!(
                    "this is not the plan that was saved: {what}; review the new plan and save it"
                ),
            ))
        };
        if self.account != plan.account().as_str() {
            return stale(format!(
                "it is for account {}, the saved one for {}",
                plan.account(),
                self.account
            ));
        }
        if self.bundle != plan.bundle() {
            return stale(format!(
                "it is for the bundle `{}`, the saved one for `{}`",
                plan.bundle(),
                self.bundle
            ));
        }
        if self.fingerprint == fingerprint(plan) {
            return Ok(());
        }
        let now: Vec<String> = plan.steps.iter().map(line).collect();
        let only = |these: &[String], those: &[String]| {
            let left: Vec<&str> = these
                .iter()
                .filter(|line| !those.contains(line))
                .map(String::as_str)
                .collect();
            match left.split_at_checked(TOLD) {
                Some((first, rest)) if !rest.is_empty() => {
                    format!("{} and {} more", first.join(", "), rest.len())
                }
                _ => left.join(", "),
            }
        };
        let (new, gone) = (only(&now, &self.steps), only(&self.steps, &now));
        stale(match (new.as_str(), gone.as_str()) {
            ("", "") => "the same steps have other contents or another order".to_owned(),
            (new, "") => format!("it also has {new}"),
            ("", gone) => format!("it lacks {gone}"),
            (new, gone) => format!("it has {new} instead of {gone}"),
        })
    }
}

fn line(step: &Step) -> String {
    named(step.subject(), step.call())
}

/// A step as errors name it.
fn named(subject: &str, call: &str) -> String {
    format!("{subject} ({call})")
}

/// What the calls say, to the last character of each document; nothing in it is secret.
fn fingerprint(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    hash.update(plan.account().as_str());
    hash.update([0]);
    hash.update(plan.bundle());
    for step in &plan.steps {
        hash.update([0]);
        hash.update(format!("{:?}", step.operation));
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

fn access_change(change: &AccessChange) -> Value {
    json!({
        "kind": change.kind().as_str(),
        "who": change.who(),
        "what": change.what(),
        "is_part": change.is_part(),
        "is_all_read": change.is_all_read(),
        "example": change.example(),
    })
}

fn moment(moment: &Moment) -> Value {
    json!({
        "kind": moment.kind().as_str(),
        "after_step": moment.after_step(),
        "who": moment.who(),
        "what": moment.what(),
    })
}

pub(super) fn to_json(plan: &Plan) -> String {
    let steps: Vec<Value> = plan
        .steps
        .iter()
        .zip(&plan.waits)
        .map(|(step, waits)| {
            let waits: Vec<usize> = waits.iter().map(|index| index + 1).collect();
            json!({
                "change": match step.change() {
                    super::Change::Create => "create",
                    super::Change::Change => "change",
                    super::Change::Delete => "delete",
                },
                "call": step.call(),
                "subject": step.subject(),
                "before": step.before(),
                "after": step.after(),
                "access": step.lines().collect::<Vec<_>>(),
                "access_changes": step.access().iter().map(access_change).collect::<Vec<_>>(),
                "sensitive": step.operation.makes_credential(),
                "waits_for": waits,
            })
        })
        .collect();
    let notes: Vec<Value> = plan
        .notes
        .iter()
        .map(|note| json!({"kind": note.kind().as_str(), "text": note.text()}))
        .collect();
    let moments: Vec<Value> = plan.order().moments().iter().map(moment).collect();
    let (create, change, delete) = plan.counts();
    let value = json!({
        "format_version": FORMAT_VERSION,
        "bundle": plan.bundle(),
        "account": plan.account().as_str(),
        "fingerprint": fingerprint(plan),
        "summary": { "create": create, "change": change, "delete": delete },
        "steps": steps,
        "notes": notes,
        "order": { "proved": plan.order().is_proved(), "moments": moments },
    });
    // A value made of texts and numbers always has a text.
    serde_json::to_string_pretty(&value).unwrap_or_default()
}
