//! Instance profiles: what hands a role to EC2 instances.

/// An instance profile that the bundle owns, holding at most one role (IAM
/// accepts no more).
#[derive(Clone, Debug)]
pub struct InstanceProfile {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) role: Option<String>,
    pub(crate) protect: bool,
    pub(crate) adopt: bool,
}

impl InstanceProfile {
    /// A profile of this name (at most 128 characters) at the path `/`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: "/".to_owned(),
            role: None,
            protect: false,
            adopt: false,
        }
    }

    /// The path, such as `/service/`. IAM cannot change it later.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The role that instances with this profile get, of this bundle or an
    /// existing one.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    protect!("profile");

    /// Takes over an existing profile of this name and path.
    #[must_use]
    pub fn adopt(mut self) -> Self {
        self.adopt = true;
        self
    }

    /// The profile's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}
