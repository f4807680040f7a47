//! The account's alias.

/// The account's alias: the name that stands for the account id in the
/// address of its sign-in page.
///
/// An account has one at most, and one that is set takes the place of the one
/// before ("Your AWS account ID and its alias",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/console_account-alias.html>).
/// The alias found at the first apply is kept in the bundle's
/// [ledger](crate::ledger) and given back when the bundle is destroyed or no
/// longer declares one.
///
/// ```
/// use iam_provision::{AccountAlias, Bundle};
///
/// let bundle = Bundle::new("account").with(AccountAlias::new("example-dev"));
/// assert!(bundle.problems().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountAlias {
    pub(crate) alias: String,
}

impl AccountAlias {
    /// This alias: 3 to 63 lower case letters, digits and single dashes, which
    /// nobody else's account has.
    pub fn new(alias: impl Into<String>) -> Self {
        Self {
            alias: alias.into(),
        }
    }

    /// The alias.
    pub fn alias(&self) -> &str {
        &self.alias
    }
}
