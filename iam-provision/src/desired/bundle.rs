//! A bundle: what is applied, owned and destroyed together.

use std::collections::BTreeSet;

use super::{
    AccountAlias, Group, InstanceProfile, ManagedPolicy, OidcProvider, PasswordPolicy, Role,
    SamlProvider, ServiceLinkedRole, User, check,
};
use crate::names::Problem;

/// Desired IAM state, a value: the entities that are applied, owned and
/// destroyed together.
///
/// The name is the owner: entities carry it in the tag
/// [`OWNER_TAG`](crate::OWNER_TAG), and those that IAM cannot tag, or whose
/// tags it shows only one by one, are listed in the bundle's
/// [ledger](crate::ledger). Applying a bundle of the same name that no longer
/// holds an entity deletes that entity.
///
/// ```
/// use iam_provision::{bundles, Bundle, PasswordPolicy};
///
/// let bundle = Bundle::new("platform-admins")
///     .with(bundles::admin_group("Administrators").user("Administrator").enforce_mfa())
///     .with(PasswordPolicy::strict());
/// assert!(bundle.problems().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Bundle {
    pub(crate) name: String,
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<Group>,
    pub(crate) roles: Vec<Role>,
    pub(crate) policies: Vec<ManagedPolicy>,
    pub(crate) instance_profiles: Vec<InstanceProfile>,
    pub(crate) password_policies: Vec<PasswordPolicy>,
    pub(crate) aliases: Vec<AccountAlias>,
    pub(crate) oidc_providers: Vec<OidcProvider>,
    pub(crate) saml_providers: Vec<SamlProvider>,
    pub(crate) linked_roles: Vec<ServiceLinkedRole>,
    pub(crate) deny_removals: BTreeSet<String>,
    /// What a bundle of nothing is made to destroy, to tell what it no longer finds as its own.
    pub(crate) destroys: Option<Box<Bundle>>,
    /// Which release this is, if they are counted.
    pub(crate) generation: Option<u64>,
    /// Whether nothing is to be taken away, as `ensure` has it.
    pub(crate) only_adds: bool,
    /// What components found wrong with themselves.
    found: Vec<Problem>,
}

impl Bundle {
    /// An empty bundle of this name: 1 to 100 letters, digits and `_+=,.@-`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            users: Vec::new(),
            groups: Vec::new(),
            roles: Vec::new(),
            policies: Vec::new(),
            instance_profiles: Vec::new(),
            password_policies: Vec::new(),
            aliases: Vec::new(),
            oidc_providers: Vec::new(),
            saml_providers: Vec::new(),
            linked_roles: Vec::new(),
            deny_removals: BTreeSet::new(),
            destroys: None,
            generation: None,
            only_adds: false,
            found: Vec::new(),
        }
    }

    /// Adds an entity, or a group of entities from [`bundles`](crate::bundles).
    #[must_use]
    pub fn with(mut self, component: impl Component) -> Self {
        component.add_to(&mut self);
        self
    }

    /// Says yes, by name, to removing a deny that this bundle does not
    /// declare. The note about a deny that is kept, and the problem about one
    /// that stands in the way, give the name:
    ///
    /// - `inline policy NAME of user NAME` (or `group`, `role`)
    /// - `managed policy NAME`
    /// - `trust policy of role NAME`
    /// - `policy ARN attached to user NAME`
    /// - `membership of user NAME in group NAME`
    /// - `boundary of user NAME`
    ///
    /// The short names (of the inline or managed policy, the role, or the
    /// group, or the ARN of the attached policy) are taken too, and then stand
    /// for every deny of that name. A name that matches nothing is told.
    ///
    /// Without a yes such a deny is left in place and told in the plan's
    /// notes, because it is how AWS and incident responders restrict an
    /// identity: in a document it stays beside the declared statements; of an
    /// undeclared inline policy the denies stay and the grants go. What grants
    /// and denies at once and cannot be cut in two (an attached policy, a
    /// membership, a boundary that is neither wider nor narrower) refuses the
    /// plan. A declared deny with a Sid is told from an added one by the Sid,
    /// and its changed form is replaced, with a note.
    #[must_use]
    pub fn remove_deny(mut self, name: impl Into<String>) -> Self {
        self.deny_removals.insert(name.into());
        self
    }

    /// Which release of the bundle this is: a number that grows with every
    /// release, such as that of the build, and is at least 1.
    ///
    /// It is kept in the bundle's [ledger](crate::ledger). Replicas of an older
    /// release that [`ensure`](crate::Provisioner::ensure) the bundle see it
    /// and change nothing. A plan that is applied sets it to the bundle's own,
    /// so that a release can be taken back by hand.
    #[must_use]
    pub fn generation(mut self, generation: u64) -> Self {
        self.generation = Some(generation);
        self
    }

    /// The bundle's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Everything about the bundle that IAM would refuse: names, paths, ids,
    /// sizes and quotas that need no look at the account. Empty if nothing.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = check::bundle(self);
        problems.extend(self.found.iter().cloned());
        problems
    }

    /// Tells a problem from within [`Component::add_to`]: the bundle is then
    /// refused before any call. `place` says where, `message` what is wrong
    /// and what would be right.
    pub fn problem(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.found.push(Problem::new(place, message));
    }
}

/// Something that can be added to a [`Bundle`].
///
/// Implement it to package several entities under one name, as
/// [`bundles::admin_group`](crate::bundles::admin_group) does:
///
/// ```
/// use iam_provision::{Bundle, Component, Group, User};
///
/// struct Team(&'static str, Vec<&'static str>);
///
/// impl Component for Team {
///     fn add_to(self, bundle: &mut Bundle) {
///         let mut group = Group::new(self.0);
///         for name in self.1 {
///             User::new(name).add_to(bundle);
///             group = group.member(name);
///         }
///         group.add_to(bundle);
///     }
/// }
///
/// let bundle = Bundle::new("teams").with(Team("developers", vec!["ann", "bob"]));
/// assert!(bundle.problems().is_empty());
/// ```
pub trait Component {
    /// Adds the entities to the bundle.
    fn add_to(self, bundle: &mut Bundle);
}

macro_rules! component {
    ($($type:ty => $field:ident),* $(,)?) => {$(
        impl Component for $type {
            fn add_to(self, bundle: &mut Bundle) {
                bundle.$field.push(self);
            }
        }
    )*};
}

component! {
    User => users,
    Group => groups,
    Role => roles,
    ManagedPolicy => policies,
    InstanceProfile => instance_profiles,
    PasswordPolicy => password_policies,
    AccountAlias => aliases,
    OidcProvider => oidc_providers,
    SamlProvider => saml_providers,
    ServiceLinkedRole => linked_roles,
}

impl<C: Component> Component for Option<C> {
    fn add_to(self, bundle: &mut Bundle) {
        if let Some(component) = self {
            component.add_to(bundle);
        }
    }
}

impl<C: Component> Component for Vec<C> {
    fn add_to(self, bundle: &mut Bundle) {
        for component in self {
            component.add_to(bundle);
        }
    }
}
