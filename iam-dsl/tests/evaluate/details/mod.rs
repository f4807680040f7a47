//! The details that other evaluators get wrong, each by name.

mod conditions;
mod elements;
mod inputs;
mod principals;

use iam_dsl::{Authorizer, Context, Document, Outcome, Request};

pub(crate) const USER: &str = "arn:aws:iam::111122223333:user/Adele";
pub(crate) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/run";
pub(crate) const OBJECT: &str = "arn:aws:s3:::b/k";

pub(crate) fn document(statements: &str) -> Document {
    Document::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
    ))
    .unwrap()
}

pub(crate) fn allow(rest: &str) -> Document {
    document(&format!(r#"{{"Effect":"Allow","Action":"*",{rest}}}"#))
}

pub(crate) fn request(action: &str, resource: &str) -> Request {
    Request::new(action, resource)
        .unwrap()
        .principal(USER.parse().unwrap())
}

/// The outcome for a user whose only policy allows everything under this condition.
pub(crate) fn under(condition: &str, context: Context) -> Outcome {
    Authorizer::new()
        .identity(&allow(&format!(
            r#""Resource":"*","Condition":{condition}"#
        )))
        .decide(&request("s3:GetObject", OBJECT).context(context))
        .outcome()
}

pub(crate) fn holds(condition: &str, context: Context) -> bool {
    under(condition, context) == Outcome::Allow
}

pub(crate) fn naming(principal: &str) -> Document {
    document(&format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"*","Resource":"*"}}"#
    ))
}
