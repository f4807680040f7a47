//! 1,000 leases of users on the sandbox, 100 at once.

use std::time::Instant;

use iam_dsl::AccountId;
use iam_provision::lease::{Asked, Grant, Leases};
use iam_provision::{PolicyRef, Secret};
use iam_sandbox::Sandbox;
use peer_benches::figure;

const LEASES: usize = 1_000;
const AT_ONCE: usize = 100;
const ACCOUNT: &str = "111122223333";

pub(crate) fn figures() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let sandbox = Sandbox::new();
    let account = sandbox.account(ACCOUNT).expect("an account");
    let id = AccountId::new(ACCOUNT).expect("an account id");
    let leases = Leases::for_account(id, &account.sdk_config())
        .await
        .expect("leases");
    let grant = Grant::user("s3-full").attach(PolicyRef::aws("AmazonS3FullAccess"));
    sandbox.clear_calls();

    let start = Instant::now();
    let mut issued = Vec::with_capacity(LEASES);
    while issued.len() < LEASES {
        let round: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let (leases, grant) = (leases.clone(), grant.clone());
                tokio::spawn(async move {
                    let sink = |_: Secret| async { Ok(()) };
                    leases.issue(&grant, &Asked::by("ann"), &sink).await
                })
            })
            .collect();
        for lease in round {
            issued.push(lease.await.expect("a task").expect("a lease"));
        }
    }
    let time = start.elapsed();
    report("issue", &sandbox, time, 5.0);
    assert_eq!(
        leases.list().await.expect("a list").len(),
        LEASES,
        "every lease is there"
    );
    sandbox.clear_calls();

    let start = Instant::now();
    while !issued.is_empty() {
        let rest = issued.split_off(issued.len().saturating_sub(AT_ONCE));
        let round: Vec<_> = rest
            .into_iter()
            .map(|lease| {
                let leases = leases.clone();
                tokio::spawn(async move { leases.revoke(&lease).await })
            })
            .collect();
        for revoked in round {
            revoked.await.expect("a task").expect("a revoked lease");
        }
    }
    let time = start.elapsed();
    report("revoke", &sandbox, time, 6.0);
    assert!(
        leases.list().await.expect("a list").is_empty(),
        "nothing is left"
    );
}

fn report(what: &str, sandbox: &Sandbox, time: std::time::Duration, most: f64) {
    let leases = u32::try_from(LEASES).map_or(1.0, f64::from);
    let calls = u32::try_from(sandbox.calls().len()).map_or(0.0, f64::from) / leases;
    figure(&format!("leases_{what}_calls"), calls, "calls per lease");
    figure(
        &format!("leases_{what}_1000"),
        time.as_secs_f64(),
        "s for 1,000, 100 at once",
    );
    assert!(
        calls <= most,
        "{what}: {calls} calls per lease, {most} are the most"
    );
}
