//! From a chain of two role profiles to a session, over HTTP against moto:
//! one process of ours beside one of AWSume's, both from a cold start.

use std::path::Path;
use std::process::{Command, Stdio};

use iam_conformance::Keys;
use iam_provision::session::{Profiles, Sessions, Shell};
use peer_benches::{figure, median};
use wire_tests::client::connect;
use wire_tests::environment::AWSUME;
use wire_tests::server::Server;

pub(crate) const ONE: &str = "one-session";
const RUNS: usize = 5;
const CONFIG: &str = "\
[profile first]
role_arn = arn:aws:iam::123456789012:role/first
source_profile = base
region = us-east-1
[profile second]
role_arn = arn:aws:iam::123456789012:role/second
source_profile = first
region = us-east-1
";
const CREDENTIALS: &str = "[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";

/// What our process does: read the profiles, assume both roles, make the
/// lines for a shell.
pub(crate) fn one(endpoint: &str, config: &str, credentials: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        // The keys of the profile take the place of these.
        let keys = Keys {
            id: String::new(),
            secret: String::new(),
            token: None,
        };
        let (sdk, _) = connect(endpoint, &keys);
        let profiles = Profiles::from_files(config, credentials).expect("profiles");
        let request = profiles.session("second").expect("a profile");
        let session = Sessions::new(&sdk).open(request).expect("a session");
        let credentials = session.credentials().await.expect("credentials");
        assert!(
            credentials
                .arn()
                .is_some_and(|arn| arn.contains("/second/"))
        );
        // Made, and not shown: the bench's output is no place for it.
        drop(credentials.lines(Shell::Bash));
    });
}

pub(crate) fn figures() {
    let server = Server::moto_without_managed_policies();
    let home = AWSUME.directory().join("home");
    std::fs::create_dir_all(&home).expect("a home directory: AWSume keeps a cache there");
    let (config, credentials) = (home.join("config"), home.join("credentials"));
    std::fs::write(&config, CONFIG).expect("the config file");
    std::fs::write(&credentials, CREDENTIALS).expect("the credentials file");
    let endpoint = server.endpoint();

    let program = std::env::current_exe().expect("this program");
    let ours = median(RUNS, || {
        run(Command::new(&program)
            .arg(ONE)
            .arg(&endpoint)
            .args([&config, &credentials]));
    });
    let theirs = median(RUNS, || {
        forget(&home);
        run(AWSUME
            .command("awsumepy")
            .arg("second")
            .env("HOME", &home)
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_SHARED_CREDENTIALS_FILE", &credentials)
            .env("AWS_ENDPOINT_URL", &endpoint));
    });
    figure("session_from_chain", ours.as_secs_f64() * 1e3, "ms");
    figure(
        "session_from_chain_awsume",
        theirs.as_secs_f64() * 1e3,
        "ms",
    );
    figure(
        "session_from_chain_ratio",
        theirs.as_secs_f64() / ours.as_secs_f64(),
        "times AWSume's",
    );
}

/// Its cache of sessions would make the later runs no runs at all.
fn forget(home: &Path) {
    let _ = std::fs::remove_dir_all(home.join(".awsume"));
}

fn run(command: &mut Command) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("a process that starts");
    assert!(
        output.status.success(),
        "a run failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
