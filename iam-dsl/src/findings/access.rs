//! What a document allows in full: the question behind most checks here.
//!
//! An action is allowed *in full* where one statement allows it on every
//! resource of one of its types, and nothing takes that back. A statement that
//! names resources, or whose conditions bind what is acted on, is how AWS
//! advises to limit such an action, so it does not count: the checks prefer to
//! miss a policy that names an administrator's role to crying wolf over every
//! policy that names some role.

use std::collections::HashMap;

use iam_dsl_core::pattern::Glob;
use iam_dsl_core::{Conditions, Document, Effect, Operator, Statement, StatementElement};

use super::place;
use super::resource::{Resources, Template};
use super::watch::Watch;

/// A document as these checks look at it.
pub(super) struct Access<'d> {
    document: &'d Document,
    watch: &'static Watch,
    /// By number of the statement.
    resources: HashMap<usize, Resources<'d>>,
    allow: Mentions,
    deny: Mentions,
    full: Option<usize>,
}

/// Which statements of one effect speak of which watched actions.
#[derive(Default)]
struct Mentions {
    /// By number of the action: statements, with the number of the pattern.
    listed: HashMap<usize, Vec<(usize, usize)>>,
    /// Statements that speak of every action, with the number of the pattern.
    every: Vec<(usize, usize)>,
    /// Statements of all but these actions, which are sorted.
    all_but: Vec<(usize, Vec<usize>)>,
}

/// Where an action is allowed in full.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    /// The pattern that allows it, as a JSON pointer.
    pub(super) pointer: String,
}

/// The resources on which an action must be allowed to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// Every resource of one of its types.
    Every,
    /// Those, or the user who asks.
    EveryOrOwnUser,
}

impl<'d> Access<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        let mut access = Access {
            document,
            watch: Watch::get(),
            resources: HashMap::new(),
            allow: Mentions::default(),
            deny: Mentions::default(),
            full: None,
        };
        let mut allowing = Vec::new();
        for (number, statement) in document.statements().iter().enumerate() {
            let Some(resources) = Resources::of(statement, document.has_variables()) else {
                continue;
            };
            let limit = Limit::of(statement.conditions());
            match statement.effect() {
                Some(Effect::Allow) if limit != Limit::What && resources.may_be_wide() => {
                    allowing.push((number, statement));
                }
                Some(Effect::Deny) if limit != Limit::Circumstances => {
                    access.deny.add(access.watch, number, statement);
                }
                _ => continue,
            }
            access.resources.insert(number, resources);
        }
        // Of several statements that allow an action the first is named: by what
        // they say, so that moving statements about changes nothing.
        if allowing.len() > 1 {
            allowing.sort_by_cached_key(|(_, statement)| content(statement));
        }
        for (number, statement) in allowing {
            access.allow.add(access.watch, number, statement);
        }
        if access.deny.is_empty() {
            let everything = |&&(number, _): &&(usize, usize)| {
                let resources = access.resources.get(&number);
                resources.is_some_and(Resources::is_everything)
                    && !access.names_passed_service(number)
            };
            let full = access.allow.every.iter().find(everything);
            access.full = full.map(|(number, _)| *number);
        }
        access
    }

    /// The statement that allows everything, where there is one and nothing is
    /// denied: its action.
    pub(super) fn everything(&self) -> Option<Grant> {
        let full = self.full?;
        let (number, pattern) = self.allow.every.iter().find(|(n, _)| *n == full)?;
        Some(self.grant(*number, Some(*pattern)))
    }

    /// Where this action is allowed in full; `None` also where the statement
    /// that does so is [`Access::everything`], which says it all. `passed_to` is
    /// the service to which a role would be passed, for `iam:PassRole`.
    pub(super) fn grants(&self, action: &str, on: On, passed_to: &[&str]) -> Option<Grant> {
        let action = self.watch.find(action)?;
        let templates = self.watch.templates(action);
        let reaches = |number: usize, reach: &dyn Fn(&Resources<'d>, &Template) -> bool| {
            let resources = self.resources.get(&number)?;
            templates.iter().find(|template| reach(resources, template))
        };
        for (number, pattern) in self.allow.of(action) {
            if self.full == Some(number) || !self.passes(number, Effect::Allow, passed_to) {
                continue;
            }
            let own = on == On::EveryOrOwnUser
                && self.resources.get(&number).is_some_and(Resources::own_user);
            let wide = reaches(number, &|resources, template| resources.cover(template));
            if wide.is_none() && !own {
                continue;
            }
            let denied = self.deny.of(action).any(|(deny, _)| {
                let resources = self.resources.get(&deny);
                self.passes(deny, Effect::Deny, passed_to)
                    && match wide {
                        Some(template) => resources.is_some_and(|r| r.cover(template)),
                        None => resources.is_some_and(|r| r.own_user() || r.is_everything()),
                    }
            });
            if !denied {
                return Some(self.grant(number, pattern));
            }
        }
        None
    }

    fn grant(&self, number: usize, pattern: Option<usize>) -> Grant {
        let pointer = match pattern {
            Some(pattern) => place::action(self.document, number, pattern),
            None => place::element(self.document, number, "NotAction"),
        };
        Grant { pointer }
    }

    fn names_passed_service(&self, number: usize) -> bool {
        let statement = self.document.statements().get(number);
        let conditions = statement.and_then(Statement::conditions);
        !passed_to_service(conditions).is_empty()
    }

    /// Whether the statement speaks of passing a role to one of the services.
    fn passes(&self, number: usize, effect: Effect, services: &[&str]) -> bool {
        let statement = self.document.statements().get(number);
        let conditions = passed_to_service(statement.and_then(Statement::conditions));
        if conditions.is_empty() {
            return true;
        }
        if services.is_empty() {
            // Nothing is passed, so that the key is missing.
            let lenient = |(operator, _): &(Operator, _)| operator.if_exists;
            return effect == Effect::Allow && conditions.iter().all(lenient);
        }
        let holds = |service: &&str| {
            conditions.iter().all(|(operator, values)| {
                let matches = values.iter().any(|value| {
                    if operator.comparison.has_wildcards() {
                        Glob::new(value).matches_ignore_case(service)
                    } else {
                        value.eq_ignore_ascii_case(service)
                    }
                });
                matches != operator.comparison.is_negated()
            })
        };
        match effect {
            Effect::Allow => services.iter().any(holds),
            Effect::Deny => services.iter().all(holds),
        }
    }
}

