//! The connection between a program and IAM, where a test can cut it: what a
//! program that is killed leaves behind is what had reached IAM by then.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use tokio::sync::Notify;

/// Where the line is cut, counted in attempts from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// Neither this attempt nor any later one reaches IAM.
    Before(u64),
    /// This attempt takes effect; its answer and every later attempt are lost.
    After(u64),
}

/// An answer in IAM's place, or IAM's own where there is none.
struct Instead {
    action: &'static str,
    times: u64,
    answer: Option<(u16, String)>,
}

#[derive(Default)]
struct Inner {
    cut: Option<Cut>,
    attempts: AtomicU64,
    /// Attempts that reach IAM and have not ended.
    under_way: AtomicU64,
    dead: Notify,
    instead: Mutex<Vec<Instead>>,
    undated: bool,
    /// Called after each attempt that reached IAM.
    watch: Mutex<Option<Box<dyn Fn() + Send>>>,
}

/// A handle on the line of one configuration.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<Inner>);

impl Line {
    pub(crate) fn cut(at: Cut) -> Self {
        Self(Arc::new(Inner {
            cut: Some(at),
            ..Inner::default()
        }))
    }

    /// Takes the date from each answer.
    pub(crate) fn undated() -> Self {
        Self(Arc::new(Inner {
            undated: true,
            ..Inner::default()
        }))
    }

    /// Answers the next calls of an action so many times with a refusal.
    pub(crate) fn refuse(
        self,
        action: &'static str,
        times: u64,
        code: &'static str,
        message: &str,
    ) -> Self {
        let body = format!(
            r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"#
        );
        let status = if code == "NoSuchEntity" { 404 } else { 400 };
        self.instead(action, times, Some((status, body)))
    }

    /// Lets the next calls of an action through so many times.
    pub(crate) fn pass(self, action: &'static str, times: u64) -> Self {
        self.instead(action, times, None)
    }

    /// Answers the next calls of an action so many times with this result.
    pub(crate) fn answer(self, action: &'static str, times: u64, result: &str) -> Self {
        let body = format!(
            r#"<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"#
        );
        self.instead(action, times, Some((200, body)))
    }

    /// Calls this after each attempt that reached IAM.
    pub(crate) fn watched(self, watch: impl Fn() + Send + 'static) -> Self {
        *self.0.watch.lock().unwrap() = Some(Box::new(watch));
        self
    }

    fn instead(self, action: &'static str, times: u64, answer: Option<(u16, String)>) -> Self {
        self.0.instead.lock().unwrap().push(Instead {
            action,
            times,
            answer,
        });
        self
    }

    /// The configuration with this line between it and its endpoint.
    pub(crate) fn under(&self, config: &SdkConfig) -> SdkConfig {
        let (inner, beyond) = (Arc::clone(&self.0), config.http_client().unwrap());
        let client: SharedHttpClient = http_client_fn({
            let beyond = beyond.clone();
            move |settings: &HttpConnectorSettings, components: &RuntimeComponents| {
                SharedHttpConnector::new(Wire {
                    inner: Arc::clone(&inner),
                    beyond: beyond.http_connector(settings, components),
                })
            }
        });
        config.to_builder().http_client(client).build()
    }

    /// Runs until it ends or the line is cut, which ends it as a kill does:
    /// `None`. What reaches IAM has taken effect then.
    pub(crate) async fn until_dead<T>(&self, run: impl Future<Output = T>) -> Option<T> {
        let ended = tokio::select! {
            biased;
            () = self.0.dead.notified() => None,
            answer = run => Some(answer),
        };
        for _ in 0..1_000 {
            if ended.is_some() || self.0.under_way.load(Ordering::SeqCst) == 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        ended
    }

    /// How many attempts were made.
    pub(crate) fn attempts(&self) -> u64 {
        self.0.attempts.load(Ordering::SeqCst)
    }
}

#[derive(Clone)]
struct Wire {
    inner: Arc<Inner>,
    beyond: SharedHttpConnector,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

/// One attempt, until it has ended.
struct UnderWay(Arc<Inner>);

impl UnderWay {
    fn new(inner: &Arc<Inner>) -> Self {
        inner.under_way.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(inner))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wire = self.clone();
        let number = wire.inner.attempts.fetch_add(1, Ordering::SeqCst) + 1;
        let reaches = match wire.inner.cut {
            Some(Cut::Before(k)) => number < k,
            Some(Cut::After(k)) => number <= k,
            None => true,
        };
        let under_way = reaches.then(|| UnderWay::new(&wire.inner));
        HttpConnectorFuture::new(async move {
            let guard = under_way;
            if let Some(answer) = wire.instead(&request) {
                return Ok(answer);
            }
            let (last, has_effect) = match wire.inner.cut {
                Some(Cut::Before(k)) => (k, false),
                Some(Cut::After(k)) => (k, true),
                None => return wire.reach(request).await,
            };
            if number < last {
                return wire.reach(request).await;
            }
            if number == last {
                if has_effect {
                    let _ = wire.reach(request).await;
                }
                drop(guard);
                wire.inner.dead.notify_one();
            }
            std::future::pending().await
        })
    }
}

impl Wire {
    async fn reach(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let mut answer = self.beyond.call(request).await;
        if let (true, Ok(answer)) = (self.inner.undated, &mut answer) {
            answer.headers_mut().remove("date");
        }
        if let Some(watch) = &*self.inner.watch.lock().unwrap() {
            watch();
        }
        answer
    }

    fn instead(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let body = String::from_utf8_lossy(request.body().bytes()?).into_owned();
        let mut all = self.inner.instead.lock().unwrap();
        let one = all
            .iter_mut()
            .find(|one| one.times > 0 && body.starts_with(&format!("Action={}&", one.action)))?;
        one.times -= 1;
        let (status, body) = one.answer.clone()?;
        let status = StatusCode::try_from(status).unwrap();
        Some(HttpResponse::new(status, SdkBody::from(body)))
    }
}
