//! Service-linked roles: AWS names them, so they are known by what they were
//! asked for with.

use std::fmt;

/// Where IAM keeps the roles that services own.
const LINKED_PATH: &str = "/aws-service-role/";

/// A service-linked role, by its service and the suffix of its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Linked {
    pub(crate) service: String,
    pub(crate) suffix: Option<String>,
}

impl Linked {
    /// The path of every role of the service.
    pub(crate) fn path(&self) -> String {
        format!("{LINKED_PATH}{}/", self.service)
    }

    /// The part of ARNs that stands for it, whatever AWS calls it.
    pub(crate) fn resource(&self) -> String {
        let suffix = self.suffix.as_ref().map(|suffix| format!("_{suffix}"));
        format!("role{}*{}", self.path(), suffix.unwrap_or_default())
    }

    /// The inverse of [`Linked::resource`].
    pub(crate) fn of_resource(resource: &str) -> Option<Self> {
        let rest = resource.strip_prefix("role")?.strip_prefix(LINKED_PATH)?;
        let (service, name) = rest.split_once("/*")?;
        let suffix = match name {
            "" => None,
            name => Some(name.strip_prefix('_')?.to_owned()),
        };
        Some(Self {
            service: service.to_owned(),
            suffix,
        })
    }

    /// Which of the roles under the service's path it is. The one without a
    /// suffix has the name that all others begin with; some services put an
    /// underscore into it.
    pub(crate) fn find<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        match &self.suffix {
            Some(suffix) => {
                let end = format!("_{suffix}");
                names.iter().copied().find(|name| name.ends_with(&end))
            }
            None => {
                let shortest = names.iter().copied().min_by_key(|name| name.len())?;
                // A name with a suffix alone does not stand for the one without:
                // only Application Auto Scaling has underscores of its own.
                let plain = !shortest.contains('_')
                    || self
                        .service
                        .ends_with(".application-autoscaling.amazonaws.com");
                plain.then_some(shortest)
            }
        }
    }
}

impl fmt::Display for Linked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "service-linked role of {}", self.service)?;
        match &self.suffix {
            Some(suffix) => write!(f, " with the suffix {suffix}"),
            None => Ok(()),
        }
    }
}

/// What a service-linked role is made of. Everything else is the service's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkedState {
    /// As AWS named it; empty where it is not made yet.
    pub(crate) name: String,
    /// `None` in a target: whatever the service writes.
    pub(crate) description: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(service: &str, suffix: Option<&str>) -> Linked {
        Linked {
            service: service.to_owned(),
            suffix: suffix.map(str::to_owned),
        }
    }

    #[test]
    fn what_stands_for_a_role_is_read_again() {
        for role in [
            linked("ecs.amazonaws.com", None),
            linked("autoscaling.amazonaws.com", Some("team_a")),
        ] {
            assert_eq!(Linked::of_resource(&role.resource()), Some(role));
        }
        assert_eq!(Linked::of_resource("role/x"), None);
    }

    #[test]
    fn a_role_is_found_by_its_suffix() {
        let names = [
            "AWSServiceRoleForAutoScaling_a",
            "AWSServiceRoleForAutoScaling",
            "AWSServiceRoleForAutoScaling_b",
        ];
        let service = "autoscaling.amazonaws.com";
        assert_eq!(linked(service, None).find(&names), Some(names[1]));
        assert_eq!(linked(service, Some("b")).find(&names), Some(names[2]));
        assert_eq!(linked(service, Some("c")).find(&names), None);
        assert_eq!(linked(service, None).find(&names[..1]), None);
        // "Service-linked roles for Application Auto Scaling" in its user guide.
        let table = "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable";
        let service = "dynamodb.application-autoscaling.amazonaws.com";
        assert_eq!(linked(service, None).find(&[table]), Some(table));
    }
}
