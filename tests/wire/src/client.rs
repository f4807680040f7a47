//! The SDK over plain HTTP, with a record of the operations that it calls.

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_types::SdkConfig;
use aws_types::region::Region;
use iam_conformance::Keys;

/// The operations called since the last look, in order.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    /// The operations so far; the record begins anew.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Whether an operation of IAM or STS changes anything.
#[must_use]
pub fn writes(operation: &str) -> bool {
    !["Get", "List", "Simulate", "Generate"]
        .iter()
        .any(|verb| operation.starts_with(verb))
}

/// A configuration that talks to `endpoint` with these keys, and the record of
/// its calls.
#[must_use]
pub fn connect(endpoint: &str, keys: &Keys) -> (SdkConfig, Calls) {
    let calls = Calls::default();
    let plain = aws_smithy_http_client::Builder::new().build_http();
    let recorder = Recorder {
        inner: plain,
        calls: calls.clone(),
    };
    let config = SdkConfig::builder()
        .behavior_version(aws_sdk_iam::config::BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            &keys.id,
            &keys.secret,
            keys.token.clone(),
            None,
            "wire-tests",
        )))
        .http_client(SharedHttpClient::new(recorder))
        .build();
    (config, calls)
}

#[derive(Debug)]
struct Recorder {
    inner: SharedHttpClient,
    calls: Calls,
}

impl HttpClient for Recorder {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(RecordingConnector {
            inner: self.inner.http_connector(settings, components),
            calls: self.calls.clone(),
        })
    }
}

#[derive(Debug)]
struct RecordingConnector {
    inner: SharedHttpConnector,
    calls: Calls,
}

impl HttpConnector for RecordingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // The Query protocol names the operation first in the form.
        let operation = request
            .body()
            .bytes()
            .and_then(|body| std::str::from_utf8(body).ok())
            .and_then(|form| {
                form.split('&')
                    .find_map(|pair| pair.strip_prefix("Action="))
            })
            .unwrap_or("?")
            .to_owned();
        self.calls.0.lock().unwrap().push(operation);
        self.inner.call(request)
    }
}
