//! The policy simulator: SimulateCustomPolicy, SimulatePrincipalPolicy and the
//! condition keys that policies ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::policies::unknown_value;
use super::{Operation, Scope, Target, answer};
use crate::context::Keys;
use crate::dsl::{Authorizer, Decision, Document, Layer, Outcome, PolicyKind, Principal, Request};
use crate::pagination::page_of_numbers;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::document::accepted;
use crate::state::{Account, Grants, PrincipalKind, World};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::read("SimulateCustomPolicy", Target::Everything, simulate_custom),
    Operation::read(
        "SimulatePrincipalPolicy",
        Target::Arn("PolicySourceArn"),
        simulate_principal,
    ),
    Operation::read(
        "GetContextKeysForCustomPolicy",
        Target::Everything,
        keys_for_custom,
    ),
    Operation::read(
        "GetContextKeysForPrincipalPolicy",
        Target::Arn("PolicySourceArn"),
        keys_for_principal,
    ),
];

/// A policy that takes part, with the name it has in the answer.
struct Source {
    id: String,
    kind: &'static str,
    document: Document,
}

/// Everything that decides a simulation.
#[derive(Default)]
struct Simulation {
    identity: Vec<Source>,
    boundary: Vec<Source>,
    resource: Vec<Source>,
    principal: Option<Principal>,
}

fn requested(
    params: &Params,
    field: &str,
    kind: PolicyKind,
    source_kind: &'static str,
) -> Result<Vec<Source>, Refusal> {
    let sources = params
        .list(field)
        .into_iter()
        .enumerate()
        .map(|(index, text)| {
            Ok(Source {
                id: format!("{field}.{}", index + 1),
                kind: source_kind,
                document: readable(field, text, kind)?,
            })
        });
    sources.collect()
}

/// The simulator says `InvalidInput` where the create operations say
/// `MalformedPolicyDocument` (SimulateCustomPolicy, "Errors").
fn readable(field: &str, text: &str, kind: PolicyKind) -> Result<Document, Refusal> {
    accepted(field, text, kind).map_err(|refusal| match refusal.code {
        "MalformedPolicyDocument" => Refusal::invalid_input(refusal.message),
        _ => refusal,
    })
}

fn simulate_custom(_scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let simulation = Simulation {
        identity: requested(params, "PolicyInputList", PolicyKind::Identity, "none")?,
        ..Simulation::default()
    };
    simulate(params, simulation)
}

fn simulate_principal(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = params.required("PolicySourceArn")?;
    let mut simulation = of_principal(scope.world, scope.own_account()?, arn)?;
    let more = requested(params, "PolicyInputList", PolicyKind::Identity, "none")?;
    simulation.identity.extend(more);
    simulate(params, simulation)
}

/// The policies of the user, group or role of an ARN, groups included.
fn of_principal(world: &World, account: &Account, arn: &str) -> Result<Simulation, Refusal> {
    let found = account
        .all_grants()
        .find(|(kind, label, _)| label.arn(&account.id, kind.word()) == arn);
    let (kind, label, grants) =
        found.ok_or_else(|| Refusal::no_such_entity(format!("Entity {arn} cannot be found.")))?;
    let mut simulation = Simulation::default();
    simulation.add(world, account, kind, &label.name, grants);
    if kind == PrincipalKind::User {
        for group in account.groups_of(account.user(&label.name)?) {
            let name = &group.label.name;
            simulation.add(world, account, PrincipalKind::Group, name, &group.grants);
        }
    }
    simulation.principal = match kind {
        PrincipalKind::User => Principal::user(arn).ok(),
        PrincipalKind::Role => Principal::role(arn).ok(),
        PrincipalKind::Group => None,
    };
    Ok(simulation)
}

impl Simulation {
    fn add(
        &mut self,
        world: &World,
        account: &Account,
        kind: PrincipalKind,
        name: &str,
        grants: &Grants,
    ) {
        let inline = grants.inline.values().map(|inline| Source {
            id: format!("{}_{name}_{}", kind.word(), inline.name),
            kind: kind.word(),
            document: inline.policy.document().clone(),
        });
        self.identity.extend(inline);
        let managed = |arn: &String| {
            let policy = world.managed_policy(&account.id, arn)?;
            let aws = super::policies::is_aws_owned(arn);
            Some(Source {
                id: policy.label.name.clone(),
                kind: if aws { "aws-managed" } else { "user-managed" },
                document: policy.default()?.policy.document().clone(),
            })
        };
        self.identity
            .extend(grants.attached.iter().filter_map(managed));
        self.boundary
            .extend(grants.boundary.iter().filter_map(managed));
    }

    fn authorizer(&self) -> Authorizer {
        let mut authorizer = Authorizer::new();
        for source in &self.identity {
            authorizer = authorizer.identity(&source.document);
        }
        for source in &self.boundary {
            authorizer = authorizer.boundary(&source.document);
        }
        for source in &self.resource {
            authorizer = authorizer.resource(&source.document);
        }
        authorizer
    }

    fn sources(&self) -> impl Iterator<Item = &Source> {
        self.identity
            .iter()
            .chain(&self.boundary)
            .chain(&self.resource)
    }

    /// The condition keys that the policies test.
    fn context_keys(&self) -> BTreeSet<String> {
        self.sources()
            .flat_map(|source| source.document.statements())
            .filter_map(|statement| statement.conditions())
            .flat_map(|conditions| conditions.iter().map(|(_, entry)| entry.key.clone()))
            .collect()
    }

