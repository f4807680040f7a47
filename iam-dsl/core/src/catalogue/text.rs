//! The embedded text, and how a line of it is found.
//!
//! Nothing is read ahead: a look-up finds its service by binary search in the
//! index, and the action by binary search over the text of the service's own
//! section. The layout, all of it ASCII, lines ended by a line feed, fields
//! separated by tabs:
//!
//! ```text
//! iam-dsl-catalogue  FORMAT  lengths of: sources, index, global section, foreign section  number of services
//! source  role  package  version  date  sha256          (the inputs)
//! body  sha256                                          (of all that follows)
//! prefix  offset  length                                (the index, sorted; offsets count from its end)
//! section …                                             (global keys, foreign keys, then the services)
//! ```
//!
//! A section is a head line, the actions sorted by lower-cased name, the table
//! of resource types and the table of condition keys:
//!
//! ```text
//! prefix  name  rcp or -  length and number of: actions, resource types, keys  number of whole keys
//! Action  level  type[!][:key.key],…  key.key…  dependent,…
//! ```
//!
//! Types and keys are told by their number in the section's tables. A table
//! begins with one line of the offsets of its lines, five digits each.

use std::cmp::Ordering;
use std::sync::OnceLock;

/// The embedded catalogue.
const TEXT: &str = include_str!("../../data/catalogue.txt");

/// The catalogue that a program put in the place of the embedded one.
static OTHER: OnceLock<Other> = OnceLock::new();

struct Other {
    text: &'static str,
    layout: Layout,
}

/// Where the parts of a catalogue are.
#[derive(Clone, Copy)]
struct Layout {
    sources: (usize, usize),
    index: (usize, usize),
    global: (usize, usize),
    foreign: (usize, usize),
    services: usize,
}

/// Puts another text in the place of the embedded one; says what is wrong.
pub(super) fn replace(text: String) -> Result<(), &'static str> {
    if !text.starts_with("iam-dsl-catalogue\t") {
        return Err("the text does not begin with `iam-dsl-catalogue`");
    }
    if !text.is_ascii() {
        return Err("the text is not ASCII");
    }
    let head = Head::read(text.as_bytes());
    let layout = head.layout();
    if head.format() != HEAD.format() {
        return Err("it has another format than this version of the library reads");
    }
    if layout.foreign.1 > text.len() {
        return Err("it is shorter than its first line says");
    }
    // Everything that a catalogue tells lives as long as the program.
    let text: &'static str = Box::leak(text.into_boxed_str());
    OTHER
        .set(Other { text, layout })
        .map_err(|_| "a catalogue was put in its place already")
}

/// The catalogue that is asked, with its layout.
fn current() -> (&'static str, &'static Layout) {
    match OTHER.get() {
        Some(other) => (other.text, &other.layout),
        None => (TEXT, &LAYOUT),
    }
}

/// The layout that this module reads.
#[cfg(test)]
pub(super) const FORMAT: usize = 1;

/// What the first line tells. Read by the compiler.
const HEAD: Head = Head::read(TEXT.as_bytes());

struct Head {
    length: usize,
    /// Format, then the five numbers of the layout.
    numbers: [usize; 6],
}

impl Head {
    /// Reads the numbers of the first line.
    const fn read(text: &[u8]) -> Self {
        let mut head = Head {
            length: 0,
            numbers: [0; 6],
        };
        let mut rest = text;
        // One before the first number: the first field is the file's mark.
        let mut field = usize::MAX;
        while let [byte, after @ ..] = rest {
            rest = after;
            head.length += 1;
            match *byte {
                b'\n' => break,
                b'\t' => field = field.wrapping_add(1),
                digit if field < head.numbers.len() && digit.is_ascii_digit() => {
                    // In bounds by the guard; the compiler evaluates this.
                    #[allow(clippy::indexing_slicing)]
                    {
                        head.numbers[field] = head.numbers[field]
                            .saturating_mul(10)
                            .saturating_add((digit - b'0') as usize);
                    }
                }
                _ => {}
            }
        }
        head
    }

    const fn format(&self) -> usize {
        let [format, ..] = self.numbers;
        format
    }

