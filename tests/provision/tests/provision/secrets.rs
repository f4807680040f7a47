//! Passwords reach their receiver and nothing else.

use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};

use iam_provision::{ApplyOptions, Bundle, DeliveryError, ErrorKind, Secret, User, bundles};
use iam_sandbox::Fault;
use tracing::field::{Field, Visit};

use crate::support::{World, admins};

/// Everything that this thread traces, at every level, as text.
///
/// One for the whole process, because tracing decides once for all threads
/// whether anybody listens.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

thread_local! {
    static LISTENS: Cell<bool> = const { Cell::new(false) };
}

fn listen() -> Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    let log = LOG.get_or_init(|| {
        let log = Log::default();
        tracing::subscriber::set_global_default(log.clone()).unwrap();
        log
    });
    LISTENS.set(true);
    log.clone()
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl tracing::Subscriber for Log {
    fn register_callsite(&self, _: &tracing::Metadata<'_>) -> tracing::subscriber::Interest {
        tracing::subscriber::Interest::sometimes()
    }
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        LISTENS.get()
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let mut text = self.0.lock().unwrap();
        let _ = write!(text, "\nspan {}", span.metadata().name());
        span.record(&mut Line(&mut text));
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().unwrap()));
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = self.0.lock().unwrap();
        let _ = write!(text, "\n{}", event.metadata().target());
        event.record(&mut Line(&mut text));
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// The forms in which a secret could slip out.
fn forms(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let percent = |space: &str| -> String {
        let kept = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
        let encoded = secret.chars().map(|c| match c {
            c if kept(c) => c.to_string(),
            ' ' => space.to_owned(),
            c => format!("%{:02X}", c as u32),
        });
        encoded.collect()
    };
    let json = serde_json::to_string(secret).unwrap();
    let mut forms = vec![
        secret.to_owned(),
        secret.chars().rev().collect(),
        hex.to_uppercase(),
        hex,
        percent("%20"),
        percent("+"),
        percent("%20").to_lowercase(),
        // As JSON escapes it, without the quotes.
        json[1..json.len() - 1].to_owned(),
        format!("{secret:?}"),
        format!("{:?}", secret.as_bytes()),
    ];
    forms.extend(base64_anywhere(secret));
    forms
}

/// What base64 of any text that holds the secret holds, wherever it begins.
fn base64_anywhere(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for encoding in [data_encoding::BASE64_NOPAD, data_encoding::BASE64URL_NOPAD] {
        for (before, first) in [(0, 0), (1, 2), (2, 3)] {
            let text = [vec![0; before], secret.as_bytes().to_vec()].concat();
            // What depends on the neighbours is left out.
            let whole = text.len() / 3 * 3;
            forms.push(encoding.encode(&text[..whole])[first..].to_owned());
        }
    }
    forms
}

#[test]
fn the_forms_are_what_encoders_make() {
    let secret = "aB3/+ \"x\\é~";
    for text in [
        format!("1{secret}2"),
        format!("{{\"password\":\"{secret}\"}}"),
        format!("12{secret}"),
    ] {
        let shown = data_encoding::BASE64.encode(text.as_bytes());
        assert!(
            forms(secret).iter().any(|form| shown.contains(form)),
            "{shown}"
        );
    }
    let shown = serde_json::json!({ "password": secret }).to_string();
    assert!(
        forms(secret).iter().any(|form| shown.contains(form)),
        "{shown}"
    );
}

/// Administrators, and an application with a key.
fn with_credentials() -> Bundle {
    Bundle::new("credentials")
        .with(
            bundles::admin_group("Administrators")
                .user("Administrator")
                .enforce_mfa(),
        )
        .with(User::new("app").access_key())
}

