//! Guardrails: what a policy must never give, whatever its conditions and
//! whatever fills its slots. Only what it allows is looked at: a `deny` may have
//! conditions or be taken away, so that it proves nothing here.

use iam_dsl_core::pattern::{Class, Reading, ResourcePart, Shape, resource_shape};

use crate::finding::Finding;
use crate::slot::SlotKind;
use crate::spot::Spot;
use crate::tree::{Member, Piece, Tree, Value};

/// A guardrail.
#[derive(Debug)]
pub(crate) struct Guard {
    /// Whether the catalogue does not judge what it names.
    pub(crate) unchecked: bool,
    pub(crate) actions: Vec<Named>,
    /// `None` for all resources.
    pub(crate) resources: Option<Vec<Named>>,
    /// Its actions and resources for the validator: a misspelt guardrail would
    /// guard nothing.
    pub(crate) carrier: Tree,
}

/// One action or resource of a guardrail.
#[derive(Debug)]
pub(crate) struct Named {
    text: String,
}

impl Named {
    /// What the tree names; nothing where it was not understood.
    pub(crate) fn of(tree: &Tree) -> Option<Self> {
        tree.written().map(|text| Named { text })
    }

    fn action(&self) -> Shape {
        Shape::action(&self.text)
    }

    fn resource(&self) -> Shape {
        let parts = [ResourcePart::Text(&self.text)];
        resource_shape(parts, Reading::Rule).unwrap_or_default()
    }
}

/// Holds every statement of the policy against every guardrail. Where a slot's
/// type decides, the slot is made to take only types that keep the guardrail.
pub(crate) fn check(tree: &mut Tree, guards: &[Guard], findings: &mut Vec<Finding>) {
    let Some(statements) = member_mut(tree, "Statement") else {
        return;
    };
    for statement in statements.value.items_mut() {
        for guard in guards {
            check_statement(statement, guard, findings);
        }
    }
}

fn check_statement(statement: &mut Tree, guard: &Guard, findings: &mut Vec<Finding>) {
    let allows = member(statement, "Effect").and_then(|effect| effect.value.written());
    if allows.as_deref() != Some("Allow") {
        return;
    }
    let given = given(statement, guard);
    let Some(first) = given.first() else { return };
    let Some(forbidden) = &guard.resources else {
        findings.extend(given.iter().map(|given| {
            Finding::guardrail(
                given.spot,
                format!("{} gives what `never {}` forbids", given.what, given.guard),
                given.help(),
            )
        }));
        return;
    };
    let report = |spot: Spot, what: &str, rule: &Named, help: &str| {
        let (action, guard) = (&first.what, &first.guard);
        Finding::guardrail(
            spot,
            format!(
                "{action} on {what} may give what `never {guard} on \"{}\"` forbids",
                rule.text
            ),
            help.to_owned(),
        )
    };
    if let Some(resources) = member_mut(statement, "Resource") {
        for item in resources.value.items_mut() {
            for rule in forbidden {
                if let Some(help) = meets(item, rule) {
                    let what = format!("`{}`", item.written().unwrap_or_default());
                    findings.push(report(item.spot, &what, rule, help));
                    break;
                }
            }
        }
    } else if let Some(except) = member(statement, "NotResource") {
        let kept: Vec<Shape> = except
            .value
            .items()
            .filter_map(|item| resource_shape(parts(item, Class::Any)?, Reading::Least))
            .collect();
        let left = forbidden.iter().find(|rule| {
            let rule = rule.resource();
            !kept.iter().any(|kept| kept.covers(&rule))
        });
        if let Some(rule) = left {
            let spot = except.key_spot.to(except.value.spot);
            let help = "leave all of it out, without variables and slots; conditions and `deny` are not counted";
            findings.push(report(spot, "all other resources", rule, help));
        }
    } else if let Some(rule) = forbidden.first() {
        let help = "the statement names no resources, so that it may concern any";
        findings.push(report(first.spot, "its resource", rule, help));
    }
}

/// What a statement gives of what a guardrail forbids.
struct Given {
    spot: Spot,
    what: String,
    /// The guardrail's action.
    guard: String,
    /// Whether the statement names what it does not give.
    is_rest: bool,
}

impl Given {
    fn help(&self) -> String {
        let help = if self.is_rest {
            format!("leave out all of it: `not [{}]`", self.guard)
        } else {
            "name only actions that lie outside it".to_owned()
        };
        format!("{help}; conditions and `deny` are not counted")
    }
}

