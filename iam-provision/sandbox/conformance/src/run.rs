//! Running one point.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::answer::Answer;
use crate::list::{List, Point, Refusals, Step};
use crate::send::{Keys, Server, send};
use crate::substitute::Names;

/// What a server made of a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything came as expected.
    Holds,
    /// Something else came: the step, from 1, its operation, and what came.
    Differs(String),
    /// The server cannot be asked: its clock does not move, or it has no
    /// second account.
    CannotTell(String),
}

impl Outcome {
    /// Whether the point holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        *self == Outcome::Holds
    }
}

/// Asks a fresh server about one point: what is given and the point's steps in
/// order, up to the first whose answer is another than expected.
///
/// In parameters and expected texts `{name}` stands for: what an earlier step
/// kept under that name; `account` for the 12 digits of the server's account;
/// `n` for the turn of a repeated step; `x*65` for 65 times the `x`;
/// `code:seed:-1` for the MFA code of a kept seed one step of 30 s ago; and
/// any text of `data/texts.toml`.
pub async fn run(server: &impl Server, list: &List, point: &Point) -> Outcome {
    let mut names = Names {
        list,
        account: server.account().to_owned(),
        kept: BTreeMap::new(),
        turn: 1,
        now: server.now(),
    };
    let mut callers: BTreeMap<String, Keys> = BTreeMap::new();
    for (index, step) in list.steps(point).enumerate() {
        let place = |what: String| format!("step {} ({}): {what}", index + 1, step.operation);
        if let Some(seconds) = step.wait
            && !server.wait(Duration::from_secs(seconds))
        {
            return Outcome::CannotTell(place("its clock cannot be moved".to_owned()));
        }
        let Some(keys) = keys(server, step, &callers) else {
            let caller = step.caller.as_deref().unwrap_or("root");
            return Outcome::CannotTell(place(format!("there is no caller {caller}")));
        };
        server.authorize(
            step.caller
                .as_deref()
                .is_some_and(|name| !name.starts_with("root")),
        );
        for turn in 1..=step.times.unwrap_or(1) {
            names.turn = turn;
            names.now = server.now();
            let answer = match call(server, &keys, step, &names).await {
                Ok(answer) => answer,
                Err(what) => return Outcome::Differs(place(what)),
            };
            if let Err(what) = judge(&answer, step, &names) {
                return Outcome::Differs(place(what));
            }
            if let Err(what) = keep(&answer, step, &mut names, &mut callers) {
                return Outcome::Differs(place(what));
            }
        }
    }
    Outcome::Holds
}

fn keys(server: &impl Server, step: &Step, callers: &BTreeMap<String, Keys>) -> Option<Keys> {
    match step.caller.as_deref() {
        None => server.root(server.account()),
        Some("nobody") => Some(Keys {
            id: "AKIAI44QH8DHBEXAMPLE".to_owned(),
            secret: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY".to_owned(),
            token: None,
        }),
        Some(name) => match name.strip_prefix("root@") {
            Some(account) => server.root(account),
            None => match name.strip_suffix(" without token") {
                Some(name) => callers.get(name).map(|keys| Keys {
                    token: None,
                    ..keys.clone()
                }),
                None => callers.get(name).cloned(),
            },
        },
    }
}

async fn call(
    server: &impl Server,
    keys: &Keys,
    step: &Step,
    names: &Names<'_>,
) -> Result<Answer, String> {
    let version = if step.is_sts() {
        "2011-06-15"
    } else {
        "2010-05-08"
    };
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair("Action", &step.operation);
    body.append_pair("Version", step.version.as_deref().unwrap_or(version));
    for (name, value) in &step.parameters {
        body.append_pair(name, &names.fill(value)?);
    }
    send(&server.config(keys), step.is_sts(), body.finish())
        .await
        .ok_or_else(|| "no answer came".to_owned())
}

fn judge(answer: &Answer, step: &Step, names: &Names<'_>) -> Result<(), String> {
    let came = || match (answer.code(), answer.message()) {
        (Some(code), message) => {
            format!("{} {code}: {}", answer.status, message.unwrap_or_default())
        }
        (None, _) => format!("{} without an error", answer.status),
    };
    match &step.refused {
        None if answer.status != 200 || answer.code().is_some() => {
            return Err(format!("expected success, got {}", came()));
        }
        None => {}
        Some(refusals) => {
            let codes = refusals.codes();
            let code = answer
                .code()
                .filter(|code| codes.iter().any(|expected| expected == code));
            let status = code.and_then(|code| step.status.or_else(|| names.list.status(code)));
            if code.is_none() || status != Some(answer.status) {
                return Err(format!(
                    "expected {}, got {}",
                    wording(refusals, step, names),
                    came()
                ));
            }
        }
    }
    for part in &step.message {
        let part = names.fill(part)?;
        if !answer
            .message()
            .is_some_and(|message| message.contains(&part))
        {
            return Err(format!("expected a message with {part:?}, got {}", came()));
        }
    }
    for (path, expected) in &step.gives {
        let expected = expected.map(|text| names.fill(text))?;
        if let Some(what) = expected.differs(answer, path) {
            return Err(what);
        }
    }
    Ok(())
}

fn wording(refusals: &Refusals, step: &Step, names: &Names<'_>) -> String {
    let codes: Vec<String> = refusals
        .codes()
        .iter()
        .map(|code| {
            let status = step
                .status
                .or_else(|| names.list.status(code))
                .unwrap_or_default();
            format!("{status} {code}")
        })
        .collect();
    codes.join(" or ")
}

fn keep(
    answer: &Answer,
    step: &Step,
    names: &mut Names<'_>,
    callers: &mut BTreeMap<String, Keys>,
) -> Result<(), String> {
    for (name, path) in &step.keep {
        match answer.texts(path).as_slice() {
            [text] => names.kept.insert(name.clone(), (*text).to_owned()),
            found => return Err(format!("at {path}: expected one text, found {found:?}")),
        };
    }
    if let Some(name) = &step.becomes {
        let one = |path: &str| answer.texts(path).first().map(|text| (*text).to_owned());
        let either = |member: &str| {
            one(&format!("Credentials/{member}")).or_else(|| one(&format!("AccessKey/{member}")))
        };
        let (Some(id), Some(secret)) = (either("AccessKeyId"), either("SecretAccessKey")) else {
            return Err("the answer holds no credentials".to_owned());
        };
        let token = either("SessionToken");
        callers.insert(name.clone(), Keys { id, secret, token });
    }
    Ok(())
}
