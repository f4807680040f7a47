//! Service-linked roles.

/// A role that an AWS service uses in the account, and owns: the service says
/// what it may do and who may assume it.
///
/// The bundle asks for it, describes it, and has it deleted when it is
/// destroyed; the service may refuse that while it still uses the role.
/// Source: "Create a service-linked role", IAM User Guide,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html>.
///
/// ```
/// use iam_provision::{Bundle, ServiceLinkedRole};
///
/// let role = ServiceLinkedRole::of("autoscaling.amazonaws.com").suffix("team-a");
/// assert!(Bundle::new("scaling").with(role).problems().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLinkedRole {
    pub(crate) service: String,
    pub(crate) suffix: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) protect: bool,
    pub(crate) adopt: bool,
    pub(crate) shared: bool,
}

impl ServiceLinkedRole {
    /// The role of this service, such as `ecs.amazonaws.com`.
    pub fn of(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            suffix: None,
            description: None,
            protect: false,
            adopt: false,
            shared: false,
        }
    }

    /// One of several roles of the service: `_` and this are added to its
    /// name. Few services accept that.
    #[must_use]
    pub fn suffix(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }

    /// The description, at most 1,000 characters: all that can be changed.
    /// What the service writes is left as it is where none is declared.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    protect!("role");

    /// Takes over an existing role, which is then deleted with the bundle.
    #[must_use]
    pub fn adopt(mut self) -> Self {
        self.adopt = true;
        self
    }

    /// Makes sure that the role is there and leaves it to whoever else uses
    /// it: the bundle never deletes it.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// The service.
    pub fn service(&self) -> &str {
        &self.service
    }
}