fn given(statement: &Tree, guard: &Guard) -> Vec<Given> {
    if let Some(actions) = member(statement, "Action") {
        let items = actions.value.items().filter_map(|item| {
            let text = item.written()?;
            let shape = Shape::action(&text);
            let met = guard
                .actions
                .iter()
                .find(|named| named.action().intersects(&shape))?;
            Some(Given {
                spot: item.spot,
                what: format!("`{text}`"),
                guard: met.text.clone(),
                is_rest: false,
            })
        });
        return items.collect();
    }
    let Some(except) = member(statement, "NotAction") else {
        return Vec::new();
    };
    let kept: Vec<Shape> = except
        .value
        .items()
        .filter_map(|item| Some(Shape::action(&item.written()?)))
        .collect();
    let left = guard.actions.iter().find(|named| {
        let named = named.action();
        !kept.iter().any(|kept| kept.covers(&named))
    });
    left.into_iter()
        .map(|named| Given {
            spot: except.key_spot.to(except.value.spot),
            what: "every other action".to_owned(),
            guard: named.text.clone(),
            is_rest: true,
        })
        .collect()
}

/// Whether a resource of a statement may be one of the rule's, with what to do
/// about it. Where names or paths in its slots cannot be, they become what the
/// slots take.
fn meets(item: &mut Tree, rule: &Named) -> Option<&'static str> {
    let rule = rule.resource();
    let meets = |class: Class, reading: Reading| {
        let shape = parts(item, class).and_then(|parts| resource_shape(parts, reading));
        shape.is_some_and(|shape| shape.intersects(&rule))
    };
    if !meets(Class::Any, Reading::Most) {
        return None;
    }
    let slots = has_resource_slots(item);
    for (class, kind) in [
        (Class::Path, SlotKind::ResourcePath),
        (Class::Name, SlotKind::ResourceName),
    ] {
        if slots && !meets(class, Reading::Most) {
            narrow(item, kind);
            return None;
        }
    }
    Some(if !meets(Class::Any, Reading::Rule) {
        "a `*` that ends one of the first five fields reaches across colons: name the partition, the region and the account"
    } else if slots {
        "a slot may hold anything of its type: write more of the ARN before it; conditions and `deny` are not counted"
    } else {
        "name only resources that lie outside it; conditions and `deny` are not counted"
    })
}

/// The parts of a resource whose slots in the last field hold texts of this
/// class.
fn parts(item: &Tree, class: Class) -> Option<Vec<ResourcePart<'_>>> {
    let Value::Text(pieces) = &item.value else {
        return None;
    };
    Some(pieces.iter().map(|piece| part(piece, class)).collect())
}

fn part(piece: &Piece, class: Class) -> ResourcePart<'_> {
    match piece {
        Piece::Literal(text) => ResourcePart::Text(text),
        Piece::Slot(slot) => match slot.kind {
            SlotKind::Resource => ResourcePart::Hole(class),
            SlotKind::ResourcePath => ResourcePart::Hole(class.min(Class::Path)),
            SlotKind::ResourceName | SlotKind::Partition | SlotKind::Region | SlotKind::Account => {
                ResourcePart::Hole(Class::Name)
            }
            _ => ResourcePart::Arn,
        },
    }
}

fn has_resource_slots(item: &Tree) -> bool {
    let mut slots = Vec::new();
    item.slots(&mut slots);
    let open = [SlotKind::Resource, SlotKind::ResourcePath];
    slots.iter().any(|slot| open.contains(&slot.kind))
}

fn narrow(item: &mut Tree, kind: SlotKind) {
    let Value::Text(pieces) = &mut item.value else {
        return;
    };
    for piece in pieces {
        if let Piece::Slot(slot) = piece
            && matches!(slot.kind, SlotKind::Resource | SlotKind::ResourcePath)
        {
            slot.kind = kind;
        }
    }
}

fn member<'t>(tree: &'t Tree, key: &str) -> Option<&'t Member> {
    match &tree.value {
        Value::Object(members) => members.iter().find(|member| member.key == key),
        _ => None,
    }
}

fn member_mut<'t>(tree: &'t mut Tree, key: &str) -> Option<&'t mut Member> {
    match &mut tree.value {
        Value::Object(members) => members.iter_mut().find(|member| member.key == key),
        _ => None,
    }
}
