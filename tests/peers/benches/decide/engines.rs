//! One face for four engines. Each reads its policies and builds its requests
//! outside the measurement.

use std::error::Error;

use cedar_policy::{Entities, EntityUid, PolicySet, RestrictedExpression};
use iam_dsl::{Authorizer, Context, Document, Outcome, Request};

use crate::mixes::{Answer, Case, Known, Mix, USER};

pub(crate) type Failure = Box<dyn Error>;

pub(crate) trait Engine: Sized {
    const NAME: &'static str;
    type Request;

    fn new(mix: &Mix) -> Result<Self, Failure>;
    fn request(case: &Case) -> Result<Self::Request, Failure>;
    fn decide(&self, request: &Self::Request) -> Result<Answer, Failure>;

    fn agrees(answer: Answer, expected: Answer) -> bool {
        answer == expected
    }
}

/// Ours, asked for decisions that can explain themselves.
pub(crate) struct Ours(Authorizer);

impl Engine for Ours {
    const NAME: &'static str = "iam-dsl";
    type Request = Request;

    fn new(mix: &Mix) -> Result<Self, Failure> {
        let mut authorizer = Authorizer::new();
        for text in &mix.policies {
            authorizer = authorizer.identity(&Document::from_json(text)?);
        }
        Ok(Ours(authorizer))
    }

    fn request(case: &Case) -> Result<Request, Failure> {
        let context =
            case.context
                .iter()
                .fold(Context::new(), |context, (key, value)| match value {
                    Known::Text(text) | Known::Address(text) => context.with(key, *text),
                    Known::Bool(value) => context.with(key, *value),
                });
        Ok(Request::new(&case.action, &case.resource)?
            .principal(USER.parse()?)
            .context(context))
    }

    fn decide(&self, request: &Request) -> Result<Answer, Failure> {
        Ok(answer(self.0.decide(request).outcome()))
    }
}

/// Ours, asked for the answer alone, as the peers give it.
pub(crate) struct Outcomes(Authorizer);

impl Engine for Outcomes {
    const NAME: &'static str = "iam-dsl, the outcome alone";
    type Request = Request;

    fn new(mix: &Mix) -> Result<Self, Failure> {
        Ours::new(mix).map(|Ours(authorizer)| Outcomes(authorizer))
    }

    fn request(case: &Case) -> Result<Request, Failure> {
        Ours::request(case)
    }

    fn decide(&self, request: &Request) -> Result<Answer, Failure> {
        Ok(answer(self.0.outcome(request)))
    }
}

fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Allow => Answer::Allow,
        Outcome::ExplicitDeny => Answer::Deny,
        Outcome::ImplicitDeny => Answer::ImplicitDeny,
    }
}

pub(crate) struct IamRs(iam_rs::PolicyEvaluator);

impl Engine for IamRs {
    const NAME: &'static str = "iam-rs";
    type Request = iam_rs::IAMRequest;

    fn new(mix: &Mix) -> Result<Self, Failure> {
        let policies: Vec<iam_rs::IAMPolicy> = mix
            .policies
            .iter()
            .map(|text| serde_json::from_str(text))
            .collect::<Result<_, _>>()?;
        Ok(IamRs(iam_rs::PolicyEvaluator::with_policies(policies)))
    }

    fn request(case: &Case) -> Result<Self::Request, Failure> {
        let mut context = iam_rs::Context::new();
        for (key, value) in &case.context {
            let value = match value {
                Known::Text(text) | Known::Address(text) => {
                    iam_rs::ContextValue::String((*text).to_owned())
                }
                Known::Bool(value) => iam_rs::ContextValue::Boolean(*value),
            };
            context.insert((*key).to_owned(), value);
        }
        Ok(iam_rs::IAMRequest::new_with_context(
            iam_rs::Principal::Aws(iam_rs::PrincipalId::String(USER.to_owned())),
            case.action.clone(),
            iam_rs::Arn::parse(&case.resource)?,
            context,
        ))
    }

    fn decide(&self, request: &Self::Request) -> Result<Answer, Failure> {
        Ok(match self.0.evaluate(request)?.decision {
            iam_rs::Decision::Allow => Answer::Allow,
            iam_rs::Decision::Deny => Answer::Deny,
            iam_rs::Decision::NotApplicable => Answer::ImplicitDeny,
        })
    }
}

