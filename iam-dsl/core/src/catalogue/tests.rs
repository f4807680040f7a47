//! The catalogue against its own facts and against naive definitions.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::*;
use crate::pattern::Glob;

const CATALOGUE: Catalogue = Catalogue::embedded();

fn names(actions: impl IntoIterator<Item = Action>) -> Vec<String> {
    actions
        .into_iter()
        .map(|action| action.to_string())
        .collect()
}

#[test]
fn the_text_is_what_the_pinned_sources_gave() {
    assert_eq!(text::format(), text::FORMAT);
    let pins = include_str!("../../data/sources.tsv");
    let pins: Vec<Vec<&str>> = pins
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    let pinned: Vec<[&str; 5]> = pins
        .iter()
        .map(|pin| [pin[0], pin[2], pin[3], pin[4], pin[6]])
        .collect();
    let recorded: Vec<[&str; 5]> = CATALOGUE
        .sources()
        .map(|s| [s.role, s.package, s.version, s.date, s.sha256])
        .collect();
    let advice = "run `cargo run -p catalogue-generator`";
    assert_eq!(recorded, pinned, "the pins have changed: {advice}");
    let recorded = CATALOGUE.hash();
    let hash: String = Sha256::digest(text::body())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(hash, recorded, "the text was changed by hand: {advice}");
}

/// Figures of the sources, counted there; of resource types 2,348, and the macros
/// of CloudFormation.
#[test]
fn nothing_was_lost() {
    let services: Vec<Service> = CATALOGUE.services().collect();
    assert_eq!(services.len(), 457);
    assert_eq!(CATALOGUE.services().len(), 457);
    assert_eq!(
        services.iter().map(|s| s.actions().count()).sum::<usize>(),
        22_321
    );
    assert_eq!(
        services.iter().map(|s| s.actions().len()).sum::<usize>(),
        22_321
    );
    assert_eq!(
        services
            .iter()
            .map(|s| s.resource_types().count())
            .sum::<usize>(),
        2_349
    );
    let actions = || services.iter().flat_map(|s| s.actions());
    assert_eq!(
        actions()
            .filter(|a| a.dependent_actions().next().is_some())
            .count(),
        1_728
    );
    let keys: BTreeSet<&str> = services
        .iter()
        .flat_map(|s| s.condition_keys())
        .map(ConditionKey::name)
        .collect();
    // 1,600 in the sources, and the one that kms lists and does not describe;
    // five families are written twice there.
    assert_eq!(keys.len(), 1_596);
    // 59 in the source, and one that no page lists any more.
    assert_eq!(CATALOGUE.global_condition_keys().len(), 60);
    assert_eq!(
        services
            .iter()
            .filter(|s| s.supports_resource_control_policies())
            .count(),
        62
    );
    let levels =
        AccessLevel::ALL.map(|level| actions().filter(|a| a.access_level() == level).count());
    assert_eq!(levels, [3_748, 5_947, 11_485, 719, 422]);
}

#[test]
fn every_name_is_found_in_any_case() {
    for service in CATALOGUE.services() {
        assert_eq!(
            CATALOGUE.service(&service.prefix().to_uppercase()),
            Some(service)
        );
        assert!(!service.name().is_empty(), "{service}");
        for action in service.actions() {
            let name = action.to_string();
            for spelled in [&name, &name.to_lowercase(), &name.to_uppercase()] {
                let found = CATALOGUE.action(spelled).map(|a| a.to_string());
                assert_eq!(found.as_ref(), Some(&name));
            }
            for dependent in action.dependent_actions() {
                assert!(dependent.contains(':'), "{name}: {dependent}");
            }
        }
        for kind in service.resource_types() {
            assert_eq!(
                service.resource_type(&kind.name().to_uppercase()),
                Some(kind)
            );
            for format in kind.arn_formats() {
                assert!(format.starts_with("arn:"), "{kind:?}: {format}");
                assert!(format.split(':').count() >= 6, "{kind:?}: {format}");
                let example = example(format);
                assert!(kind.matches(&example), "{kind:?}: {example}");
            }
        }
        for key in service.condition_keys() {
            assert_eq!(service.condition_key(&key.name().to_uppercase()), Some(key));
            let found = CATALOGUE.condition_key(&example(key.name())).unwrap();
            // Some concrete keys are of two families.
            assert!(found == key || found.matches(&example(key.name())), "{key}");
        }
    }
    for unknown in [
        "",
        "s3",
        "s3:",
        ":",
        "s3:GetObjec",
        "s3:GetObjectt",
        "s3x:GetObject",
        "*",
        "é:é",
    ] {
        assert_eq!(CATALOGUE.action(unknown), None, "{unknown}");
    }
}

