//! The handle on an organization.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::sandbox::{Inner, Sandbox};
use crate::state::organization::{self as state, Attached, Node};
use crate::state::{PolicyText, World};

/// The policy that AWS attaches to every root, unit and account, so that
/// nothing is forbidden at first.
const FULL_ACCESS: (&str, &str) = (
    "FullAWSAccess",
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
);

/// "Quotas and service limits for AWS Organizations": policies of one type
/// attached to one root, unit or account, and levels of units below a root.
const MOST_ATTACHED: usize = 5;
const DEEPEST_UNIT: usize = 5;

/// The two types of policy that limit accounts of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlPolicy {
    /// A service control policy: what principals of the accounts may do.
    Service,
    /// A resource control policy: what may be done to resources of the accounts.
    /// `RCPFullAWSAccess` is always attached and need not be given.
    Resource,
}

/// An AWS organization with all features; see [`Sandbox::organization`].
///
/// Roots, units and accounts are named by id: `r-…`, `ou-…`, 12 digits.
/// Every level from the root down to the account has to allow an action, as
/// AWS has it, and the principals of the management account are limited by
/// nothing. `FullAWSAccess` is attached to everything at first.
///
/// ```
/// use iam_sandbox::{ControlPolicy, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::new();
/// let organization = sandbox.organization("111122223333")?;
/// let workloads = organization.create_unit(&organization.root(), "Workloads")?;
/// organization.place("444455556666", &workloads)?;
/// organization.attach(&workloads, ControlPolicy::Service, "NoUsers",
///     r#"{"Version":"2012-10-17","Statement":[
///         {"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}]}"#)?;
///
/// let member = aws_sdk_iam::Client::new(&sandbox.account("444455556666")?.sdk_config());
/// assert!(member.create_user().user_name("Ann").send().await.is_err()); // even as root
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Organization {
    management: String,
    inner: Arc<Inner>,
}

impl fmt::Debug for Organization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Organization")
            .field("management_account", &self.management)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// The organization that this account manages; it comes into being, with
    /// the account, on first use.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidAccountId`] for anything but 12 digits;
    /// [`ErrorKind::InvalidOrganization`] if the account is a member of
    /// another organization.
    pub fn organization(&self, management_account: &str) -> Result<Organization, Error> {
        self.account(management_account)?;
        let organization = Organization {
            management: management_account.to_owned(),
            inner: Arc::clone(self.inner()),
        };
        let mut core = organization.inner.core();
        if let Some((manager, _)) = core.world.organization_of(management_account) {
            if manager != management_account {
                return Err(refused(format_args!(
                    "account {management_account} is a member of the organization that {manager} \
                     manages"
                )));
            }
        } else {
            found(&mut core.world, management_account)?;
        }
        drop(core);
        Ok(organization)
    }
}

/// Makes an organization with a root and its management account below it.
fn found(world: &mut World, management: &str) -> Result<(), Error> {
    let (id, root) = world.ids.organization();
    let mut organization = state::Organization {
        id,
        root: root.clone(),
        root_features: BTreeSet::new(),
        nodes: [(root.clone(), node(None, "")?)].into(),
    };
    let account = node(Some(&root), "")?;
    organization.nodes.insert(management.to_owned(), account);
    world
        .organizations
        .insert(management.to_owned(), organization);
    Ok(())
}

fn node(parent: Option<&str>, name: &str) -> Result<Node, Error> {
    let (policy, document) = FULL_ACCESS;
    Ok(Node {
        parent: parent.map(str::to_owned),
        name: name.to_owned(),
        service_control: [(policy.to_owned(), read(ControlPolicy::Service, document)?)].into(),
        resource_control: Attached::new(),
    })
}

fn read(kind: ControlPolicy, document: &str) -> Result<PolicyText, Error> {
    let (read, error) = match kind {
        ControlPolicy::Service => (
            PolicyText::service_control(document),
            ErrorKind::InvalidServiceControlPolicy,
        ),
        ControlPolicy::Resource => (
            PolicyText::resource_control(document),
            ErrorKind::InvalidResourceControlPolicy,
        ),
    };
    read.map_err(|refusal| {
        Error::new(
            error,
            format_args!("control policy refused: {}", refusal.message),
        )
    })
}

fn refused(message: fmt::Arguments<'_>) -> Error {
    Error::new(ErrorKind::InvalidOrganization, message)
}

impl Organization {
    /// The account that manages it, which no control policy limits.
    #[must_use]
    pub fn management_account(&self) -> &str {
        &self.management
    }

    /// The id of the organization, `o-…`: what `aws:PrincipalOrgID` says.
    #[must_use]
    pub fn id(&self) -> String {
        self.look(|organization| organization.id.clone())
            .unwrap_or_default()
    }

    /// The id of its root, `r-…`.
    #[must_use]
    pub fn root(&self) -> String {
        self.look(|organization| organization.root.clone())
            .unwrap_or_default()
    }