#[tokio::test]
async fn a_secret_is_delivered_and_shown_nowhere() {
    let log = listen();
    let files = files();
    let mut shown = String::new();
    let mut secrets = Vec::new();
    for k in 0..=32 {
        let world = World::new();
        let provisioner = world.provisioner().await;
        if k > 0 {
            world.sandbox.fail_call(
                k,
                if k % 2 == 0 {
                    Fault::AccessDenied
                } else {
                    Fault::TimeoutAfterEffect
                },
            );
        }
        let lines = Arc::new(Mutex::new(String::new()));
        let keep = Arc::clone(&lines);
        let options = world.options().progress(move |progress| {
            let _ = writeln!(keep.lock().unwrap(), "{progress:?} {}", progress.step());
        });
        let _ = writeln!(shown, "{options:?} {provisioner:?}");
        let run = async {
            let plan = provisioner.plan(&with_credentials()).await?;
            let _ = writeln!(shown, "{plan} {plan:?} {}", plan.to_json());
            provisioner.apply(&plan, options).await
        };
        match run.await {
            Ok(outcome) => {
                let _ = writeln!(shown, "{outcome} {outcome:?} {}", outcome.to_json());
            }
            Err(error) => {
                let _ = writeln!(
                    shown,
                    "{error} {error:?} {:?}",
                    std::error::Error::source(&error).map(|e| e.to_string())
                );
            }
        }
        let observed = provisioner
            .plan(&with_credentials())
            .await
            .map(|plan| format!("{plan:?}"))
            .unwrap_or_default();
        shown.push_str(&observed);
        shown.push_str(&lines.lock().unwrap());
        let _ = writeln!(shown, "{:?}", world.sandbox.calls());
        secrets.extend(
            world
                .delivered
                .lock()
                .unwrap()
                .iter()
                .map(|(_, value)| value.clone()),
        );
    }
    assert!(secrets.len() > 40, "{}", secrets.len());
    let log = log.0.lock().unwrap();
    assert!(
        log.contains("iam_step") && log.contains("CreateLoginProfile"),
        "the steps are traced"
    );
    assert!(
        log.contains("iam_call service=\"IAM\" call=\"CreateAccessKey\"")
            && log.contains("iam_call service=\"IAM\" call=\"GetAccountAuthorizationDetails\"")
            && log.contains("outcome=\"ok\"")
            && log.contains("outcome=\"error\""),
        "and so is each call, the reads too"
    );
    assert!(log.contains("attempts=2"), "with how often it was tried");
    assert!(shown.contains("console password of user Administrator"));
    for secret in &secrets {
        for form in forms(secret) {
            assert!(!shown.contains(&form), "a secret is shown");
            if let Some(at) = log.find(&form) {
                panic!(
                    "a secret is traced: {}",
                    &log[at.saturating_sub(700)..at + form.len()]
                );
            }
        }
    }
    assert_eq!(files, self::files(), "no file is written");
}

/// The files beside which the tests run.
fn files() -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(".")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn the_delivered_password_is_the_one_in_force() {
    let world = World::new();
    world.apply(&admins()).await.unwrap();
    let delivered = world.delivered.lock().unwrap().clone();
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0].0, "Administrator");
    // The user changes it, which takes the old one.
    let session = world
        .account
        .sign_in("Administrator", iam_sandbox::Mfa::Absent)
        .unwrap();
    let iam = aws_sdk_iam::Client::new(&session);
    iam.change_password()
        .old_password(&delivered[0].1)
        .new_password("Another-1-password")
        .send()
        .await
        .unwrap();
    // And that is no drift.
    assert!(world.plan(&admins()).await.unwrap().is_empty());
}

#[tokio::test]
async fn without_a_receiver_nothing_is_called() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&admins()).await.unwrap();
    world.calls();
    let error = provisioner
        .apply(&plan, ApplyOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingSecretSink);
    assert!(world.calls().0.is_empty());
}

#[tokio::test]
async fn a_receiver_that_fails_prevents_the_credential() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&admins()).await.unwrap();
    let seen = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&seen);
    let options = ApplyOptions::new().secrets(move |secret: Secret| {
        *keep.lock().unwrap() = secret.expose().to_owned();
        // A receiver that says too much.
        let error: DeliveryError = format!("the store refused {}", secret.expose()).into();
        async { Err(error) }
    });
    let error = provisioner.apply(&plan, options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretNotDelivered);
    let secret = seen.lock().unwrap().clone();
    assert!(!secret.is_empty() && !format!("{error} {error:?}").contains(&secret));
    assert!(
        world
            .iam
            .get_login_profile()
            .user_name("Administrator")
            .send()
            .await
            .is_err()
    );
    world.converge(&admins()).await;
}