/// A template with something in its places.
fn example(template: &str) -> String {
    let mut text = String::new();
    for part in template.split("${") {
        let (place, after) = part
            .split_once('}')
            .map_or(("", part), |(_, after)| ("x1", after));
        text.push_str(place);
        text.push_str(after);
    }
    text
}

#[test]
fn an_action_tells_its_facts() {
    let put = CATALOGUE.action("s3:PutObject").unwrap();
    assert_eq!(put.access_level(), AccessLevel::Write);
    let object = put
        .resource_types()
        .find(|r| r.resource_type().name() == "object")
        .unwrap();
    assert_eq!(
        object.resource_type().arn_formats().collect::<Vec<_>>(),
        ["arn:${Partition}:s3:::${BucketName}/${ObjectName}"]
    );
    let key = put.condition_key("s3:requestobjecttag/team").unwrap();
    assert_eq!(key.name(), "s3:RequestObjectTag/${key}");
    assert!(
        put.condition_key("aws:PrincipalTag/team")
            .is_some_and(ConditionKey::is_global)
    );
    assert_eq!(put.condition_key("ec2:Vpc"), None);

    let run = CATALOGUE.action("ec2:RunInstances").unwrap();
    let instance = run
        .resource_types()
        .find(|r| r.resource_type().name() == "instance")
        .unwrap();
    assert!(instance.is_required());
    let keys: Vec<&str> = run
        .listed_condition_keys()
        .map(ConditionKey::name)
        .collect();
    assert!(keys.contains(&"ec2:InstanceType") && keys.contains(&"aws:RequestTag/${TagKey}"));
    assert_eq!(
        keys.len(),
        keys.iter().collect::<BTreeSet<_>>().len(),
        "each key once"
    );
    let all: Vec<ConditionKey> = run.condition_keys().collect();
    assert_eq!(
        all.len(),
        all.iter().collect::<BTreeSet<_>>().len(),
        "each key once"
    );
    assert!(all.len() > keys.len() + 50);

    let create = CATALOGUE.action("lambda:CreateFunction").unwrap();
    assert!(
        create
            .dependent_actions()
            .any(|name| name == "iam:PassRole")
    );
    let list = CATALOGUE.action("s3:ListAllMyBuckets").unwrap();
    assert!(!list.has_resource_types() && list.resource_types().next().is_none());
    let levels = [
        ("iam:AttachUserPolicy", AccessLevel::PermissionsManagement),
        ("ec2:CreateTags", AccessLevel::Tagging),
        ("s3:ListBucket", AccessLevel::List),
    ];
    for (name, level) in levels {
        assert_eq!(
            CATALOGUE.action(name).unwrap().access_level(),
            level,
            "{name}"
        );
    }
}

#[test]
fn resources_that_aws_owns_are_known() {
    let fits = |service: &str, resource: &str| {
        let mut types = CATALOGUE.service(service).unwrap().resource_types();
        types.any(|kind| kind.matches_by_field(resource))
    };
    assert!(fits(
        "ssm",
        "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
    ));
    assert!(fits(
        "cloudformation",
        "arn:aws:cloudformation:us-east-1:aws:transform/Serverless-2016-10-31"
    ));
    assert!(!fits(
        "cloudformation",
        "arn:aws:cloudformation:us-east-1:aws:transformer/x"
    ));
}

