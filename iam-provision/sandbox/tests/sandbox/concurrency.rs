//! Many clients at once see one consistent account.

use iam_sandbox::Sandbox;

use crate::support::{ACCOUNT, iam};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_creators_one_wins() {
    let sandbox = Sandbox::new();
    let account = sandbox.account(ACCOUNT).unwrap();
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let iam = iam(&account.sdk_config());
            tokio::spawn(async move {
                let shared = iam.create_group().group_name("Shared").send().await.is_ok();
                let own = format!("u{number}");
                iam.create_user().user_name(&own).send().await.unwrap();
                // Whoever loses finds the group there.
                iam.add_user_to_group()
                    .user_name(own)
                    .group_name("Shared")
                    .send()
                    .await
                    .unwrap();
                shared
            })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        winners += usize::from(task.await.unwrap());
    }
    assert_eq!(winners, 1);
    let group = iam(&account.sdk_config())
        .get_group()
        .group_name("Shared")
        .send()
        .await
        .unwrap();
    assert_eq!(group.users().len(), 32);
    let calls = sandbox.calls();
    assert_eq!(calls.len(), 32 * 3 + 1);
    assert_eq!(calls.iter().filter(|call| !call.succeeded()).count(), 31);
}
