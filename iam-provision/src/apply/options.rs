//! How a plan is applied.

use std::fmt;
use std::sync::Arc;

use crate::plan::Step;
use crate::secret::SecretSink;

type Callback = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

/// How a plan is applied: who receives its secrets, and who is told of its progress.
#[derive(Clone, Default)]
pub struct ApplyOptions {
    pub(super) secrets: Option<Arc<dyn SecretSink>>,
    progress: Option<Callback>,
}

impl ApplyOptions {
    /// No receiver of secrets and nobody to tell.
    pub fn new() -> Self {
        Self::default()
    }

    /// Who receives the passwords that are made. A plan that makes one is
    /// refused without it.
    #[must_use]
    pub fn secrets(mut self, sink: impl SecretSink + 'static) -> Self {
        self.secrets = Some(Arc::new(sink));
        self
    }

    /// Who is told before and after each step.
    #[must_use]
    pub fn progress(mut self, callback: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    pub(super) fn report(&self, progress: &Progress<'_>) {
        if let Some(callback) = &self.progress {
            callback(progress);
        }
    }
}

impl fmt::Debug for ApplyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplyOptions")
            .field("secrets", &self.secrets.is_some())
            .field("progress", &self.progress.is_some())
            .finish()
    }
}

/// How far an apply is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    pub(super) step: &'a Step,
    pub(super) index: usize,
    pub(super) total: usize,
    pub(super) is_done: bool,
}

impl<'a> Progress<'a> {
    /// The step.
    pub fn step(&self) -> &'a Step {
        self.step
    }

    /// The step's number, from 1.
    pub fn number(&self) -> usize {
        self.index + 1
    }

    /// How many steps there are.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether the step is done; otherwise it is about to begin.
    pub fn is_done(&self) -> bool {
        self.is_done
    }
}
