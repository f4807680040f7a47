//! A span for each call of the SDK: which, how it ended, after how many tries.
//! Nothing of its parameters or its answer, where secrets could be.

use aws_sdk_iam::config::ConfigBag;
use aws_sdk_iam::config::Intercept;
use aws_sdk_iam::config::RuntimeComponents;
use aws_sdk_iam::config::interceptors::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_iam::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use tracing::field::Empty;

/// Opens and closes the span `iam_call`.
#[derive(Debug)]
pub(super) struct Traced;

/// The span of the call that a configuration belongs to.
#[derive(Debug)]
struct Call(tracing::Span);

impl Storable for Call {
    type Storer = StoreReplace<Self>;
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Traced {
    fn name(&self) -> &'static str {
        "iam-provision::Traced"
    }

    /// The first hook at which the configuration knows the operation.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>();
        let span = tracing::debug_span!(
            "iam_call",
            service = operation.map_or("", Metadata::service),
            call = operation.map_or("", Metadata::name),
            attempts = Empty,
            outcome = Empty,
        );
        config.interceptor_state().store_put(Call(span));
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Call(span)) = config.load::<Call>() else {
            return Ok(());
        };
        if let Some(attempts) = config.load::<RequestAttempts>() {
            span.record("attempts", attempts.attempts());
        }
        let outcome = match context.output_or_error() {
            Some(Ok(_)) => "ok",
            Some(Err(_)) => "error",
            None => "none",
        };
        span.record("outcome", outcome);
        // The span closes with the configuration of this call.
        Ok(())
    }
}
