//! `MaxItems`, `Marker`, `IsTruncated` and `PathPrefix`: the list operations
//! of the IAM API reference.

use crate::support::{assert_refused, root};

#[tokio::test]
async fn every_user_is_listed_once() {
    let (_, _, iam) = root();
    for number in 0..7 {
        iam.create_user()
            .user_name(format!("u{number}"))
            .send()
            .await
            .unwrap();
    }
    let mut names = Vec::new();
    let mut pages = iam.list_users().into_paginator().page_size(3).send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push((page.users().len(), page.is_truncated()));
        names.extend(page.users().iter().map(|user| user.user_name().to_owned()));
    }
    assert_eq!(sizes, [(3, true), (3, true), (1, false)]);
    assert_eq!(names, ["u0", "u1", "u2", "u3", "u4", "u5", "u6"]);
}

#[tokio::test]
async fn a_page_survives_the_deletion_of_its_marker() {
    let (_, _, iam) = root();
    for name in ["a", "b", "c"] {
        iam.create_user().user_name(name).send().await.unwrap();
    }
    let first = iam.list_users().max_items(2).send().await.unwrap();
    iam.delete_user().user_name("b").send().await.unwrap();
    let second = iam
        .list_users()
        .marker(first.marker().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(second.users()[0].user_name(), "c");
}

#[tokio::test]
async fn bounds_and_markers_are_checked() {
    let (_, _, iam) = root();
    for most in [0, 1001, -1] {
        assert_refused!(
            iam.list_users().max_items(most).send().await,
            "ValidationError",
            400
        );
    }
    assert_refused!(
        iam.list_users().marker("nonsense!").send().await,
        "ValidationError",
        400
    );
    assert_refused!(
        iam.list_users().path_prefix("x").send().await,
        "ValidationError",
        400
    );
}

#[tokio::test]
async fn a_path_prefix_filters() {
    let (_, _, iam) = root();
    for (name, path) in [
        ("a", "/"),
        ("b", "/team/"),
        ("c", "/team/x/"),
        ("d", "/teams/"),
    ] {
        iam.create_user()
            .user_name(name)
            .path(path)
            .send()
            .await
            .unwrap();
    }
    let under = |prefix: &str| {
        let call = iam.list_users().path_prefix(prefix).send();
        async move {
            let users = call.await.unwrap();
            users
                .users()
                .iter()
                .map(|user| user.user_name().to_owned())
                .collect::<String>()
        }
    };
    assert_eq!(under("/").await, "abcd");
    assert_eq!(under("/team/").await, "bc");
    assert_eq!(under("/team").await, "bcd");
}
