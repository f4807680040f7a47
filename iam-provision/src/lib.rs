//! Applies IAM bundles idempotently through the AWS SDK, without a state file.
//!
//! A [`Bundle`] says what is wanted. A [`Provisioner`] compares it with what
//! is there and makes a [`Plan`], which says in words what each step does and
//! what access it gives or takes, and applies it. Applying twice changes
//! nothing the second time; applying after a crash does what is left.
//!
//! ```no_run
//! use iam_dsl::AccountId;
//! use iam_provision::{bundles, ApplyOptions, Bundle, PasswordPolicy, Provisioner, Secret};
//!
//! # async fn run(sdk_config: aws_types::SdkConfig) -> Result<(), Box<dyn std::error::Error>> {
//! let bundle = Bundle::new("platform-admins")
//!     .with(bundles::admin_group("Administrators").user("Administrator").enforce_mfa())
//!     .with(PasswordPolicy::strict());
//!
//! let account = AccountId::new("111122223333")?;
//! let provisioner = Provisioner::for_account(account, &sdk_config).await?;
//! let plan = provisioner.plan(&bundle).await?; // reads only
//! print!("{plan}");
//! let options = ApplyOptions::new().secrets(|secret: Secret| async move {
//!     // Hand secret.expose() to a secrets store, never to a log.
//!     drop(secret);
//!     Ok(())
//! });
//! let outcome = provisioner.apply(&plan, options).await?;
//! println!("{outcome}");
//! assert!(provisioner.plan(&bundle).await?.is_empty());
//!
//! let teardown = provisioner.destroy(&bundle).await?;
//! provisioner.apply(&teardown, ApplyOptions::new()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Ownership
//!
//! There is no state file: who owns what is read from IAM. Users and roles
//! carry the tag [`OWNER_TAG`]; groups, managed policies, instance profiles,
//! identity providers and service-linked roles are listed in the bundle's
//! [`ledger`], a policy attached to nobody, which also keeps the account
//! password policy and the alias found at the first apply, and what is
//! protected. An entity of a declared name that is not the bundle's is refused
//! unless it is adopted; nothing else in the account is ever touched. What the
//! bundle owned and no longer declares is deleted, unless it is protected; a
//! user or group that is declared under a new name (`renamed_from`) keeps what
//! it holds.
//!
//! What the bundle owns is exclusive: inline policies, attachments and
//! memberships that grant and are not declared are drift and are removed. A
//! deny that is not declared, be it a policy of its own or one statement of a
//! declared document, is left in place and told, because that is how AWS and
//! incident responders restrict an identity; [`Bundle::remove_deny`] is the
//! yes by name that removes it. There is no record of what a bundle declared
//! before, so a deny that is taken out of a bundle needs the yes as well.
//! Of AWS's own policies only those of quarantine
//! (`AWSCompromisedKeyQuarantine…`, `AWSDenyAll`) count as denies.
//!
//! # Safe order
//!
//! Steps are ordered so that no prefix of a plan allows a request that neither
//! the state before nor the state after allows, and none refuses a request
//! that both allow: denies are added before allows, allows are removed before
//! denies, whoever joins a group or may newly assume a role does so when that
//! is what it is to be, and credentials come last. The order is proved for every
//! user and role that the plan touches ([`Plan::order`]), with everything each
//! has. Where no order is safe, an inline policy of a reserved name, put first and
//! removed last, bridges the change: it denies what would be extra and, where that
//! is not enough, allows what would be lost. A trust policy that lets in some and
//! no longer others is narrowed first and widened last. From wherever a crash
//! leaves it the rest is planned and proved in the same way. Where none of this
//! helps, or the policy does not fit, the plan says so and is refused without a
//! yes by name ([`ApplyOptions::accept_moments_of`]).
//!
//! Each step says what it gives to whom and what it takes ([`Step::access`]),
//! proved, and what is not known. A [`Provisioner::ceiling`] refuses plans that
//! give more than a policy says, a [`Provisioner::trust_ceiling`] those that let in
//! more, and a plan that may lock out its caller is
//! refused without a yes by name ([`ApplyOptions::accept_lock_out_of`]), both
//! before the first write.
//!
//! Honest limits: all of this holds for the order in which IAM accepts the calls,
//! with no other writer; IAM propagates changes asynchronously, promises no order
//! between them, and reading back proves nothing about enforcement.
//! [`ApplyOptions::settle`] waits between phases. A managed policy whose update is to be
//! tried out is [updated in two steps](ManagedPolicy::update_in_two_steps): a
//! [probe](ApplyOptions::probe) that fails puts the former version back. A session of a role that was
//! made earlier lives on and has what the role is given: where a plan lets in fewer and
//! gives more, it says so and wants a yes, or
//! [ends older sessions](Role::end_sessions_when_trust_narrows); or make another role.
//! Policies of AWS's are read by [`Provisioner::plan`] where the order, a ceiling or
//! what somebody gains and loses by getting one for another hangs on what they say,
//! and then as they are at that time; [`plan()`] and [`Provisioner::ensure`] take
//! those that come and go for ones that only allow. Service control policies and the
//! policies of resources are not looked at. A permission that moves between a user and
//! a role that it may assume is kept in between for the bundle's own users and roles,
//! where the policies do not ask who it is.
//!
//! A bundle has as many groups, managed policies, instance profiles and identity
//! providers as its [`ledger`], a managed policy of 6,144 characters, can list: about
//! ninety. More are refused before any call; split the bundle.
//!
//! # Large accounts
//!
//! A plan reads the whole account, a thousand entities a page. Where there are more,
//! it reads what the bundle declares and what its [`ledger`] lists, one by one, if that
//! takes fewer calls; [`Provisioner::reads`] chooses by hand.
//!
//! # Services and fleets
//!
//! A service that starts brings its own bundle about with
//! [`Provisioner::ensure`], which reads what the bundle names, only adds, and
//! does not undo a newer release; or only [`verify`](Provisioner::verify)s what
//! a deploy job applied, which gives the service no power over IAM. A [`Fleet`]
//! applies a bundle to many accounts in stages.
//!
//! # Watching
//!
//! Each step is a span `iam_step` of [`tracing`], each call of the SDK a span
//! `iam_call` with its operation, how it ended and after how many tries; no
//! parameter and no answer is in them. [`ApplyOptions::progress`] is told before
//! and after each step, and an [`Outcome`] has a JSON form.
//!
//! # Secrets
//!
//! Passwords are made while a plan is applied and handed to the
//! [`SecretSink`] before the login profile is created. An access key is made
//! after the user is marked ([`ACCESS_KEY_TAG`]) and deleted at once if it
//! cannot be handed over; the mark tells the next plan of a key that nobody
//! received. Secrets are in no plan, log, error or Debug form.

