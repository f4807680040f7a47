//! The sandbox over HTTP, spoken to byte by byte.

use std::net::SocketAddr;

use iam_sandbox::{ErrorKind, Fault, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::ACCOUNT;

const ANY_PORT: &str = "127.0.0.1:0";

/// Sends bytes and reads until the server closes the connection.
async fn exchange(to: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn signed_by(key: &str, service: &str) -> String {
    format!(
        "Authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/{service}/aws4_request\r\n"
    )
}

#[tokio::test]
async fn both_services_answer_on_one_port() {
    let sandbox = Sandbox::new();
    let server = sandbox.serve(ANY_PORT.parse().unwrap()).await.unwrap();
    assert_eq!(server.url(), format!("http://{}", server.address()));
    let (key, _) = sandbox.account(ACCOUNT).unwrap().root_credentials();
    let me = "Action=GetCallerIdentity&Version=2011-06-15";
    let answer = exchange(server.address(), &post("/", &signed_by(&key, "sts"), me)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("<Arn>arn:aws:iam::111122223333:root</Arn>"));
    let create = "Action=CreateUser&Version=2010-05-08&UserName=Ann";
    let answer = exchange(
        server.address(),
        &post("/", &signed_by(&key, "iam"), create),
    )
    .await;
    assert!(answer.contains("<UserName>Ann</UserName>"), "{answer}");
    // Signed for something else, the version of the API decides.
    let answer = exchange(server.address(), &post("/", &signed_by(&key, "x"), me)).await;
    assert!(answer.contains("https://sts.amazonaws.com/doc/2011-06-15/"));
    let get = format!(
        "GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{}\r\n",
        signed_by(&key, "iam")
    );
    let answer = exchange(server.address(), get.as_bytes()).await;
    assert!(answer.contains("<UserName>Ann</UserName>"), "{answer}");
    assert_eq!(sandbox.calls().len(), 4);
}

#[tokio::test]
async fn bad_requests_get_an_answer_or_a_closed_connection() {
    let sandbox = Sandbox::new();
    let server = sandbox.serve(ANY_PORT.parse().unwrap()).await.unwrap();
    let to = server.address();
    let unsigned = exchange(to, &post("/", "", "Action=ListUsers&Version=2010-05-08")).await;
    assert!(unsigned.starts_with("HTTP/1.1 403"), "{unsigned}");
    assert!(unsigned.contains("<Code>MissingAuthenticationToken</Code>"));
    for bytes in [
        &b"\xFF\xFE\x00"[..],
        b"GET\r\n\r\n",
        b"POST / HTTP/9\r\n\r\n",
    ] {
        let answer = exchange(to, bytes).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
    }
    let (key, _) = sandbox.account(ACCOUNT).unwrap().root_credentials();
    let list = post(
        "/",
        &signed_by(&key, "iam"),
        "Action=ListUsers&Version=2010-05-08",
    );
    for fault in [Fault::TimeoutBeforeEffect, Fault::ConnectionRefused] {
        sandbox.fail_call(1, fault);
        assert_eq!(exchange(to, &list).await, "");
    }
    assert!(exchange(to, &list).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn the_control_paths_do_what_the_methods_do() {
    let sandbox = Sandbox::new();
    sandbox.account(ACCOUNT).unwrap();
    let server = sandbox.serve(ANY_PORT.parse().unwrap()).await.unwrap();
    let to = server.address();
    let ask = async |method: &str, path: &str, body: &str| {
        let text = format!(
            "{method} /_sandbox/{path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange(to, text.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].to_owned(), body.to_owned())
    };
    let (key, secret) = sandbox.account(ACCOUNT).unwrap().root_credentials();
    let (status, told) = ask("GET", "accounts/111122223333", "").await;
    assert_eq!(status, "200");
    assert!(told.contains(&key) && told.contains(&secret));
    let (_, now) = ask("POST", "clock", r#"{"advance_seconds":60}"#).await;
    assert_eq!(now, r#"{"now":"2026-01-01T00:01:00Z"}"#);
    let fault = r#"{"fault":"AccessDenied","call":1}"#;
    assert_eq!(ask("POST", "faults", fault).await.0, "200");
    let list = post(
        "/",
        &signed_by(&key, "iam"),
        "Action=ListUsers&Version=2010-05-08",
    );
    assert!(exchange(to, &list).await.starts_with("HTTP/1.1 403"));
    let (_, calls) = ask("GET", "calls", "").await;
    assert!(calls.contains(r#""action":"iam:ListUsers""#) && calls.contains("AccessDenied"));
    let quota = r#"{"account":"111122223333","quota":"Users","value":0}"#;
    assert_eq!(ask("POST", "quotas", quota).await.0, "200");
    let create = "Action=CreateUser&Version=2010-05-08&UserName=Ann";
    let create = post("/", &signed_by(&key, "iam"), create);
    assert!(exchange(to, &create).await.contains("LimitExceeded"));
    assert_eq!(ask("POST", "reset", "").await.0, "200");
    assert!(exchange(to, &create).await.starts_with("HTTP/1.1 200"));
    let who = r#"{"issuer":"https://id.example.com","subject":"s","audience":"a","claims":{"amr":["mfa"]}}"#;
    let (status, token) = ask("POST", "web-identity-token", who).await;
    assert!(
        status == "200" && token.starts_with(r#"{"token":"ey"#),
        "{token}"
    );
    let call = format!(
        r#"{{"access_key_id":"{key}","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"}}"#
    );
    let (_, told) = ask("POST", "service-calls", &call).await;
    assert!(told.contains(r#""allowed":true"#), "{told}");
    let late = r#"{"kind":"User","at_least_seconds":5,"delay_seconds":5}"#;
    assert_eq!(ask("POST", "visibility", late).await.0, "200");
    let create = "Action=CreateUser&Version=2010-05-08&UserName=Late";
    let create = post("/", &signed_by(&key, "iam"), create);
    assert!(exchange(to, &create).await.starts_with("HTTP/1.1 200"));
    let get = "Action=GetUser&Version=2010-05-08&UserName=Late";
    let get = post("/", &signed_by(&key, "iam"), get);
    assert!(exchange(to, &get).await.starts_with("HTTP/1.1 404"));
    ask("POST", "clock", r#"{"advance_seconds":5}"#).await;
    assert!(exchange(to, &get).await.starts_with("HTTP/1.1 200"));
    let policy = r#"{"arn":"arn:aws:iam::aws:policy/X","document":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"}"#;
    assert_eq!(ask("POST", "managed-policies", policy).await.0, "400");
    assert_eq!(
        ask("POST", "signatures", r#"{"check":true}"#).await.0,
        "200"
    );
    assert!(exchange(to, &get).await.contains("IncompleteSignature"));
    // Everything that a command has changed, but for the clock, is undone.
    assert_eq!(ask("POST", "reset", "").await.0, "200");
    assert!(exchange(to, &create).await.starts_with("HTTP/1.1 200"));
    for (method, path, body, status) in [
        (
            "POST",
            "visibility",
            r#"{"kind":"Cat","delay_seconds":1}"#,
            "400",
        ),
        ("POST", "service-calls", "{}", "400"),
        ("POST", "faults", r#"{"fault":"Rain"}"#, "400"),
        ("POST", "faults", "{", "400"),
        ("POST", "clock", "{}", "400"),
        ("GET", "accounts/1", "", "400"),
        ("GET", "nothing", "", "404"),
        ("PUT", "calls", "", "404"),
    ] {
        assert_eq!(ask(method, path, body).await.0, status, "{method} {path}");
    }
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let serve = async |address: &str| Sandbox::new().serve(address.parse().unwrap()).await;
    let error = serve("0.0.0.0:0").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotLoopback);
    let first = serve(ANY_PORT).await.unwrap();
    let error = serve(&first.address().to_string()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CannotListen);
    let address = first.address();
    drop(first);
    tokio::task::yield_now().await;
    for _ in 0..100 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the port is still open");
}
