//! A plan that locks out its caller is refused before the first write: its power,
//! its way in, and that another administrator remains. Each is beside a plan that
//! is nearly the same and takes nothing.

use iam_dsl::{AccountId, TrustPolicy};
use iam_provision::{
    Bundle, Error, ErrorKind, Group, LoginProfile, ManagedPolicy, OidcProvider, Outcome, PolicyRef,
    Provisioner, Reads, Role, User, bundles,
};

use crate::support::{ACCOUNT, ALL, World, allow, document};

fn writes(world: &World) -> usize {
    world.calls().1
}

/// A provisioner with an access key of the user.
async fn as_user(world: &World, name: &str) -> (Provisioner, String) {
    let config = world.as_user(name).await;
    let id = AccountId::new(ACCOUNT).unwrap();
    let provisioner = Provisioner::for_account(id, &config).await.unwrap();
    (provisioner, format!("arn:aws:iam::{ACCOUNT}:user/{name}"))
}

/// Applies as a user, and says what was refused and that nothing was written.
async fn refused(world: &World, provisioner: &Provisioner, bundle: &Bundle) -> Error {
    let plan = provisioner.plan(bundle).await.unwrap();
    assert!(!plan.is_empty());
    writes(world);
    let error = provisioner.apply(&plan, world.options()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockOut, "{error}\n{plan}");
    assert_eq!(writes(world), 0);
    error
}

fn boss(inline: &str) -> Bundle {
    // Shared: the access key with which it comes is not the bundle's.
    let user = User::new("boss").shared();
    Bundle::new("b").with(user.inline("power", document(inline)))
}