mod apply;
pub mod bundles;
mod client;
mod clock;
mod desired;
mod document;
mod ensure;
mod error;
mod fleet;
mod keys;
pub mod lease;
pub mod ledger;
mod names;
mod observed;
mod plan;
mod provisioner;
mod reach;
mod root_user;
pub mod rotate;
mod secret;
pub mod session;
pub mod sink;
mod state;

pub use apply::{
    ApplyOptions, Cancellation, Outcome, ProbeError, Probed, Progress, SwitchedVersion,
    VersionProbe,
};
pub use desired::{
    AccountAlias, Bundle, Component, Group, InstanceProfile, LoginProfile, ManagedPolicy,
    OidcProvider, PasswordPolicy, PolicyRef, Role, SamlProvider, ServiceLinkedRole, User,
};
pub use document::PolicyText;
pub use ensure::{EnsureOptions, Ensured, Verified};
pub use error::{Error, ErrorKind};
pub use fleet::{AccountReport, AccountStatus, Fleet, FleetReport};
pub use keys::ACCESS_KEY_TAG;
pub use names::{OWNER_TAG, Problem};
pub use observed::{Observed, Reads};
pub use plan::{
    AccessChange, AccessChangeKind, Change, Moment, MomentKind, Note, NoteKind, OrderProof, Plan,
    SavedPlan, Step, plan,
};
pub use provisioner::Provisioner;
pub use root_user::{RootFinding, RootUser};
pub use secret::{Delivery, DeliveryError, Secret, SecretKind, SecretSink};
