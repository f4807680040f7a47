//! Clients that are not Rust against the sandbox's server: boto3, the AWS CLI and
//! Ansible.

use std::path::{Path, PathBuf};
use std::process::Command;

use wire_tests::environment::{ANSIBLE, CLIENTS};
use wire_tests::server::Server;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(name)
}

/// Runs a command that must succeed, and gives what it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().expect("the command starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?} failed:\n{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    printed
}

#[test]
fn boto3_makes_the_estate() {
    let server = Server::sandbox();
    let printed = run(server.point(CLIENTS.command("python").arg(file("estate.py"))));
    assert_eq!(printed.trim(), "ok");
}

#[test]
fn the_aws_cli_reads_and_writes() {
    let server = Server::sandbox();
    let aws = |arguments: &[&str]| {
        let mut command = CLIENTS.command("aws");
        run(server.point(command.args(["--output", "text"]).args(arguments)))
    };
    let arn = format!("arn:aws:iam::{}:root", server.account());
    assert_eq!(
        aws(&["sts", "get-caller-identity", "--query", "Arn"]).trim(),
        arn
    );
    aws(&[
        "iam",
        "create-user",
        "--user-name",
        "Ann",
        "--tags",
        "Key=team,Value=red",
    ]);
    let tags = aws(&[
        "iam",
        "list-user-tags",
        "--user-name",
        "Ann",
        "--query",
        "Tags[].Value",
    ]);
    assert_eq!(tags.trim(), "red");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    let put = [
        "iam",
        "put-user-policy",
        "--user-name",
        "Ann",
        "--policy-name",
        "read",
    ];
    aws(&[&put[..], &["--policy-document", policy]].concat());
    let get = [
        "iam",
        "get-user-policy",
        "--user-name",
        "Ann",
        "--policy-name",
        "read",
    ];
    let effect = aws(&[&get[..], &["--query", "PolicyDocument.Statement[0].Action"]].concat());
    assert_eq!(effect.trim(), "s3:GetObject");
    for name in ["Bob", "Eve"] {
        aws(&["iam", "create-user", "--user-name", name]);
    }
    // The CLI follows markers by itself.
    let users = aws(&[
        "iam",
        "list-users",
        "--page-size",
        "1",
        "--query",
        "length(Users)",
    ]);
    assert_eq!(
        users.split_whitespace().collect::<Vec<_>>(),
        ["1", "1", "1"]
    );

    let mut command = CLIENTS.command("aws");
    let missing = server.point(command.args(["iam", "get-user", "--user-name", "Nobody"]));
    let missing = missing.output().expect("the CLI starts");
    assert!(!missing.status.success());
    let told = String::from_utf8_lossy(&missing.stderr);
    assert!(told.contains("(NoSuchEntity)"), "{told}");
}

/// Converges in one run and changes nothing in the next. `WIRE_PLAYBOOK` names
/// another playbook to run instead, which takes the endpoint as `endpoint` and has
/// the keys testing/testing of the account 123456789012.
#[test]
fn ansible_converges_and_stays() {
    let (playbook, server) = match std::env::var_os("WIRE_PLAYBOOK") {
        None => (file("estate.yml"), Server::sandbox()),
        Some(path) => {
            let keys = [
                "--access-key-id",
                "testing",
                "--secret-access-key",
                "testing",
            ];
            (
                PathBuf::from(path),
                Server::sandbox_with("123456789012", &keys),
            )
        }
    };
    let play = || {
        let mut command = ANSIBLE.command("ansible-playbook");
        command
            .arg("--extra-vars")
            .arg(format!("endpoint={}", server.endpoint()))
            .arg(&playbook)
            .env("ANSIBLE_HOME", ANSIBLE.directory().join("home"))
            .env("ANSIBLE_REMOTE_TEMP", ANSIBLE.directory().join("home/tmp"))
            .env("ANSIBLE_NOCOLOR", "1")
            .env("ANSIBLE_LOCALHOST_WARNING", "false");
        let printed = run(server.point(&mut command));
        let recap = printed.lines().find(|line| line.contains("changed="));
        recap
            .unwrap_or_else(|| panic!("no recap:\n{printed}"))
            .to_owned()
    };
    let number = |recap: &str, name: &str| -> u32 {
        let field = recap
            .split_whitespace()
            .find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        field
            .and_then(|number| number.parse().ok())
            .unwrap_or_else(|| panic!("{recap}"))
    };
    let first = play();
    assert_eq!(number(&first, "failed"), 0, "{first}");
    assert!(number(&first, "changed") >= 7, "{first}");
    let second = play();
    assert_eq!(
        (number(&second, "failed"), number(&second, "changed")),
        (0, 0),
        "{second}"
    );
}