    /// Makes a unit below the root or another unit and returns its id.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOrganization`] if the parent is no root or unit, has
    /// a unit of that name already, or lies five levels deep.
    pub fn create_unit(&self, parent: &str, name: &str) -> Result<String, Error> {
        self.change(|world, management| {
            let organization = known(world, management)?;
            let depth = parent_depth(organization, parent)?;
            if depth >= DEEPEST_UNIT {
                return Err(refused(format_args!(
                    "no unit can lie below {parent}: units nest {DEEPEST_UNIT} levels deep"
                )));
            }
            let taken = |node: &Node| node.parent.as_deref() == Some(parent) && node.name == name;
            if name.is_empty() || organization.nodes.values().any(taken) {
                return Err(refused(format_args!(
                    "unit name {name:?} cannot be used below {parent}: it must not be empty, nor \
                     that of another unit there"
                )));
            }
            let root = organization.root.clone();
            let id = world.ids.organizational_unit(&root);
            let unit = node(Some(parent), name)?;
            known(world, management)?.nodes.insert(id.clone(), unit);
            Ok(id)
        })
    }

    /// Puts an account below the root or a unit: it joins the organization, or
    /// moves within it. It comes into being on first use.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidAccountId`]; [`ErrorKind::InvalidOrganization`] if
    /// the parent is no root or unit, or the account is in another organization.
    pub fn place(&self, account: &str, parent: &str) -> Result<(), Error> {
        Sandbox::of(&self.inner).account(account)?;
        self.change(|world, management| {
            parent_depth(known(world, management)?, parent)?;
            match world.organization_of(account) {
                Some((manager, _)) if manager != management => Err(refused(format_args!(
                    "account {account} is in the organization that {manager} manages; let it \
                     leave that first"
                ))),
                Some(_) => {
                    if let Some(node) = known(world, management)?.nodes.get_mut(account) {
                        node.parent = Some(parent.to_owned());
                    }
                    Ok(())
                }
                None => {
                    let member = node(Some(parent), "")?;
                    let nodes = &mut known(world, management)?.nodes;
                    nodes.insert(account.to_owned(), member);
                    Ok(())
                }
            }
        })
    }

    /// Lets a member account leave the organization.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOrganization`] if it is no member, or the management
    /// account.
    pub fn remove(&self, account: &str) -> Result<(), Error> {
        self.change(|world, management| {
            let nodes = &mut known(world, management)?.nodes;
            let leaves = account != management && crate::state::is_account_id(account);
            if !leaves || nodes.remove(account).is_none() {
                return Err(refused(format_args!(
                    "{account} cannot leave the organization: it must be a member account"
                )));
            }
            Ok(())
        })
    }

    /// Attaches a policy to the root, a unit or an account. One of the same
    /// name and type there is replaced.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidServiceControlPolicy`] or
    /// [`ErrorKind::InvalidResourceControlPolicy`] for a document that AWS
    /// refuses; [`ErrorKind::InvalidOrganization`] if there is no such target,
    /// or five policies of that type are attached to it.
    pub fn attach(
        &self,
        target: &str,
        kind: ControlPolicy,
        name: &str,
        document: &str,
    ) -> Result<(), Error> {
        let policy = read(kind, document)?;
        self.change(|world, management| {
            let attached = attached(world, management, target, kind)?;
            if !attached.contains_key(name) && attached.len() >= MOST_ATTACHED {
                return Err(refused(format_args!(
                    "{target} has {MOST_ATTACHED} policies of that type already, which is the most"
                )));
            }
            attached.insert(name.to_owned(), policy);
            Ok(())
        })
    }

    /// Detaches a policy, `FullAWSAccess` for instance.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOrganization`] if it is not attached there, or is the
    /// last service control policy, which AWS does not let go.
    pub fn detach(&self, target: &str, kind: ControlPolicy, name: &str) -> Result<(), Error> {
        self.change(|world, management| {
            let attached = attached(world, management, target, kind)?;
            if !attached.contains_key(name) {
                return Err(refused(format_args!("{target} has no policy {name:?}")));
            }
            if kind == ControlPolicy::Service && attached.len() == 1 {
                return Err(refused(format_args!(
                    "{name:?} is the last service control policy of {target}; attach another one \
                     first"
                )));
            }
            attached.remove(name);
            Ok(())
        })
    }

    fn look<T>(&self, look: impl FnOnce(&state::Organization) -> T) -> Option<T> {
        let core = self.inner.core();
        core.world.organizations.get(&self.management).map(look)
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut World, &str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        change(&mut self.inner.core().world, &self.management)
    }
}

/// The organization; gone if an earlier snapshot was restored.
fn known<'w>(world: &'w mut World, management: &str) -> Result<&'w mut state::Organization, Error> {
    world.organizations.get_mut(management).ok_or_else(|| {
        refused(format_args!(
            "account {management} manages no organization in the state that was restored"
        ))
    })
}

/// How deep a root (0) or unit lies; accounts have nothing below them.
fn parent_depth(organization: &state::Organization, parent: &str) -> Result<usize, Error> {
    let path = organization.path(parent);
    if path.is_empty() || crate::state::is_account_id(parent) {
        return Err(refused(format_args!(
            "{parent:?} is neither the root nor a unit of the organization"
        )));
    }
    Ok(path.len() - 1)
}

fn attached<'w>(
    world: &'w mut World,
    management: &str,
    target: &str,
    kind: ControlPolicy,
) -> Result<&'w mut Attached, Error> {
    let nodes = &mut known(world, management)?.nodes;
    let node = nodes.get_mut(target).ok_or_else(|| {
        refused(format_args!(
            "{target:?} is no root, unit or account of the organization"
        ))
    })?;
    Ok(match kind {
        ControlPolicy::Service => &mut node.service_control,
        ControlPolicy::Resource => &mut node.resource_control,
    })
}
