//! The macros of `iam-dsl`. Use them from there: what they expand to names
//! items of that crate.

mod expand;
mod finding;
mod guard;
mod include;
mod lower;
mod parse;
mod report;
mod single;
mod slot;
mod spot;
mod template;
#[cfg(test)]
mod tests;
mod tree;

use iam_dsl_core::PolicyKind;
use proc_macro::TokenStream;

/// An identity policy: what a user, group or role may do. A
/// `Policy`, checked while the program is compiled.
///
/// ```
/// use iam_dsl::{Policy, Segment, policy};
///
/// // Without slots it is a constant whose JSON is a `&'static str`.
/// static ENFORCE_MFA: Policy = policy! {
///     "DenyAllExceptListedIfNoMFA": deny not [iam:ListMFADevices, sts:GetSessionToken] on *
///         when BoolIfExists { aws:MultiFactorAuthPresent: false };
/// };
/// assert_eq!(ENFORCE_MFA.static_json(), Some(ENFORCE_MFA.as_json()));
///
/// // With slots it is made at run time, and cannot fail.
/// fn upload(bucket: &Segment) -> Policy {
///     policy! {
///         "ListBuckets": allow s3:ListAllMyBuckets on *;
///         "UseBucket":   allow s3:{PutObject, GetObject, ListBucket}
///             on ["arn:aws:s3:::{bucket}", "arn:aws:s3:::{bucket}/*"]
///             when IpAddress { aws:SourceIp: "203.0.113.0/24" };
///     }
/// }
/// let policy = upload(&Segment::new("my-app-assets")?);
/// assert!(policy.as_json().contains("arn:aws:s3:::my-app-assets/*"));
/// # Ok::<(), iam_dsl::InvalidSlot>(())
/// ```
///
/// # Grammar
///
/// ```text
/// policy     := { ("strict" | "unchecked") "," } ( dsl | JSON object | one string with JSON )
/// dsl        := { "version" STRING ";" | "id" STRING ";" | statement ";" | guardrail ";" }
/// guardrail  := ["unchecked"] "never" ACTIONS [ "on" RESOURCES ]
/// statement  := [STRING ":"] ["unchecked"] ("allow" | "deny")      the string is the Sid
///               [ ["not"] "principal" PRINCIPALS "to" ]  trust, resource, resource control policies
///               ["not"] ACTIONS
///               [ "on" ["not"] RESOURCES ]               all but trust policies
///               [ "when" OPERATOR "{" KEY ":" VALUES "," … "}" "," OPERATOR … ]
/// PRINCIPALS := "*" | TYPE VALUES | "{" TYPE ":" VALUES "," … "}"
/// ACTIONS    := ACTION | "[" ACTION "," … "]"
/// RESOURCES  := RESOURCE | "[" RESOURCE "," … "]"
/// VALUES     := VALUE | "[" VALUE "," … "]"
/// ```
///
/// - The last `;` may be left out, and so may `version`: 2012-10-17 is written.
/// - One item alone becomes a JSON string, a list becomes an array.
/// - An action is written `s3:Get*`, `execute-api:Invoke`, `*`, or as a string;
///   `s3:{PutObject, GetObject}` is a list.
/// - A resource is a string, `*`, or a Rust value in braces.
/// - A value is a string, `true`, `false`, a decimal number, or a Rust value in
///   braces; IAM stores them all as strings.
/// - Keys and operators are written bare, `aws:PrincipalTag/cost-center`,
///   `ForAnyValue:StringLike`, or as strings where Rust cannot read them as
///   words: `"aws:RequestTag/k#x"`.
///
/// ```
/// use iam_dsl::policy;
///
/// let policy = policy! {
///     deny not iam:* on not "arn:aws:s3:::public/*" when
///         StringLikeIfExists { aws:PrincipalTag/cost-center: ["10*", "20*"] },
///         NumericLessThan { aws:MultiFactorAuthAge: 3600 },
///         "ForAnyValue:StringEquals" { "aws:TagKeys": "team" };
/// };
/// # assert!(policy.as_json().contains(r#""3600""#));
/// ```
///
/// # JSON
///
/// A policy that there is already can be pasted, as tokens or, where Rust cannot
/// read its strings (`\/`, `\u0041`), in a raw string. It is taken as it stands:
/// braces in it are no slots.
///
/// ```
/// use iam_dsl::{Policy, policy};
///
/// static TOKENS: Policy = policy!({
///     "Version": "2012-10-17",
///     "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" }]
/// });
/// static TEXT: Policy = policy!(
///     r#"{
///         "Version": "2012-10-17",
///         "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "\u002a" }]
///     }"#
/// );
/// assert_eq!(TOKENS, TEXT);
/// ```
///
/// # What is newer than the catalogue
///
/// The macro knows AWS's services, actions, condition keys and forms of ARNs up to
/// a date, and calls others mistakes. `unchecked` before a statement's effect lets
/// that statement name what AWS has added since; `unchecked,` before the policy
/// does so for all statements, and is the only form for JSON, which has no place
/// for a mark. Grammar, and what IAM itself refuses, stay errors.
///
/// ```
/// use iam_dsl::{Policy, policy};
///
/// static NEW: Policy = policy! {
///     "New": unchecked allow newservice:DoIt on "arn:aws:newservice:::thing/*";
/// };
/// static PASTED: Policy = policy!(unchecked, {
///     "Version": "2012-10-17",
///     "Statement": [{ "Effect": "Allow", "Action": "newservice:DoIt", "Resource": "*" }]
/// });
/// ```
///
/// # Guardrails
///
/// `never ACTIONS on RESOURCES;` states what the policy must not allow, now or
/// after the next change: the build fails where it does, and where that cannot be
/// ruled out. Without `on` it is meant of all resources. It is no part of the
/// document, and pasted JSON has none.
///
/// ```
/// use iam_dsl::{Segment, policy};
///
/// fn deploy(stage: &Segment) -> iam_dsl::Policy {
///     policy! {
///         never iam:*;
///         never s3:* on "arn:aws:s3:::prod-*";
///         allow s3:* on "arn:aws:s3:::dev-{stage}/*";
///     }
/// }
/// # assert!(!deploy(&Segment::new("a")?).as_json().contains("iam"));
/// # Ok::<(), iam_dsl::InvalidSlot>(())
/// ```
///
/// - Each statement that allows is held against each guardrail by its actions and
///   resources. Conditions are ignored, and so are statements that deny: neither
///   proves that access is never given.
/// - A slot may hold whatever its type allows. Where a guardrail is kept by a name
///   without `/`, or a text without `:`, and not by others, the slot takes only
///   types that are such, and a `Pattern` there does not compile.
/// - What `not` leaves out must cover the guardrail as a single pattern, without
///   variables and slots.
/// - A statement's `*` at the end of one of the first five fields of an ARN reaches
///   across colons, as IAM documents it; a guardrail's stays within its field.
/// - A trust policy names no resources, so that no `on` of a guardrail excuses it.
/// - Its actions and resources are checked like a statement's, since a misspelt
///   guardrail would guard nothing. It takes no slots; a policy variable in it
///   stands for anything.
///
/// # Slots
///
/// In the strings of resources and of the values of string and ARN operators
/// `{name}` stands for a variable; `{{` and `}}` are braces, and `${…}` stays a
/// policy variable of IAM. In place of a whole value `{expression}` stands for
/// any Rust expression. Slots are borrowed, in order, and once each.
///
/// | position | types |
/// |---|---|
/// | ARN after the fifth colon | `Segment` (no `/`), `ResourcePath`: taken literally, wildcards too; `Pattern`: wildcards meant; `AccountId`, `Region` |
/// | the whole partition, region or account of an ARN | `Partition`, `Region`, `AccountId` |
/// | a whole resource or value of an ARN operator, also at the beginning of a string: `"{arn}/*"` | `ResourceArn` |
/// | values of string operators | `&str`, `String` and the types above, taken literally; a `Pattern` as it is |
/// | values of `Numeric…`, `Date…`, `Bool` and `Null`, `IpAddress` operators | integers, `SystemTime`, `bool`, `IpRange` and `IpAddr` |
/// | principals | `AccountId` and `PrincipalArn` for `AWS`, `ServicePrincipal`, `FederatedPrincipal`, `SamlProvider`, `OidcProvider` |
/// | actions, Sid, operators, keys, the service of an ARN, version 2008-10-17 | none |
///
/// What a slot holds cannot widen the policy, nor make it one that IAM refuses;
/// only its length is not known before: see `Policy::character_count`.
///
/// ```
/// use iam_dsl::{AccountId, Region, ResourcePath, policy};
///
/// let (account, region) = (AccountId::new("111122223333")?, Region::new("eu-west-1")?);
/// let home = ResourcePath::new("alice/*")?;
/// let vpc = "vpc-1";
/// let policy = policy! {
///     allow sqs:SendMessage on "arn:aws:sqs:{region}:{account}:jobs";
///     allow s3:GetObject on "arn:aws:s3:::home/{home}" when StringEquals { aws:SourceVpc: {vpc} };
///     allow s3:ListBucket on "arn:aws:s3:::home" when
///         NumericLessThanEquals { s3:max-keys: {2 * 50} };
/// };
/// assert!(policy.as_json().contains("arn:aws:s3:::home/alice/${*}"));
/// # Ok::<(), iam_dsl::InvalidSlot>(())
/// ```
///
/// # Errors
///
/// A finding of severity error stops the build: what IAM refuses and what IAM
/// Access Analyzer calls an error. So do the macro's own rules of grammar, and a
/// slot of a type that does not fit. All mistakes of one policy come in one
/// build, each under the tokens at fault, with what would be right and the code
/// that Access Analyzer has for it; inside a string the string is underlined.
/// `policy!(strict, …)` makes findings of every severity stop the build.
///
/// ```text
/// error: `asw` is no partition of AWS
///          help: did you mean `aws`?
///          [INVALID_PARTITION]
///  --> src/main.rs:7:31
///   |
/// 7 |         allow s3:GetObject on "arn:asw:s3:::my-bucket";
///   |                               ^^^^^^^^^^^^^^^^^^^^^^^^
/// ```
#[proc_macro]
pub fn policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::Identity, input.into()).into()
}