    /// The policy that a decision rests on.
    fn source_of(&self, decision: &Decision) -> Option<&Source> {
        let statement = decision.statement()?;
        match statement.layer {
            Layer::Boundary => self.boundary.get(statement.policy),
            Layer::Resource => self.resource.get(statement.policy),
            _ => self.identity.get(statement.policy),
        }
    }
}

fn simulate(params: &Params, mut simulation: Simulation) -> Result<Option<Xml>, Refusal> {
    let field = "PermissionsBoundaryPolicyInputList";
    let boundary = requested(params, field, PolicyKind::Identity, "none")?;
    if !boundary.is_empty() {
        simulation.boundary = boundary;
    }
    if let Some(text) = params.get("ResourcePolicy") {
        simulation.resource.push(Source {
            id: "ResourcePolicy".to_owned(),
            kind: "resource",
            document: readable("ResourcePolicy", text, PolicyKind::Resource)?,
        });
    }
    if let Some(arn) = params.get("CallerArn") {
        let caller = Principal::user(arn)
            .map_err(|_| Refusal::invalid_input("CallerArn must be the ARN of an IAM user."))?;
        simulation.principal = Some(caller);
    }
    let actions = params.list("ActionNames");
    if actions.is_empty() {
        params.required("ActionNames")?;
    }
    let mut resources = params.list("ResourceArns");
    if resources.is_empty() {
        resources.push("*");
    }
    let keys = context_entries(params)?;
    let missing: Vec<String> = simulation
        .context_keys()
        .into_iter()
        .filter(|key| !keys.has(key))
        .collect();
    // Every action and every resource is looked at, as IAM does; of their
    // combinations only those of the page, because there can be millions.
    let request = |action: &str, resource: &str| {
        Request::new(action, resource).map_err(|error| Refusal::invalid_input(error.to_string()))
    };
    for action in &actions {
        request(action, "*")?;
    }
    for resource in &resources {
        request("iam:GetUser", resource)?;
    }
    let page = page_of_numbers(params, actions.len().saturating_mul(resources.len()))?;
    let authorizer = simulation.authorizer();
    let mut results = Vec::with_capacity(page.items.len());
    for number in &page.items {
        let (Some(action), Some(resource)) = (
            actions.get(number / resources.len()),
            resources.get(number % resources.len()),
        ) else {
            continue;
        };
        let mut request = request(action, resource)?.context(keys.context());
        if let Some(principal) = &simulation.principal {
            request = request.principal(principal.clone());
        }
        results.push(authorizer.decide(&request));
    }
    let bounded = !simulation.boundary.is_empty();
    answer(|x| {
        page.write(x);
        x.members("EvaluationResults", &results, |x, decision| {
            write_result(x, &simulation, decision, &missing, bounded);
        });
    })
}

fn write_result(
    x: &mut Xml,
    simulation: &Simulation,
    decision: &Decision,
    missing: &[String],
    bounded: bool,
) {
    x.text("EvalActionName", decision.request().action());
    x.text("EvalResourceName", decision.request().resource());
    x.text(
        "EvalDecision",
        match decision.outcome() {
            Outcome::Allow => "allowed",
            Outcome::ExplicitDeny => "explicitDeny",
            Outcome::ImplicitDeny => "implicitDeny",
        },
    );
    x.members(
        "MatchedStatements",
        simulation.source_of(decision),
        |x, source| {
            x.text("SourcePolicyId", &source.id);
            x.text("SourcePolicyType", source.kind);
        },
    );
    x.text_members("MissingContextValues", missing);
    if bounded {
        x.element("PermissionsBoundaryDecisionDetail", |x| {
            let limited = decision.layer() == Some(Layer::Boundary) && !decision.is_allowed();
            x.text("AllowedByPermissionsBoundary", !limited);
        });
    }
}

/// The condition keys that the request supplies.
fn context_entries(params: &Params) -> Result<Keys, Refusal> {
    const KINDS: [&str; 12] = [
        "string",
        "stringList",
        "numeric",
        "numericList",
        "boolean",
        "booleanList",
        "ip",
        "ipList",
        "binary",
        "binaryList",
        "date",
        "dateList",
    ];
    let mut keys = Keys::default();
    for entry in params.structures("ContextEntries") {
        let name = entry.get("ContextKeyName").copied().unwrap_or_default();
        crate::names::length("ContextEntries.member.contextKeyName", name, 5, 256)?;
        let kind = entry.get("ContextKeyType").copied().unwrap_or("string");
        if !KINDS.contains(&kind) {
            let field = "ContextEntries.member.contextKeyType";
            return Err(unknown_value(
                field,
                kind,
                &format!("[{}]", KINDS.join(", ")),
            ));
        }
        let values: BTreeMap<u32, &str> = entry
            .iter()
            .filter_map(|(field, value)| {
                let index = field.strip_prefix("ContextKeyValues.member.")?;
                Some((index.parse().ok()?, *value))
            })
            .collect();
        keys.set_many(name, values.into_values().map(str::to_owned).collect());
    }
    Ok(keys)
}

fn keys_for_custom(_scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let simulation = Simulation {
        identity: requested(params, "PolicyInputList", PolicyKind::Identity, "none")?,
        ..Simulation::default()
    };
    answer(|x| x.text_members("ContextKeyNames", simulation.context_keys()))
}

fn keys_for_principal(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = params.required("PolicySourceArn")?;
    let mut simulation = of_principal(scope.world, scope.own_account()?, arn)?;
    let more = requested(params, "PolicyInputList", PolicyKind::Identity, "none")?;
    simulation.identity.extend(more);
    answer(|x| x.text_members("ContextKeyNames", simulation.context_keys()))
}
