//! GetAccountAuthorizationDetails: everything that grants, in one list.

use super::attachments::{self, name_in};
use super::policies::{AWS, unknown_value};
use super::users::Detail;
use super::{
    Operation, Scope, Target, answer, instance_profiles, policies, policy_versions, roles,
};
use super::{write_boundary, write_label};
use crate::names::Folded;
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::document::percent_encoded;
use crate::state::group::Group;
use crate::state::policy::ManagedPolicy;
use crate::state::role::Role;
use crate::state::user::User;
use crate::state::{Account, Grants, Inline, World};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[Operation::read(
    "GetAccountAuthorizationDetails",
    Target::Everything,
    details,
)];

/// One thing in the list.
enum Item<'w> {
    User(&'w User),
    Group(&'w Group),
    Role(&'w Role),
    Policy(&'w str, &'w ManagedPolicy),
}

impl Item<'_> {
    /// The order of the list, and the marker of a page.
    fn key(&self) -> String {
        let (kind, name) = match self {
            Item::User(user) => ("1", &user.label.name),
            Item::Group(group) => ("2", &group.label.name),
            Item::Role(role) => ("3", &role.label.name),
            Item::Policy(AWS, policy) => ("5", &policy.label.name),
            Item::Policy(_, policy) => ("4", &policy.label.name),
        };
        format!("{kind} {}", Folded::new(name).as_str())
    }
}

/// Which kinds the request's `Filter` asks for.
struct Wanted<'p>(Vec<&'p str>);

impl Wanted<'_> {
    fn from_request(params: &Params) -> Result<Wanted<'_>, Refusal> {
        let kinds = params.list("Filter");
        let known = [
            "User",
            "Role",
            "Group",
            "LocalManagedPolicy",
            "AWSManagedPolicy",
        ];
        match kinds.iter().find(|kind| !known.contains(kind)) {
            Some(other) => Err(unknown_value(
                "Filter",
                other,
                "[User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]",
            )),
            None => Ok(Wanted(kinds)),
        }
    }

    fn has(&self, kind: &str) -> bool {
        self.0.is_empty() || self.0.contains(&kind)
    }
}

fn details(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let wanted = Wanted::from_request(params)?;
    let world: &World = scope.world;
    let account = scope.own_account()?;
    let usage = account.policy_usage();
    let mut items = Vec::new();
    if wanted.has("User") {
        items.extend(account.users.values().map(Item::User));
    }
    if wanted.has("Group") {
        items.extend(account.groups.values().map(Item::Group));
    }
    if wanted.has("Role") {
        items.extend(account.roles.values().map(Item::Role));
    }
    if wanted.has("LocalManagedPolicy") {
        items.extend(
            account
                .policies
                .values()
                .map(|policy| Item::Policy(&account.id, policy)),
        );
    }
    if wanted.has("AWSManagedPolicy") {
        // Of AWS's more than a thousand policies those that are in use.
        let used = world.aws_managed.iter().filter(|(arn, _)| {
            let uses = usage.of(arn);
            uses.attachments + uses.boundaries > 0
        });
        items.extend(used.map(|(_, policy)| Item::Policy(AWS, policy)));
    }
    let page = page(params, items, Item::key)?;
    answer(|x| {
        page.write(x);
        let items = &page.items;
        let users = items.iter().filter_map(|i| {
            if let Item::User(u) = i {
                Some(*u)
            } else {
                None
            }
        });
        x.members("UserDetailList", users, |x, user| {
            write_user(x, account, user)
        });
        let groups = items.iter().filter_map(|i| {
            if let Item::Group(g) = i {
                Some(*g)
            } else {
                None
            }
        });
        x.members("GroupDetailList", groups, |x, group| {
            write_group(x, account, group)
        });
        let roles = items.iter().filter_map(|i| {
            if let Item::Role(r) = i {
                Some(*r)
            } else {
                None
            }
        });
        x.members("RoleDetailList", roles, |x, role| {
            write_role(x, world, account, role)
        });
        let policies = items.iter().filter_map(|i| {
            if let Item::Policy(owner, p) = i {
                Some((*owner, *p))
            } else {
                None
            }
        });
        x.members("Policies", policies, |x, (owner, policy)| {
            policies::write(x, &usage, owner, policy);
            x.text_if("Description", policy.description.as_ref());
            x.members(
                "PolicyVersionList",
                policy.versions.iter().rev(),
                |x, version| {
                    policy_versions::write(x, policy, version, true);
                },
            );
        });
    })
}

fn write_user(x: &mut Xml, account: &Account, user: &User) {
    write_label(x, &account.id, "User", "user", &user.label);
    write_grants(x, "UserPolicyList", &user.grants);
    x.text_members(
        "GroupList",
        account.groups_of(user).map(|group| &group.label.name),
    );
    write_boundary(x, user.grants.boundary.as_ref());
    user.tags.write(x);
}

fn write_group(x: &mut Xml, account: &Account, group: &Group) {
    write_label(x, &account.id, "Group", "group", &group.label);
    write_grants(x, "GroupPolicyList", &group.grants);
}

fn write_role(x: &mut Xml, world: &World, account: &Account, role: &Role) {
    write_label(x, &account.id, "Role", "role", &role.label);
    x.text(
        "AssumeRolePolicyDocument",
        percent_encoded(&role.trust.text(world)),
    );
    let key = Folded::new(&role.label.name);
    let profiles = account
        .instance_profiles
        .values()
        .filter(|p| p.role.as_ref() == Some(&key));
    x.members("InstanceProfileList", profiles, |x, profile| {
        instance_profiles::write(x, world, &account.id, profile, Detail::Listed);
    });
    write_grants(x, "RolePolicyList", &role.grants);
    write_boundary(x, role.grants.boundary.as_ref());
    role.tags.write(x);
    roles::write_last_used(x, role);
}

fn write_grants(x: &mut Xml, list: &str, grants: &Grants) {
    x.members(
        list,
        grants.inline.values(),
        |x, Inline { name, policy }| {
            x.text("PolicyName", name);
            x.text("PolicyDocument", policy.encoded());
        },
    );
    x.members("AttachedManagedPolicies", &grants.attached, |x, arn| {
        attachments::write(x, name_in(arn), arn);
    });
}
