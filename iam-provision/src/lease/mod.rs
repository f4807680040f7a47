//! Leases: access that ends by itself.
//!
//! A [`Grant`] says what access, and for how long at most. [`Leases`] issues
//! it to somebody for a reason, hands the credentials to a
//! [`SecretSink`](crate::SecretSink), and can list, extend and revoke what was
//! issued. A reaper removes what has ended.
//!
//! ```
//! use std::time::Duration;
//! use iam_dsl::{session_policy, AccountId};
//! use iam_provision::lease::{Asked, Grant, Leases};
//! use iam_provision::session::Session;
//! use iam_provision::{PolicyRef, Secret};
//!
//! # async fn run(sdk_config: aws_types::SdkConfig) -> Result<(), Box<dyn std::error::Error>> {
//! // Preferred: a session of a role, limited by a session policy.
//! let read = Grant::session("read-assets", Session::assume("arn:aws:iam::111122223333:role/data"))
//!     .policy(&session_policy! { allow s3:GetObject on "arn:aws:s3:::assets/*"; })
//!     .ttl(Duration::from_secs(15 * 60));
//! // Where a session will not do: a user per lease.
//! let full = Grant::user("s3-full")
//!     .attach(PolicyRef::aws("AmazonS3FullAccess"))
//!     .ttl(Duration::from_secs(30 * 60))
//!     .longest(Duration::from_secs(8 * 3_600));
//!
//! let leases = Leases::for_account(AccountId::new("111122223333")?, &sdk_config).await?;
//! let sink = |secret: Secret| async move {
//!     // vault.put(secret.access_key_id(), secret.expose()).await?;
//!     drop(secret);
//!     Ok(())
//! };
//! let asked = Asked::by("ann").because("ticket 4711");
//! let lease = leases.issue(&full, &asked, &sink).await?;
//! leases.extend(lease.id(), Duration::from_secs(3_600)).await?;
//! leases.revoke(&lease).await?;
//!
//! leases.issue(&read, &asked.for_time(Duration::from_secs(900)), &sink).await?;
//! println!("{}", leases.reap().await?); // anywhere, at any time, by several at once
//! # Ok(())
//! # }
//! ```
//!
//! # Three kinds
//!
//! | | made by | calls | ends | listed | extended | revoked |
//! |---|---|---|---|---|---|---|
//! | session | AssumeRole | 1 | by itself | no: IAM keeps no list | no: issue a new one | a deny on its `aws:userid` in the role |
//! | federation | GetFederationToken | 1 | by itself | no | no | the same in the user whose key signs |
//! | user | CreateUser and three to four more | 4 + one per policy beyond the first, and the mark | deny, then reaper | yes | yes | deleted |
//!
//! # When access ends
//!
//! A session's credentials end when AWS said they would. A user's are denied
//! everything from the lease's end by an inline policy ([`EXPIRY_POLICY`]) on
//! `aws:CurrentTime`, put there before the user holds anything else: access
//! ends though nothing runs. The reaper then removes the user.
//!
//! # When something stops halfway
//!
//! What marks a user as a lease is part of CreateUser itself. Until its
//! credentials are delivered it is *pending*: its expiry tag says
//! [`PENDING`] from its making, after which any reaper removes it. So a crash
//! after any call leaves nothing that the next reap does not remove, and no
//! key whose secret went nowhere stays. If a call fails, or the receiver does,
//! what was made is removed at once.
//!
//! # Honest limits
//!
//! A lease's user is trusted not to change its own marks: a grant that allows
//! `iam:*` can undo any end, so such grants need a boundary. The times are
//! AWS's, as the dates of its answers tell, whatever the clock of the machine
//! shows; an endpoint whose answers have no date leaves them to that clock, and
//! then a reaper whose clock is behind refuses to run once it sees a lease from
//! its future, and one whose clock is ahead removes leases that early. A revocation takes effect at the speed at which
//! IAM propagates. Each revoked session lease takes some 250 of the 10,240
//! characters of inline policies that a role has, until it is reaped; for many
//! at once use [`Revoker`](crate::session::Revoker).
//!
//! # Beside Vault's AWS engine
//!
//! | what | Vault 1.20 | here | test |
//! |---|---|---|---|
//! | assumed role, federation token, user | yes | yes | `kinds::three_kinds` |
//! | TTL and maximum | yes | yes | `times::ttl_and_longest` |
//! | policies, groups, boundary | yes | yes | `kinds::what_a_user_lease_holds` |
//! | session policy per lease | yes | yes, checked before the call | `kinds::a_session_lease_is_limited` |
//! | name template | yes | yes | `names::templates` |
//! | tags on the user | after creating it | within CreateUser | `crashes::a_cut_after_any_call_of_an_issue` |
//! | who asked and why | audit log | tags on the user | `kinds::what_a_user_lease_holds` |
//! | access ends though nothing runs | no: the server must run | yes | `times::access_ends_though_nothing_runs` |
//! | undelivered credentials removed | rollback by the server | at once, or by any reaper | `crashes::what_is_not_delivered_is_removed` |
//! | a crash between calls | write-ahead log of the server | marks in IAM | `crashes::a_cut_after_any_call_of_an_issue` |
//! | login profile, MFA, SSH keys added meanwhile | deletion fails | removed | `teardown::everything_that_was_added` |
//! | several reapers at once | one active server | yes | `teardown::many_reapers` |
//! | list, extend, revoke | yes | yes | `kinds::three_kinds` |
//! | revoke one session | no | yes | `kinds::three_kinds` |
//! | server to run | yes | no | `crashes::another_process_reaps` |
//! | a lease per request in a burst | yes | yes | `teardown::a_hundred_at_once` |
//!
//! The tests stand in `tests/provision`, under `leases`.

mod grant;
mod issue;
mod leases;
mod mark;
mod name;
mod record;
mod teardown;

pub use grant::{Asked, Grant};
pub use leases::{Leases, Reaped};
pub use mark::{EXPIRY_POLICY, PENDING};
pub use record::{Lease, LeaseKind, LeaseState};
