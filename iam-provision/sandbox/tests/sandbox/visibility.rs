//! Writes that show late: "Changes that I make are not always immediately
//! visible" under "Troubleshooting IAM" in the IAM User Guide.

use std::collections::BTreeSet;
use std::time::Duration;

use iam_sandbox::{EntityKind, Sandbox};

use crate::support::{ACCOUNT, ALLOW_ALL, TRUST_EC2, assert_refused, iam, root, sts};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn one_kind_lags_and_the_others_do_not() {
    let (sandbox, _, iam) = root();
    let ten = 10 * SECOND;
    sandbox.delay_visibility_of(EntityKind::Role, ten..=ten);
    iam.create_user().user_name("Ann").send().await.unwrap();
    iam.get_user().user_name("Ann").send().await.unwrap();
    let create = iam.create_role().role_name("Late");
    create
        .assume_role_policy_document(TRUST_EC2)
        .send()
        .await
        .unwrap();
    let get = || iam.get_role().role_name("Late").send();
    assert_refused!(get().await, "NoSuchEntity", 404);
    assert!(iam.list_roles().send().await.unwrap().roles().is_empty());
    // Writes act on the present.
    let put = iam.put_role_policy().role_name("Late").policy_name("in");
    put.policy_document(ALLOW_ALL).send().await.unwrap();
    sandbox.advance(ten);
    get().await.unwrap();
    iam.delete_role_policy()
        .role_name("Late")
        .policy_name("in")
        .send()
        .await
        .unwrap();
    iam.delete_role().role_name("Late").send().await.unwrap();
    get().await.unwrap();
    sandbox.advance(ten);
    assert_refused!(get().await, "NoSuchEntity", 404);
}

/// The names of the users that show, second by second.
async fn order_of_appearance(seed: u64) -> Vec<BTreeSet<String>> {
    let sandbox = Sandbox::with_seed(seed);
    let account = sandbox.account(ACCOUNT).unwrap();
    let iam = iam(&account.sdk_config());
    sandbox.delay_visibility_of(EntityKind::User, Duration::ZERO..=8 * SECOND);
    for name in ["a", "b", "c", "d", "e", "f"] {
        iam.create_user().user_name(name).send().await.unwrap();
    }
    let mut seen = Vec::new();
    for _ in 0..9 {
        let listed = iam.list_users().send().await.unwrap();
        let names = listed.users().iter().map(|u| u.user_name().to_owned());
        seen.push(names.collect());
        sandbox.advance(SECOND);
    }
    seen
}

#[tokio::test]
async fn writes_show_in_an_order_that_the_seed_draws() {
    let mut out_of_order = 0;
    for seed in 0..8 {
        let seen = order_of_appearance(seed).await;
        assert_eq!(seen, order_of_appearance(seed).await, "the seed decides");
        assert_eq!(seen.last().unwrap().len(), 6, "all show in the end");
        assert!(seen.is_sorted_by(|earlier, later| earlier.is_subset(later)));
        out_of_order += usize::from(seen.iter().any(|names| {
            let first: BTreeSet<String> = ["a", "b", "c", "d", "e", "f"]
                .into_iter()
                .take(names.len())
                .map(str::to_owned)
                .collect();
            *names != first
        }));
    }
    assert!(
        out_of_order > 0,
        "later writes may show before earlier ones"
    );
}

#[tokio::test]
async fn an_earlier_version_never_comes_back() {
    let (sandbox, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    sandbox.delay_visibility_of(EntityKind::User, Duration::ZERO..=20 * SECOND);
    for number in 1..=9 {
        let update = iam.update_user().user_name("Ann");
        update.new_path(format!("/{number}/")).send().await.unwrap();
    }
    let mut last = String::from("/");
    for _ in 0..=20 {
        let read = iam.get_user().user_name("Ann").send().await.unwrap();
        let path = read.user().unwrap().path().to_owned();
        assert!(path >= last, "{path} after {last}");
        last = path;
        sandbox.advance(SECOND);
    }
    assert_eq!(last, "/9/");
}

#[tokio::test]
async fn authorization_lags_when_asked_to() {
    let (sandbox, account, iam_root) = root();
    sandbox.delay_visibility(10 * SECOND);
    sandbox.delay_authorization(true);
    iam_root
        .create_user()
        .user_name("Ann")
        .send()
        .await
        .unwrap();
    let put = iam_root
        .put_user_policy()
        .user_name("Ann")
        .policy_name("in");
    put.policy_document(ALLOW_ALL).send().await.unwrap();
    let made = iam_root.create_access_key().user_name("Ann").send();
    let made = made.await.unwrap();
    let key = made.access_key().unwrap();
    let trust = TRUST_EC2.replace(
        r#""Service":"ec2.amazonaws.com""#,
        r#""AWS":"arn:aws:iam::111122223333:user/Ann""#,
    );
    let ann = account.sdk_config_with(key.access_key_id(), key.secret_access_key(), None);
    assert_refused!(
        sts(&ann).get_caller_identity().send().await,
        "InvalidClientTokenId",
        403
    );
    sandbox.advance(10 * SECOND);
    sts(&ann).get_caller_identity().send().await.unwrap();
    let role = iam_root.create_role().role_name("Deploy");
    role.assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let assume = || {
        sts(&ann)
            .assume_role()
            .role_arn("arn:aws:iam::111122223333:role/Deploy")
            .role_session_name("run")
            .send()
    };
    assert_refused!(assume().await, "AccessDenied", 403);
    sandbox.advance(10 * SECOND);
    assume().await.unwrap();
    let delete = iam_root.delete_user_policy().user_name("Ann");
    delete.policy_name("in").send().await.unwrap();
    iam(&ann).list_users().send().await.unwrap();
    sandbox.advance(10 * SECOND);
    assert_refused!(iam(&ann).list_users().send().await, "AccessDenied", 403);
}
