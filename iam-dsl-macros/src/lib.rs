//! The macros of `iam-dsl`. Use them from there: what they expand to names
//! items of that crate.

mod expand;
mod finding;
mod lower;
mod parse;
mod report;
mod slot;
mod spot;
mod template;
mod tree;

use iam_dsl_core::PolicyKind;
use proc_macro::TokenStream;

/// An identity policy.
#[proc_macro]
pub fn policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::Identity, input.into()).into()
}

/// A role's trust policy.
#[proc_macro]
pub fn trust_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::Trust, input.into()).into()
}

/// A policy attached to a resource.
#[proc_macro]
pub fn resource_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::Resource, input.into()).into()
}

/// A permissions boundary.
#[proc_macro]
pub fn boundary_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::Boundary, input.into()).into()
}

/// A session policy.
#[proc_macro]
pub fn session_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::Session, input.into()).into()
}

/// A service control policy of AWS Organizations.
#[proc_macro]
pub fn service_control_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::ServiceControl, input.into()).into()
}

/// A resource control policy of AWS Organizations.
#[proc_macro]
pub fn resource_control_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::ResourceControl, input.into()).into()
}
