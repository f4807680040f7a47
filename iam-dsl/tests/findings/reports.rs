//! Reports of documents and of folders, and what a baseline makes of them.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use iam_dsl::findings::report::{Baseline, BaselineErrorKind, Folder, Report};
use iam_dsl::findings::{Checks, Group};
use iam_dsl::{Code, Document, PolicyKind, Severity};
use serde_json::Value;

const PASS_ROLE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Run",
      "Effect": "Allow",
      "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"],
      "Resource": "*"
    },
    { "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
      "Condition": { "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } } },
    { "Effect": "Alow", "Action": "s3:GetObject", "Resource": "*" }
  ]
}
"#;

/// Midnight of a day of 2026 by its number, from 1.
fn day(number: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs((20_454 + number - 1) * 86_400)
}

#[test]
fn text_underlines_the_source() {
    let report = Report::of_json("pass.json", PASS_ROLE, PolicyKind::Identity);
    insta_like(
        &report.to_text(),
        r#"security warning[ESCALATION_NEW_PASS_ROLE]: this lets its holder run code with any role that the service may be given: iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction (lambda-001)
  --> pass.json:10:36
   |
 7 |       "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"],
   |                  -----------------------  ----------------------- together with these
...
10 |     { "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
   |                                    ^^^^^^^^^^^^^^
   |
   = help: name the roles in the statement that allows iam:PassRole; see https://pathfinding.cloud/paths/lambda-001

error[INVALID_EFFECT]: `Alow` is no effect
  --> pass.json:12:17
   |
12 |     { "Effect": "Alow", "Action": "s3:GetObject", "Resource": "*" }
   |                 ^^^^^^
   |
   = help: did you mean `Allow`?

2 findings in 1 document: 1 error, 1 security warning
"#,
    );
    assert!(report.to_coloured_text().contains("\u{1b}["));
    assert!(report.fails_at(Severity::Error) && report.count(Severity::Warning) == 0);
}

/// Equal but for spaces at the ends of lines.
fn insta_like(found: &str, expected: &str) {
    let trim = |text: &str| {
        text.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(trim(found), trim(expected), "\n{found}");
}

#[test]
fn strange_texts_are_shown_without_harm() {
    let long = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}"s3:Gett"],"Resource":"*"}}]}}"#,
        "\"s3:GetObject\",".repeat(2_000)
    );
    for text in [
        "",
        "{",
        "[]",
        "null",
        "\u{feff}{}",
        "{\n\"a\" 1}",
        "\"\\u001b[31m\"",
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"\u{7}\u{202e}\\u001b[31m\",\"Action\":\"*\",\"Resource\":\"ü\"}}",
        "{\r\n\t\"Version\": \"2012-10-17\",\r\n\t\"Statement\": 3\r\n}",
        &long,
    ] {
        let report = Report::of_json("a", text, PolicyKind::Identity);
        let shown = report.to_text();
        assert!(report.fails_at(Severity::Error), "{shown}");
        assert!(
            !shown.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{shown:?}"
        );
        assert!(
            shown.lines().all(|line| line.chars().count() < 400),
            "{shown}"
        );
        serde_json::from_str::<Value>(&report.to_json()).unwrap();
        valid_sarif(&report);
    }
}

#[test]
fn a_document_without_a_text_is_shown_indented() {
    let document = Document::from_json(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    )
    .unwrap();
    let report = Report::of_document("admin", &document, PolicyKind::Identity);
    let mut of_code = report
        .findings()
        .filter(|(_, finding)| finding.code() == Code::FullAccess);
    let (_, finding) = of_code.next().unwrap();
    assert_eq!((finding.line(), finding.column()), (6, 17));
}

#[test]
fn json_has_a_version_and_everything_of_a_finding() {
    let report = Report::of_json("pass.json", PASS_ROLE, PolicyKind::Identity);
    let json: Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["format"], "iam-dsl-findings");
    assert_eq!(json["version"], 1);
    let finding = &json["documents"][0]["findings"][0];
    assert_eq!(finding["code"], "ESCALATION_NEW_PASS_ROLE");
    assert_eq!(finding["severity"], "SECURITY_WARNING");
    assert_eq!(finding["pointer"], "/Statement/1/Action");
    assert_eq!(
        finding["related"],
        serde_json::json!(["/Statement/0/Action/0", "/Statement/0/Action/1"])
    );
    assert_eq!(
        (finding["line"].as_u64(), finding["column"].as_u64()),
        (Some(10), Some(36))
    );
    assert_eq!(finding["fingerprint"].as_str().unwrap().len(), 32);
    assert_eq!(json["counts"]["error"], 1);
}

