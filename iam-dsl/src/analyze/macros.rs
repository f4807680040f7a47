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

/// Fails a test where a policy lets some request through for these actions on
/// these resources, printing the request; or where that is not known.
///
/// ```
/// use iam_dsl::{assert_denies, policy};
///
/// let deploy = policy! { allow [s3:*, cloudfront:CreateInvalidation] on *; };
/// assert_denies!(deploy, ["iam:*", "sts:AssumeRole"]);
/// assert_denies!(deploy, ["cloudfront:Delete*"], ["*"]);
/// ```
#[macro_export]
macro_rules! assert_denies {
    ($policy:expr, [$($action:expr),+ $(,)?] $(,)?) => {
        $crate::assert_denies!($policy, [$($action),+], ["*"])
    };
    ($policy:expr, [$($action:expr),+ $(,)?], [$($resource:expr),+ $(,)?] $(,)?) => {
        match $crate::analyze::grants(&$policy, &[$($action),+], &[$($resource),+]) {
            $crate::analyze::Answer::No => {}
            other => ::std::panic!("`{}` {other}", ::std::stringify!($policy)),
        }
    };
}
