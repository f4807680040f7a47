//! What the compiler says to mistaken policies.
//!
//! Every file of `tests/ui` holds one kind of mistake. Comments mark what is
//! expected: `//~ CODE text` names the code of an error on this line (or, where
//! the comment stands alone, on the next) and the exact text that is underlined;
//! codes that begin with E are the compiler's own, and text over several lines is
//! given as its first and last word, `first…last`. The messages are in the
//! `.stderr` files: write them anew with `TRYBUILD=overwrite`, then read them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use iam_dsl::{Code, Severity};

/// One error: line, code, underlined text.
type Error = (usize, String, String);

#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

fn cases() -> Vec<PathBuf> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ui");
    let mut cases: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    cases.sort();
    cases
}

/// The errors that the comments of a case expect.
fn expected(source: &str) -> Vec<Error> {
    let mut errors = Vec::new();
    let mut waiting = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let mut parts = line.split("//~ ");
        let code_line = parts.next().unwrap_or_default();
        let marks = parts.map(|mark| {
            let (code, text) = mark.trim_end().split_once(' ').expect("a code and a text");
            (code.to_owned(), text.to_owned())
        });
        if code_line.trim().is_empty() {
            waiting.extend(marks);
        } else {
            let here = waiting.drain(..).chain(marks);
            errors.extend(here.map(|(code, text)| (index + 1, code, text)));
        }
    }
    assert!(waiting.is_empty(), "a mark without a line");
    errors.sort();
    errors
}

/// The errors of the compiler's output.
fn reported(stderr: &str, source: &str) -> Vec<Error> {
    let mut errors = Vec::new();
    // Errors are separated by empty lines.
    for block in stderr
        .split("\n\n")
        .filter(|block| block.starts_with("error"))
    {
        let lines: Vec<&str> = block.lines().collect();
        let place = lines
            .iter()
            .position(|line| line.trim_start().starts_with("--> "))
            .unwrap_or_else(|| panic!("no place in:\n{block}"));
        let head = &lines[..place];
        let code = match head[0].strip_prefix("error[") {
            Some(rest) => rest.split(']').next().unwrap(),
            None => head
                .last()
                .and_then(|line| line.trim().strip_prefix('['))
                .and_then(|line| line.strip_suffix(']'))
                .unwrap_or_else(|| panic!("no code in:\n{block}")),
        };
        let mut numbers = lines[place].rsplit(':');
        let column: usize = numbers.next().unwrap().parse().unwrap();
        let line: usize = numbers.next().unwrap().parse().unwrap();
        let text = underlined(&lines[place..], line, column, source)
            .unwrap_or_else(|| panic!("nothing underlined in:\n{block}"));
        errors.push((line, code.to_owned(), text));
    }
    errors.sort();
    errors
}

/// The text that is underlined from this place on.
fn underlined(block: &[&str], line: usize, column: usize, source: &str) -> Option<String> {
    let number = |shown: &str| shown.split_once('|')?.0.trim().parse::<usize>().ok();
    let drawn = |shown: &str| Some(shown.split_once('|')?.1.to_owned());
    let at = block.iter().position(|shown| number(shown) == Some(line))?;
    let text: Vec<char> = source.lines().nth(line - 1)?.chars().collect();
    let text = text.get(column - 1..)?;
    let marks = drawn(block.get(at + 1)?)?;
    if drawn(block.get(at)?)?.trim_start().starts_with("/ ") {
        // Several lines: the last one shown stands above `|___^`.
        let end = block.iter().position(|shown| shown.contains("__^"))?;
        let last_line = source.lines().nth(number(block.get(end - 1)?)? - 1)?;
        let end = drawn(block.get(end)?)?.rfind('^')?;
        // Marks are drawn with the bar and a space more than the text.
        let last: String = last_line.chars().take(end - 2).collect();
        let first: String = text.iter().collect();
        return Some(format!(
            "{}…{}",
            first.split_whitespace().next()?,
            last.split_whitespace().next_back()?
        ));
    }
    // Long lines are shown in part, so only the number of marks is taken.
    let length = marks
        .chars()
        .skip_while(|mark| *mark != '^')
        .take_while(|mark| *mark == '^');
    Some(text.get(..length.count())?.iter().collect())
}

#[test]
fn the_offending_token_is_underlined() {
    let mut wrong = String::new();
    for case in cases() {
        let source = fs::read_to_string(&case).unwrap();
        let stderr = fs::read_to_string(case.with_extension("stderr")).unwrap();
        let (expected, reported) = (expected(&source), reported(&stderr, &source));
        assert!(!expected.is_empty(), "{} expects nothing", case.display());
        if expected != reported {
            let name = case.file_name().unwrap().to_string_lossy();
            wrong += &format!("{name}\n  expected {expected:#?}\n  reported {reported:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_error_code_has_a_case() {
    // The macro writes what IAM cannot take as `\u` escapes; it does not know what
    // a resource policy is attached to, and service control policies have IAM's
    // whole language: `Validator` has to be told for these.
    let unreachable = [
        Code::InvalidCharacter,
        Code::UnsupportedActionInPolicy,
        Code::UnsupportedResourceArnInPolicy,
        Code::ScpActionWildcard,
        Code::ScpAllowCondition,
        Code::ScpAllowNotAction,
        Code::ScpAllowResource,
        Code::ScpNotResource,
    ];
    let covered: BTreeSet<String> = cases()
        .iter()
        .flat_map(|case| expected(&fs::read_to_string(case).unwrap()))
        .map(|(_, code, _)| code)
        .collect();
    let missing: Vec<&Code> = Code::ALL
        .iter()
        .filter(|code| !code.is_own())
        .filter(|code| code.severity() == Severity::Error)
        .filter(|code| !unreachable.contains(code) && !covered.contains(code.as_str()))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

/// The README shows a case of this directory as the compiler prints it, without
/// the marks.
#[test]
fn the_readme_shows_what_the_compiler_prints() {
    let readme = include_str!("../../../../README.md");
    let stderr = include_str!("../ui/readme.stderr");
    let lines: Vec<&str> = stderr
        .lines()
        .map(|line| line.split(" //~ ").next().unwrap_or_default())
        .collect();
    let shown = format!("```text\n{}\n```", lines.join("\n").trim_end());
    assert!(
        readme.contains(&shown),
        "the README does not show:\n{shown}"
    );
}
