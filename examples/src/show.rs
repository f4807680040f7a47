//! What an example prints: plain lines that read the same everywhere.
//!
//! A reader who closes the pipe (`… | head`) must not end a program that is in the
//! middle of its work, so a line that cannot be written is dropped.

use std::io::Write as _;

fn line(text: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Begins a part.
pub fn heading(title: &str) {
    line(format_args!("\n== {title}"));
}

/// One fact.
pub fn bullet(fact: impl std::fmt::Display) {
    line(format_args!("  {fact}"));
}

/// Several lines, indented as facts are.
pub fn text(lines: impl std::fmt::Display) {
    for one in lines.to_string().lines() {
        line(format_args!("  {one}"));
    }
}