    const fn layout(&self) -> Layout {
        let [_, sources, index, global, foreign, services] = self.numbers;
        const fn after(before: (usize, usize), length: usize) -> (usize, usize) {
            (before.1, before.1.saturating_add(length))
        }
        let sources = after((0, self.length), sources);
        let index = after(sources, index);
        let global = after(index, global);
        let foreign = after(global, foreign);
        Layout {
            sources,
            index,
            global,
            foreign,
            services,
        }
    }
}

const LAYOUT: Layout = HEAD.layout();

#[cfg(test)]
pub(super) fn format() -> usize {
    HEAD.format()
}

/// The number of services.
pub(super) fn services() -> usize {
    current().1.services
}

fn slice(text: &'static str, start: usize, end: usize) -> &'static str {
    text.get(start..end).unwrap_or_default()
}

fn part(part: impl Fn(&Layout) -> (usize, usize)) -> &'static str {
    let (text, layout) = current();
    let (start, end) = part(layout);
    slice(text, start, end)
}

/// The lines that tell the sources and the body's hash.
pub(super) fn sources() -> &'static str {
    part(|layout| layout.sources)
}

/// All that the recorded hash covers.
#[cfg(test)]
pub(super) fn body() -> &'static str {
    slice(TEXT, LAYOUT.sources.1, TEXT.len())
}

/// The services' prefixes with the places of their sections.
pub(super) fn index() -> &'static str {
    part(|layout| layout.index)
}

/// The section of the keys that every service knows.
pub(super) fn global() -> &'static str {
    part(|layout| layout.global)
}

/// The section of the keys whose prefix is not their service's.
pub(super) fn foreign() -> &'static str {
    part(|layout| layout.foreign)
}

/// The section that a line of the index tells.
pub(super) fn section(index_line: &'static str) -> &'static str {
    let (text, layout) = current();
    let mut fields = fields(index_line).skip(1);
    let start = layout.index.1.saturating_add(number(fields.next()));
    slice(text, start, start.saturating_add(number(fields.next())))
}

/// A number of the text; zero where there is none, which the generator never writes.
pub(super) fn number(field: Option<&str>) -> usize {
    field.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// The fields of a line.
fn fields(line: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let end = memchr::memchr(b'\t', line.as_bytes());
        rest = end.map(|end| slice(line, end + 1, line.len()));
        Some(end.map_or(line, |end| slice(line, 0, end)))
    })
}

