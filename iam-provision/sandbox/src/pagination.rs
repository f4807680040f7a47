//! `MaxItems`, `Marker` and `IsTruncated`, the same on every list of IAM.

use data_encoding::BASE64URL_NOPAD;

use crate::refusal::Refusal;
use crate::request::Params;
use crate::xml::Xml;

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    next: Option<String>,
}

impl<T> Page<T> {
    /// Writes `IsTruncated` and, if there is more, `Marker`.
    pub(crate) fn write(&self, x: &mut Xml) {
        x.text("IsTruncated", self.next.is_some());
        x.text_if("Marker", self.next.as_ref());
    }
}

/// Cuts the page that the call asks for out of all items. `key` orders the
/// items and names them in the marker, so that a page stays right when items
/// before it are deleted meanwhile.
pub(crate) fn page<T>(
    params: &Params,
    mut all: Vec<T>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, Refusal> {
    let most = params.number("MaxItems", 1, 1000)?.unwrap_or(100);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    all.sort_by_cached_key(&key);
    if let Some(marker) = params.get("Marker") {
        let last =
            decode(marker).ok_or_else(|| Refusal::validation_error("Invalid Marker value."))?;
        all.retain(|item| key(item) > last);
    }
    let truncated = all.len() > most;
    all.truncate(most);
    let next = all
        .last()
        .filter(|_| truncated)
        .map(|item| BASE64URL_NOPAD.encode(key(item).as_bytes()));
    Ok(Page { items: all, next })
}

/// The same for `count` items that are told by their number and made only
/// once they are asked for: there may be far more than fit a page.
pub(crate) fn page_of_numbers(params: &Params, count: usize) -> Result<Page<usize>, Refusal> {
    let most = params.number("MaxItems", 1, 1000)?.unwrap_or(100);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let first = match params.get("Marker") {
        None => 0,
        Some(marker) => decode(marker)
            .and_then(|last| last.parse::<usize>().ok())
            .ok_or_else(|| Refusal::validation_error("Invalid Marker value."))?
            .saturating_add(1),
    };
    let end = first.saturating_add(most).min(count);
    let items: Vec<usize> = (first..end).collect();
    let next = items
        .last()
        .filter(|_| end < count)
        .map(|last| BASE64URL_NOPAD.encode(last.to_string().as_bytes()));
    Ok(Page { items, next })
}

fn decode(marker: &str) -> Option<String> {
    let bytes = BASE64URL_NOPAD.decode(marker.as_bytes()).ok()?;
    String::from_utf8(bytes).ok().filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<Page<u32>, Refusal> {
        let params = Params::read("", query.as_bytes())?;
        page(&params, vec![3, 1, 2], |n| n.to_string())
    }

    #[test]
    fn pages_follow_one_another() {
        let first = ask("MaxItems=2").unwrap();
        assert_eq!(first.items, [1, 2]);
        let marker = first.next.unwrap();
        let second = ask(&format!("MaxItems=2&Marker={marker}")).unwrap();
        assert_eq!(second.items, [3]);
        assert!(second.next.is_none());
    }

    #[test]
    fn a_full_last_page_is_not_truncated() {
        assert!(ask("MaxItems=3").unwrap().next.is_none());
    }

    #[test]
    fn numbers_are_paged_without_being_made() {
        let ask = |query: &str| page_of_numbers(&Params::read("", query.as_bytes())?, usize::MAX);
        let first = ask("MaxItems=2").unwrap();
        assert_eq!(first.items, [0, 1]);
        let marker = first.next.unwrap();
        let second = ask(&format!("MaxItems=1&Marker={marker}")).unwrap();
        assert_eq!(second.items, [2]);
        let beyond = BASE64URL_NOPAD.encode(usize::MAX.to_string().as_bytes());
        let last = ask(&format!("Marker={beyond}")).unwrap();
        assert!(last.items.is_empty() && last.next.is_none());
        assert_eq!(ask("Marker=!!").unwrap_err().code, "ValidationError");
    }

    #[test]
    fn a_foreign_marker_is_refused() {
        assert_eq!(ask("Marker=!!").unwrap_err().code, "ValidationError");
    }
}