/// The schema of SARIF 2.1.0 (copyright OASIS Open, whose notice permits copies),
/// from the crate serde-sarif 0.8.0 (MIT), with one pattern put right that is no
/// regular expression: a `]` is there without its `[`.
fn schema() -> jsonschema::Validator {
    let text = include_str!("sarif-schema-2.1.0.json");
    let text = text.replace(
        "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$",
        "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$",
    );
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn valid_sarif(report: &Report) -> Value {
    static SCHEMA: std::sync::LazyLock<jsonschema::Validator> = std::sync::LazyLock::new(schema);
    let sarif: Value = serde_json::from_str(&report.to_sarif()).unwrap();
    let errors: Vec<String> = SCHEMA.iter_errors(&sarif).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{sarif:#}");
    sarif
}

#[test]
fn sarif_is_what_its_schema_says() {
    let report = Report::of_json("a folder/pass ü.json", PASS_ROLE, PolicyKind::Identity)
        .and(Report::of_json("fine.json", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#, PolicyKind::Identity));
    let baseline = Baseline::of(&report, "known", "2026-06-30").unwrap();
    let sarif = valid_sarif(&report.accept(&baseline, day(1)));
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(
            run["tool"]["driver"]["rules"][index]["id"],
            result["ruleId"]
        );
        assert_eq!(
            result["suppressions"][0]["justification"],
            "known (until 2026-06-30)"
        );
        assert_eq!(
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "a%20folder/pass%20%C3%BC.json"
        );
    }
    assert_eq!(results[0]["relatedLocations"].as_array().unwrap().len(), 2);
    assert_eq!(
        results[0]["locations"][0]["physicalLocation"]["region"]["startLine"],
        10
    );

    // The test can fail: a level that SARIF does not know.
    let mut wrong = sarif.clone();
    wrong["runs"][0]["results"][0]["level"] = "grave".into();
    assert!(!schema().is_valid(&wrong));
}

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::464622532012:root"},"Action":"sts:AssumeRole"}}"#;
const FINE: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;

#[test]
fn a_folder_is_read_whole_and_in_order() {
    let root = folder("whole");
    for (name, text) in [
        ("b.json", PASS_ROLE),
        ("a.JSON", FINE),
        ("sub/trust.json", TRUST),
        ("sub/deeper/c.json", FINE),
        ("notes.txt", "no policy"),
        (".git/x.json", "{"),
        ("boundary.json", FINE),
    ] {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::write(root.join("binary.json"), b"\xff\xfe{}").unwrap();
    fs::write(root.join("big.json"), " ".repeat(2_000)).unwrap();
    let report = Folder::new(&root)
        .max_size(1_000)
        .kinds(|name| (name == "boundary.json").then_some(PolicyKind::Boundary))
        .report();
    let documents: Vec<(&str, Option<PolicyKind>, Vec<&str>)> = report
        .documents()
        .iter()
        .map(|document| {
            let codes = document
                .findings()
                .iter()
                .map(|finding| finding.code().as_str());
            (document.name(), document.kind(), codes.collect())
        })
        .collect();
    let identity = Some(PolicyKind::Identity);
    assert_eq!(
        documents,
        [
            ("a.JSON", identity, vec![]),
            (
                "b.json",
                identity,
                vec!["ESCALATION_NEW_PASS_ROLE", "INVALID_EFFECT"]
            ),
            ("big.json", None, vec!["REPORT_UNREADABLE_FILE"]),
            ("binary.json", None, vec!["REPORT_UNREADABLE_FILE"]),
            ("boundary.json", Some(PolicyKind::Boundary), vec![]),
            ("sub/deeper/c.json", identity, vec![]),
            (
                "sub/trust.json",
                Some(PolicyKind::Trust),
                vec!["VENDOR_TRUST_WITHOUT_EXTERNAL_ID"]
            ),
        ]
    );
    let text = report.to_text();
    assert!(text.contains("it has more than 1000 bytes"), "{text}");
    assert!(
        text.contains("it is no UTF-8 text from byte 0 on"),
        "{text}"
    );
    valid_sarif(&report);
    let one = Folder::new(root.join("sub/trust.json")).report();
    assert_eq!(one.documents()[0].name(), "trust.json");
}

#[test]
fn what_is_not_there_is_a_finding() {
    let report = Folder::new(folder("gone").join("nowhere")).report();
    assert_eq!(report.findings().count(), 1);
    let (document, finding) = report.findings().next().unwrap();
    assert_eq!(
        (document.name(), finding.code()),
        (".", Code::UnreadableFile)
    );
    assert!(
        finding.diagnostic().message.contains("nowhere"),
        "which folder is missing: {}",
        finding.diagnostic().message
    );
    valid_sarif(&report);
    assert_eq!(Folder::new(folder("empty")).report().documents().len(), 0);
}

#[cfg(unix)]
#[test]
fn links_and_pipes_neither_loop_nor_block() {
    use std::os::unix::fs::symlink;

    let root = folder("links");
    fs::create_dir(root.join("sub")).unwrap();
    fs::write(root.join("sub/a.json"), FINE).unwrap();
    symlink(&root, root.join("sub/loop")).unwrap();
    symlink(&root, root.join("sub/loop.json")).unwrap();
    symlink(root.join("sub/a.json"), root.join("linked.json")).unwrap();
    symlink(root.join("nowhere"), root.join("broken.json")).unwrap();
    symlink("itself.json", root.join("itself.json")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(root.join("pipe.json"))
        .status();
    let report = Folder::new(&root).report();
    let mut names: Vec<&str> = report.documents().iter().map(|d| d.name()).collect();
    if !made.is_ok_and(|status| status.success()) {
        println!("left out: mkfifo cannot be run");
        names.push("pipe.json");
    }
    assert_eq!(
        names,
        [
            "broken.json",
            "itself.json",
            "linked.json",
            "pipe.json",
            "sub/a.json"
        ]
    );
    assert!(
        report
            .findings()
            .all(|(_, finding)| finding.code() == Code::UnreadableFile)
    );
    assert_eq!(
        report
            .findings()
            .filter(|(d, _)| d.name() != "pipe.json")
            .count(),
        2
    );
}

#[test]
fn switched_off_is_not_reported() {
    let checks = Checks::default().without(Group::Escalation);
    let report = checks.report("pass.json", PASS_ROLE, PolicyKind::Identity);
    let codes: Vec<Code> = report
        .findings()
        .map(|(_, finding)| finding.code())
        .collect();
    assert_eq!(codes, [Code::InvalidEffect]);
}

#[test]
fn a_baseline_accepts_until_its_day() {
    let report = || Report::of_json("pass.json", PASS_ROLE, PolicyKind::Identity);
    let baseline = Baseline::of(&report(), "being replaced", "2026-03-31").unwrap();
    let baseline = Baseline::from_json(&baseline.to_json())
        .unwrap()
        .named("accepted.json");
    assert_eq!(baseline.len(), 2);

    // 31 March is the ninetieth day of 2026.
    for (now, open) in [
        (day(1), 0),
        (day(90), 0),
        (day(90) + Duration::from_secs(86_399), 0),
        (day(91), 4),
    ] {
        let report = report().accept(&baseline, now);
        assert_eq!(report.findings().count(), open, "{}", report.to_text());
    }
    let expired = report().accept(&baseline, day(91));
    let text = expired.to_text();
    assert!(text.contains("warning[BASELINE_EXPIRED]: ESCALATION_NEW_PASS_ROLE in pass.json was accepted until 2026-03-31: being replaced\n --> accepted.json:5:5"), "{text}");
    assert_eq!(report().accept(&baseline, day(1)).accepted().count(), 2);
}

#[test]
fn what_was_accepted_is_what_is_accepted() {
    let report = |text: &str| Report::of_json("pass.json", text, PolicyKind::Identity);
    let baseline = Baseline::of(&report(PASS_ROLE), "known", "2026-12-31").unwrap();
    let open = |text: &str| {
        let report = report(text).accept(&baseline, day(1));
        let codes = report.findings().map(|(_, finding)| finding.code());
        codes.collect::<Vec<_>>()
    };
    // Another service may now be passed any role: that was not accepted.
    let wider = PASS_ROLE
        .replace("\"lambda.amazonaws.com\"", "\"*.amazonaws.com\"")
        .replace("StringEquals", "StringLike");
    assert_eq!(
        open(&wider),
        [Code::EscalationNewPassRole, Code::BaselineUnused]
    );
    // Another action in the same list is not what was accepted either way.
    let longer = PASS_ROLE
        .replace("[\"lambda:Create", "[\"s3:ListBucket\", \"lambda:Create")
        .replace("\"Run\"", "\"Renamed\"");
    assert_eq!(open(&longer), []);
    // The same statement twice is accepted once.
    let twice = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"aws:MultiFactorAuthPresent":"false"}}},{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"aws:MultiFactorAuthPresent":"false"}}}]}"#;
    let checks = Checks::none().with(Group::Mfa);
    let once = checks.report(
        "t.json",
        &twice.replacen("\"Allow\"", "\"Deny\"", 1),
        PolicyKind::Identity,
    );
    let baseline = Baseline::of(&once, "known", "2026-12-31").unwrap();
    assert_eq!(baseline.len(), 1);
    let both = checks
        .report("t.json", twice, PolicyKind::Identity)
        .accept(&baseline, day(1));
    assert_eq!((both.findings().count(), both.accepted().count()), (1, 1));
}

