//! Passwords reach their receiver and nothing else.

use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};

use iam_provision::{ApplyOptions, DeliveryError, ErrorKind, Secret};
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
    let percent: String = secret
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.~".contains(c) {
                c.to_string()
            } else {
                format!("%{:02X}", c as u32)
            }
        })
        .collect();
    vec![
        secret.to_owned(),
        hex,
        percent,
        format!("{secret:?}"),
        format!("{:?}", secret.as_bytes()),
    ]
}

#[tokio::test]
async fn a_password_is_delivered_and_shown_nowhere() {
    let log = listen();
    let mut shown = String::new();
    let mut secrets = Vec::new();
    for k in 0..=24 {
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
            let plan = provisioner.plan(&admins()).await?;
            let _ = writeln!(shown, "{plan} {plan:?}");
            provisioner.apply(&plan, options).await
        };
        match run.await {
            Ok(outcome) => {
                let _ = writeln!(shown, "{outcome} {outcome:?}");
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
            .plan(&admins())
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
    assert!(secrets.len() > 10);
    let log = log.0.lock().unwrap();
    assert!(
        log.contains("iam_step") && log.contains("CreateLoginProfile"),
        "the steps are traced"
    );
    assert!(shown.contains("console password of user Administrator"));
    for secret in &secrets {
        for form in forms(secret) {
            assert!(!shown.contains(&form), "a password is shown");
            assert!(!log.contains(&form), "a password is traced");
        }
    }
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