/// A trust policy: who may assume a role. Written as in [`policy!`], with a
/// principal and without resources.
///
/// ```
/// use iam_dsl::{AccountId, TrustPolicy, trust_policy};
///
/// let central_account = AccountId::new("111122223333")?;
/// let trust: TrustPolicy = trust_policy! {
///     allow principal AWS {central_account} to sts:AssumeRole
///         when Bool { aws:MultiFactorAuthPresent: true };
///     allow principal { Service: ["ec2.amazonaws.com", "lambda.amazonaws.com"] }
///         to sts:AssumeRole;
/// };
/// # assert!(trust.as_json().contains("111122223333"));
/// # Ok::<(), iam_dsl::InvalidSlot>(())
/// ```
#[proc_macro]
pub fn trust_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::Trust, input.into()).into()
}

/// A policy attached to a resource, such as a bucket, a queue or a key. Written
/// as in [`policy!`], with a principal.
///
/// ```
/// use iam_dsl::{ResourcePolicy, resource_policy};
///
/// static PUBLIC: ResourcePolicy = resource_policy! {
///     id "Assets";
///     "Read": allow principal * to s3:GetObject on "arn:aws:s3:::assets/*";
/// };
/// # assert_eq!(PUBLIC.document().id(), Some("Assets"));
/// ```
#[proc_macro]
pub fn resource_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::Resource, input.into()).into()
}

