//! Signatures, when they are checked: the SDK's own signer is the other side.
//! Codes and statuses are those of "Common Errors" in the IAM API reference.

use std::time::Duration;

use crate::support::{assert_refused, iam, root, sts};

#[tokio::test]
async fn the_sdks_signatures_are_right_and_others_are_refused() {
    let (sandbox, account, iam_root) = root();
    sandbox.check_signatures(true);
    iam_root
        .create_user()
        .user_name("Ann")
        .send()
        .await
        .unwrap();
    let made = iam_root.create_access_key().user_name("Ann").send();
    let made = made.await.unwrap();
    let key = made.access_key().unwrap();
    let right = account.sdk_config_with(key.access_key_id(), key.secret_access_key(), None);
    sts(&right).get_caller_identity().send().await.unwrap();
    let wrong = account.sdk_config_with(key.access_key_id(), "secret", None);
    assert_refused!(
        sts(&wrong).get_caller_identity().send().await,
        "SignatureDoesNotMatch",
        403
    );
    let nobody = account.sdk_config_with("AKIAIOSFODNN7EXAMPLE", "secret", None);
    assert_refused!(
        sts(&nobody).get_caller_identity().send().await,
        "InvalidClientTokenId",
        403
    );
    sandbox.check_signatures(false);
    sts(&wrong).get_caller_identity().send().await.unwrap();
}

#[tokio::test]
async fn a_sessions_signature_is_checked_too() {
    let (sandbox, account, _) = root();
    sandbox.check_signatures(true);
    let token = sts(&account.sdk_config()).get_session_token().send();
    let token = token.await.unwrap();
    let session = token.credentials().unwrap();
    let with = |secret: &str| {
        account.sdk_config_with(
            session.access_key_id(),
            secret,
            Some(session.session_token()),
        )
    };
    let me = sts(&with(session.secret_access_key())).get_caller_identity();
    me.send().await.unwrap();
    assert_refused!(
        sts(&with("secret")).get_caller_identity().send().await,
        "SignatureDoesNotMatch",
        403
    );
}

/// Headers are changed after the SDK signed them.
#[tokio::test]
async fn tampered_and_missing_headers() {
    let (sandbox, account, iam_root) = root();
    sandbox.check_signatures(true);
    let send = |header: &'static str, value: Option<&'static str>| {
        let call = iam(&account.sdk_config()).list_users();
        let interceptor = Tamper(header, value);
        call.customize().interceptor(interceptor).send()
    };
    assert_refused!(
        send("authorization", None).await,
        "MissingAuthenticationToken",
        403
    );
    assert_refused!(
        send(
            "authorization",
            Some("AWS4-HMAC-SHA256 Credential=A/B/C/iam/D")
        )
        .await,
        "InvalidClientTokenId",
        403
    );
    assert_refused!(send("x-amz-date", None).await, "IncompleteSignature", 400);
    assert_refused!(
        send("x-amz-date", Some("20260101T000001Z")).await,
        "SignatureDoesNotMatch",
        403
    );
    assert_refused!(
        send("x-amz-date", Some("yesterday")).await,
        "IncompleteSignature",
        400
    );
    iam_root.list_users().send().await.unwrap();
    // Only when the clock is the machine's can a date be told to be old.
    sandbox.follow_real_time();
    iam_root.list_users().send().await.unwrap();
    sandbox.advance(Duration::from_secs(60));
    iam_root.list_users().send().await.unwrap();
}

/// Replaces or removes one header just before a request is sent.
#[derive(Debug)]
struct Tamper(&'static str, Option<&'static str>);

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl aws_sdk_iam::config::Intercept for Tamper {
    fn name(&self) -> &'static str {
        "Tamper"
    }

    fn modify_before_transmit(
        &self,
        context: &mut aws_sdk_iam::config::interceptors::BeforeTransmitInterceptorContextMut<'_>,
        _: &aws_sdk_iam::config::RuntimeComponents,
        _: &mut aws_sdk_iam::config::ConfigBag,
    ) -> Result<(), aws_sdk_iam::error::BoxError> {
        let headers = context.request_mut().headers_mut();
        match self.1 {
            Some(value) => {
                headers.insert(self.0, value);
            }
            None => {
                headers.remove(self.0);
            }
        }
        Ok(())
    }
}