#[test]
fn unused_entries_are_reported_where_that_can_be_known() {
    let bad = Report::of_json("a.json", PASS_ROLE, PolicyKind::Identity);
    let baseline = Baseline::of(&bad, "known", "2026-12-31").unwrap();
    // The document is there and the findings are gone.
    let fine = Report::of_json("a.json", FINE, PolicyKind::Identity).accept(&baseline, day(1));
    assert_eq!(
        fine.findings()
            .filter(|(_, f)| f.code() == Code::BaselineUnused)
            .count(),
        2
    );
    // Another single document says nothing of them.
    let other = Report::of_json("b.json", FINE, PolicyKind::Identity).accept(&baseline, day(1));
    assert_eq!(other.findings().count(), 0);
    // Checks that were not made say nothing either.
    let checks = Checks::default()
        .without(Group::Escalation)
        .without(Code::InvalidEffect);
    let unchecked = checks
        .report("a.json", PASS_ROLE, PolicyKind::Identity)
        .accept(&baseline, day(1));
    assert_eq!(unchecked.findings().count(), 0);
    // In a folder a document may be gone, or have another name.
    let root = folder("renamed");
    fs::write(root.join("fine.json"), FINE).unwrap();
    let gone = Folder::new(&root).report().accept(&baseline, day(1));
    assert_eq!(gone.findings().count(), 2);
    fs::write(root.join("renamed.json"), PASS_ROLE).unwrap();
    let renamed = Folder::new(&root).report().accept(&baseline, day(1));
    assert_eq!(
        (renamed.findings().count(), renamed.accepted().count()),
        (0, 2)
    );
    // A copy is not the same document.
    fs::write(root.join("a.json"), PASS_ROLE).unwrap();
    let copied = Folder::new(&root).report().accept(&baseline, day(1));
    assert_eq!(
        (copied.findings().count(), copied.accepted().count()),
        (2, 2)
    );
    assert!(
        copied
            .findings()
            .all(|(document, _)| document.name() == "renamed.json")
    );
}

