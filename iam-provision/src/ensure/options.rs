//! How a bundle is ensured.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

type Probe = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// How long [`Provisioner::ensure`](crate::Provisioner::ensure) may take, and
/// what it waits for at the end.
#[derive(Clone)]
pub struct EnsureOptions {
    pub(super) deadline: Duration,
    pub(super) settle: Duration,
    pub(super) roles: Vec<String>,
    pub(super) probe: Option<Probe>,
}

impl Default for EnsureOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(60),
            settle: Duration::from_secs(3),
            roles: Vec::new(),
            probe: None,
        }
    }
}

impl EnsureOptions {
    /// At most 60 seconds, 3 seconds for older replicas to see a new
    /// generation, and no probe.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long it may take in all, the probes included.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long the first replica of a new [generation](crate::Bundle::generation)
    /// waits once it has marked it, before it changes anything: what an older
    /// replica had under way has then come first.
    #[must_use]
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// Waits at the end until the caller can assume this role of the account,
    /// given by its name, with a path such as `service/worker` where it has
    /// one. The role has to trust the caller, and the caller needs
    /// `sts:AssumeRole` on it where the trust names the account alone. Call it
    /// again for another role.
    #[must_use]
    pub fn until_assumable(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// Asks at the end, again and again, until the answer is yes: a call that
    /// works once the permissions have reached the service it goes to.
    #[must_use]
    pub fn probe<F, Fut>(mut self, probe: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = bool> + Send + 'static,
    {
        self.probe = Some(Arc::new(move || Box::pin(probe())));
        self
    }
}

impl fmt::Debug for EnsureOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnsureOptions")
            .field("deadline", &self.deadline)
            .field("settle", &self.settle)
            .field("until_assumable", &self.roles)
            .field("probe", &self.probe.is_some())
            .finish()
    }
}