#[test]
fn keys_know_their_types() {
    for (name, key_type, several) in [
        ("aws:SourceIp", KeyType::IpAddress, false),
        ("aws:CurrentTime", KeyType::Date, false),
        ("AWS:multifactorauthpresent", KeyType::Bool, false),
        ("aws:MultiFactorAuthAge", KeyType::Numeric, false),
        ("aws:PrincipalArn", KeyType::Arn, false),
        ("aws:TagKeys", KeyType::String, true),
        ("aws:ResourceTag/a/b", KeyType::String, false),
        ("s3:ExistingObjectTag/x", KeyType::String, false),
        ("s3:max-keys", KeyType::Numeric, false),
        ("iam:PolicyARN", KeyType::Arn, false),
        ("kms:EncryptionContext:app", KeyType::String, false),
        ("saml:aud", KeyType::String, false),
        (
            "token.actions.githubusercontent.com:actor",
            KeyType::String,
            false,
        ),
        (
            "token.actions.githubusercontent.com:sub",
            KeyType::String,
            false,
        ),
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/AB12:aud",
            KeyType::String,
            false,
        ),
        ("agent.x.buildkite.dev:pipeline_id", KeyType::String, false),
        ("ec2:SourceInstanceArn", KeyType::Arn, false),
        ("events:Metadata/a/Matcher", KeyType::String, false),
    ] {
        let key = CATALOGUE
            .condition_key(name)
            .unwrap_or_else(|| panic!("{name}"));
        assert_eq!(
            (key.key_type(), key.is_multi_valued()),
            (key_type, several),
            "{name}"
        );
    }
    for name in [
        "aws:RequestTag",
        "aws:ResourceTag/",
        "aws:Nonsense",
        "nonsense",
        "s3:Vpc",
        "",
    ] {
        assert_eq!(CATALOGUE.condition_key(name), None, "{name}");
    }
}

#[test]
fn near_misses_are_found_and_strangers_are_not() {
    let first = |text: &str| CATALOGUE.nearest(text).first().map(|a| a.to_string());
    for (typed, meant) in [
        ("s3:GetObjct", "s3:GetObject"),
        ("s3:getobjects", "s3:GetObject"),
        ("ec2:DescribeInstance", "ec2:DescribeInstances"),
        ("ec2:RunInstnaces", "ec2:RunInstances"),
        ("iam:PasRole", "iam:PassRole"),
        ("dynamdb:GetItem", "dynamodb:GetItem"),
        ("stepfunctions:StartExecution", "states:StartExecution"),
        ("cloudwatch:PutLogEvents", "logs:PutLogEvents"),
        ("PassRole", "iam:PassRole"),
        ("s3:ListObjectsV2", "s3:ListBucket"),
        ("sqs:sendmessagebatch", "sqs:SendMessage"),
    ] {
        assert_eq!(first(typed).as_deref(), Some(meant), "{typed}");
    }
    for stranger in ["s3:Bananas", "zzzzzzzz:Bananas", "", ":", "s3:", "é"] {
        assert_eq!(first(stranger), None, "{stranger}");
    }
    assert_eq!(first(&format!("s3:{}", "a".repeat(70_000))), None);
    let service = |text: &str| CATALOGUE.nearest_service(text).map(Service::prefix);
    assert_eq!(service("lamda"), Some("lambda"));
    assert_eq!(service("cloudwatchlogs"), Some("logs"));
    assert_eq!(service("nothing-like-it"), None);
    let key = |text: &str| {
        CATALOGUE
            .nearest_condition_key(text)
            .map(ConditionKey::name)
    };
    assert_eq!(key("aws:SourceIP4"), Some("aws:SourceIp"));
    assert_eq!(
        key("aws:MultiFactorAuthPresnt"),
        Some("aws:MultiFactorAuthPresent")
    );
    assert_eq!(key("aws:RequestTag"), Some("aws:RequestTag/${TagKey}"));
    assert_eq!(key("aws:ReqestTag/team"), Some("aws:RequestTag/${TagKey}"));
    assert_eq!(key("s3:prefx"), Some("s3:prefix"));
    assert_eq!(key("aws:Bananas"), None);
}

#[test]
fn operations_are_no_actions_and_lead_to_one() {
    for (operation, action) in nearest::OPERATIONS {
        assert_eq!(CATALOGUE.action(operation), None, "{operation}");
        let action = CATALOGUE.action(action).map(|a| a.to_string());
        let first = CATALOGUE.nearest(operation).first().map(|a| a.to_string());
        assert!(
            action.is_some() && first == action,
            "{operation}: {first:?}"
        );
    }
}

