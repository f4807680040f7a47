//! The sandbox as a server on loopback, for any client that speaks HTTP.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, DATE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::arrival::Arrival;
use crate::dispatch::Reply;
use crate::error::{Error, ErrorKind};
use crate::sandbox::{Sandbox, Snapshot};

mod control;

/// What the server reads of one request before it hangs up; what is smaller
/// and still too large gets IAM's own refusal.
const LARGEST_READ: usize = 64 << 20;

/// A sandbox that listens on loopback; see [`Sandbox::serve`]. Dropping it
/// closes every connection.
#[must_use = "the server stops when it is dropped"]
pub struct Server {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Where it listens, with the port that the system chose if 0 was asked
    /// for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint for clients: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until the task is cancelled.
    pub async fn run(mut self) {
        // The task ends only when it is aborted.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What every connection needs.
struct Shared {
    sandbox: Sandbox,
    /// What `reset` comes back to.
    at_start: Snapshot,
    checked_signatures_at_start: bool,
}

impl Sandbox {
    /// Serves IAM and STS over plain HTTP on one port, to clients of any
    /// language: point them at [`Server::url`] with the keys of
    /// [`Account::root_credentials`](crate::Account::root_credentials) or any
    /// that were made inside. Must be called within a tokio runtime with IO.
    ///
    /// Which of the two services is meant follows from what the request was
    /// signed for, or else from its `Version`. Clients outside sign with the
    /// machine's time: call [`follow_real_time`](Sandbox::follow_real_time)
    /// first, unless the test moves the clock itself. A fault that is a timeout
    /// or a refused connection shows as a connection closed without an answer.
    ///
    /// Beside it, `/_sandbox/…` takes what the methods of [`Sandbox`] do in
    /// process, as JSON; the paths stand in the crate's README.
    ///
    /// # Errors
    /// [`ErrorKind::NotLoopback`] for an address that is not on loopback: the
    /// sandbox protects nothing; [`ErrorKind::CannotListen`] if the port is
    /// taken.
    pub async fn serve(&self, address: SocketAddr) -> Result<Server, Error> {
        if !address.ip().is_loopback() {
            return Err(Error::new(
                ErrorKind::NotLoopback,
                format_args!(
                    "the sandbox does not listen on {address}: it is for tests and binds only to \
                     loopback addresses such as 127.0.0.1"
                ),
            ));
        }
        let cannot_listen = |error: std::io::Error| {
            Error::new(
                ErrorKind::CannotListen,
                format_args!("cannot listen on {address}: {error}; port 0 takes any that is free"),
            )
        };
        let listener = TcpListener::bind(address).await.map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let shared = Arc::new(Shared {
            sandbox: self.clone(),
            at_start: self.snapshot(),
            checked_signatures_at_start: self.checks_signatures(),
        });
        let accepting = tokio::spawn(accept(listener, shared));
        Ok(Server { address, accepting })
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // When this task is aborted, the set goes and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, Arc::clone(&shared)));
                }
                // Out of file handles, most likely: others may close some.
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    // Answers are one small write each; waiting to fill a segment costs 40 ms.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { answer(&shared, request).await }
    });
    // An error is a client that hung up, or a fault that asked for it.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// A connection that is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox closes this connection without an answer")]
struct HangUp;

impl From<Infallible> for HangUp {
    fn from(never: Infallible) -> HangUp {
        match never {}
    }
}

async fn answer(
    shared: &Shared,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, HangUp> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_READ)
        .collect()
        .await
        .map_err(|_| HangUp)?
        .to_bytes();
    let path = head.uri.path();
    if let Some(command) = path.strip_prefix("/_sandbox/") {
        return Ok(control::answer(shared, &head.method, command, &body));
    }
    // A header that is no text takes part in nothing but a wrong signature.
    let headers = head
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let reply = shared.sandbox.answer(&Arrival {
        method: head.method.as_str(),
        path,
        query: head.uri.query().unwrap_or_default(),
        headers,
        body: &body,
    });
    match reply {
        Reply::Answer {
            status,
            request_id,
            body,
        } => {
            let mut response = respond(status, "text/xml", body);
            if let Ok(id) = HeaderValue::from_str(&request_id) {
                response.headers_mut().insert("x-amzn-requestid", id);
            }
            // The sandbox's own, or the connection would tell the machine's.
            if let Ok(date) = HeaderValue::from_str(&shared.sandbox.date()) {
                response.headers_mut().insert(DATE, date);
            }
            Ok(response)
        }
        Reply::Timeout | Reply::ConnectionRefused => Err(HangUp),
    }
}

fn respond(status: u16, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
