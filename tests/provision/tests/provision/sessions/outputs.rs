//! Handing a session over: shells, credential_process, child, console.

use std::process::Command;

use iam_provision::ErrorKind;
use iam_provision::session::console::SignIn;
use iam_provision::session::{Profiles, Session, SessionCredentials, Shell};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};

use super::{ROLE, Stage};

async fn session() -> (Stage, SessionCredentials) {
    let stage = Stage::new().await;
    let credentials = stage
        .open(Session::assume(ROLE))
        .credentials()
        .await
        .unwrap();
    (stage, credentials)
}

const SHOW: &str = r#"printf '%s|%s|%s|%s' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" "${AWS_PROFILE-none}""#;

fn expected(credentials: &SessionCredentials) -> String {
    let sdk = credentials.sdk();
    format!(
        "{}|{}|{}|none",
        sdk.access_key_id(),
        sdk.secret_access_key(),
        sdk.session_token().unwrap()
    )
}

/// Evaluated by the real shells, where they are installed; bash is needed.
#[tokio::test]
async fn lines_survive_the_shell() {
    let (_stage, credentials) = session().await;
    let bash = |lines: &str| {
        let output = Command::new("bash")
            .env("AWS_PROFILE", "another")
            .arg("-c")
            .arg(format!("eval \"$LINES_TO_READ\"; {SHOW}"))
            .env("LINES_TO_READ", lines)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        bash(credentials.lines(Shell::Bash).expose_secret()),
        expected(&credentials)
    );
    let both = format!(
        "{}{}",
        credentials.lines(Shell::Bash).expose_secret(),
        credentials.unset_lines(Shell::Bash)
    );
    assert_eq!(bash(&both), "|||none");

    for (shell, program, flag) in [
        (Shell::Fish, "fish", "-c"),
        (Shell::PowerShell, "pwsh", "-Command"),
    ] {
        let lines = credentials.lines(shell);
        let script = match shell {
            Shell::Fish => format!(
                "{}printf '%s' $AWS_SECRET_ACCESS_KEY",
                lines.expose_secret()
            ),
            _ => format!(
                "{}[Console]::Out.Write($env:AWS_SECRET_ACCESS_KEY)",
                lines.expose_secret()
            ),
        };
        match Command::new(program).arg(flag).arg(&script).output() {
            Ok(output) => assert_eq!(
                String::from_utf8(output.stdout).unwrap(),
                credentials.sdk().secret_access_key()
            ),
            Err(_) => eprintln!("left out: {program} is not installed"),
        }
    }
    let fish = credentials.lines(Shell::Fish);
    assert!(
        fish.expose_secret()
            .starts_with("set -gx AWS_ACCESS_KEY_ID 'ASIA")
    );
    assert!(fish.expose_secret().contains("set -e AWS_PROFILE\n"));
    let power = credentials.lines(Shell::PowerShell);
    assert!(
        power
            .expose_secret()
            .starts_with("$env:AWS_ACCESS_KEY_ID = 'ASIA")
    );
    assert!(
        power
            .expose_secret()
            .contains("$env:AWS_REGION = 'us-east-1'\n")
    );
}

#[tokio::test]
async fn a_child_gets_the_environment() {
    let (_stage, credentials) = session().await;
    let mut child = Command::new("sh");
    child.arg("-c").arg(SHOW).env("AWS_PROFILE", "another");
    credentials.for_child(&mut child);
    // Nothing on the command line, where all users of the machine can read it.
    assert!(
        !format!("{child:?}").contains(credentials.sdk().secret_access_key()) || !cfg!(unix) || {
            let line: Vec<_> = child
                .get_args()
                .map(|arg| arg.to_string_lossy().into_owned())
                .collect();
            !line
                .join(" ")
                .contains(credentials.sdk().secret_access_key())
        }
    );
    let output = child.output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        expected(&credentials)
    );
}

