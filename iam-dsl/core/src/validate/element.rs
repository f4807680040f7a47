//! Which elements a document and its statements have.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language" and the
//! pages of the elements; refusals as IAM words them.

use std::collections::HashSet;

use super::{Rules, size};
use crate::diagnostic::Code;
use crate::kind::PolicyKind;
use crate::model::{Document, Effect, Statement, StatementElement, Version};
use crate::pointer::Place;

impl Rules {
    pub(super) fn document(&mut self, document: &Document) {
        self.version(document);
        if document.id().is_some() && !matches!(self.kind, PolicyKind::Resource | PolicyKind::Trust)
        {
            // The grammar has no Id in identity policies, yet IAM stores it.
            let kind = self.kind;
            if kind != PolicyKind::Identity && kind != PolicyKind::Boundary {
                self.report(
                    Code::UnsupportedId,
                    Place::ROOT.key("Id"),
                    format!("a {kind} has no `Id`"),
                )
                .help("remove it; to name a statement use `Sid`");
            }
        }
        let statements = document.statements();
        if statements.is_empty() {
            self.report(
                Code::MissingStatement,
                Place::ROOT,
                "the policy has no statement",
            )
            .help("add at least one statement")
            .refused("Syntax errors in policy.");
        }
        let single = document.elements().iter().any(|element| {
            matches!(
                element,
                crate::model::Element::Statement(crate::model::OneOrMany::One(_))
            )
        });
        let list = Place::ROOT.key("Statement");
        for (index, statement) in statements.iter().enumerate() {
            let place = if single { list } else { list.index(index) };
            self.statement(statement, place);
        }
        self.sids(statements, single);
        if !single {
            self.redundant_statements(statements);
        }
        self.roles_anywhere(statements, |index| {
            if single {
                list.pointer()
            } else {
                list.index(index).pointer()
            }
        });
        size::document(self, document);
    }

    fn version(&mut self, document: &Document) {
        let missing = match document.version() {
            Some(Version::V2012_10_17) => return,
            Some(Version::V2008_10_17) => false,
            None => true,
        };
        if missing {
            self.report(
                Code::MissingVersion,
                Place::ROOT,
                "the policy has no `Version`, so it is read by the rules of 2008-10-17",
            )
            .help("add \"Version\": \"2012-10-17\"");
        }
        if matches!(self.kind, PolicyKind::Identity | PolicyKind::Boundary) {
            let version = Place::ROOT.key("Version");
            let place = if missing { Place::ROOT } else { version };
            self.report(
                Code::VersionTooOld,
                place,
                format!("IAM stores no {} older than version 2012-10-17", self.kind),
            )
            .help("write \"Version\": \"2012-10-17\"")
            .refused("Policy document must be version 2012-10-17 or greater.");
        }
    }

    fn statement(&mut self, statement: &Statement, place: Place<'_>) {
        self.effect = statement.effect();
        if statement.effect().is_none() {
            self.report(Code::MissingEffect, place, "the statement has no `Effect`")
                .help("add \"Effect\": \"Allow\" or \"Effect\": \"Deny\"")
                .refused("Syntax errors in policy.");
        }
        self.combinations(statement, place);
        for element in statement.elements() {
            let place = place.key(element.key());
            match element {
                StatementElement::Sid(sid) => self.sid(sid, place),
                StatementElement::Effect(_) => {}
                StatementElement::Principal(principals)
                | StatementElement::NotPrincipal(principals) => {
                    self.principal_element(statement, element, place);
                    self.principals(principals, statement, place);
                }
                StatementElement::Action(actions) | StatementElement::NotAction(actions) => {
                    self.actions(actions, place);
                }
                StatementElement::Resource(resources)
                | StatementElement::NotResource(resources) => {
                    self.resource_element(place);
                    self.resources(resources, place);
                }
                StatementElement::Condition(conditions) => self.conditions(conditions, place),
            }
        }
        self.presence(statement, place);
        self.giving(statement, place);
        self.companions(statement, place);
        self.supported_keys(statement, place);
        self.service_principals(statement, place);
        self.trust(statement, place);
        self.organization(statement, place);
        self.attached(statement, place);
        self.redundant_items(statement, place);
        if self.kind == PolicyKind::ResourceControl {
            self.resource_control(statement, place);
        }
    }

