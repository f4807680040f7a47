//! What an example prints: plain lines that read the same everywhere.

/// Begins a part.
pub fn heading(title: &str) {
    println!("\n== {title}");
}

/// One fact.
pub fn bullet(fact: impl std::fmt::Display) {
    println!("  {fact}");
}

/// Several lines, indented as facts are.
pub fn text(lines: impl std::fmt::Display) {
    for line in lines.to_string().lines() {
        println!("  {line}");
    }
}
