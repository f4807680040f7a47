//! Actions and keys in the letters that people write them in: the search itself
//! folds them.

use iam_dsl_core::Document;
use iam_dsl_core::catalogue::Catalogue;

use super::access::Access;

fn documents<'a>(sides: &[&'a Access]) -> impl Iterator<Item = &'a Document> + use<'a> {
    let parts: Vec<&Document> = sides
        .iter()
        .flat_map(|access| access.parts.iter().map(|part| part.document.as_ref()))
        .collect();
    parts.into_iter()
}

/// A pattern of actions as a policy writes it, else as AWS documents the action.
pub(super) fn action(sides: &[&Access], pattern: &str) -> String {
    if pattern == "*:*" {
        return "*".to_owned();
    }
    let written = documents(sides)
        .flat_map(Document::statements)
        .find_map(|s| {
            s.actions()
                .iter()
                .chain(s.not_actions().unwrap_or_default())
                .find(|action| action.as_str().eq_ignore_ascii_case(pattern))
        });
    match written {
        Some(action) => action.as_str().to_owned(),
        None => Catalogue::embedded()
            .action(pattern)
            .map_or_else(|| pattern.to_owned(), |action| action.to_string()),
    }
}

/// A condition key as AWS documents it; what varies, such as the name of a tag,
/// and keys that the catalogue does not have, as a policy writes them.
pub(super) fn key(sides: &[&Access], key: &str) -> String {
    let known = Catalogue::embedded().condition_key(key);
    if let Some(known) = known.filter(|known| !known.is_template()) {
        return known.name().to_owned();
    }
    let written = documents(sides)
        .flat_map(Document::statements)
        .find_map(|s| {
            let mut listed = s.conditions().into_iter().flat_map(|c| c.iter());
            let same = listed.find(|(_, entry)| entry.key.eq_ignore_ascii_case(key));
            same.map(|(_, entry)| entry.key.clone())
        });
    let written = written.unwrap_or_else(|| key.to_owned());
    let stem = known
        .and_then(|known| known.name().split_once("${"))
        .map_or("", |(stem, _)| stem);
    match written.split_at_checked(stem.len()) {
        Some((before, rest)) if before.eq_ignore_ascii_case(stem) => format!("{stem}{rest}"),
        _ => written,
    }
}
