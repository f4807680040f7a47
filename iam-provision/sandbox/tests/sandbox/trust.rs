//! Principals of trust policies: "AWS JSON policy elements: Principal" in the
//! IAM User Guide.

use percent_encoding::percent_decode_str;

use crate::support::{OTHER, assert_refused, message, root};

fn trust(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

async fn read_trust(iam: &aws_sdk_iam::Client, role: &str) -> String {
    let read = iam.get_role().role_name(role).send().await.unwrap();
    let document = read.role().unwrap().assume_role_policy_document().unwrap();
    percent_decode_str(document)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

#[tokio::test]
async fn a_principal_that_does_not_exist_is_refused() {
    let (sandbox, _, iam) = root();
    sandbox.account(OTHER).unwrap();
    let create = |principal: &str| {
        iam.create_role()
            .role_name("R")
            .assume_role_policy_document(trust(principal))
            .send()
    };
    for missing in [
        "arn:aws:iam::111122223333:user/Nobody",
        "arn:aws:iam::444455556666:role/Nothing",
        "arn:aws:sts::111122223333:assumed-role/Nothing/session",
        "AIDAAAAAAAAAAAAAAAAAA",
        "arn:aws:iam::111122223333:group/Team",
        "nonsense",
        "12345",
    ] {
        assert_refused!(create(missing).await, "MalformedPolicyDocument", 400);
    }
    assert_eq!(
        message(create("arn:aws:iam::111122223333:user/Nobody").await),
        "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:user/Nobody\""
    );
}

#[tokio::test]
async fn an_account_reads_back_as_its_root() {
    let (_, _, iam) = root();
    let create = iam
        .create_role()
        .role_name("R")
        .assume_role_policy_document(trust("111122223333"));
    create.send().await.unwrap();
    assert_eq!(
        read_trust(&iam, "R").await,
        trust("arn:aws:iam::111122223333:root")
    );
}

#[tokio::test]
async fn a_deleted_principal_turns_into_its_id_and_stays_so() {
    let (_, _, iam) = root();
    let made = iam
        .create_user()
        .user_name("Ann")
        .path("/x/")
        .send()
        .await
        .unwrap();
    let (arn, id) = (made.user().unwrap().arn(), made.user().unwrap().user_id());
    let create = iam
        .create_role()
        .role_name("R")
        .assume_role_policy_document(trust(arn));
    create.send().await.unwrap();
    assert_eq!(read_trust(&iam, "R").await, trust(arn));

    iam.update_user()
        .user_name("Ann")
        .new_user_name("Eve")
        .send()
        .await
        .unwrap();
    assert_eq!(
        read_trust(&iam, "R").await,
        trust("arn:aws:iam::111122223333:user/x/Eve")
    );

    iam.delete_user().user_name("Eve").send().await.unwrap();
    assert_eq!(read_trust(&iam, "R").await, trust(id));
    iam.create_user()
        .user_name("Eve")
        .path("/x/")
        .send()
        .await
        .unwrap();
    assert_eq!(
        read_trust(&iam, "R").await,
        trust(id),
        "a namesake is not trusted"
    );
    let again = iam
        .update_assume_role_policy()
        .role_name("R")
        .policy_document(trust(id));
    assert_refused!(again.send().await, "MalformedPolicyDocument", 400);
}

#[tokio::test]
async fn a_condition_that_names_the_principal_is_left_alone() {
    let (_, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:user/Ann"]},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/Ann"}}}]}"#;
    iam.create_role()
        .role_name("R")
        .assume_role_policy_document(text)
        .send()
        .await
        .unwrap();
    iam.delete_user().user_name("Ann").send().await.unwrap();
    let now = read_trust(&iam, "R").await;
    assert!(now.contains(r#""Principal":{"AWS":["AIDA"#), "{now}");
    assert!(
        now.contains(r#""aws:PrincipalArn":"arn:aws:iam::111122223333:user/Ann""#),
        "{now}"
    );
}
