//! Trust policies that name users and roles that were deleted: IAM shows their
//! unique ids, and takes no policy that names one.

use iam_dsl::TrustPolicy;
use iam_provision::{Bundle, NoteKind, Role, User};

use crate::support::{ACCOUNT, World};

fn statement(effect: &str, user: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:user/{user}"}},"Action":"sts:AssumeRole"}}"#
    )
}

fn trust(statements: &[String]) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

fn role() -> Role {
    let trust = trust(&[statement("Allow", "ann")]);
    Role::new("worker", TrustPolicy::from_json(&trust).unwrap())
}

async fn shown(world: &World) -> String {
    let role = world.iam.get_role().role_name("worker").send().await;
    let role = role.unwrap();
    let document = role.role().unwrap().assume_role_policy_document();
    document.unwrap().to_owned()
}

#[tokio::test]
async fn a_principal_made_anew_is_told_and_trusted_again() {
    let world = World::new();
    let bundle = Bundle::new("b").with(User::new("ann")).with(role());
    world.apply(&bundle).await.unwrap();
    let delete = world.iam.delete_user().user_name("ann");
    delete.send().await.unwrap();
    assert!(shown(&world).await.contains("AIDA"));
    // The bundle makes the user anew and writes the trust policy after it.
    let plan = world.plan(&bundle).await.unwrap();
    let calls: Vec<&str> = plan.steps().iter().map(|step| step.call()).collect();
    assert_eq!(calls, ["CreateUser", "UpdateAssumeRolePolicy"], "{plan}");
    let notes = plan.notes();
    assert_eq!(notes.len(), 1, "{plan}");
    assert_eq!(notes[0].kind(), NoteKind::DeletedPrincipal);
    assert!(notes[0].text().contains("AIDA"), "{plan}");
    world.apply(&bundle).await.unwrap();
    let plan = world.plan(&bundle).await.unwrap();
    assert!(plan.is_empty() && plan.notes().is_empty(), "{plan}");
    assert!(shown(&world).await.contains("user%2Fann"));
}

#[tokio::test]
async fn a_deny_of_somebody_who_was_deleted_does_not_stand_in_the_way() {
    let world = World::new();
    let bundle = Bundle::new("b").with(User::new("ann")).with(role());
    world.apply(&bundle).await.unwrap();
    for name in ["eve", "mallory"] {
        let create = world.iam.create_user().user_name(name);
        create.send().await.unwrap();
    }
    let denied = trust(&[
        statement("Allow", "ann"),
        statement("Deny", "eve"),
        statement("Deny", "mallory"),
    ]);
    let update = world.iam.update_assume_role_policy().role_name("worker");
    update.policy_document(denied).send().await.unwrap();
    for name in ["eve", "ann"] {
        let delete = world.iam.delete_user().user_name(name);
        delete.send().await.unwrap();
    }
    world.apply(&bundle).await.unwrap();
    let left = shown(&world).await;
    assert!(!left.contains("AIDA"), "{left}");
    assert!(
        left.contains("mallory"),
        "a deny of the living stays: {left}"
    );
    let plan = world.plan(&bundle).await.unwrap();
    assert!(plan.is_empty(), "{plan}");
}

/// A change that narrowed a trust policy to nobody and was cut: the next plan opens it
/// again, and keeps the deny that somebody else added.
#[tokio::test]
async fn what_a_cut_change_closed_is_opened_again() {
    let ours = r#"{"Sid":"IamProvisionTransition","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}"#;
    let theirs = r#"{"Sid":"Stop","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}"#;
    let wanted = iam_dsl::TrustPolicy::from_json(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    )
    .unwrap();
    let bundle = Bundle::new("b").with(Role::new("worker", wanted));
    for (statements, keeps) in [
        (ours.to_owned(), false),
        (format!("[{ours}]"), false),
        (format!("[{theirs},{ours}]"), true),
        (theirs.to_owned(), true),
    ] {
        let world = World::new();
        world.apply(&bundle).await.unwrap();
        let update = world.iam.update_assume_role_policy().role_name("worker");
        let document = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
        update.policy_document(document).send().await.unwrap();
        world.apply(&bundle).await.unwrap();
        let role = world.iam.get_role().role_name("worker").send().await;
        let role = role.unwrap().role.unwrap();
        let trust = role.assume_role_policy_document().unwrap();
        assert!(trust.contains("ec2.amazonaws.com"), "{statements}: {trust}");
        assert!(!trust.contains("IamProvisionTransition"), "{trust}");
        assert_eq!(trust.contains("Stop"), keeps, "{statements}: {trust}");
    }
}
