//! The place where the SDK would open a connection.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aws_smithy_async::rt::sleep::AsyncSleep;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::arrival::Arrival;
use crate::dispatch::Reply;
use crate::sandbox::Inner;

/// Hands the SDK's requests to the sandbox.
#[derive(Clone)]
pub(crate) struct Seam(pub(crate) Arc<Inner>);

impl fmt::Debug for Seam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seam")
    }
}

impl HttpClient for Seam {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Seam {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let latency = inner.clock.latency();
            if !latency.is_zero() {
                // On its way: others may start, end and time out meanwhile.
                inner.clock.sleep(latency).await;
            }
            // No timeout may fire while a call is being answered.
            let _hold = inner.clock.hold();
            // A call over a network lets other tasks run: so does this one.
            YieldOnce(false).await;
            answer(&inner, request).await
        })
    }
}

async fn answer(inner: &Inner, mut request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let body = ByteStream::new(request.take_body())
        .collect()
        .await
        .map_err(|error| ConnectorError::user(error.into()))?
        .into_bytes();
    let mut parts = request.uri().splitn(4, '/').skip(2);
    let host = parts.next().unwrap_or_default();
    let after_host = parts.next().unwrap_or_default();
    let (path, query) = after_host.split_once('?').unwrap_or((after_host, ""));
    let path = format!("/{path}");
    let mut headers: Vec<(&str, &str)> = request.headers().iter().collect();
    if request.headers().get("host").is_none() {
        // The SDK signs it, and leaves it to the connection to send it.
        headers.push(("host", host));
    }
    let reply = inner.answer(&Arrival {
        method: request.method(),
        path: &path,
        query,
        headers,
        body: &body,
    });
    match reply {
        Reply::Answer {
            status,
            request_id,
            body,
        } => {
            let status = StatusCode::try_from(status)
                .map_err(|error| ConnectorError::other(error.into(), None))?;
            // A stream, as a connection gives: the SDK shows bodies that it has
            // whole in its log at trace level, and secrets are in some.
            let body = SdkBody::from_body_1_x(http_body_util::Full::from(body));
            let mut response = HttpResponse::new(status, body);
            response.headers_mut().insert("content-type", "text/xml");
            response
                .headers_mut()
                .insert("x-amzn-requestid", request_id);
            let date = inner.clock.moment().http_date();
            response.headers_mut().insert("date", date);
            Ok(response)
        }
        Reply::Timeout => Err(ConnectorError::timeout(
            "the sandbox let this call time out".into(),
        )),
        Reply::ConnectionRefused => Err(ConnectorError::io(
            "the sandbox refused this connection".into(),
        )),
    }
}

/// Is ready at its second poll.
struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
