//! Assertions for users' tests.

/// Fails a test where a policy newly allows something, printing the request; or
/// where that is not known.
///
/// ```
/// use iam_dsl::{assert_no_new_access, policy};
///
/// let old = policy! { allow s3:Get* on *; };
/// let new = policy! { allow s3:GetObject on "arn:aws:s3:::assets/*"; };
/// assert_no_new_access!(new, old);
/// ```
#[macro_export]
macro_rules! assert_no_new_access {
    ($new:expr, $reference:expr $(,)?) => {
        match $crate::analyze::compare(&$new, &$reference) {
            $crate::analyze::Comparison::NoNewAccess => {}
            other => ::std::panic!(
                "`{}` against `{}`: {other}",
                ::std::stringify!($new),
                ::std::stringify!($reference)
            ),
        }
    };
}