    fn combinations(&mut self, statement: &Statement, place: Place<'_>) {
        let has = |key: &str| {
            statement
                .elements()
                .iter()
                .any(|element| element.key() == key)
        };
        for (plain, negated) in [
            ("Principal", "NotPrincipal"),
            ("Action", "NotAction"),
            ("Resource", "NotResource"),
        ] {
            if has(plain) && has(negated) {
                self.report(
                    Code::UnsupportedElementCombination,
                    place.key(negated),
                    format!("`{plain}` and `{negated}` stand in one statement"),
                )
                .help("keep one; write a second statement for the other")
                .refused("Syntax errors in policy.");
            }
        }
    }

    fn presence(&mut self, statement: &Statement, place: Place<'_>) {
        let empty = |element: &StatementElement| match element {
            StatementElement::Action(list) | StatementElement::NotAction(list) => list.is_empty(),
            StatementElement::Resource(list) | StatementElement::NotResource(list) => {
                list.is_empty()
            }
            _ => false,
        };
        let mut actions = false;
        let mut resources = false;
        for element in statement.elements() {
            let here = place.key(element.key());
            match element {
                StatementElement::Action(_) | StatementElement::NotAction(_) => {
                    actions = true;
                    if empty(element) {
                        self.report(Code::EmptyArrayAction, here, "the list of actions is empty")
                            .help("add an action, or remove the statement");
                        self.report(Code::MissingAction, here, "the statement names no action")
                            .help("name at least one action, such as `s3:GetObject`")
                            .refused("Policy statement must contain actions.");
                    }
                }
                StatementElement::Resource(_) | StatementElement::NotResource(_) => {
                    resources = true;
                    if empty(element) {
                        self.report(
                            Code::EmptyArrayResource,
                            here,
                            "the list of resources is empty",
                        )
                        .help("add a resource, or remove the statement");
                        if self.kind.has_resource() {
                            self.missing_resource(here, "the statement names no resource");
                        }
                    }
                }
                _ => {}
            }
        }
        if !actions {
            self.report(Code::MissingAction, place, "the statement has no `Action`")
                .help("add `Action` or `NotAction`")
                .refused("Policy statement must contain actions.");
        }
        if !resources && self.kind.has_resource() && !self.speaks_of_its_own_resource(statement) {
            self.missing_resource(place, "the statement has no `Resource`");
        }
        let principal = statement.principal().is_some() || statement.not_principal().is_some();
        if !principal && self.kind.has_principal() {
            let kind = self.kind;
            self.report(
                Code::MissingPrincipal,
                place,
                format!(
                    "a statement of a {kind} says whom it concerns; this one has no `Principal`"
                ),
            )
            .help("add `Principal`, such as {\"AWS\": \"111122223333\"}")
            .refused("Missing required field Principal");
        }
    }

    /// Whether the service leaves `Resource` out of the policies on its resources,
    /// as its guide's examples do: Amazon ECR, "Private repository policy
    /// examples"; Amazon EFS, "Resource-based policy examples".
    fn speaks_of_its_own_resource(&self, statement: &Statement) -> bool {
        let actions = statement.actions();
        self.kind == PolicyKind::Resource
            && !actions.is_empty()
            && actions.iter().all(|action| {
                let service = action.service().unwrap_or_default().to_ascii_lowercase();
                ["ecr", "ecr-public", "elasticfilesystem"].contains(&service.as_str())
            })
    }

    fn missing_resource(&mut self, place: Place<'_>, message: &str) {
        self.report(Code::MissingResource, place, message)
            .help("name the resources, or write \"*\" for all")
            .refused("Policy statement must contain resources.");
    }

