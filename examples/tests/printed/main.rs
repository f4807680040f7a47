//! What every example prints, to the letter. Each run is a process of its own,
//! as a reader starts it; a change in wording is seen in review.

// These are tests: a panic is how they fail, in helper functions too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod policy_library;

use std::process::Command;

/// Runs a program and returns what it printed.
fn printed(program: &str) -> String {
    let output = Command::new(program).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} failed:\n{text}{errors}");
    assert_eq!(errors, "", "{program} wrote to standard error");
    text
}

macro_rules! examples {
    ($($test:ident $program:literal;)*) => {$(
        #[test]
        fn $test() {
            insta::assert_snapshot!(printed(env!(concat!("CARGO_BIN_EXE_", $program))));
        }
    )*};
}

examples! {
    quickstart "quickstart";
    admin_group "admin-group";
    enforce_mfa "enforce-mfa";
    password_policy "password-policy";
    cross_account_role "cross-account-role";
    instance_profile "instance-profile";
    root_hygiene "root-hygiene";
    ci_role "ci-role";
    service "service";
    fleet "fleet";
    app_user "app-user";
    everyday_identities "everyday-identities";
    session "session";
    lease "lease";
    four_ways "four-ways";
    explain "explain";
    what_changed "what-changed";
    validate_folder "validate-folder";
    access_levels "access-levels";
}

#[test]
fn an_account_without_the_feature_is_one_clear_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .args(["--account", "111122223333"])
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    if cfg!(feature = "endpoint") {
        assert!(errors.contains("no region is configured"), "{errors}");
    } else {
        assert!(errors.contains("--features endpoint"), "{errors}");
    }
}

#[test]
fn a_wrong_account_is_refused_before_any_call() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .args(["--account", "12345"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        errors,
        "error: `12345` is no account id: an account id is twelve digits, such as 111122223333\n"
    );
}

/// The README shows the beginning of the quickstart's output as it is.
#[test]
fn the_readme_shows_what_is_printed() {
    let readme = include_str!("../../../README.md");
    let shown = readme
        .split_once("<!-- quickstart -->\n```text\n")
        .and_then(|(_, rest)| rest.split_once("\n```"))
        .map(|(shown, _)| shown)
        .unwrap();
    let printed = printed(env!("CARGO_BIN_EXE_quickstart"));
    assert!(
        printed.trim_start().starts_with(shown),
        "the README shows:\n{shown}"
    );
}

/// And a part of what a folder's validation prints.
#[test]
fn the_readme_shows_findings_as_they_are_printed() {
    let readme = include_str!("../../../README.md");
    let shown = readme
        .split_once("<!-- validate-folder -->\n```text\n")
        .and_then(|(_, rest)| rest.split_once("\n```"))
        .map(|(shown, _)| shown)
        .unwrap();
    let printed = printed(env!("CARGO_BIN_EXE_validate-folder"));
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    assert!(
        printed.join("\n").contains(shown),
        "the README shows:\n{shown}"
    );
}
