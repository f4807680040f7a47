//! Sending a raw call through the SDK, and getting the raw answer.
//!
//! The SDK signs and connects; body and answer pass by its types, so that calls
//! can be made that it would not make, and answers be read to the letter.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_iam::config::retry::RetryConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SdkConfig;

use crate::answer::Answer;

/// Credentials of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token of temporary credentials.
    pub token: Option<String>,
}

/// A server that the list is run against. It is fresh for every point.
pub trait Server {
    /// The 12 digits of its account.
    fn account(&self) -> &str;

    /// The keys of an account's root user, if the server has that account.
    fn root(&self, account: &str) -> Option<Keys>;

    /// How its clients are configured.
    fn config(&self, keys: &Keys) -> SdkConfig;

    /// What its clock shows.
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// Lets time pass; `false` where the server's clock cannot be moved.
    fn wait(&self, _by: Duration) -> bool {
        false
    }

    /// Told before a call of somebody else than root (`true`), and before the
    /// next call of root (`false`): some servers authorize only when asked to.
    fn authorize(&self, _on: bool) {}
}

/// Makes one call. `None` where no answer came.
pub(crate) async fn send(config: &SdkConfig, sts: bool, body: String) -> Option<Answer> {
    let seen = Seen::default();
    // What the SDK makes of the answer does not matter: it was kept before.
    if sts {
        let config = aws_sdk_sts::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .build();
        let call = aws_sdk_sts::Client::from_conf(config)
            .get_caller_identity()
            .customize();
        let _ = call
            .mutate_request(move |request| *request.body_mut() = SdkBody::from(body.clone()))
            .interceptor(seen.clone())
            .send()
            .await;
    } else {
        let config = aws_sdk_iam::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .build();
        let call = aws_sdk_iam::Client::from_conf(config)
            .delete_account_password_policy()
            .customize();
        let _ = call
            .mutate_request(move |request| *request.body_mut() = SdkBody::from(body.clone()))
            .interceptor(seen.clone())
            .send()
            .await;
    }
    seen.take()
}

/// Keeps the answer as it came.
#[derive(Debug, Clone, Default)]
struct Seen(Arc<Mutex<Option<Answer>>>);

impl Seen {
    fn take(&self) -> Option<Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Seen {
    fn name(&self) -> &'static str {
        "Seen"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        let answer = Answer::read(response.status().as_u16(), body);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        Ok(())
    }
}