/// What a statement says, whatever it is called.
fn content(statement: &Statement) -> String {
    let elements = statement.elements().iter();
    let elements = elements.filter(|element| !matches!(element, StatementElement::Sid(_)));
    Document::of(vec![Statement::new(elements.cloned().collect())]).to_json()
}

impl Mentions {
    fn add(&mut self, watch: &Watch, number: usize, statement: &Statement) {
        if let Some(patterns) = statement.not_actions() {
            let mut named: Vec<usize> = patterns
                .iter()
                .flat_map(|pattern| watch.matching(pattern.as_str()))
                .collect();
            named.sort_unstable();
            named.dedup();
            self.all_but.push((number, named));
        }
        for (index, pattern) in statement.actions().iter().enumerate() {
            if matches!(pattern.as_str(), "*" | "*:*") {
                self.every.push((number, index));
                // It says all that the others could.
                break;
            }
            for action in watch.matching(pattern.as_str()) {
                let list = self.listed.entry(action).or_default();
                if list.last().is_none_or(|(last, _)| *last != number) {
                    list.push((number, index));
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.every.is_empty() && self.all_but.is_empty()
    }

    /// The statements that speak of an action, each with its pattern, or `None`
    /// for one that lists what it does not speak of.
    fn of(&self, action: usize) -> impl Iterator<Item = (usize, Option<usize>)> {
        let listed = self.listed.get(&action).into_iter().flatten();
        let every = self.every.iter();
        let named = listed
            .chain(every)
            .map(|(number, index)| (*number, Some(*index)));
        let rest = self
            .all_but
            .iter()
            .filter(move |(_, named)| named.binary_search(&action).is_err());
        named.chain(rest.map(|(number, _)| (*number, None)))
    }
}

/// What the conditions of a statement bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    /// There are none, or none but the service that a role is passed to.
    Nothing,
    /// Who asks, when and from where: within that the permission is as wide.
    Circumstances,
    /// What is acted on.
    What,
}

impl Limit {
    fn of(conditions: Option<&Conditions>) -> Limit {
        let mut limit = Limit::Nothing;
        for (_, entry) in conditions.into_iter().flat_map(Conditions::iter) {
            if entry.key.eq_ignore_ascii_case(PASSED_TO) {
                continue;
            }
            if !is_circumstance(&entry.key) {
                return Limit::What;
            }
            limit = Limit::Circumstances;
        }
        limit
    }
}

const PASSED_TO: &str = "iam:PassedToService";

/// The conditions on the service that a role is passed to
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>).
fn passed_to_service(conditions: Option<&Conditions>) -> Vec<(Operator, Vec<String>)> {
    conditions
        .into_iter()
        .flat_map(Conditions::iter)
        .filter(|(_, entry)| entry.key.eq_ignore_ascii_case(PASSED_TO))
        .map(|(operator, entry)| {
            let values = entry.values.iter();
            (
                operator,
                values.map(|value| value.text().into_owned()).collect(),
            )
        })
        .collect()
}

/// Whether a key tells of the request's circumstances and not of what it acts
/// on. The keys that tell the resource's account and organization are among
/// them: nearly every permission ends at the account anyway
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>).
fn is_circumstance(key: &str) -> bool {
    const KEYS: &[&str] = &[
        "aws:currenttime",
        "aws:epochtime",
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:referer",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:securetransport",
        "aws:sourceidentity",
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:tokenissuetime",
        "aws:useragent",
        "aws:userid",
        "aws:username",
        "aws:vpcsourceip",
    ];
    let key = key.to_ascii_lowercase();
    key.starts_with("aws:principal")
        || key.starts_with("aws:vpce")
        || KEYS.binary_search(&key.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(statements: &str, action: &str, passed_to: &[&str]) -> Option<String> {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
        let document = Document::from_json(&text).unwrap();
        let access = Access::new(&document);
        let grant = access.grants(action, On::Every, passed_to);
        grant.map(|grant| grant.pointer)
    }

    #[test]
    fn a_grant_is_in_full_or_none() {
        let one = |members: &str| {
            let statements = format!(r#"[{{"Effect":"Allow",{members}}}]"#);
            grants(&statements, "iam:PutRolePolicy", &[])
        };
        for members in [
            r#""Action":"iam:PutRolePolicy","Resource":"*""#,
            r#""Action":"IAM:Put*","Resource":"arn:aws:iam::*:role/*""#,
            r#""Action":"iam:*","Resource":"arn:aws:iam::111122223333:*""#,
            r#""Action":"iam:*","Resource":"arn:aws:iam::*""#,
            r#""Action":"*","Resource":["arn:aws:s3:::b","arn:*:iam::*:role*"]"#,
            r#""NotAction":"s3:*","Resource":"*""#,
            r#""Action":"iam:*","NotResource":"arn:aws:iam::*:role/admin""#,
            r#""Action":"iam:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        ] {
            assert!(one(members).is_some(), "{members}");
        }
        for members in [
            r#""Action":"iam:PutUserPolicy","Resource":"*""#,
            r#""Action":"iam:PutRolePolicy","Resource":"arn:aws:iam::*:user/*""#,
            r#""Action":"iam:PutRolePolicy","Resource":"arn:aws:iam::*:role/app-*""#,
            r#""Action":"iam:PutRolePolicy","Resource":"arn:aws:iam::*:role/${aws:username}""#,
            r#""Action":"iam:PutRolePolicy","Resource":"arn:aws:iam::*:role/?""#,
            r#""NotAction":"iam:*","Resource":"*""#,
            r#""Action":"iam:*","NotResource":"arn:aws:iam::*:role/*""#,
            r#""Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::1:policy/b"}}"#,
            r#""Action":"*","Resource":"arn:aws:s3:::*""#,
        ] {
            assert_eq!(one(members), None, "{members}");
        }
    }

    #[test]
    fn denials_count_where_they_reach_all_of_it() {
        let with = |deny: &str| {
            let statements = format!(
                r#"[{{"Effect":"Allow","Action":["s3:Get*","iam:*"],"Resource":"*"}},{{"Effect":"Deny",{deny}}}]"#
            );
            grants(&statements, "iam:PutRolePolicy", &[])
        };
        for deny in [
            r#""Action":"iam:Put*","Resource":"*""#,
            r#""Action":"*","Resource":"arn:aws:iam::*:role/*""#,
            r#""NotAction":"s3:*","Resource":"*""#,
            r#""Action":"iam:*","NotResource":"arn:aws:iam::*:user/${aws:username}""#,
            r#""Action":"iam:*","Resource":"*","Condition":{"StringNotEquals":{"iam:PermissionsBoundary":"arn:aws:iam::1:policy/b"}}"#,
        ] {
            assert_eq!(with(deny), None, "{deny}");
        }
        for deny in [
            r#""Action":"iam:PutUserPolicy","Resource":"*""#,
            r#""Action":"iam:*","Resource":"arn:aws:iam::*:role/admin""#,
            r#""Action":"iam:*","NotResource":"arn:aws:iam::*:role/*""#,
            r#""Action":"iam:*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
        ] {
            assert_eq!(
                with(deny).as_deref(),
                Some("/Statement/0/Action/1"),
                "{deny}"
            );
        }
    }

    #[test]
    fn the_service_that_a_role_is_passed_to_is_compared() {
        let with = |condition: &str, services: &[&str]| {
            let statement = format!(
                r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{condition}}}"#
            );
            grants(&statement, "iam:PassRole", services).is_some()
        };
        let equals =
            r#"{"StringEquals":{"iam:PassedToService":["ec2.amazonaws.com","ssm.amazonaws.com"]}}"#;
        let like = r#"{"StringLikeIfExists":{"iam:passedtoservice":"lambda.*"}}"#;
        let not = r#"{"StringNotEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#;
        for (condition, service, passes) in [
            (equals, "ec2.amazonaws.com", true),
            (equals, "lambda.amazonaws.com", false),
            (like, "lambda.amazonaws.com", true),
            (like, "ec2.amazonaws.com", false),
            (not, "ec2.amazonaws.com", false),
            (not, "lambda.amazonaws.com", true),
        ] {
            assert_eq!(with(condition, &[service]), passes, "{condition} {service}");
        }
    }

    #[test]
    fn the_list_of_circumstances_is_sorted() {
        assert!(is_circumstance("aws:SourceIp") && is_circumstance("aws:CurrentTime"));
        assert!(is_circumstance("aws:VpcSourceIp") && is_circumstance("aws:PrincipalTag/team"));
        assert!(!is_circumstance("aws:ResourceTag/team") && !is_circumstance("aws:CalledVia"));
    }
}
