//! The actions that a pattern matches.

use super::Catalogue;
use super::action::Action;
use super::service::Service;
use crate::pattern::Glob;

/// The actions that match the name part of a pattern within one service.
pub(super) fn within(service: Service, name: &str) -> impl Iterator<Item = Action> + use<> {
    // Only names with the pattern's literal start can match: they stand together.
    let literal = name.find(['*', '?']).unwrap_or(name.len());
    let start = name.get(..literal).unwrap_or_default().to_owned();
    let glob = Glob::new(name);
    // `s3:Get*` needs no more than the start.
    let start_is_all = name.get(literal..) == Some("*");
    service
        .actions_from(&start)
        .take_while(move |action| {
            let head = action.name().get(..start.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(&start))
        })
        .filter(move |action| start_is_all || glob.matches_ignore_case(action.name()))
}

/// See [`Catalogue::expand`].
pub(super) fn expand(pattern: &str) -> impl Iterator<Item = Action> + use<> {
    let catalogue = Catalogue::embedded();
    let (prefix, name) = match pattern.split_once(':') {
        Some((prefix, name)) => (prefix, name),
        // IAM knows no other pattern without a colon.
        None if pattern == "*" => ("*", "*"),
        None => ("", ""),
    };
    // Most patterns are plain names, and need no more than a look-up.
    let plain = !pattern.contains(['*', '?']);
    let exact = plain.then(|| catalogue.action(pattern)).flatten();
    let one = if plain {
        None
    } else {
        catalogue.service(prefix)
    };
    let many = prefix.contains(['*', '?']).then(|| Glob::new(prefix));
    let many = many.into_iter().flat_map(move |glob| {
        let services = catalogue.services();
        services.filter(move |service| glob.matches_ignore_case(service.prefix()))
    });
    let name = name.to_owned();
    let matching = one
        .into_iter()
        .chain(many)
        .flat_map(move |service| within(service, &name));
    exact.into_iter().chain(matching)
}
