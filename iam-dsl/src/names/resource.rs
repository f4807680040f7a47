//! Resources from the formats of their ARNs.

use crate::builder::IntoList;
use crate::slot::{AccountSlot, Partition, RegionSlot, ResourceSlot};
use crate::{OneOrMany, ResourcePattern};

/// Any region, or any account: a wildcard that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Any;

/// Says which region a resource is in: a [`crate::Region`] or [`Any`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no region",
    note = "parse it: `Region::new(value)?`, or say `Any`"
)]
pub trait RegionPart {
    /// Appends the region.
    fn fill(&self, out: &mut String);
}

impl<T: RegionSlot> RegionPart for T {
    fn fill(&self, out: &mut String) {
        RegionSlot::fill(self, out);
    }
}

impl RegionPart for Any {
    fn fill(&self, out: &mut String) {
        out.push('*');
    }
}

/// Says which account a resource is in: a [`crate::AccountId`] or [`Any`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no account",
    note = "parse it: `AccountId::new(value)?`, or say `Any`"
)]
pub trait AccountPart {
    /// Appends the account.
    fn fill(&self, out: &mut String);
}

impl<T: AccountSlot> AccountPart for T {
    fn fill(&self, out: &mut String) {
        AccountSlot::fill(self, out);
    }
}

impl AccountPart for Any {
    fn fill(&self, out: &mut String) {
        out.push('*');
    }
}

/// A resource of a type that the catalogue knows, in the partition `aws` unless
/// another is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResourceName {
    partition: String,
    /// What follows the partition's colon.
    rest: String,
}

impl ResourceName {
    /// The same resource in another partition, such as `aws-cn`.
    #[must_use]
    pub fn partition(mut self, partition: &Partition) -> Self {
        self.partition = partition.as_str().to_owned();
        self
    }

    pub(super) fn new() -> Self {
        ResourceName {
            partition: "aws".to_owned(),
            rest: String::new(),
        }
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        self.rest.push_str(text);
        self
    }

    pub(super) fn region(mut self, region: impl RegionPart) -> Self {
        region.fill(&mut self.rest);
        self
    }

    pub(super) fn account(mut self, account: impl AccountPart) -> Self {
        account.fill(&mut self.rest);
        self
    }

    pub(super) fn part(mut self, part: impl ResourceSlot) -> Self {
        part.fill(&mut self.rest);
        self
    }
}

impl From<ResourceName> for ResourcePattern {
    fn from(name: ResourceName) -> Self {
        ResourcePattern::new(format!("arn:{}:{}", name.partition, name.rest))
    }
}

impl IntoList<ResourcePattern> for ResourceName {
    fn into_list(self) -> OneOrMany<ResourcePattern> {
        OneOrMany::One(self.into())
    }
}