/// The field of a line; empty where the line is shorter.
pub(super) fn field(line: &'static str, index: usize) -> &'static str {
    fields(line).nth(index).unwrap_or_default()
}

/// The name in full of the service whose section this is.
pub(super) fn service_name(section: &'static str) -> &'static str {
    split_line(section).map_or("", |(head, _)| field(head, 1))
}

/// The first line and what follows it.
pub(super) fn split_line(text: &'static str) -> Option<(&'static str, &'static str)> {
    if text.is_empty() {
        return None;
    }
    let end = memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
    Some((
        slice(text, 0, end),
        slice(text, (end + 1).min(text.len()), text.len()),
    ))
}

/// Compares as if both were lower case.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let lower = |byte: &u8| byte.to_ascii_lowercase();
    left.as_bytes()
        .iter()
        .map(lower)
        .cmp(right.as_bytes().iter().map(lower))
}

/// Compares the first field of the line that the text begins with, without a
/// look for its end.
fn compare_first(text: &str, wanted: &str) -> Ordering {
    let bytes = text.as_bytes().iter();
    let name = bytes.take_while(|byte| !matches!(byte, b'\t' | b'\n'));
    name.map(u8::to_ascii_lowercase)
        .cmp(wanted.as_bytes().iter().map(u8::to_ascii_lowercase))
}

/// The line whose first field is `wanted`, in any case, among sorted lines.
pub(super) fn find_line(lines: &'static str, wanted: &str) -> Option<&'static str> {
    find_line_from(lines, 0, wanted).0
}

/// The same, with the place of a line that is probably a little before it, such as
/// the last one that was found: lists of actions are mostly sorted. The second of
/// the pair is the place for the next look.
pub(super) fn find_line_from(
    lines: &'static str,
    near: usize,
    wanted: &str,
) -> (Option<&'static str>, usize) {
    let at = lower_bound_from(lines, near, wanted);
    let rest = slice(lines, at, lines.len());
    if rest.is_empty() || compare_first(rest, wanted) != Ordering::Equal {
        return (None, at);
    }
    (split_line(rest).map(|(line, _)| line), at)
}

/// Where the first line begins whose first field is not less than `wanted`.
pub(super) fn lower_bound(lines: &'static str, wanted: &str) -> usize {
    lower_bound_from(lines, 0, wanted)
}

/// The same, with the place of a line to look around first.
fn lower_bound_from(lines: &'static str, near: usize, wanted: &str) -> usize {
    let is_less = |start: usize| {
        let line = slice(lines, start, lines.len());
        !line.is_empty() && compare_first(line, wanted) == Ordering::Less
    };
    let line_at = |from: usize, at: usize| {
        let before = slice(lines, from, at).as_bytes();
        memchr::memrchr(b'\n', before).map_or(from, |end| from + end + 1)
    };
    let after = |at: usize| {
        let rest = slice(lines, at, lines.len()).as_bytes();
        memchr::memchr(b'\n', rest).map_or(lines.len(), |end| at + end + 1)
    };
    let (mut low, mut high) = (0, lines.len());
    if near > 0 && is_less(near) {
        low = near;
        // In steps that double, until the line is passed.
        let mut step = NEAR;
        while low + step < high {
            let start = line_at(low, low + step);
            if is_less(start) {
                low = start;
                step *= 2;
            } else {
                high = start;
            }
        }
    } else if near > 0 {
        high = near;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        let start = line_at(low, middle);
        if is_less(start) {
            low = after(middle).min(high);
        } else {
            high = start;
        }
    }
    low
}

/// How far the first step from a near line goes: about two lines.
const NEAR: usize = 256;

/// Lines that are found by their number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    text: &'static str,
    count: usize,
}

impl Table {
    /// How many digits an offset has.
    const DIGITS: usize = 5;

    fn new(text: &'static str, count: usize) -> Self {
        Table { text, count }
    }

    /// The number of lines.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// A line by its number.
    pub(super) fn line(&self, index: usize) -> Option<&'static str> {
        if index >= self.count {
            return None;
        }
        let at = index * Self::DIGITS;
        let offset = number(self.text.get(at..at + Self::DIGITS));
        split_line(self.text.get(offset..)?).map(|(line, _)| line)
    }

    /// The line whose first field is `wanted`, in any case, among the first
    /// `count` lines, which are sorted.
    pub(super) fn find(&self, count: usize, wanted: &str) -> Option<&'static str> {
        let (mut low, mut high) = (0, count.min(self.count));
        while low < high {
            let middle = low + (high - low) / 2;
            let line = self.line(middle)?;
            match compare(field(line, 0), wanted) {
                Ordering::Equal => return Some(line),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// The parts of a section.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    pub(super) head: &'static str,
    pub(super) actions: &'static str,
    pub(super) action_count: usize,
    pub(super) resource_types: Table,
    pub(super) keys: Table,
    /// The first keys are whole names; families such as `aws:RequestTag/${TagKey}` follow.
    pub(super) whole_keys: usize,
}

impl Section {
    /// Splits a section's text.
    pub(super) fn new(text: &'static str) -> Self {
        let (head, rest) = split_line(text).unwrap_or_default();
        let mut fields = fields(head).skip(3);
        let mut next = || number(fields.next());
        let (actions_end, action_count) = (next(), next());
        let (resources_length, resources) = (next(), next());
        let (keys_length, keys) = (next(), next());
        let resources_end = actions_end + resources_length;
        Section {
            head,
            actions: slice(rest, 0, actions_end),
            action_count,
            resource_types: Table::new(slice(rest, actions_end, resources_end), resources),
            keys: Table::new(
                slice(rest, resources_end, resources_end + keys_length),
                keys,
            ),
            whole_keys: next(),
        }
    }
}