/// Read back by our own reader of the format, through a real process.
#[tokio::test]
async fn credential_process_json() {
    let (stage, credentials) = session().await;
    let json = credentials.process_json();
    let value: serde_json::Value = serde_json::from_str(json.expose_secret()).unwrap();
    assert_eq!(value["Version"], 1);
    assert_eq!(value["Expiration"], "2026-01-01T01:01:00Z");
    let file = std::env::temp_dir().join(format!("iam-provision-test-{}.json", std::process::id()));
    std::fs::write(&file, json.expose_secret()).unwrap();
    let profiles = Profiles::from_text(
        &format!("[profile p]\ncredential_process = cat {}\n", file.display()),
        "",
    )
    .unwrap();
    let read = stage
        .open(profiles.session("p").unwrap())
        .credentials()
        .await;
    std::fs::remove_file(&file).unwrap();
    let read = read.unwrap();
    assert_eq!(read.sdk(), credentials.sdk());
    assert_eq!(read.expires(), credentials.expires());
}

/// The example of "Enable custom identity broker access to the AWS console" in
/// the IAM User Guide, with a stub in place of the sign-in service.
#[tokio::test]
async fn console_url() {
    let (stage, credentials) = session().await;
    let sign_in =
        SignIn::new("https://example.org/a?b").destination("https://console.aws.amazon.com/s3/");
    let request = sign_in.token_request(&credentials).unwrap();
    let query = request
        .expose_secret()
        .strip_prefix("https://signin.aws.amazon.com/federation?Action=getSigninToken&Session=")
        .unwrap();
    let decoded = percent_decode_str(query).decode_utf8().unwrap();
    let session: serde_json::Value = serde_json::from_str(&decoded).unwrap();
    assert_eq!(session["sessionId"], credentials.access_key_id());
    assert_eq!(session["sessionKey"], credentials.sdk().secret_access_key());
    assert_eq!(
        session["sessionToken"],
        credentials.sdk().session_token().unwrap()
    );

    let url = sign_in
        .url(&credentials, |asked: SecretString| async move {
            assert!(asked.expose_secret().contains("getSigninToken"));
            Ok(r#"{"SigninToken":"to/ken+="}"#.to_owned())
        })
        .await
        .unwrap();
    assert_eq!(
        url.expose_secret(),
        "https://signin.aws.amazon.com/federation?Action=login&Issuer=https%3A%2F%2Fexample.org%2Fa%3Fb\
         &Destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fs3%2F&SigninToken=to%2Fken%2B%3D"
    );
    // An HTTP client's error shows the URL; ours does not.
    let error = sign_in
        .url(&credentials, |asked: SecretString| async move {
            Err(format!("GET {} failed", asked.expose_secret()).into())
        })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(
        !error
            .to_string()
            .contains(&percent_encode(credentials.sdk().secret_access_key())),
        "{error}"
    );
    // Nor where a client decodes it.
    let decoded = format!(
        "no route for {} {}",
        credentials.sdk().secret_access_key(),
        credentials.sdk().session_token().unwrap()
    );
    let error = sign_in
        .url(&credentials, |_| async { Err(decoded.into()) })
        .await
        .unwrap_err();
    for secret in [
        credentials.sdk().secret_access_key(),
        credentials.sdk().session_token().unwrap(),
    ] {
        assert!(!error.to_string().contains(secret), "{error}");
        assert!(!format!("{error:?}").contains(secret), "{error:?}");
    }
    let error = sign_in
        .url(&credentials, |_| async { Ok("<html>".to_owned()) })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service);
    // Long-term keys are not taken.
    let key = stage.open(Session::token()).credentials().await.unwrap();
    assert!(sign_in.token_request(&key).is_ok());
    let plain = Profiles::from_text(
        "",
        &format!(
            "[p]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            stage.key.0, stage.key.1
        ),
    )
    .unwrap();
    let plain = stage
        .open(plain.session("p").unwrap())
        .credentials()
        .await
        .unwrap();
    assert_eq!(
        sign_in.token_request(&plain).unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
}

fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// Neither opening nor using a session writes a file under the home directory
/// or the working directory.
#[tokio::test]
async fn nothing_is_written() {
    let program = std::env::current_exe().unwrap();
    let home = std::env::temp_dir().join(format!("iam-provision-home-{}", std::process::id()));
    std::fs::create_dir_all(&home).unwrap();
    // The tests of this file run in a process whose home and working directory are empty.
    let output = Command::new(program)
        .args(["sessions::refresh::before_the_end", "--exact"])
        .env("HOME", &home)
        .current_dir(&home)
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    let left: Vec<_> = std::fs::read_dir(&home).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    std::fs::remove_dir(&home).unwrap();
}