#[test]
fn levels_and_rcp_support_are_asked_by_service() {
    let managing = CATALOGUE.actions_by_access_level("s3", AccessLevel::PermissionsManagement);
    assert!(names(managing).contains(&"s3:PutBucketPolicy".to_owned()));
    assert_eq!(
        CATALOGUE
            .actions_by_access_level("nosuch", AccessLevel::List)
            .count(),
        0
    );
    assert!(CATALOGUE.rcp_supported("s3") && CATALOGUE.rcp_supported("sts"));
    assert!(!CATALOGUE.rcp_supported("ec2") && !CATALOGUE.rcp_supported("nosuch"));
}

#[test]
fn patterns_without_a_service_match_only_as_a_lone_star() {
    assert_eq!(CATALOGUE.expand("*").count(), 22_321);
    assert_eq!(CATALOGUE.expand("*:*").count(), 22_321);
    for nothing in ["", "Get*", "**", "nosuch:*", "s3", "s3:", "s3:\u{e9}*"] {
        assert_eq!(CATALOGUE.expand(nothing).count(), 0, "{nothing}");
    }
}

/// Every action with a pattern that matches it, or may.
fn pattern() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let all: Vec<String> = ["s3", "s3tables", "iam", "sts", "ec2", "sso-directory"]
        .into_iter()
        .flat_map(|prefix| names(CATALOGUE.service(prefix).unwrap().actions()))
        .collect();
    let change = prop_oneof![
        Just("*"),
        Just("?"),
        Just("**"),
        Just("*?"),
        Just("e*"),
        Just("")
    ];
    let changes =
        proptest::collection::vec((any::<prop::sample::Index>(), 0..9usize, change), 0..3);
    (prop::sample::select(all), changes, any::<bool>()).prop_map(|(mut name, changes, upper)| {
        for (place, length, change) in changes {
            let start = place.index(name.len() + 1);
            let end = (start + length).min(name.len());
            name.replace_range(start..end, change);
        }
        if upper { name.to_uppercase() } else { name }
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn expanding_is_filtering_all_actions(pattern in pattern()) {
        let naive: Vec<String> = match pattern.split_once(':') {
            Some((prefix, name)) => {
                let (prefix, name) = (Glob::new(prefix), Glob::new(name));
                CATALOGUE
                    .services()
                    .filter(|service| prefix.matches_ignore_case(service.prefix()))
                    .flat_map(Service::actions)
                    .filter(|action| name.matches_ignore_case(action.name()))
                    .map(|action| action.to_string())
                    .collect()
            }
            None if pattern == "*" => names(CATALOGUE.services().flat_map(Service::actions)),
            None => Vec::new(),
        };
        proptest::prop_assert_eq!(names(CATALOGUE.expand(&pattern)), naive);
    }

    #[test]
    fn no_text_upsets_a_look_up(text in "\\PC{0,30}") {
        let _ = (CATALOGUE.action(&text), CATALOGUE.condition_key(&text), CATALOGUE.nearest(&text));
        let _ = (CATALOGUE.nearest_condition_key(&text), CATALOGUE.expand(&text).count());
    }
}

/// Looking from any place finds what looking from the start finds.
#[test]
fn a_near_place_changes_no_look_up() {
    for prefix in ["s3", "ec2", "sts"] {
        let service = Catalogue::embedded().service(prefix).unwrap();
        let names: Vec<&str> = service.actions().map(Action::name).collect();
        let places: Vec<usize> = names
            .iter()
            .map(|name| {
                let mut place = 0;
                assert!(service.has_action_near(name, &mut place), "{name}");
                place
            })
            .collect();
        let absent = |name: &str| {
            [
                format!("{name}!"),
                format!("{}!", &name[1..]),
                "~".to_owned(),
            ]
        };
        for (at, &place) in places.iter().enumerate().step_by(7) {
            for (wanted, &there) in names.iter().zip(&places) {
                let mut near = place;
                assert!(
                    service.has_action_near(wanted, &mut near),
                    "{wanted} from {at}"
                );
                assert_eq!(near, there, "{wanted} from {at}");
            }
            for wanted in names.iter().step_by(11).flat_map(|name| absent(name)) {
                let (mut near, mut start) = (place, 0);
                assert!(!service.has_action_near(&wanted, &mut near));
                assert!(!service.has_action_near(&wanted, &mut start));
                assert_eq!(near, start, "{wanted} from {at}");
            }
        }
    }
}