#[tokio::test]
async fn a_caller_does_not_take_its_own_power() {
    let world = World::new();
    world.apply(&boss(ALL)).await.unwrap();
    let (provisioner, arn) = as_user(&world, "boss").await;
    let narrow = boss(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#);
    let error = refused(&world, &provisioner, &narrow).await;
    // The step, and the call that it would break.
    let text = error.to_string();
    assert!(
        text.contains("inline policy power of user boss") && text.contains("iam:"),
        "{text}"
    );
    assert!(
        text.contains(&format!("accept_lock_out_of({arn:?})")),
        "{text}"
    );

    // Root is not locked out by policies, and the yes is by name.
    let plan = provisioner.plan(&narrow).await.unwrap();
    let other = world
        .options()
        .accept_lock_out_of("arn:aws:iam::111122223333:user/other");
    assert_eq!(
        provisioner.apply(&plan, other).await.unwrap_err().kind(),
        ErrorKind::LockOut
    );
    let yes = world.options().accept_lock_out_of(arn);
    assert!(provisioner.apply(&plan, yes).await.unwrap().is_complete());
    assert!(world.apply(&boss(ALL)).await.unwrap().is_complete());
}

#[tokio::test]
async fn a_caller_does_not_take_its_own_key() {
    let owned =
        |actions: &str| Bundle::new("b").with(User::new("boss").inline("i", allow(actions)));
    let world = World::new();
    world.apply(&owned("*")).await.unwrap();
    let (provisioner, _) = as_user(&world, "boss").await;
    let error = refused(&world, &provisioner, &owned("*")).await;
    assert!(
        error
            .to_string()
            .contains("takes a credential of the caller"),
        "{error}"
    );
}

#[tokio::test]
async fn a_caller_may_change_what_it_does_not_need() {
    let world = World::new();
    world.apply(&boss(ALL)).await.unwrap();
    let (provisioner, _) = as_user(&world, "boss").await;
    // It keeps all of IAM and loses the rest.
    let rest = boss(r#"{"Effect":"Allow","Action":["iam:*","sts:*"],"Resource":"*"}"#);
    let plan = provisioner.plan(&rest).await.unwrap();
    let outcome: Outcome = provisioner.apply(&plan, world.options()).await.unwrap();
    assert!(outcome.is_complete());
    // And somebody else may lose anything.
    let with = rest.clone().with(User::new("ann").inline("i", allow("*")));
    world.apply(&with).await.unwrap();
    let plan = provisioner.plan(&rest).await.unwrap();
    assert!(provisioner.apply(&plan, world.options()).await.is_ok());
}

#[tokio::test]
async fn a_group_a_boundary_and_a_shared_policy_count() {
    let power = || ManagedPolicy::new("power", document(ALL));
    let with = |member: bool, bounded: bool, deny: &str| {
        let power = match deny {
            "" => power(),
            action => ManagedPolicy::new(
                "power",
                document(&format!(
                    r#"{ALL},{{"Effect":"Deny","Action":"{action}","Resource":"*"}}"#
                )),
            ),
        };
        let cap = ManagedPolicy::new("cap", allow("s3:*"));
        let group = Group::new("admins").attach(&power);
        let user = User::new("boss").shared();
        let user = if bounded { user.boundary(&cap) } else { user };
        let group = if member { group.member("boss") } else { group };
        let bundle = Bundle::new("b").with(user).with(group);
        bundle.with(power).with(cap)
    };
    let world = World::new();
    world.apply(&with(true, false, "")).await.unwrap();
    let (provisioner, _) = as_user(&world, "boss").await;
    for change in [
        with(false, false, ""),
        with(true, true, ""),
        with(true, false, "iam:CreatePolicyVersion"),
    ] {
        refused(&world, &provisioner, &change).await;
    }
    // A deny of something else does not concern it.
    let harmless = with(true, false, "s3:DeleteBucket");
    let plan = provisioner.plan(&harmless).await.unwrap();
    assert!(provisioner.apply(&plan, world.options()).await.is_ok());
    // Deleting itself does.
    let error = refused(&world, &provisioner, &Bundle::new("b")).await;
    assert!(error.to_string().contains("deletes the caller"), "{error}");
}

fn deployer(trusted: &str, assume: bool) -> Bundle {
    let trust: TrustPolicy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":[{trusted}]}},"Action":"sts:AssumeRole"}}]}}"#
    )
    .parse()
    .unwrap();
    // A shared user keeps its key, and whatever else is not declared.
    let user = match assume {
        true => User::new("ann")
            .shared()
            .inline("assume", allow("sts:AssumeRole")),
        false => User::new("ann"),
    };
    Bundle::new("b")
        .with(Role::new("deployer", trust).inline("power", document(ALL)))
        .with(user)
}

/// A provisioner with a session of a role that the user assumes with a key.
async fn as_role(world: &World, user: &str, role: &str) -> Provisioner {
    let config = world.as_role(&world.as_user(user).await, role).await;
    let id = AccountId::new(ACCOUNT).unwrap();
    Provisioner::for_account(id, &config).await.unwrap()
}

#[tokio::test]
async fn the_way_into_the_callers_role_stays() {
    let account = format!(r#""{ACCOUNT}""#);
    let both = format!(r#""{ACCOUNT}","444455556666""#);
    let world = World::new();
    world.apply(&deployer(&account, true)).await.unwrap();
    let provisioner = as_role(&world, "ann", "deployer").await;

    let error = refused(&world, &provisioner, &deployer(r#""444455556666""#, true)).await;
    assert!(error.to_string().contains("no longer lets in"), "{error}");
    let error = refused(&world, &provisioner, &deployer(&account, false)).await;
    assert!(error.to_string().contains("user ann"), "{error}");
    // Letting in somebody more takes nothing.
    let plan = provisioner.plan(&deployer(&both, true)).await.unwrap();
    assert!(provisioner.apply(&plan, world.options()).await.is_ok());
}

/// A user who is nobody's, with a policy.
async fn outsider(world: &World, name: &str, policy: iam_dsl::Policy) {
    world
        .iam
        .create_user()
        .user_name(name)
        .send()
        .await
        .unwrap();
    let put = world.iam.put_user_policy().user_name(name);
    let put = put.policy_name("power").policy_document(policy.as_json());
    put.send().await.unwrap();
}

/// Applies as a caller and says whether it went through.
async fn goes_through(world: &World, provisioner: &Provisioner, bundle: &Bundle) {
    let plan = provisioner.plan(bundle).await.unwrap();
    assert!(!plan.is_empty());
    let outcome = provisioner.apply(&plan, world.options()).await;
    assert!(
        outcome
            .unwrap_or_else(|error| panic!("{error}\n{plan}"))
            .is_complete()
    );
}

fn trust(principals: &str) -> TrustPolicy {
    let json = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principals},"Action":["sts:AssumeRole","sts:AssumeRoleWithWebIdentity"]}}]}}"#
    );
    TrustPolicy::from_json(&json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// Administrators of a bundle, with the credentials that they bring.
fn admins(power: &[(&str, &str)]) -> Bundle {
    power
        .iter()
        .fold(Bundle::new("b"), |bundle, (name, power)| {
            bundle.with(User::new(*name).shared().inline("power", document(power)))
        })
}

const S3: &str = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;

#[tokio::test]
async fn another_administrator_remains() {
    let world = World::new();
    outsider(&world, "ops", allow("iam:*")).await;
    let (provisioner, _) = as_user(&world, "ops").await;
    let both = admins(&[("ann", ALL), ("bea", ALL)]);
    world.apply(&both).await.unwrap();
    for name in ["ann", "bea"] {
        as_user(&world, name).await;
    }
    // One of two may go; of the caller, who is one too, nobody speaks.
    goes_through(&world, &provisioner, &admins(&[("ann", ALL), ("bea", S3)])).await;
    let none = admins(&[("ann", S3), ("bea", S3)]);
    let start = world.sandbox.snapshot();
    let error = refused(&world, &provisioner, &none).await;
    let text = error.to_string();
    assert!(
        text.contains("from user ann") && text.contains("administrator"),
        "{text}"
    );
    // Nor by a deny, a deletion, or a boundary.
    let denied =
        format!(r#"{ALL},{{"Effect":"Deny","Action":"iam:PutUserPolicy","Resource":"*"}}"#);
    refused(
        &world,
        &provisioner,
        &admins(&[("ann", &denied), ("bea", S3)]),
    )
    .await;
    refused(&world, &provisioner, &admins(&[("bea", S3)])).await;
    let cap = ManagedPolicy::new("cap", allow("s3:*"));
    let bounded = User::new("ann").shared().boundary(&cap);
    let bounded = admins(&[("bea", S3)]).with(bounded.inline("power", document(ALL)));
    refused(&world, &provisioner, &bounded.with(cap)).await;
    // Nor by taking the key with which ann comes.
    let keyless = User::new("ann").inline("power", document(ALL));
    let keyless = admins(&[("bea", S3)]).with(keyless);
    refused(&world, &provisioner, &keyless).await;

    // What denies something else, or without MFA only, takes nothing.
    for harmless in [
        r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#,
        r#"{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#,
    ] {
        let with = format!("{ALL},{harmless}");
        goes_through(
            &world,
            &provisioner,
            &admins(&[("ann", &with), ("bea", S3)]),
        )
        .await;
        world.sandbox.restore(&start);
    }

    // Somebody else's administrator is enough, also one by AdministratorAccess, by
    // a group, and with MFA alone; a role for instances is none, nor is somebody
    // under a boundary.
    let attach = |user: &'static str| {
        let attach = world.iam.attach_user_policy().user_name(user);
        attach
            .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
            .send()
    };
    outsider(&world, "eve", allow("s3:*")).await;
    refused(&world, &provisioner, &none).await;
    attach("eve").await.unwrap();
    goes_through(&world, &provisioner, &none).await;
    world.sandbox.restore(&start);

    let elsewhere = Bundle::new("mfa").with(
        bundles::admin_group("Administrators")
            .user("Administrator")
            .enforce_mfa(),
    );
    world.apply(&elsewhere).await.unwrap();
    goes_through(&world, &provisioner, &none).await;
    world.sandbox.restore(&start);

    for (principals, is_one) in [
        (r#"{"Service":"ec2.amazonaws.com"}"#, false),
        (r#"{"AWS":"444455556666"}"#, true),
    ] {
        let role =
            Role::new("other", trust(principals)).attach(PolicyRef::aws("AdministratorAccess"));
        world.apply(&Bundle::new("other").with(role)).await.unwrap();
        match is_one {
            true => goes_through(&world, &provisioner, &none).await,
            false => {
                refused(&world, &provisioner, &none).await;
            }
        }
        world.sandbox.restore(&start);
    }
}

/// Who else there is is not known where only the bundle's entities are read.
#[tokio::test]
async fn another_administrator_who_is_not_read_does_not_count() {
    let world = World::new();
    for name in ["ops", "eve"] {
        outsider(&world, name, allow("iam:*")).await;
    }
    let (provisioner, _) = as_user(&world, "ops").await;
    let targeted = provisioner.clone().reads(Reads::Targeted);
    let plan = targeted.plan(&admins(&[("ann", ALL)])).await.unwrap();
    targeted.apply(&plan, world.options()).await.unwrap();
    as_user(&world, "ann").await;
    let none = admins(&[("ann", S3)]);
    let error = refused(&world, &targeted, &none).await;
    assert!(error.to_string().contains("AccountWide"), "{error}");
    goes_through(&world, &provisioner, &none).await;
}

#[tokio::test]
async fn an_account_without_another_administrator_is_no_worse() {
    let world = World::new();
    world.apply(&boss(ALL)).await.unwrap();
    let (provisioner, _) = as_user(&world, "boss").await;
    // The only one is the caller, and stays.
    let with = |action: &str| boss(ALL).with(User::new("ann").shared().inline("i", allow(action)));
    goes_through(&world, &provisioner, &with("s3:*")).await;
    as_user(&world, "ann").await;
    goes_through(&world, &provisioner, &with("sqs:*")).await;
    // Another who is made is one from then on.
    goes_through(&world, &provisioner, &with("*")).await;
    refused(&world, &provisioner, &with("sqs:*")).await;
}

/// A deny of what the caller does without MFA: whether it has any is not known.
#[tokio::test]
async fn a_deny_without_mfa_counts() {
    let world = World::new();
    world.apply(&boss(ALL)).await.unwrap();
    let (provisioner, _) = as_user(&world, "boss").await;
    let with = |actions: &str| {
        boss(&format!(
            r#"{ALL},{{"Effect":"Deny","Action":"{actions}","Resource":"*","Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"false"}}}}}}"#
        ))
    };
    refused(&world, &provisioner, &with("iam:*")).await;
    goes_through(&world, &provisioner, &with("s3:*")).await;
}

/// What leads into the role `deployer`, and beside it what does not.
struct Team {
    /// Whom the roles trust: deployer, bastion, bystander.
    trusts: [String; 3],
    clients: [&'static [&'static str]; 2],
    users: Vec<User>,
    groups: Vec<Group>,
}

fn account_and_more() -> String {
    format!(r#"{{"AWS":["{ACCOUNT}","444455556666"]}}"#)
}

impl Team {
    fn new() -> Self {
        let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/one.example.com");
        Self {
            trusts: [
                format!(r#"{{"AWS":"{ACCOUNT}","Federated":"{provider}"}}"#),
                account_and_more(),
                account_and_more(),
            ],
            clients: [&["a", "b"], &["a", "b"]],
            users: ["ann", "bob"].map(|name| User::new(name).shared()).into(),
            groups: vec![
                Group::new("ops")
                    .member("ann")
                    .inline("assume", allow("sts:AssumeRole")),
                Group::new("readers")
                    .member("ann")
                    .member("bob")
                    .inline("read", allow("s3:Get*")),
            ],
        }
    }

    fn bundle(self) -> Bundle {
        let [deployer, bastion, bystander] = self.trusts.map(|principals| trust(&principals));
        let mut bundle = Bundle::new("b")
            .with(Role::new("deployer", deployer).inline("power", document(ALL)))
            .with(Role::new("bastion", bastion).inline("assume", allow("sts:AssumeRole")))
            .with(Role::new("bystander", bystander).inline("i", allow("s3:*")));
        for (name, clients) in ["one", "two"].into_iter().zip(self.clients) {
            let provider = OidcProvider::new(format!("https://{name}.example.com"));
            let provider = provider.thumbprint("A031C46782E6E6C662C2C87C76DA9AA62CCABD8E");
            bundle = bundle.with(clients.iter().fold(provider, |p, id| p.client_id(*id)));
        }
        for user in self.users {
            bundle = bundle.with(user);
        }
        self.groups
            .into_iter()
            .fold(bundle, |bundle, group| bundle.with(group))
    }
}

/// Which of the team's users a change is about: the one who may assume the role, or not.
fn of(index: usize, change: impl Fn(User) -> User) -> Bundle {
    let mut team = Team::new();
    let name = ["ann", "bob"][index];
    team.users[index] = change(User::new(name).shared());
    team.bundle()
}

/// A change that locks out, what is told of it, and one that is near and does not.
#[tokio::test]
async fn each_way_into_the_callers_role_stays() {
    let world = World::new();
    world.apply(&Team::new().bundle()).await.unwrap();
    let (_, _) = as_user(&world, "bob").await;
    let provisioner = as_role(&world, "ann", "deployer").await;
    let trusting = |index: usize| {
        let mut team = Team::new();
        let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/one.example.com");
        team.trusts[index] = match index {
            0 => format!(r#"{{"Federated":"{provider}"}}"#),
            _ => format!(r#"{{"AWS":"{ACCOUNT}"}}"#),
        };
        team.bundle()
    };
    let clients = |index: usize, ids: &'static [&'static str]| {
        let mut team = Team::new();
        team.clients[index] = ids;
        team.bundle()
    };
    let without = |group: usize| {
        let mut team = Team::new();
        team.groups[group] = match group {
            0 => Group::new("ops").inline("assume", allow("sts:AssumeRole")),
            _ => Group::new("readers")
                .member("bob")
                .inline("read", allow("s3:Get*")),
        };
        team.bundle()
    };
    let cap = || ManagedPolicy::new("cap", allow("s3:*"));
    let wide = || ManagedPolicy::new("cap", document(ALL));
    let cases = [
        (trusting(0), "no longer lets in", trusting(2)),
        (
            trusting(1),
            "role bastion, who may assume the caller's role",
            trusting(2),
        ),
        (
            clients(0, &["a"]),
            "the provider that the caller's role trusts",
            clients(1, &["a"]),
        ),
        (
            clients(0, &["a"]),
            "the provider that the caller's role trusts",
            clients(0, &["a", "b", "c"]),
        ),
        (
            without(0),
            "user ann, who may assume the caller's role, loses that",
            without(1),
        ),
        (
            of(0, |ann| ann.boundary(&cap())).with(cap()),
            "user ann, who may assume the caller's role, loses that",
            of(1, |bob| bob.boundary(&cap())).with(cap()),
        ),
        (
            of(0, |ann| ann.boundary(&cap())).with(cap()),
            "user ann",
            of(0, |ann| ann.boundary(&wide())).with(wide()),
        ),
        (
            of(0, |_| User::new("ann")),
            "takes a credential of user ann",
            of(1, |_| User::new("bob")),
        ),
    ];
    let start = world.sandbox.snapshot();
    for (locks_out, told, near) in cases {
        let error = refused(&world, &provisioner, &locks_out).await;
        assert!(error.to_string().contains(told), "{told}: {error}");
        goes_through(&world, &provisioner, &near).await;
        world.sandbox.restore(&start);
    }
}

#[tokio::test]
async fn a_password_and_an_mfa_device_on_the_way_stay() {
    let world = World::new();
    let login = |user: User| user.console_login(LoginProfile::new().without_reset());
    let both = |ann: bool, bob: bool| {
        let mut team = Team::new();
        let of = |name: &str, has: bool| match has {
            true => login(User::new(name).shared()),
            // A shared user keeps what it has.
            false => User::new(name),
        };
        team.users = vec![of("ann", ann), of("bob", bob)];
        team.bundle()
    };
    world.apply(&both(true, true)).await.unwrap();
    for name in ["ann", "bob"] {
        world.add_mfa_device(name).await;
    }
    let provisioner = as_role(&world, "ann", "deployer").await;
    let start = world.sandbox.snapshot();
    let error = refused(&world, &provisioner, &both(false, true)).await;
    assert!(
        error.to_string().contains("console password of user ann"),
        "{error}"
    );
    goes_through(&world, &provisioner, &both(true, false)).await;
    world.sandbox.restore(&start);

    // Users that go take their devices with them.
    let only = |index: usize| {
        let mut team = Team::new();
        team.users = vec![login(User::new(["ann", "bob"][index]).shared())];
        team.groups.truncate(1);
        if index == 1 {
            team.groups[0] = Group::new("ops").inline("assume", allow("sts:AssumeRole"));
        }
        team.bundle()
    };
    let error = refused(&world, &provisioner, &only(1)).await;
    assert!(
        error
            .to_string()
            .contains("deactivates an MFA device of user ann"),
        "{error}"
    );
    goes_through(&world, &provisioner, &only(0)).await;
}

/// Passwords, keys and devices do not come back, and a plan says so.
#[tokio::test]
async fn what_cannot_be_taken_back_is_told() {
    let world = World::new();
    let login = User::new("ann").console_login(LoginProfile::new());
    world.apply(&Bundle::new("b").with(login)).await.unwrap();
    as_user(&world, "ann").await;
    let plan = world
        .plan(&Bundle::new("b").with(User::new("ann")))
        .await
        .unwrap();
    let told: Vec<&str> = plan
        .irreversible()
        .iter()
        .map(|(step, _)| step.call())
        .collect();
    assert_eq!(told, ["DeleteLoginProfile", "DeleteAccessKey"], "{plan}");
    let none = world
        .plan(&Bundle::new("c").with(User::new("bea")))
        .await
        .unwrap();
    assert!(none.irreversible().is_empty());
}
