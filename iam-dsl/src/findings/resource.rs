//! Whether the resources of a statement are all of a type.

use iam_dsl_core::Statement;
use iam_dsl_core::pattern::Glob;

/// A type of resource as the ARN of one that nobody has named: a pattern that
/// matches it matches every resource of the type. Two names, a short and a long
/// one, tell `*` from a row of `?`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Template {
    service: &'static str,
    /// Region and account where the format has them fixed.
    region: Option<&'static str>,
    account: Option<&'static str>,
    /// What follows the fifth colon, for both names.
    rest: [String; 2],
}

/// A character that no policy names.
const NEW: &str = "\u{1}";

impl Template {
    /// Of a format such as `arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}`.
    pub(super) fn new(format: &'static str) -> Option<Template> {
        let mut fields = format.splitn(6, ':').skip(2);
        let (service, region, account) = (fields.next()?, fields.next()?, fields.next()?);
        let rest = fields.next()?;
        let fixed = |field: &'static str| (!field.contains(['$', '*'])).then_some(field);
        let named = |name: &str| {
            let mut text = String::new();
            let mut left = rest;
            while let Some((before, after)) = left.split_once("${") {
                text.push_str(before);
                text.push_str(name);
                left = after.split_once('}').map_or("", |(_, after)| after);
            }
            text + left
        };
        Some(Template {
            service,
            region: fixed(region),
            account: fixed(account),
            rest: [named(NEW), named(&NEW.repeat(40))],
        })
    }

    /// That of an action without types of resource, which only `*` allows.
    pub(super) fn none() -> Template {
        Template {
            service: NEW,
            region: Some(NEW),
            account: Some(NEW),
            rest: [NEW.to_owned(), NEW.repeat(40)],
        }
    }
}

/// The resources of a statement that can matter: those with a wildcard at the end.
pub(super) struct Resources<'s> {
    wide: Vec<Wide<'s>>,
    /// Whether they are those that the statement does not speak of.
    negated: bool,
    own_user: bool,
}

struct Wide<'s> {
    /// Partition, service, region and account where they are fixed.
    fixed: [Option<&'s str>; 4],
    /// What follows the fifth colon, up to the first wildcard.
    lead: &'s str,
    glob: Glob,
    everything: bool,
}

impl<'s> Resources<'s> {
    /// `None` for a statement that names no resources at all.
    pub(super) fn of(statement: &'s Statement, variables: bool) -> Option<Self> {
        let (patterns, negated) = match (statement.resources(), statement.not_resources()) {
            (Some(patterns), _) => (patterns, false),
            (None, Some(patterns)) => (patterns, true),
            (None, None) => return None,
        };
        let texts = || patterns.iter().map(|pattern| pattern.as_str());
        let own = |text: &str| variables && text.ends_with(":user/${aws:username}");
        Some(Resources {
            wide: texts().filter_map(Wide::of).collect(),
            negated,
            own_user: !negated && texts().any(own),
        })
    }

    /// Whether a statement with them may cover a type at all.
    pub(super) fn may_be_wide(&self) -> bool {
        self.negated || self.own_user || !self.wide.is_empty()
    }

    /// Whether they are all there are.
    pub(super) fn is_everything(&self) -> bool {
        !self.negated && self.wide.iter().any(|wide| wide.everything)
    }

    /// Whether the user who asks is one of them by a variable.
    pub(super) fn own_user(&self) -> bool {
        self.own_user
    }

    /// Whether they are all resources of the type, but for some that are named
    /// as exceptions.
    pub(super) fn cover(&self, template: &Template) -> bool {
        let named = self.wide.iter().any(|wide| wide.covers(template));
        named != self.negated
    }
}

impl<'s> Wide<'s> {
    fn of(text: &'s str) -> Option<Wide<'s>> {
        if !text.ends_with('*') || text.contains("${") {
            return None;
        }
        let mut fields = text.splitn(6, ':').skip(1);
        let mut fixed = || {
            let field = fields.next()?;
            (!field.contains(['*', '?'])).then_some(field)
        };
        let fixed = [fixed(), fixed(), fixed(), fixed()];
        let lead = fields.next().and_then(|rest| rest.split(['*', '?']).next());
        Some(Wide {
            fixed,
            lead: lead.unwrap_or_default(),
            glob: Glob::new(text),
            everything: text.bytes().all(|byte| byte == b'*'),
        })
    }

    fn covers(&self, template: &Template) -> bool {
        if self.everything {
            return true;
        }
        let [partition, service, region, account] = self.fixed;
        let [rest, _] = &template.rest;
        // Nearly all that cannot match are told here, without a comparison.
        if service.is_some_and(|service| service != template.service)
            || !rest.starts_with(self.lead)
        {
            return false;
        }
        // One region or account is as good as all of them: it is the caller's own.
        let partition = partition.unwrap_or("aws");
        let region = template.region.or(region).unwrap_or(NEW);
        let account = template.account.or(account).unwrap_or(NEW);
        let service = template.service;
        template.rest.iter().all(|rest| {
            let arn = format!("arn:{partition}:{service}:{region}:{account}:{rest}");
            self.glob.matches(&arn)
        })
    }
}
