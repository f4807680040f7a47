//! Types of resource.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::key::{self, ConditionKey};
use super::service::Service;
use super::template;
use super::text;

/// A type of resource, such as the buckets of S3.
#[derive(Clone, Copy)]
pub struct ResourceType {
    service: Service,
    line: &'static str,
}

impl ResourceType {
    pub(super) fn read(service: Service, line: &'static str) -> Self {
        ResourceType { service, line }
    }

    /// The service that has it.
    pub fn service(self) -> Service {
        self.service
    }

    /// The name in the Service Authorization Reference, such as `bucket`.
    pub fn name(self) -> &'static str {
        text::field(self.line, 0)
    }

    /// The formats of its ARNs, with `${…}` for what varies, such as
    /// `arn:${Partition}:s3:::${BucketName}`. A few types have several.
    pub fn arn_formats(self) -> impl Iterator<Item = &'static str> + Clone {
        text::field(self.line, 1).split(',')
    }

    /// Whether an ARN has one of the formats or, for a resource as a policy
    /// writes it (wildcards, variables, `*`), whether an ARN that it matches
    /// may have one. Says yes where it is not certain: what a variable stands
    /// for is not known, and IAM lets a `*` reach beyond its field, so that
    /// `arn:aws:ec2:*:*:instance/*` may match an image whose id ends in
    /// `:instance/x`. A no is sure as far as the formats are complete.
    pub fn matches(self, resource: &str) -> bool {
        resource == "*"
            || self
                .arn_formats()
                .any(|format| template::arn_matches(format, resource))
    }

    /// Whether the resource as a policy writes it is meant for this type: as
    /// [`ResourceType::matches`], with the first five fields compared one by
    /// one, so that the pattern above is meant for instances and for no image.
    pub fn matches_by_field(self, resource: &str) -> bool {
        resource == "*"
            || self
                .arn_formats()
                .any(|format| template::arn_matches_by_field(format, resource))
    }

    /// The condition keys that tell about a resource of this type.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        key::listed(self.service.section, self.key_list())
    }

    pub(super) fn key_list(self) -> &'static str {
        text::field(self.line, 2)
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceType({}: {})", self.service, self.name())
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for ResourceType {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ResourceType {}

impl PartialOrd for ResourceType {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceType {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.service, self.name()).cmp(&(other.service, other.name()))
    }
}

impl Hash for ResourceType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.service.hash(state);
        self.name().hash(state);
    }
}
