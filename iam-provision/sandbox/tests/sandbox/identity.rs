//! Who calls, and with which credentials.

use crate::support::{ACCOUNT, assert_refused, iam, root, sts};

#[tokio::test]
async fn a_user_is_created_and_read_back() {
    let (_, _, iam) = root();
    let made = iam
        .create_user()
        .user_name("Ann")
        .path("/team/")
        .send()
        .await
        .unwrap();
    let user = made.user().unwrap();
    assert_eq!(user.arn(), "arn:aws:iam::111122223333:user/team/Ann");
    assert!(user.user_id().starts_with("AIDA") && user.user_id().len() == 21);
    let read = iam.get_user().user_name("Ann").send().await.unwrap();
    assert_eq!(read.user(), made.user());
}

#[tokio::test(start_paused = true)]
async fn root_is_the_account() {
    let (_, account, _) = root();
    let me = sts(&account.sdk_config())
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(me.account(), Some(ACCOUNT));
    assert_eq!(me.arn(), Some("arn:aws:iam::111122223333:root"));
    assert_eq!(me.user_id(), Some(ACCOUNT));
}

#[tokio::test]
async fn unknown_keys_and_wrong_tokens_are_refused() {
    let (_, account, _) = root();
    let unknown = account.sdk_config_with("AKIAABCDEFGHIJKLMNOP", "secret", None);
    assert_refused!(
        iam(&unknown).list_users().send().await,
        "InvalidClientTokenId",
        403
    );
    let session = account.sdk_config_with("ASIAABCDEFGHIJKLMNOP", "secret", Some("token"));
    assert_refused!(
        sts(&session).get_caller_identity().send().await,
        "InvalidClientTokenId",
        403
    );
}
