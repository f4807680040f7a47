//! Requests as they are, for clients that bring their own transport.

use crate::arrival::Arrival;
use crate::dispatch::Reply;
use crate::operations::all_actions;
use crate::sandbox::Sandbox;

impl Sandbox {
    /// Answers one HTTP request of the AWS Query protocol: status and body, or
    /// nothing where a [`Fault`](crate::Fault) leaves the caller without an
    /// answer. `target` is path and query, `/` in most cases.
    ///
    /// ```
    /// use iam_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::new();
    /// let body = b"Action=ListUsers&Version=2010-05-08";
    /// let (status, text) = sandbox.exchange("POST", "/", &[], body).ok_or("no answer")?;
    /// assert_eq!(status, 403);
    /// assert!(text.contains("<Code>MissingAuthenticationToken</Code>"));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn exchange(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<(u16, String)> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let reply = self.inner().answer(&Arrival {
            method,
            path,
            query,
            headers: headers.to_vec(),
            body,
        });
        match reply {
            Reply::Answer { status, body, .. } => Some((status, body)),
            Reply::Timeout | Reply::ConnectionRefused => None,
        }
    }

    /// The operations that are built, each as the action that it is authorized
    /// as (`iam:CreateUser`). Any other is answered with `InvalidAction`.
    pub fn operations() -> impl Iterator<Item = String> {
        all_actions()
    }
}