/// A permissions boundary: the most that a user or role can be allowed. Written
/// as in [`policy!`].
///
/// ```
/// use iam_dsl::{BoundaryPolicy, boundary_policy};
///
/// static CAP: BoundaryPolicy = boundary_policy! { allow s3:* on *; };
/// # assert_eq!(CAP.document().statements().len(), 1);
/// ```
#[proc_macro]
pub fn boundary_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::Boundary, input.into()).into()
}

/// A session policy, which is passed to AssumeRole or GetFederationToken and
/// narrows one session. Written as in [`policy!`].
///
/// ```
/// use iam_dsl::{Segment, SessionPolicy, session_policy};
///
/// fn only(tenant: &Segment) -> SessionPolicy {
///     session_policy! { allow s3:GetObject on "arn:aws:s3:::data/{tenant}/*"; }
/// }
/// # assert!(only(&Segment::new("t1")?).as_json().contains("data/t1/*"));
/// # Ok::<(), iam_dsl::InvalidSlot>(())
/// ```
#[proc_macro]
pub fn session_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::Session, input.into()).into()
}

/// A service control policy of AWS Organizations: the most that an account can
/// be allowed. Written as in [`policy!`].
///
/// ```
/// use iam_dsl::{ServiceControlPolicy, service_control_policy};
///
/// static KEEP: ServiceControlPolicy = service_control_policy! {
///     deny organizations:LeaveOrganization on *;
/// };
/// # assert_eq!(KEEP.document().statements().len(), 1);
/// ```
#[proc_macro]
pub fn service_control_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::ServiceControl, input.into()).into()
}

