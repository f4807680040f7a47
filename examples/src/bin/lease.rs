//! Scenario 8: just-in-time access.
//!
//! A grant gives AmazonS3FullAccess for 30 minutes to a user of its own; the
//! lease is issued, listed, extended and revoked. A second one ends by itself
//! and is reaped. Then a key is rotated (scenario 9's last part).

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sts::Client as Sts;
use examples::{Failure, Stage, bullet, heading, text};
use iam_provision::lease::{Asked, Grant, Leases};
use iam_provision::rotate::KeyRotation;
use iam_provision::{PolicyRef, Secret};

const MINUTE: Duration = Duration::from_secs(60);

/// Where the example keeps what it receives; a program has a secrets store.
type Store = Arc<Mutex<Option<Secret>>>;

fn last(store: &Store) -> Result<Secret, Failure> {
    let kept = store.lock().unwrap_or_else(PoisonError::into_inner).clone();
    kept.ok_or_else(|| "nothing was delivered".into())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let store = Store::default();
    let keep = Arc::clone(&store);
    let sink = move |secret: Secret| {
        *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret);
        async { Ok(()) }
    };
    let works = async || -> Result<bool, Failure> {
        let key = last(&store)?.credentials().ok_or("no key was delivered")?;
        let config = stage.config_of(
            key.access_key_id(),
            key.secret_access_key(),
            key.session_token(),
        )?;
        Ok(Sts::new(&config).get_caller_identity().send().await.is_ok())
    };

    heading("a grant that cannot be leased");
    let leases = Leases::for_account(stage.account().clone(), stage.config()).await?;
    let nothing = Grant::user("nothing").ttl(MINUTE * 60).longest(MINUTE * 30);
    if let Err(error) = nothing.check() {
        text(error);
    }

    heading("a lease of AmazonS3FullAccess for 30 minutes");
    let grant = Grant::user("s3-full")
        .attach(PolicyRef::aws("AmazonS3FullAccess"))
        .ttl(MINUTE * 30)
        .longest(MINUTE * 120)
        .usable_within(MINUTE);
    let asked = Asked::by("ann").because("ticket 4711");
    let lease = leases.issue(&grant, &asked, &sink).await?;
    let minutes = |lease: &iam_provision::lease::Lease| {
        let left = lease
            .expires()
            .duration_since(lease.issued())
            .unwrap_or_default();
        left.as_secs() / 60
    };
    bullet(format_args!(
        "{} for {} ({}), {} minutes",
        lease.grant(),
        lease.asked_by(),
        lease.because(),
        minutes(&lease)
    ));
    bullet(format_args!("its key works: {}", works().await?));
    bullet(format_args!(
        "leases in the account: {}",
        leases.list().await?.len()
    ));

    heading("extended, and never past what the grant allows");
    let extended = leases.extend(lease.id(), MINUTE * 60).await?;
    bullet(format_args!("{} minutes", minutes(&extended)));
    let extended = leases.extend(lease.id(), MINUTE * 600).await?;
    bullet(format_args!("{} minutes", minutes(&extended)));

    heading("revoked");
    leases.revoke(&extended).await?;
    bullet(format_args!("its key works: {}", works().await?));
    bullet(format_args!(
        "leases in the account: {}",
        leases.list().await?.len()
    ));

    heading("one that ends by itself, and is reaped by whoever comes by");
    let short = Asked::by("bob").for_time(MINUTE);
    leases.issue(&grant, &short, &sink).await?;
    stage.wait(MINUTE * 3, "the lease ends").await;
    let other = Leases::for_account(stage.account().clone(), stage.config()).await?;
    text(other.reap().await?);
    bullet(format_args!("its key works: {}", works().await?));

    heading("a key is rotated");
    let user = stage.name("my_app_user");
    let iam = aws_sdk_iam::Client::new(stage.config());
    iam.create_user().user_name(&user).send().await?;
    let rotation = KeyRotation::of(&user, stage.config()).keep_inactive(Duration::from_secs(5));
    for _ in 0..2 {
        rotation.run(&sink).await?;
        bullet(format_args!("delivered; it works: {}", works().await?));
    }
    let keys = iam.list_access_keys().user_name(&user).send().await?;
    bullet(format_args!(
        "keys of the user: {}",
        keys.access_key_metadata().len()
    ));
    for key in keys.access_key_metadata() {
        iam.delete_access_key()
            .user_name(&user)
            .set_access_key_id(key.access_key_id().map(str::to_owned))
            .send()
            .await?;
    }
    iam.delete_user().user_name(&user).send().await?;
    Ok(())
}