pub(crate) struct Aspen(Vec<scratchstack_aspen::Policy>);

impl Engine for Aspen {
    const NAME: &'static str = "scratchstack-aspen";
    type Request = scratchstack_aspen::Context;

    fn new(mix: &Mix) -> Result<Self, Failure> {
        let policies = mix
            .policies
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, _>>()?;
        Ok(Aspen(policies))
    }

    fn request(case: &Case) -> Result<Self::Request, Failure> {
        use scratchstack_aws_principal::{Principal, SessionData, SessionValue, User};
        let (service, api) = case.action.split_once(':').ok_or("an action has a colon")?;
        let mut session = SessionData::new();
        for (key, value) in &case.context {
            let value = match value {
                Known::Text(text) => SessionValue::from(*text),
                Known::Address(text) => SessionValue::from(text.parse::<std::net::IpAddr>()?),
                Known::Bool(value) => SessionValue::from(*value),
            };
            session.insert(key, value);
        }
        Ok(scratchstack_aspen::Context::builder()
            .service(service)
            .api(api)
            .actor(Principal::from(USER.parse::<User>()?))
            .resources(vec![case.resource.parse()?])
            .session_data(session)
            .build()?)
    }

    fn decide(&self, request: &Self::Request) -> Result<Answer, Failure> {
        let mut answer = Answer::ImplicitDeny;
        for policy in &self.0 {
            match policy.evaluate(request)? {
                scratchstack_aspen::Decision::Deny => return Ok(Answer::Deny),
                scratchstack_aspen::Decision::Allow => answer = Answer::Allow,
                scratchstack_aspen::Decision::DefaultDeny => {}
            }
        }
        Ok(answer)
    }
}

pub(crate) struct Cedar {
    authorizer: cedar_policy::Authorizer,
    policies: PolicySet,
    entities: Entities,
}

impl Engine for Cedar {
    const NAME: &'static str = "cedar-policy";
    type Request = cedar_policy::Request;

    fn new(mix: &Mix) -> Result<Self, Failure> {
        Ok(Cedar {
            authorizer: cedar_policy::Authorizer::new(),
            policies: mix
                .cedar
                .ok_or("there is no translation of this policy")?
                .parse()?,
            entities: Entities::empty(),
        })
    }

    fn request(case: &Case) -> Result<Self::Request, Failure> {
        let string = |text: &str| RestrictedExpression::new_string(text.to_owned());
        // Cedar's globs compare attributes, not names of entities.
        let mut context = vec![
            ("name".to_owned(), string(&case.action)),
            ("arn".to_owned(), string(&case.resource)),
            ("tls".to_owned(), RestrictedExpression::new_bool(true)),
        ];
        for (key, value) in &case.context {
            let name = match *key {
                "aws:SecureTransport" => "tls",
                "s3:prefix" => "prefix",
                "aws:SourceIp" => "source",
                "aws:RequestedRegion" => "region",
                other => return Err(format!("{other} is not translated").into()),
            };
            let value = match value {
                Known::Text(text) => string(text),
                Known::Address(text) => RestrictedExpression::new_ip(*text),
                Known::Bool(value) => RestrictedExpression::new_bool(*value),
            };
            context.retain(|(other, _)| other != name);
            context.push((name.to_owned(), value));
        }
        let entity = |kind: &str, id: &str| -> Result<EntityUid, Failure> {
            Ok(EntityUid::from_type_name_and_id(
                kind.parse()?,
                cedar_policy::EntityId::new(id),
            ))
        };
        Ok(cedar_policy::Request::new(
            entity("User", USER)?,
            entity("Action", &case.action)?,
            entity("Resource", &case.resource)?,
            cedar_policy::Context::from_pairs(context)?,
            None,
        )?)
    }

    fn decide(&self, request: &Self::Request) -> Result<Answer, Failure> {
        let response = self
            .authorizer
            .is_authorized(request, &self.policies, &self.entities);
        Ok(match response.decision() {
            cedar_policy::Decision::Allow => Answer::Allow,
            cedar_policy::Decision::Deny => Answer::Deny,
        })
    }

    /// Cedar's Deny is both of AWS's.
    fn agrees(answer: Answer, expected: Answer) -> bool {
        (answer == Answer::Allow) == (expected == Answer::Allow)
    }
}