/// A resource control policy of AWS Organizations: the most that an account's
/// resources can be opened. Written as in [`policy!`], for everyone.
///
/// ```
/// use iam_dsl::{ResourceControlPolicy, resource_control_policy};
///
/// static TLS: ResourceControlPolicy = resource_control_policy! {
///     deny principal * to s3:* on * when BoolIfExists { aws:SecureTransport: false };
/// };
/// # assert_eq!(TLS.document().statements().len(), 1);
/// ```
#[proc_macro]
pub fn resource_control_policy(input: TokenStream) -> TokenStream {
    expand::policy(PolicyKind::ResourceControl, input.into()).into()
}

/// A policy in a JSON file, checked while the program is compiled, as a
/// constant. The path is relative to the source file, as with `include_str!`,
/// and a change of the file means a rebuild.
///
/// `include_policy!("policy.json")` is an identity policy. For another kind its
/// word comes first: `include_policy!(trust, "trust.json")`, likewise
/// `resource`, `boundary`, `session`, `service_control`, `resource_control`; and
/// before it `strict,` and `unchecked,`, as in [`policy!`].
///
/// # Errors
///
/// The path is underlined; each message begins with the file's name, line and
/// column.
#[proc_macro]
pub fn include_policy(input: TokenStream) -> TokenStream {
    include::policy(input.into()).into()
}

/// One action as an `ActionPattern`, checked against the catalogue while the
/// program is compiled: a constant, for the builder and for tables of one's own.
///
/// ```
/// use iam_dsl::{ActionPattern, Policy, Statement, action, arn};
///
/// const READ: ActionPattern = action!(s3:Get*);
/// let policy = Policy::identity()
///     .statement(Statement::allow([READ, action!(s3:ListBucket)]).on(arn!("arn:aws:s3:::assets*")))
///     .build()?;
/// # assert!(policy.as_json().contains(r#"["s3:Get*","s3:ListBucket"]"#));
/// # Ok::<(), iam_dsl::InvalidPolicy>(())
/// ```
///
/// # Errors
///
/// What the same action would be told in [`policy!`].
/// `action!(unchecked, newservice:DoIt)` takes what the catalogue does not know.
#[proc_macro]
pub fn action(input: TokenStream) -> TokenStream {
    single::action(input.into()).into()
}

/// One resource as a `ResourcePattern`, checked while the program is compiled.
/// Without slots it is a constant; slots are filled by the types that
/// [`policy!`] takes there.
///
/// ```
/// use iam_dsl::{ResourcePattern, Segment, arn};
///
/// static ASSETS: ResourcePattern = arn!("arn:aws:s3:::assets/*");
///
/// fn objects(bucket: &Segment) -> ResourcePattern {
///     arn!("arn:aws:s3:::{bucket}/*")
/// }
/// assert_eq!(objects(&Segment::new("assets")?), ASSETS);
/// # Ok::<(), iam_dsl::InvalidSlot>(())
/// ```
///
/// # Errors
///
/// What the same resource would be told in [`policy!`]. `arn!(unchecked, "…")`
/// takes what the catalogue does not know.
#[proc_macro]
pub fn arn(input: TokenStream) -> TokenStream {
    single::arn(input.into()).into()
}
