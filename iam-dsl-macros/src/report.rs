//! The validator's findings, each under the tokens that it concerns and in the
//! words of the form in which the policy was written.

use iam_dsl_core::{Code, Diagnostic, json};

use crate::finding::Finding;
use crate::parse::Text;
use crate::tree::{Found, Piece, Tree, Value, sample_text};

/// How the policy was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Dsl,
    Json,
}

/// A finding about a tree; `None` where it is about something that was already
/// reported as not understood.
pub(crate) fn in_tree(diagnostic: Diagnostic, tree: &Tree, form: Form) -> Option<Finding> {
    let found = tree.find(&diagnostic.pointer);
    if matches!(found.tree.value, Value::Broken(_)) || judges_sample(&diagnostic, found.tree) {
        return None;
    }
    let spot = if let (true, true, Some(key)) = (found.exact, concerns_key(&diagnostic), found.key)
    {
        key
    } else if let (true, Some(head)) = (concerns_head(&found, diagnostic.code), found.tree.head) {
        head
    } else {
        found.tree.spot
    };
    let help = match form {
        Form::Dsl => dsl_help(&diagnostic).or(diagnostic.help),
        Form::Json => diagnostic.help,
    };
    Some(Finding {
        spot,
        code: diagnostic.code.as_str(),
        message: as_written(&diagnostic.message, found.tree),
        help: help.map(|help| as_written(&help, found.tree)),
    })
}

/// A finding about JSON in a string: the literal is underlined, and the message
/// says where in it.
pub(crate) fn in_text(diagnostic: Diagnostic, text: &Text) -> Finding {
    let place = place(&text.value, &diagnostic.pointer).map_or_else(String::new, |place| {
        let (line, column) = place;
        format!(" (line {line}, column {column} of the string)")
    });
    Finding {
        spot: text.spot,
        code: diagnostic.code.as_str(),
        message: format!("{}{place}", diagnostic.message),
        help: diagnostic.help,
    }
}

/// A finding about a file: its name is underlined, and the message begins with
/// the place in it.
pub(crate) fn in_file(diagnostic: Diagnostic, path: &Text, text: &str) -> Finding {
    let place = match place(text, &diagnostic.pointer) {
        Some((line, column)) => format!("{}:{line}:{column}", path.value),
        None => path.value.clone(),
    };
    Finding {
        spot: path.spot,
        code: diagnostic.code.as_str(),
        message: format!("{place}: {}", diagnostic.message),
        help: diagnostic.help,
    }
}

/// Line and column of what a pointer names in a text, or where it stops being
/// JSON; none for the document as a whole.
fn place(text: &str, pointer: &str) -> Option<(usize, usize)> {
    match json::parse(text) {
        Err(error) => Some((error.line, error.column)),
        Ok(_) if pointer.is_empty() => None,
        Ok(_) => json::locate(text, pointer),
    }
}

/// Whether the key is at fault and not its value.
fn concerns_key(diagnostic: &Diagnostic) -> bool {
    match diagnostic.code {
        Code::InvalidPolicyElement
        | Code::DuplicateKey
        | Code::UnsupportedElementCombination
        | Code::UnsupportedId
        | Code::UnsupportedPrincipal
        | Code::ScpPrincipal
        | Code::RcpPrincipal
        | Code::RcpNotAction
        | Code::TrustPolicyResource
        | Code::TrustPolicyNotPrincipal
        | Code::AllowWithNotPrincipal
        | Code::InvalidPrincipalKey
        | Code::FederatedPrincipalNotSupported
        | Code::InvalidConditionOperator
        | Code::NullWithIfExists
        | Code::NullWithQualifier
        | Code::EmptyObjectCondition
        | Code::InvalidConditionKeyFormat
        | Code::MissingTagKey
        | Code::DuplicateKeysWithDifferentCase
        | Code::InvalidGlobalConditionKey
        | Code::UnsupportedGlobalConditionKey
        | Code::InvalidServiceConditionKey
        | Code::MissingQualifier
        | Code::TypeMismatch => true,
        // In a condition the key holds the variable or names the service,
        // elsewhere the value.
        Code::VariableUnsupportedInElement | Code::InvalidService => {
            diagnostic.pointer.contains("/Condition/")
        }
        _ => false,
    }
}

/// Whether only the head of what was found is at fault.
fn concerns_head(found: &Found<'_>, code: Code) -> bool {
    match found.tree.value {
        // Of a statement its effect: the rest is there or missing elsewhere.
        Value::Object(_) => true,
        // Of `s3:{A, B}` the service.
        _ => matches!(
            code,
            Code::ActionServiceWildcard | Code::ActionFormat | Code::InvalidServiceInAction
        ),
    }
}

/// Whether a finding is about the form of a value that is not known before the
/// program runs: the sample in its place has the form of the slot's type only.
fn judges_sample(diagnostic: &Diagnostic, tree: &Tree) -> bool {
    let form = matches!(
        diagnostic.code,
        Code::InvalidVpcFormat
            | Code::InvalidVpceFormat
            | Code::InvalidRegion
            | Code::InvalidArnRegion
            | Code::InvalidKmsKeyValue
            | Code::InvalidServicePrincipalFormat
    );
    let mut slots = Vec::new();
    tree.slots(&mut slots);
    form && slots
        .iter()
        .any(|slot| diagnostic.message.contains(&slot.sample))
}

/// A message with the source of slots in place of their samples.
fn as_written(message: &str, tree: &Tree) -> String {
    let mut message = message.to_owned();
    if let Value::Text(pieces) = &tree.value {
        let written: String = pieces.iter().map(Piece::to_string).collect();
        message = message.replace(&sample_text(pieces), &written);
    }
    let mut slots = Vec::new();
    tree.slots(&mut slots);
    for slot in slots.iter().filter(|slot| slot.kind.has_telling_sample()) {
        message = message.replace(&slot.sample, &format!("{{{}}}", slot.name()));
    }
    message
}

/// What would be right, in the words of the DSL, where the validator's words
/// are those of JSON.
fn dsl_help(diagnostic: &Diagnostic) -> Option<String> {
    let help = match diagnostic.code {
        Code::MissingStatement => "add a statement, such as `allow s3:GetObject on *;`",
        Code::MissingResource => "add `on \"arn:…\"`, or `on *` for all resources",
        Code::MissingPrincipal => {
            "say whom: `allow principal AWS \"111122223333\" to …`, or `principal *`"
        }
        Code::TrustPolicyResource => "remove `on …`",
        Code::TrustPolicyNotPrincipal => "name who may assume the role: `principal AWS \"…\" to`",
        Code::TrustPolicyWildcardPrincipal => {
            "name the accounts or ARNs; if everyone is meant, write `principal AWS \"*\" to` with a condition"
        }
        Code::UnsupportedPrincipal => {
            "remove `principal … to`, or write a `trust_policy!` or `resource_policy!`"
        }
        Code::RcpPrincipal => "write `principal * to` and narrow it with `when`",
        Code::RcpAllow => "write it with `on *` and without `when`; narrow with `deny`",
        Code::RcpNotAction => "name the actions without `not`",
        Code::AllowWithNotPrincipal => "name who is allowed: `principal …`",
        Code::VersionTooOld => "remove it: the macro writes version 2012-10-17",
        Code::VariableUnsupportedInVersion => "remove `version`: the macro writes 2012-10-17",
        Code::DuplicateKey if diagnostic.pointer == "/Version" || diagnostic.pointer == "/Id" => {
            "keep one"
        }
        _ => return None,
    };
    Some(help.to_owned())
}
