//! DecodeAuthorizationMessage. IAM and STS themselves never encode a message;
//! services such as EC2 do, for which
//! [`Sandbox::call_service`](crate::Sandbox::call_service) stands in.

use crate::names::length;
use crate::operations::Scope;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::sealed::unsealed;
use crate::xml::Xml;

pub(super) fn decode(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let encoded = params.required("EncodedMessage")?;
    length("EncodedMessage", encoded, 1, 10_240)?;
    let invalid = || {
        Refusal::invalid_authorization_message(
            "The authorization message is invalid: it is none that a service encoded, or it was \
             changed on the way.",
        )
    };
    let message = unsealed(encoded, &scope.world.token_key).ok_or_else(invalid)?;
    let mut x = Xml::new();
    x.text("DecodedMessage", message);
    Ok(Some(x))
}
