//! The list of points against servers over HTTP.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::StaticTimeSource;
use aws_types::SdkConfig;
use iam_conformance::{Column, Embedded, Keys, List, Outcome, Point, Server as Target, run};
use iam_sandbox::Sandbox;

use crate::client::connect;
use crate::server::Server;

/// What the list can be run against.
pub const SERVERS: [&str; 4] = ["sandbox", "loopback", "moto", "ministack"];

/// Runs the whole list against the server of that name.
///
/// # Panics
/// Where the server cannot be installed or does not come up.
pub async fn column(list: &List, server: &str) -> Option<Column> {
    Some(match server {
        "sandbox" => sandbox(list).await,
        "loopback" => loopback(list).await,
        "moto" => moto(list).await,
        "ministack" => ministack(list).await,
        _ => return None,
    })
}

/// Runs the whole list against the sandbox in this process.
async fn sandbox(list: &List) -> Column {
    let mut outcomes = Vec::new();
    for point in list.families().iter().flat_map(|family| &family.points) {
        let sandbox = Embedded::new().expect("a sandbox");
        outcomes.push(run(&sandbox, list, point).await);
    }
    Column {
        server: "sandbox".to_owned(),
        outcomes,
    }
}

/// Runs the whole list against the sandbox's server, over HTTP and with checked
/// signatures. Its clock stands as in the process, and so does the SDK's.
async fn loopback(list: &List) -> Column {
    let mut outcomes = Vec::new();
    for point in list.families().iter().flat_map(|family| &family.points) {
        let sandbox = Sandbox::new();
        sandbox.check_signatures(true);
        let server = sandbox
            .serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .await;
        let server = server.expect("the sandbox listens");
        let loopback = Loopback {
            sandbox,
            endpoint: server.url(),
        };
        outcomes.push(run(&loopback, list, point).await);
    }
    Column {
        server: "loopback".to_owned(),
        outcomes,
    }
}

/// Runs the whole list against moto.
///
/// It loads AWS's managed policies anew after every reset, which takes a second:
/// so two of it run, and only points that name such a policy are put to the one
/// that has them. And it authorizes only when asked to, without a key for root: a
/// point with callers of its own is moto's if it holds with or without that.
async fn moto(list: &List) -> Column {
    let mut without = Moto::new(Server::moto_without_managed_policies());
    let mut with = Moto::new(Server::moto());
    let mut outcomes = Vec::new();
    for point in list.families().iter().flat_map(|family| &family.points) {
        let moto = if names_a_policy_of_aws(point) {
            &mut with
        } else {
            &mut without
        };
        let authorized = moto.ask(list, point, true).await;
        if authorized.holds() || !moto.authorized_somebody() {
            outcomes.push(authorized);
            continue;
        }
        let anyway = moto.ask(list, point, false).await;
        outcomes.push(if anyway.holds() { anyway } else { authorized });
    }
    Column {
        server: "moto".to_owned(),
        outcomes,
    }
}

fn names_a_policy_of_aws(point: &Point) -> bool {
    let mut values = point.steps.iter().flat_map(|step| step.parameters.values());
    values.any(|value| value.contains("arn:aws:iam::aws:policy/"))
}

/// Runs the whole list against ministack.
async fn ministack(list: &List) -> Column {
    let ministack = Ministack(Server::ministack());
    let mut outcomes = Vec::new();
    for point in list.families().iter().flat_map(|family| &family.points) {
        ministack.0.post("/_ministack/reset", "");
        outcomes.push(run(&ministack, list, point).await);
    }
    Column {
        server: "ministack".to_owned(),
        outcomes,
    }
}

struct Loopback {
    sandbox: Sandbox,
    endpoint: String,
}

impl Target for Loopback {
    fn account(&self) -> &str {
        "111122223333"
    }

    fn root(&self, account: &str) -> Option<Keys> {
        let (id, secret) = self.sandbox.account(account).ok()?.root_credentials();
        Some(Keys {
            id,
            secret,
            token: None,
        })
    }

    fn config(&self, keys: &Keys) -> SdkConfig {
        let now = self.sandbox.now();
        let (config, _) = connect(&self.endpoint, keys);
        config
            .into_builder()
            .time_source(StaticTimeSource::new(now))
            .build()
    }

    fn now(&self) -> SystemTime {
        self.sandbox.now()
    }

    fn wait(&self, by: Duration) -> bool {
        self.sandbox.advance(by);
        true
    }
}

struct Moto {
    server: Server,
    /// Whether it may be told to authorize.
    may_authorize: bool,
    authorizes: AtomicBool,
    /// Whether it was told to since the last reset.
    has_authorized: AtomicBool,
}

impl Moto {
    fn new(server: Server) -> Moto {
        Moto {
            server,
            may_authorize: true,
            authorizes: AtomicBool::new(false),
            has_authorized: AtomicBool::new(false),
        }
    }

    async fn ask(&mut self, list: &List, point: &Point, may_authorize: bool) -> Outcome {
        self.authorize(false);
        self.server.post("/moto-api/reset", "");
        self.may_authorize = may_authorize;
        self.has_authorized = AtomicBool::new(false);
        run(self, list, point).await
    }

    fn authorized_somebody(&self) -> bool {
        self.has_authorized.load(Ordering::Relaxed)
    }
}

impl Target for Moto {
    fn account(&self) -> &str {
        self.server.account()
    }

    fn root(&self, account: &str) -> Option<Keys> {
        (account == self.server.account()).then(|| self.server.keys().clone())
    }

    fn config(&self, keys: &Keys) -> SdkConfig {
        connect(&self.server.endpoint(), keys).0
    }

    /// moto lets so many calls pass before it authorizes.
    fn authorize(&self, on: bool) {
        let on = on && self.may_authorize;
        if on {
            self.has_authorized.store(true, Ordering::Relaxed);
        }
        if self.authorizes.swap(on, Ordering::Relaxed) != on {
            let calls_without = if on { "0" } else { "inf" };
            self.server.post("/moto-api/reset-auth", calls_without);
        }
    }
}

struct Ministack(Server);

impl Target for Ministack {
    fn account(&self) -> &str {
        self.0.account()
    }

    fn root(&self, account: &str) -> Option<Keys> {
        Some(Keys {
            id: account.to_owned(),
            ..self.0.keys().clone()
        })
    }

    fn config(&self, keys: &Keys) -> SdkConfig {
        connect(&self.0.endpoint(), keys).0
    }
}