    /// Whether this kind of policy has `Principal` and `NotPrincipal` at all.
    fn principal_element(
        &mut self,
        statement: &Statement,
        element: &StatementElement,
        place: Place<'_>,
    ) {
        let key = element.key();
        let negated = matches!(element, StatementElement::NotPrincipal(_));
        match self.kind {
            PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session => {
                let kind = self.kind;
                let article = if kind == PolicyKind::Identity {
                    "an"
                } else {
                    "a"
                };
                self.report(
                    Code::UnsupportedPrincipal,
                    place,
                    format!(
                        "{article} {kind} has no `{key}`: it concerns whoever it is attached to"
                    ),
                )
                .help("remove it, or write a trust or resource policy")
                .refused("Policy document should not specify a principal.");
            }
            PolicyKind::ServiceControl => {
                self.report(
                    Code::ScpPrincipal,
                    place,
                    format!("a service control policy has no `{key}`"),
                )
                .help("use a condition on aws:PrincipalArn")
                .refused("Syntax errors in policy.");
            }
            PolicyKind::ResourceControl => {
                if negated || !matches!(statement.principal(), Some(crate::Principals::Everyone)) {
                    self.report(
                        Code::RcpPrincipal,
                        place,
                        "a resource control policy concerns everyone",
                    )
                    .help("write \"Principal\": \"*\" and narrow it with conditions")
                    .refused("Syntax errors in policy.");
                }
            }
            PolicyKind::Trust if negated => {
                self.report(
                    Code::TrustPolicyNotPrincipal,
                    place,
                    "a trust policy has no `NotPrincipal`",
                )
                .help("name who may assume the role in `Principal`")
                .refused("AssumeRolepolicy contained an invalid principal: \"NotPrincipal\".");
            }
            PolicyKind::Trust | PolicyKind::Resource => {
                if negated && statement.effect() == Some(Effect::Allow) {
                    self.report(
                        Code::AllowWithNotPrincipal,
                        place,
                        "Allow with NotPrincipal lets in everyone else, anonymous callers included",
                    )
                    .help("name who is allowed in `Principal`");
                }
            }
        }
    }

    fn resource_element(&mut self, place: Place<'_>) {
        if !self.kind.has_resource() {
            self.report(
                Code::TrustPolicyResource,
                place,
                "a trust policy names no resource: it concerns its own role",
            )
            .help("remove it")
            .refused("Has prohibited field Resource");
        }
    }

    fn resource_control(&mut self, statement: &Statement, place: Place<'_>) {
        if statement.effect() == Some(Effect::Allow) {
            let all = statement
                .resources()
                .is_some_and(|r| r.iter().any(|r| r.as_str() == "*"));
            if !all || statement.conditions().is_some() {
                self.report(
                    Code::RcpAllow,
                    place,
                    "an Allow of a resource control policy allows everything",
                )
                .help("write it with \"Resource\": \"*\" and no condition; narrow with Deny")
                .refused("Syntax errors in policy.");
            }
        }
        if statement.not_actions().is_some() {
            self.report(
                Code::RcpNotAction,
                place.key("NotAction"),
                "a resource control policy has no `NotAction`",
            )
            .help("name the actions in `Action`")
            .refused("Syntax errors in policy.");
        }
    }

    fn sid(&mut self, sid: &str, place: Place<'_>) {
        if sid.is_empty() {
            self.report(Code::EmptySidValue, place, "the Sid is empty")
                .help("remove it or name it");
        }
        // Resource policies of some services take spaces and more.
        if self.kind != PolicyKind::Resource && !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let fixed: String = sid.chars().filter(char::is_ascii_alphanumeric).collect();
            let mut report = self.report(
                Code::UnsupportedSid,
                place,
                format!("`{sid}` holds characters that a Sid may not have"),
            );
            report = if fixed.is_empty() {
                report.help("a Sid is letters A-Z, a-z and digits")
            } else {
                report.help(format!(
                    "letters A-Z, a-z and digits only, such as `{fixed}`"
                ))
            };
            drop(report.refused(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            ));
        }
    }

    fn sids(&mut self, statements: &[Statement], single: bool) {
        let list = Place::ROOT.key("Statement");
        let mut seen = HashSet::new();
        for (index, statement) in statements.iter().enumerate() {
            // Empty Sids count as none.
            let Some(sid) = statement.sid().filter(|sid| !sid.is_empty()) else {
                continue;
            };
            if seen.insert(sid) {
                continue;
            }
            let statement = if single { list } else { list.index(index) };
            let place = statement.key("Sid");
            let message = format!("the Sid `{sid}` is used by an earlier statement");
            if self.kind == PolicyKind::Resource {
                self.report(Code::UniqueSidsRecommended, place, message)
                    .help("give every statement its own Sid");
            } else {
                self.report(Code::UniqueSidsRequired, place, message)
                    .help("give every statement its own Sid")
                    .refused("Statement IDs (SID) in a single policy must be unique.");
            }
        }
    }
}
