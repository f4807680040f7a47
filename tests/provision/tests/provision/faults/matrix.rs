//! For every call of a converge, an update and a destroy, and for every way in
//! which it can go wrong: the next run ends converged.

use std::time::Duration;

use iam_dsl::AccountId;
use iam_provision::{Bundle, Error, Provisioner};
use iam_sandbox::Fault;

use super::estates::{Credentials, ESTATES, Estate, nothing};
use super::line::{Cut, Line};
use crate::support::{ACCOUNT, World, allow};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug)]
enum Weather {
    /// The program is killed before the call.
    KilledBefore,
    /// The program is killed when the call has taken effect.
    KilledAfter,
    /// The attempt fails; the SDK or the apply tries again.
    Once(Fault),
    /// It and many attempts after it fail.
    Throughout(Fault),
    /// Killed when the call has taken effect, and for ten seconds reads show
    /// nothing of what was written.
    KilledWhileReadsLag,
}

/// How long reads lag.
const LAG: Duration = Duration::from_secs(10);

/// From what to what.
#[derive(Clone, Copy, Debug)]
enum Run {
    Converge,
    Update,
    Destroy,
}

impl Run {
    fn before(self, estate: &Estate) -> Bundle {
        match self {
            Self::Converge => nothing(),
            Self::Update => (estate.first)(),
            Self::Destroy => (estate.last)(),
        }
    }

    fn after(self, estate: &Estate) -> Bundle {
        match self {
            Self::Converge => (estate.first)(),
            Self::Update => (estate.second)(),
            Self::Destroy => nothing(),
        }
    }

    fn credentials(self, estate: &Estate) -> Credentials {
        match self {
            Self::Converge => estate.converged,
            Self::Update => estate.updated,
            Self::Destroy => Credentials {
                passwords: &[],
                keys: &[],
            },
        }
    }
}

/// What a run said to whoever started it.
fn said(result: &Option<Result<iam_provision::Outcome, Error>>) -> String {
    match result {
        None => String::new(),
        Some(Ok(outcome)) => format!("{outcome} {outcome:?}"),
        Some(Err(error)) => format!("{error} {error:?}"),
    }
}

/// What is in the account, whichever ids its keys have.
async fn contents(world: &World) -> String {
    let text = world.contents().await;
    let mut parts = text.split("AKIA");
    let mut masked = parts.next().unwrap().to_owned();
    for part in parts {
        masked.push_str("AKIA");
        masked.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric()));
    }
    masked
}

struct Matrix {
    world: World,
    estate: Estate,
    run: Run,
    weather: Weather,
    start: iam_sandbox::Snapshot,
    /// The credentials made before the run.
    delivered: Vec<(String, String)>,
    /// What an undisturbed run leads to.
    expected: String,
}

impl Matrix {
    async fn new(estate: Estate, run: Run, weather: Weather) -> Self {
        let world = World::new();
        if !matches!(run, Run::Converge) {
            world.apply(&run.before(&estate)).await.unwrap();
        }
        let start = world.sandbox.snapshot();
        let delivered = world.delivered.lock().unwrap().clone();
        let after = run.after(&estate);
        let provisioner = world.provisioner().await;
        let plan = provisioner.plan(&after).await.unwrap();
        let options = world.options_for(&plan);
        provisioner.apply(&plan, options).await.unwrap();
        let expected = contents(&world).await;
        assert!(world.plan(&after).await.unwrap().is_empty());
        Self {
            world,
            estate,
            run,
            weather,
            start,
            delivered,
            expected,
        }
    }

    /// Whether the run came as far as call `k`.
    async fn survive(&self, k: u64) -> bool {
        let Self { world, weather, .. } = self;
        world.sandbox.restore(&self.start);
        *world.delivered.lock().unwrap() = self.delivered.clone();
        let line = match weather {
            Weather::KilledBefore => Line::cut(Cut::Before(k)),
            Weather::KilledAfter | Weather::KilledWhileReadsLag => Line::cut(Cut::After(k)),
            Weather::Once(_) | Weather::Throughout(_) => Line::default(),
        };
        match *weather {
            Weather::Once(fault) => world.sandbox.fail_call(k, fault),
            Weather::Throughout(fault) => {
                (k..k + 40).for_each(|call| world.sandbox.fail_call(call, fault));
            }
            Weather::KilledWhileReadsLag => world.sandbox.delay_visibility(LAG),
            Weather::KilledBefore | Weather::KilledAfter => {}
        }
        let bundle = self.run.after(&self.estate);
        let config = line.under(&world.account.sdk_config());
        let run = async {
            let id = AccountId::new(ACCOUNT).unwrap();
            let provisioner = Provisioner::for_account(id, &config).await?;
            let plan = provisioner.plan(&bundle).await?;
            provisioner.apply(&plan, world.options_for(&plan)).await
        };
        let result = line.until_dead(run).await;
        let reached = line.attempts() >= k;
        world.sandbox.clear_faults();
        if let Some(Err(error)) = &result {
            assert!(error.is_retryable(), "{self:?} at {k}: {error}");
        }
        let mut told = said(&result);
        told.push_str(&self.take_up(k).await);
        world.sandbox.delay_visibility(Duration::ZERO);
        assert_eq!(
            contents(world).await,
            self.expected,
            "{self:?} at {k}: something is left over or missing"
        );
        self.no_version_waits(k).await;
        self.credentials_are_known(k).await;
        for (_, secret) in world.delivered.lock().unwrap().iter() {
            assert!(
                !told.contains(secret.as_str()),
                "{self:?} at {k}: a secret is shown"
            );
        }
        reached
    }