#[test]
fn a_malformed_baseline_says_where() {
    let entry = |members: &str| {
        format!(
            "{{\n  \"format\": \"iam-dsl-baseline\",\n  \"version\": 1,\n  \"accepted\": [\n    {{{members}}}\n  ]\n}}"
        )
    };
    let whole = r#""code": "FULL_ACCESS", "document": "a", "fingerprint": "f", "reason": "r", "expires": "2026-12-31""#;
    assert!(Baseline::from_json(&entry(whole)).is_ok());
    use BaselineErrorKind::*;
    for (text, kind, message) in [
        (
            "{".to_owned(),
            Syntax,
            "line 1, column 1: EOF while parsing an object",
        ),
        (
            "[]".to_owned(),
            Form,
            "line 1, column 1: this is an object in a baseline, not an array",
        ),
        (
            "{}".to_owned(),
            Form,
            "line 1, column 1: a baseline has `\"format\": \"iam-dsl-baseline\"`",
        ),
        (
            entry(whole).replace("\"version\": 1", "\"version\": 2"),
            Version,
            "line 3, column 14: this library reads version 1 of the format, and this is `2`",
        ),
        (
            entry(&whole.replace("FULL_ACCESS", "FULL_ACESS")),
            Code,
            "line 5, column 14: there is no code `FULL_ACESS`; did you mean `FULL_ACCESS`?",
        ),
        (
            entry(&whole.replace("2026-12-31", "2026-02-30")),
            Date,
            "column 92: `2026-02-30` is no day; write one as YYYY-MM-DD, such as 2026-12-31",
        ),
        (
            entry(&whole.replace("\"r\"", "\" \"")),
            Reason,
            "an acceptance says why: write a reason",
        ),
        (
            entry(&whole.replace("\"document\": \"a\", ", "")),
            Form,
            "line 5, column 5: the entry has no `document`",
        ),
        (
            entry(&whole.replace("\"f\"", "7")),
            Form,
            "`fingerprint` is a string, and this is a number",
        ),
        (
            entry(&whole.replace("\"reason\"", "\"raeson\"")),
            Form,
            "`raeson` means nothing here; did you mean `reason`?",
        ),
        (
            entry(&format!("{whole}, \"reason\": \"s\"")),
            Form,
            "`reason` is there twice",
        ),
    ] {
        let error = Baseline::from_json(&text).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(
            error
                .to_string()
                .starts_with("the baseline cannot be used: line"),
            "{error}"
        );
    }
    let report = Report::of_json("a", FINE, PolicyKind::Identity);
    let error = Baseline::of(&report, "r", "soon").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the baseline cannot be used: `soon` is no day; write one as YYYY-MM-DD, such as 2026-12-31"
    );
}
