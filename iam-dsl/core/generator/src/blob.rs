//! The facts as the text that `iam_dsl_core::catalogue` searches. Its layout is
//! described there; [`FORMAT`] changes with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::Result;
use crate::facts::{Action, Facts, Key, OIDC_KEYS, Service, is_template};
use crate::inputs::{Pin, hex};

/// The version of the layout.
const FORMAT: u32 = 1;

/// The reader marks seen keys in a set of this many.
const MOST_KEYS: usize = 256;

/// Writes the whole text; returns it with the hash of its body.
pub(crate) fn write(facts: &Facts, pins: &[Pin]) -> Result<(String, String)> {
    let global = section(
        "",
        &Service {
            keys: facts.global_keys.clone(),
            ..Service::default()
        },
    )?;
    let foreign = foreign_section(facts)?;
    let mut sections = format!("{global}{foreign}");
    let mut index = String::new();
    for (prefix, service) in &facts.services {
        let text = section(prefix, service)?;
        writeln!(index, "{prefix}\t{}\t{}", sections.len(), text.len())?;
        sections.push_str(&text);
    }
    let body = format!("{index}{sections}");
    if !body.is_ascii() {
        return Err("a name holds a character outside ASCII".into());
    }
    let mut sources = String::new();
    for pin in pins {
        let Pin {
            role,
            package,
            version,
            date,
            sha256,
            ..
        } = pin;
        writeln!(
            sources,
            "source\t{role}\t{package}\t{version}\t{date}\t{sha256}"
        )?;
    }
    let hash = hex(&Sha256::digest(&body));
    writeln!(sources, "body\t{hash}")?;
    // The first line holds lengths only, so that its own length does not matter.
    let text = format!(
        "iam-dsl-catalogue\t{FORMAT}\t{}\t{}\t{}\t{}\t{}\n{sources}{body}",
        sources.len(),
        index.len(),
        global.len(),
        foreign.len(),
        facts.services.len(),
    );
    Ok((text, hash))
}

/// Keys whose prefix is not the service that knows them, such as `saml:aud`,
/// with the services that do.
fn foreign_section(facts: &Facts) -> Result<String> {
    let mut keys: BTreeMap<String, (Key, BTreeSet<&str>)> = BTreeMap::new();
    for (prefix, service) in &facts.services {
        for (lower, key) in &service.keys {
            let own = lower
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.starts_with(':'));
            if own || facts.global_keys.contains_key(lower) {
                continue;
            }
            let (known, services) = keys
                .entry(lower.clone())
                .or_insert_with(|| (key.clone(), BTreeSet::new()));
            if known.kind != key.kind {
                return Err(format!("`{lower}` has two types").into());
            }
            services.insert(prefix);
        }
    }
    for (claim, kind) in OIDC_KEYS {
        // A provider is an address, so there is a dot in it.
        let name = format!("${{Provider}}.${{Domain}}:{claim}");
        let key = Key {
            name: name.clone(),
            kind,
        };
        keys.insert(name.to_lowercase(), (key, BTreeSet::from(["sts"])));
    }
    let lines = ordered(keys.iter()).map(|(_, (key, services))| {
        let services: Vec<&str> = services.iter().copied().collect();
        format!("{}\t{}\t{}", key.name, key.kind, services.join(","))
    });
    let exact = keys.keys().filter(|name| !is_template(name)).count();
    let (text, count) = table(lines)?;
    Ok(format!(
        "\t\t-\t0\t0\t0\t0\t{}\t{count}\t{exact}\n{text}",
        text.len()
    ))
}

/// Whole names first, families of names after them.
fn ordered<'m, V>(
    entries: impl Iterator<Item = (&'m String, &'m V)> + Clone,
) -> impl Iterator<Item = (&'m String, &'m V)>
where
    V: 'm,
{
    let whole = entries.clone().filter(|(name, _)| !is_template(name));
    whole.chain(entries.filter(|(name, _)| is_template(name)))
}

fn section(prefix: &str, service: &Service) -> Result<String> {
    let key_index: BTreeMap<&str, usize> = ordered(service.keys.iter())
        .enumerate()
        .map(|(index, (lower, _))| (lower.as_str(), index))
        .collect();
    if key_index.len() > MOST_KEYS {
        return Err(format!("{prefix} has {} keys; raise MOST_KEYS", key_index.len()).into());
    }
    let key_list = |keys: &BTreeSet<String>| -> Result<String> {
        let mut list: Vec<usize> = Vec::new();
        for key in keys {
            list.push(
                *key_index
                    .get(key.as_str())
                    .ok_or_else(|| format!("no key `{key}`"))?,
            );
        }
        list.sort_unstable();
        let list: Vec<String> = list.iter().map(usize::to_string).collect();
        Ok(list.join("."))
    };
    let mut resources = Vec::new();
    for resource in service.resource_types.values() {
        let formats = resource.arn_formats.join(",");
        resources.push(format!(
            "{}\t{formats}\t{}",
            resource.name,
            key_list(&resource.keys)?
        ));
    }
    let resource_index: BTreeMap<&str, usize> = service
        .resource_types
        .keys()
        .enumerate()
        .map(|(index, lower)| (lower.as_str(), index))
        .collect();
    let mut actions = String::new();
    for action in service.actions.values() {
        let Action { name, level, .. } = action;
        let mut rows = Vec::new();
        for (lower, row) in &action.resource_types {
            let index = resource_index
                .get(lower.as_str())
                .ok_or_else(|| format!("no resource type `{lower}`"))?;
            let required = if row.required { "!" } else { "" };
            let keys = key_list(&row.keys)?;
            let colon = if keys.is_empty() { "" } else { ":" };
            rows.push(format!("{index}{required}{colon}{keys}"));
        }
        let dependents: Vec<&str> = action
            .dependent_actions
            .iter()
            .map(String::as_str)
            .collect();
        let line = format!(
            "{name}\t{level}\t{}\t{}\t{}",
            rows.join(","),
            key_list(&action.keys)?,
            dependents.join(",")
        );
        writeln!(actions, "{}", line.trim_end())?;
    }
    let (resources, resource_count) = table(resources.into_iter())?;
    let keys = ordered(service.keys.iter()).map(|(_, key)| format!("{}\t{}", key.name, key.kind));
    let (keys, key_count) = table(keys)?;
    let exact = service
        .keys
        .keys()
        .filter(|name| !is_template(name))
        .count();
    Ok(format!(
        "{prefix}\t{}\t{}\t{}\t{}\t{}\t{resource_count}\t{}\t{key_count}\t{exact}\n{actions}{resources}{keys}",
        service.name,
        if service.rcp { "rcp" } else { "-" },
        actions.len(),
        service.actions.len(),
        resources.len(),
        keys.len(),
    ))
}

/// Lines that are found by their number: before them stands one line of their
/// offsets, five digits each.
fn table(lines: impl Iterator<Item = String>) -> Result<(String, usize)> {
    let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    if lines.is_empty() {
        return Ok((String::new(), 0));
    }
    let mut offset = lines.len() * 5 + 1;
    let mut text = String::new();
    for line in &lines {
        if offset > 99_999 {
            return Err("a table is longer than five digits can tell".into());
        }
        write!(text, "{offset:05}")?;
        offset += line.len() + 1;
    }
    text.push('\n');
    for line in &lines {
        writeln!(text, "{line}")?;
    }
    Ok((text, lines.len()))
}