    /// The run that follows. Only where reads lag it may ask for patience: it
    /// then ends with an error that says so, and the one after it is made when
    /// a person would.
    async fn take_up(&self, k: u64) -> String {
        let mut told = String::new();
        for _ in 0..3 {
            let result = Some(self.again().await);
            told.push_str(&said(&result));
            match result {
                None | Some(Ok(_)) => return told,
                Some(Err(error)) => {
                    assert!(
                        matches!(self.weather, Weather::KilledWhileReadsLag)
                            && error.is_retryable(),
                        "{self:?} at {k}: {error}"
                    );
                    self.world.sandbox.advance(LAG);
                }
            }
        }
        panic!("{self:?} at {k}: three runs do not converge");
    }

    /// No yes is given to an order: from wherever the first run was cut there is one
    /// that is proved safe. What no order changes is sessions that live on.
    async fn again(&self) -> Result<iam_provision::Outcome, Error> {
        let provisioner = self.world.provisioner().await;
        let plan = provisioner.plan(&self.run.after(&self.estate)).await?;
        let options = self.world.options_for(&plan);
        provisioner.apply(&plan, options).await
    }

    /// However often one was delivered, the last is the one in force.
    async fn credentials_are_known(&self, k: u64) {
        let delivered = self.world.delivered.lock().unwrap().clone();
        let last = |user: &str| {
            let last = delivered.iter().rev().find(|(to, _)| to == user);
            let (_, secret) = last.unwrap_or_else(|| panic!("{self:?} at {k}: none for {user}"));
            secret.clone()
        };
        let credentials = self.run.credentials(&self.estate);
        for user in credentials.passwords {
            self.signs_in(k, user, &last(user)).await;
        }
        for (user, made_for) in credentials.keys {
            self.has_this_key_alone(k, user, &last(made_for)).await;
        }
    }

    /// Nothing that was made to be switched to is left behind.
    async fn no_version_waits(&self, k: u64) {
        let details = self.world.iam.get_account_authorization_details();
        let details = details.send().await.unwrap();
        for policy in details.policies() {
            let number = |id: Option<&str>| id.unwrap()[1..].parse::<u32>().unwrap();
            let default = number(policy.default_version_id());
            let newer = |v: &&_| number(aws_sdk_iam::types::PolicyVersion::version_id(v)) > default;
            let waiting: Vec<_> = policy.policy_version_list().iter().filter(newer).collect();
            assert!(waiting.is_empty(), "{self:?} at {k}: {waiting:?}");
        }
    }

    async fn signs_in(&self, k: u64, user: &str, password: &str) {
        let world = &self.world;
        // Whatever its policies say: who knows the password is what is asked.
        world
            .iam
            .put_user_policy()
            .user_name(user)
            .policy_name("may")
            .policy_document(allow("iam:ChangePassword").as_json())
            .send()
            .await
            .unwrap();
        let session = world
            .account
            .sign_in(user, iam_sandbox::Mfa::Absent)
            .unwrap();
        let changed = aws_sdk_iam::Client::new(&session)
            .change_password()
            .old_password(password)
            .new_password("Another-1-long-password")
            .send()
            .await;
        assert!(
            changed.is_ok(),
            "{self:?} at {k}: the password in force is not the one delivered"
        );
    }

    async fn has_this_key_alone(&self, k: u64, user: &str, secret: &str) {
        let world = &self.world;
        let keys = world
            .iam
            .list_access_keys()
            .user_name(user)
            .send()
            .await
            .unwrap();
        let [key] = keys.access_key_metadata() else {
            panic!("{self:?} at {k}: {keys:?}");
        };
        let id = key.access_key_id().unwrap();
        let config = world.account.sdk_config_with(id, secret, None);
        world.sandbox.check_signatures(true);
        let answer = aws_sdk_sts::Client::new(&config)
            .get_caller_identity()
            .send()
            .await;
        world.sandbox.check_signatures(false);
        assert!(
            answer.is_ok(),
            "{self:?} at {k}: the key in force is not the one delivered"
        );
    }
}

impl std::fmt::Debug for Matrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {:?}, {:?}",
            self.estate.name, self.run, self.weather
        )
    }
}

async fn at_each_call(estate: Estate, weather: Weather) {
    for (run, at_least) in [(Run::Converge, 24), (Run::Update, 24), (Run::Destroy, 24)] {
        let matrix = Matrix::new(estate, run, weather).await;
        let mut k = 1;
        while matrix.survive(k).await {
            k += 1;
        }
        assert!(k > at_least, "only {k} calls in {matrix:?}");
    }
}

/// A test for each weather and each estate.
macro_rules! rows {
    ($($name:ident: $weather:expr;)*) => {$(
        mod $name {
            use super::*;

            #[tokio::test]
            async fn identities() {
                at_each_call(ESTATES[0], $weather).await;
            }

            #[tokio::test]
            async fn the_rest() {
                at_each_call(ESTATES[1], $weather).await;
            }
        }
    )*};
}

rows! {
    killed_before: Weather::KilledBefore;
    killed_after_the_effect: Weather::KilledAfter;
    throttled_once: Weather::Once(Fault::Throttle);
    throttled_throughout: Weather::Throughout(Fault::Throttle);
    server_errors_throughout: Weather::Throughout(Fault::ServiceFailure);
    no_answer_after_the_effect: Weather::Once(Fault::TimeoutAfterEffect);
    concurrent_modification: Weather::Once(Fault::ConcurrentModification);
    killed_while_reads_lag: Weather::KilledWhileReadsLag;
}
