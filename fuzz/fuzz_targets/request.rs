//! Any bytes as a request to the sandbox: an answer of IAM, no panic, and no
//! more told than the request's size allows. The first line is the target, the
//! second the authorization header, the third the date, the rest the body.

#![no_main]

use iam_sandbox::Sandbox;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.splitn(4, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (target, authorization, date) = (text(), text(), text());
    let body = lines.next().unwrap_or_default();
    for check in [false, true] {
        let sandbox = Sandbox::new();
        let account = sandbox.account("111122223333").expect("an account id");
        sandbox.check_signatures(check);
        let (key, _) = account.root_credentials();
        let authorization = authorization.replace("KEY", &key);
        let headers = [
            ("authorization", authorization.as_str()),
            ("x-amz-date", date.as_str()),
        ];
        let answer = sandbox.exchange("POST", &target, &headers, body);
        let (status, text) = answer.expect("no fault was asked for");
        assert!((200..500).contains(&status), "{status}: {text}");
        assert!(text.len() <= 65_536 + 8 * bytes.len(), "{} bytes told", text.len());
        assert_eq!(sandbox.calls().len(), 1);
    }
});
