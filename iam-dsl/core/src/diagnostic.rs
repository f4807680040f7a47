//! What is wrong with a document, where, and what would be right.

use std::fmt;

use crate::fix::Fix;
use crate::model::Document;

/// How grave a finding is, in IAM Access Analyzer's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// IAM refuses the document, or Access Analyzer says that it cannot work.
    /// Stops a build.
    Error,
    /// The document gives access in a way that AWS calls a risk.
    SecurityWarning,
    /// The document departs from best practice.
    Warning,
    /// The document can be written better.
    Suggestion,
}

impl Severity {
    /// As Access Analyzer writes it: `ERROR`, `SECURITY_WARNING` …
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "ERROR",
            Severity::SecurityWarning => "SECURITY_WARNING",
            Severity::Warning => "WARNING",
            Severity::Suggestion => "SUGGESTION",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Declares the codes once: variant, text, severity.
macro_rules! codes {
    (
        $($(#[doc = $doc:literal])* $variant:ident = $text:literal, $severity:ident;)*
        @library
        $($(#[doc = $own_doc:literal])* $own:ident = $own_text:literal, $own_severity:ident;)*
    ) => {
        /// What kind of finding this is. The texts are IAM Access Analyzer's
        /// issue codes where it has one for the mistake
        /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>);
        /// those that begin with `IAM_` name what IAM itself refuses, and the
        /// last ones ([`Code::is_own`]) are this library's own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])* $variant,)*
            $($(#[doc = $own_doc])* $own,)*
        }

        impl Code {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)* $(Code::$own,)*];

            /// The code's text, as reports print it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$variant => $text,)*
                    $(Code::$own => $own_text,)*
                }
            }

            /// The severity of every finding with this code.
            pub fn severity(self) -> Severity {
                match self {
                    $(Code::$variant => Severity::$severity,)*
                    $(Code::$own => Severity::$own_severity,)*
                }
            }

            /// In a sentence, what a finding with this code says.
            pub fn description(self) -> &'static str {
                let text = match self {
                    $(Code::$variant => concat!($($doc),*),)*
                    $(Code::$own => concat!($($own_doc),*),)*
                };
                text.trim_start()
            }

            /// Whether a finding with this code comes from the checks that the
            /// library `iam-dsl` has beside the validator, or from its reports;
            /// [`crate::validate()`] gives none.
            pub fn is_own(self) -> bool {
                match self {
                    $(Code::$variant => false,)*
                    $(Code::$own => true,)*
                }
            }
        }
    };
}

codes! {
    /// The text is not JSON.
    JsonSyntaxError = "JSON_SYNTAX_ERROR", Error;
    /// A key occurs twice in one object.
    DuplicateKey = "IAM_DUPLICATE_KEY", Error;
    /// A character that a policy document may not hold.
    InvalidCharacter = "IAM_INVALID_CHARACTER", Error;
    /// An element has the wrong JSON type.
    DataTypeMismatch = "DATA_TYPE_MISMATCH", Error;
    /// An element that the policy language does not know.
    InvalidPolicyElement = "INVALID_POLICY_ELEMENT", Error;
    /// `Version` is neither of the two versions of the language.
    InvalidVersion = "INVALID_VERSION", Error;
    /// No `Version`: the document is read by the rules of 2008-10-17.
    MissingVersion = "MISSING_VERSION", Warning;
    /// IAM stores identity policies of version 2012-10-17 only.
    VersionTooOld = "IAM_VERSION_TOO_OLD", Error;
    /// `Id` in a kind of policy that has none.
    UnsupportedId = "IAM_UNSUPPORTED_ID", Error;
    /// No `Statement`.
    MissingStatement = "MISSING_STATEMENT", Error;
    /// A statement without `Effect`.
    MissingEffect = "MISSING_EFFECT", Error;
    /// `Effect` is not exactly `Allow` or `Deny`.
    InvalidEffect = "INVALID_EFFECT", Error;
    /// A statement without `Action` and `NotAction`, or with an empty list.
    MissingAction = "MISSING_ACTION", Error;
    /// A statement without `Resource` and `NotResource`, or with an empty list.
    MissingResource = "MISSING_RESOURCE", Error;
    /// A statement of a resource or trust policy without `Principal`.
    MissingPrincipal = "MISSING_PRINCIPAL", Error;
    /// An element together with its negation.
    UnsupportedElementCombination = "UNSUPPORTED_ELEMENT_COMBINATION", Error;
    /// `Principal` or `NotPrincipal` in an identity policy.
    UnsupportedPrincipal = "UNSUPPORTED_PRINCIPAL", Error;
    /// `Principal` or `NotPrincipal` in a service control policy.
    ScpPrincipal = "SCP_SYNTAX_ERROR_PRINCIPAL", Error;
    /// A resource control policy's principal other than `"*"`.
    RcpPrincipal = "RCP_SYNTAX_ERROR_PRINCIPAL", Error;
    /// An `Allow` of a resource control policy that is not all-embracing.
    RcpAllow = "RCP_SYNTAX_ERROR_ALLOW", Error;
    /// `NotAction` in a resource control policy.
    RcpNotAction = "RCP_SYNTAX_ERROR_NOTACTION", Error;
    /// Characters in a `Sid` that IAM does not take.
    UnsupportedSid = "UNSUPPORTED_SID", Error;
    /// A `Sid` used twice where IAM wants it unique.
    UniqueSidsRequired = "UNIQUE_SIDS_REQUIRED", Error;
    /// A `Sid` used twice where it need not be unique.
    UniqueSidsRecommended = "UNIQUE_SIDS_RECOMMENDED", Warning;
    /// `"Sid": ""`.
    EmptySidValue = "EMPTY_SID_VALUE", Suggestion;
    /// `"Action": []`.
    EmptyArrayAction = "EMPTY_ARRAY_ACTION", Suggestion;
    /// `"Resource": []`.
    EmptyArrayResource = "EMPTY_ARRAY_RESOURCE", Suggestion;
    /// A principal type with an empty list.
    EmptyArrayPrincipal = "EMPTY_ARRAY_PRINCIPAL", Suggestion;
    /// `"Principal": {}`.
    EmptyObjectPrincipal = "EMPTY_OBJECT_PRINCIPAL", Suggestion;
    /// `"Condition": {}` or an operator with `{}`.
    EmptyObjectCondition = "EMPTY_OBJECT_CONDITION", Suggestion;
    /// A condition key with an empty list.
    EmptyArrayCondition = "EMPTY_ARRAY_CONDITION", Suggestion;
    /// An action that is not of the form `service:Name`.
    ActionFormat = "IAM_ACTION_FORMAT", Error;
    /// A character that no action name has.
    ActionCharacter = "IAM_ACTION_CHARACTER", Error;
    /// A wildcard in the service prefix of an action, which matches nothing.
    ActionServiceWildcard = "IAM_ACTION_SERVICE_WILDCARD", Error;
    /// A trust policy's action that is not of STS.
    TrustPolicyAction = "IAM_TRUST_POLICY_ACTION", Error;
    /// `Resource` in a trust policy.
    TrustPolicyResource = "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", Error;
    /// `NotPrincipal` in a trust policy.
    TrustPolicyNotPrincipal = "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", Error;
    /// `"Principal": "*"` in a trust policy.
    TrustPolicyWildcardPrincipal = "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", Error;
    /// A federated principal of a trust policy that is neither a provider's ARN nor a domain.
    TrustPolicyFederatedSyntax = "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", Error;
    /// A federated principal outside a trust policy.
    FederatedPrincipalNotSupported = "FEDERATED_PRINCIPAL_NOT_SUPPORTED", Error;
    /// A principal that can never use the action of its statement.
    MismatchedActionForPrincipal = "MISMATCHED_ACTION_FOR_PRINCIPAL", Error;
    /// A resource that is neither `*` nor begins with `arn:`.
    InvalidArnPrefix = "INVALID_ARN_PREFIX", Error;
    /// An ARN with fewer than six fields.
    MissingArnField = "MISSING_ARN_FIELD", Error;
    /// An ARN's partition that AWS does not have.
    InvalidPartition = "INVALID_PARTITION", Error;
    /// An ARN's account that is not twelve digits.
    InvalidArnAccount = "INVALID_ARN_ACCOUNT", Error;
    /// Upper case in an ARN's service.
    InvalidArnServiceCase = "INVALID_ARN_SERVICE_CASE", Error;
    /// A wildcard in an ARN's service.
    ArnServiceWildcard = "IAM_ARN_SERVICE_WILDCARD", Error;
    /// A region in an ARN of a service whose ARNs have none.
    ArnRegionNotAllowed = "ARN_REGION_NOT_ALLOWED", Error;
    /// An ARN's resource that the service does not have.
    InvalidArnResource = "INVALID_ARN_RESOURCE", Error;
    /// A condition operator that IAM does not know.
    InvalidConditionOperator = "INVALID_CONDITION_OPERATOR", Error;
    /// `NullIfExists`.
    NullWithIfExists = "NULL_WITH_IF_EXISTS", Error;
    /// `ForAllValues:Null` or `ForAnyValue:Null`.
    NullWithQualifier = "NULL_WITH_QUALIFIER", Suggestion;
    /// A condition key that is not of the form `prefix:name`.
    InvalidConditionKeyFormat = "INVALID_CONDITION_KEY_FORMAT", Error;
    /// A tag key without the tag's name.
    MissingTagKey = "MISSING_TAG_KEY_IN_CONDITION", Error;
    /// One condition key twice in one operator, differing in case.
    DuplicateKeysWithDifferentCase = "DUPLICATE_KEYS_WITH_DIFFERENT_CASE", Error;
    /// Values of different JSON types in one condition.
    InvalidConditionDataType = "INVALID_CONDITION_DATA_TYPE", Error;
    /// More than one value for `Bool`.
    InvalidConditionMultipleBoolean = "INVALID_CONDITION_MULTIPLE_BOOLEAN", Error;
    /// A value of an IP operator that is neither an address nor a range.
    TypeMismatchIpRange = "TYPE_MISMATCH_IP_RANGE", Error;
    /// A value of a `Bool` or `Null` operator other than true and false.
    TypeMismatchBoolean = "TYPE_MISMATCH_BOOLEAN", Warning;
    /// A value of a numeric operator that is no number.
    TypeMismatchNumber = "TYPE_MISMATCH_NUMBER", Warning;
    /// A value of a date operator that is no date.
    TypeMismatchDate = "TYPE_MISMATCH_DATE", Warning;
    /// A value that its operator can never match; stops a build beside the
    /// warning that Access Analyzer gives.
    ValueNeverMatches = "IAM_VALUE_NEVER_MATCHES", Error;
    /// A range with host bits set.
    ImproveIpRange = "IMPROVE_IP_RANGE", Suggestion;
    /// `*` or `?` in a value of an operator that takes them literally.
    WildcardWithoutLikeOperator = "WILDCARD_WITHOUT_LIKE_OPERATOR", Warning;
    /// A service in an action that the catalogue does not know.
    InvalidServiceInAction = "INVALID_SERVICE_IN_ACTION", Error;
    /// An action that its service does not have.
    InvalidAction = "INVALID_ACTION", Error;
    /// A service in an ARN or a condition key that the catalogue does not know.
    InvalidService = "INVALID_SERVICE", Error;
    /// A condition key with the prefix `aws:` that there is not.
    InvalidGlobalConditionKey = "INVALID_GLOBAL_CONDITION_KEY", Error;
    /// The retired key `aws:ARN`.
    UnsupportedGlobalConditionKey = "UNSUPPORTED_GLOBAL_CONDITION_KEY", Error;
    /// A condition key that its service does not have.
    InvalidServiceConditionKey = "INVALID_SERVICE_CONDITION_KEY", Error;
    /// A multi-valued condition key without `ForAnyValue:` or `ForAllValues:`.
    MissingQualifier = "MISSING_QUALIFIER", Error;
    /// An operator of another type than the condition key's.
    TypeMismatch = "TYPE_MISMATCH", Warning;
    /// No region in the ARN of a regional resource.
    MissingArnRegion = "MISSING_ARN_REGION", Error;
    /// No account in the ARN of an account's resource.
    MissingArnAccount = "MISSING_ARN_ACCOUNT", Error;
    /// An account in the ARN of a resource whose ARNs have none.
    ArnAccountNotAllowed = "ARN_ACCOUNT_NOT_ALLOWED", Error;
    /// `${…}` with an operator that does not replace variables.
    InvalidVariableForOperator = "INVALID_VARIABLE_FOR_OPERATOR", Error;
    /// `${` without `}`.
    MissingBraceInVariable = "MISSING_BRACE_IN_VARIABLE", Error;
    /// A default value without its quotes.
    MissingQuoteInVariable = "MISSING_QUOTE_IN_VARIABLE", Error;
    /// A space in a variable's name.
    UnsupportedSpaceInVariable = "UNSUPPORTED_SPACE_IN_VARIABLE", Error;
    /// `${}`.
    EmptyVariable = "EMPTY_VARIABLE", Error;
    /// A variable whose name is no condition key, so that it never has a value.
    VariableIsNoKey = "IAM_VARIABLE_IS_NO_KEY", Error;
    /// A variable where IAM does not replace variables.
    VariableUnsupportedInElement = "VARIABLE_UNSUPPORTED_IN_ELEMENT", Error;
    /// A variable in a document of version 2008-10-17.
    VariableUnsupportedInVersion = "VARIABLE_UNSUPPORTED_IN_VERSION", Error;
    /// A principal that is neither `"*"` nor a map of types.
    InvalidPrincipalFormat = "INVALID_PRINCIPAL_FORMAT", Error;
    /// A principal type other than the four.
    InvalidPrincipalKey = "INVALID_PRINCIPAL_KEY", Error;
    /// A wildcard inside a principal.
    UnsupportedWildcardInPrincipal = "UNSUPPORTED_WILDCARD_IN_PRINCIPAL", Error;
    /// An AWS principal that is neither an account, an ARN nor a unique id.
    InvalidAwsPrincipal = "IAM_INVALID_AWS_PRINCIPAL", Error;
    /// A service principal that is not `service.amazonaws.com`.
    InvalidServicePrincipalFormat = "INVALID_SERVICE_PRINCIPAL_FORMAT", Error;
    /// A principal given as a deleted role's unique id.
    InvalidRoleReference = "INVALID_ROLE_REFERENCE", Warning;
    /// A principal given as a deleted user's unique id.
    InvalidUserReference = "INVALID_USER_REFERENCE", Warning;
    /// `Allow` with `NotPrincipal`.
    AllowWithNotPrincipal = "ALLOW_WITH_NOT_PRINCIPAL", SecurityWarning;
    /// An identity policy longer than Access Analyzer's threshold.
    IdentityPolicySize = "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", Warning;
    /// A trust policy longer than the quota that accounts have by default.
    TrustPolicySize = "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", Warning;
    /// A session policy longer than STS takes.
    SessionPolicySize = "IAM_SESSION_POLICY_SIZE", Error;
    /// A service control policy longer than its quota.
    ScpSize = "POLICY_SIZE_EXCEEDS_SCP_QUOTA", Error;
    /// A resource control policy longer than its quota.
    RcpSize = "POLICY_SIZE_EXCEEDS_RCP_QUOTA", Error;
    /// Actions of a list that other actions of it cover.
    RedundantAction = "REDUNDANT_ACTION", Suggestion;
    /// Resources of a list that other resources of it cover.
    RedundantResource = "REDUNDANT_RESOURCE", Suggestion;
    /// Two statements that say the same.
    RedundantStatement = "REDUNDANT_STATEMENT", Suggestion;
    /// Numbers of a list of which one decides.
    RedundantConditionValueNum = "REDUNDANT_CONDITION_VALUE_NUM", Suggestion;
    /// A condition key that always matches.
    RedundantKeyDueToWildcard = "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", Suggestion;
    /// A condition key that never matches, so that the statement does nothing.
    RedundantStatementDueToWildcard = "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION", Suggestion;
    /// A session of a role beside the role itself.
    RedundantPrincipal = "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", Suggestion;
    /// A condition that holds where the key is in the request.
    EquivalentToNullFalse = "EQUIVALENT_TO_NULL_FALSE", Suggestion;
    /// A condition that holds where the key is not in the request.
    EquivalentToNullTrue = "EQUIVALENT_TO_NULL_TRUE", Suggestion;
    /// `ForAllValues:` with an empty list.
    EmptyArrayConditionForAllValues = "EMPTY_ARRAY_CONDITION_FORALLVALUES", Suggestion;
    /// `ForAnyValue:` with an empty list.
    EmptyArrayConditionForAnyValue = "EMPTY_ARRAY_CONDITION_FORANYVALUE", Suggestion;
    /// `…IfExists` with an empty list.
    EmptyArrayConditionIfExists = "EMPTY_ARRAY_CONDITION_IFEXISTS", Suggestion;
    /// A wildcard in the service of an ARN or an action.
    WildcardInServiceName = "WILDCARD_IN_SERVICE_NAME", Suggestion;
    /// `aws:SourceIp` within private ranges only, which never matches.
    PrivateIpAddress = "PRIVATE_IP_ADDRESS", Error;
    /// `aws:SourceIp` outside private ranges only, which always matches.
    PrivateNotIpAddress = "PRIVATE_NOT_IP_ADDRESS", Error;
    /// Private ranges among those of `aws:SourceIp`.
    PrivateIpAddressSubset = "PRIVATE_IP_ADDRESS_SUBSET", Suggestion;
    /// Private ranges among those that `aws:SourceIp` must not be in.
    PrivateNotIpAddressSubset = "PRIVATE_NOT_IP_ADDRESS_SUBSET", Suggestion;
    /// A VPC that is not `vpc-` and 8 or 17 characters.
    InvalidVpcFormat = "INVALID_VPC_FORMAT", Error;
    /// A VPC endpoint that is not `vpce-` and 8 or 17 characters.
    InvalidVpceFormat = "INVALID_VPCE_FORMAT", Error;
    /// A condition's value that is no region.
    InvalidRegion = "INVALID_REGION", Error;
    /// An ARN's region that there is not.
    InvalidArnRegion = "INVALID_ARN_REGION", Error;
    /// A value that should be the ARN of a KMS key.
    InvalidKmsKeyValue = "INVALID_KMS_KEY_VALUE", Error;
    /// A date as seconds since 1970.
    InvalidDateValue = "INVALID_DATE_VALUE", Warning;
    /// A value of a binary operator that is not base-64.
    TypeMismatchString = "TYPE_MISMATCH_STRING", Warning;
    /// `ForAllValues:` with a key that has one value: true where it has none.
    ForAllValuesWithSingleValuedKey = "FORALLVALUES_WITH_SINGLE_VALUED_KEY", SecurityWarning;
    /// `ForAnyValue:` with the audience of a token, which is one.
    ForAnyValueWithAudience = "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", SecurityWarning;
    /// `ForAnyValue:` or `ForAllValues:` with the audience of a provider that IAM
    /// does not know.
    ConfirmAudienceClaimType = "CONFIRM_AUDIENCE_CLAIM_TYPE", Suggestion;
    /// A string operator with wildcards on a key whose values are ARNs.
    StringLikeWithArnKey = "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", SecurityWarning;
    /// A key that the caller chooses the value of.
    UntrustworthyConditionKey = "UNTRUSTWORTHY_CONDITION_KEY", SecurityWarning;
    /// A wildcard where it lets in nearly anything.
    WildcardTooPermissive = "WILDCARD_USAGE_TOO_PERMISSIVE", Error;
    /// A policy variable where it lets in nearly anything.
    VariableTooPermissive = "VARIABLE_USAGE_TOO_PERMISSIVE", Error;
    /// A key that says little without another.
    MissingPairedConditionKeys = "MISSING_PAIRED_CONDITION_KEYS", SecurityWarning;
    /// `dynamodb:Attributes` without `dynamodb:Select`.
    DynamodbAttributesWithoutSelect = "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT", SecurityWarning;
    /// `s3:prefix` where a shorter prefix goes round it.
    S3PrefixInNegativeContext = "S3_PREFIX_IN_NEGATIVE_CONTEXT", SecurityWarning;
    /// The retired key `aws:ARN`, of which `aws:PrincipalArn` took the place.
    DeprecatedGlobalConditionKey = "DEPRECATED_GLOBAL_CONDITION_KEY", Warning;
    /// A key that only few services send, with actions of others.
    UseKeyOnlyWithSupportedServices = "USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", Warning;
    /// Actions that a condition key of their statement is never sent with.
    UnsupportedActionForConditionKey = "UNSUPPORTED_ACTION_FOR_CONDITION_KEY", Error;
    /// A key that only a companion action sends, which the statement lacks.
    MissingActionForConditionKey = "MISSING_ACTION_FOR_CONDITION_KEY", Error;
    /// A Deny on a resource's tag, with actions that never see it.
    DenyWithUnsupportedTagKey = "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", SecurityWarning;
    /// A Deny on a resource's tag with `NotAction`.
    DenyNotActionWithUnsupportedTagKey = "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", SecurityWarning;
    /// An Allow on a resource's tag, with actions that never see it.
    AllowWithUnsupportedTagKey = "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", Suggestion;
    /// An Allow on a resource's tag with `NotAction`.
    AllowNotActionWithUnsupportedTagKey = "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", Suggestion;
    /// `iam:PassRole` on all roles but some.
    PassRoleWithNotResource = "PASS_ROLE_WITH_NOT_RESOURCE", SecurityWarning;
    /// An action pattern that is also `iam:PassRole`, on all resources but some.
    PassRoleWithStarInActionAndNotResource = "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE", SecurityWarning;
    /// All actions but some on all resources but some, `iam:PassRole` among them.
    PassRoleWithNotActionAndNotResource = "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE", SecurityWarning;
    /// `iam:PassRole` on any role.
    PassRoleWithStarInResource = "PASS_ROLE_WITH_STAR_IN_RESOURCE", SecurityWarning;
    /// An action pattern that is also `iam:PassRole`, on any role.
    PassRoleWithStarInActionAndResource = "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", SecurityWarning;
    /// All actions but some, `iam:PassRole` among them, on any role.
    PassRoleWithStarInResourceAndNotAction = "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION", SecurityWarning;
    /// `iam:CreateServiceLinkedRole` on all roles but some.
    CreateSlrWithNotResource = "CREATE_SLR_WITH_NOT_RESOURCE", Warning;
    /// An action pattern that is also `iam:CreateServiceLinkedRole`, on all
    /// resources but some.
    CreateSlrWithStarInActionAndNotResource = "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE", Warning;
    /// All actions but some on all resources but some,
    /// `iam:CreateServiceLinkedRole` among them.
    CreateSlrWithNotActionAndNotResource = "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE", Warning;
    /// `iam:CreateServiceLinkedRole` for any service.
    CreateSlrWithStarInResource = "CREATE_SLR_WITH_STAR_IN_RESOURCE", Warning;
    /// An action pattern that is also `iam:CreateServiceLinkedRole`, for any service.
    CreateSlrWithStarInActionAndResource = "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE", Warning;
    /// All actions but some, `iam:CreateServiceLinkedRole` among them, for any service.
    CreateSlrWithStarInResourceAndNotAction = "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION", Warning;
    /// A service let in without telling on whose behalf.
    RestrictAccessToServicePrincipal = "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", SecurityWarning;
    /// A service let in on a weaker condition than the source of its call.
    RecommendedKeyForServicePrincipal = "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", Suggestion;
    /// A key that the calls of a service never carry.
    UnsupportedKeyForServicePrincipal = "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", Error;
    /// An OIDC provider trusted without a condition on its tokens.
    MissingConditionKeyForOidc = "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", SecurityWarning;
    /// GitHub trusted without a condition on the repository.
    MissingGithubRepo = "MISSING_GITHUB_REPO_CONDITION_KEY", SecurityWarning;
    /// GitHub trusted for more than one repository or branch.
    SpecificGithubRepo = "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", Warning;
    /// A provider that many organizations share, without the claim that tells
    /// them apart: IAM takes no such trust policy.
    SharedOidcProvider = "IAM_SHARED_OIDC_PROVIDER", Error;
    /// IAM Roles Anywhere without one of the three actions that it needs.
    MissingRolesAnywhereAction = "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", Error;
    /// An action of a resource control policy whose service it does not reach.
    RcpAction = "RCP_SYNTAX_ERROR_ACTION", Error;
    /// A key about the principal that services' own calls are held to as well.
    RcpMissingPrincipalKey = "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", Warning;
    /// A key about a service's source that other principals are held to as well.
    RcpMissingServicePrincipalKey = "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY", Warning;
    /// A key about a service's source that some calls of services lack.
    RcpMissingNullCheck = "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", Warning;
    /// A wildcard before the end of an action, which service control policies
    /// took from September 2025 on.
    ScpActionWildcard = "SCP_SYNTAX_ERROR_ACTION_WILDCARD", Error;
    /// `Condition` in an Allow, which service control policies took from
    /// September 2025 on.
    ScpAllowCondition = "SCP_SYNTAX_ERROR_ALLOW_CONDITION", Error;
    /// `NotAction` in an Allow, which service control policies took from
    /// September 2025 on.
    ScpAllowNotAction = "SCP_SYNTAX_ERROR_ALLOW_NOTACTION", Error;
    /// A resource in an Allow, which service control policies took from
    /// September 2025 on.
    ScpAllowResource = "SCP_SYNTAX_ERROR_ALLOW_RESOURCE", Error;
    /// `NotResource`, which service control policies took from September 2025 on.
    ScpNotResource = "SCP_SYNTAX_ERROR_NOTRESOURCE", Error;
    /// An action that no policy on this type of resource can hold.
    UnsupportedActionInPolicy = "UNSUPPORTED_ACTION_IN_POLICY", Error;
    /// A resource that no policy on this type of resource can hold.
    UnsupportedResourceArnInPolicy = "UNSUPPORTED_RESOURCE_ARN_IN_POLICY", Error;
    /// A key that says nothing in a policy on this type of resource.
    IrrelevantConditionKey = "IRRELEVANT_CONDITION_KEY_IN_POLICY", Suggestion;
    /// A resource policy longer than its service takes.
    ResourcePolicySize = "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", Warning;


    // From here on: given by `iam_dsl::findings` and its reports alone.
    @library

    /// Every action on every resource.
    FullAccess = "FULL_ACCESS", SecurityWarning;
    /// Permissions with which a principal widens its own permissions.
    EscalationOwnPermissions = "ESCALATION_OWN_PERMISSIONS", SecurityWarning;
    /// Permissions with which a principal acts as another user or role.
    EscalationOtherPrincipal = "ESCALATION_OTHER_PRINCIPAL", SecurityWarning;
    /// Permissions to start something new that runs with any role.
    EscalationNewPassRole = "ESCALATION_NEW_PASS_ROLE", SecurityWarning;
    /// Permissions to take over something that already runs with a role.
    EscalationExistingPassRole = "ESCALATION_EXISTING_PASS_ROLE", Suggestion;
    /// Actions whose answer holds credentials, on every resource.
    CredentialExposure = "CREDENTIAL_EXPOSURE", Suggestion;
    /// Actions that read or share stored data, on every resource.
    DataExfiltration = "DATA_EXFILTRATION", Suggestion;
    /// Actions that change permissions, on every resource.
    PermissionsManagement = "PERMISSIONS_MANAGEMENT_UNCONSTRAINED", Suggestion;
    /// A `Deny` without MFA that does not reach long-term access keys.
    MfaDenyWithoutIfExists = "MFA_DENY_WITHOUT_IF_EXISTS", SecurityWarning;
    /// An `Allow` with MFA that long-term access keys satisfy without it.
    MfaAllowIfExists = "MFA_ALLOW_IF_EXISTS", SecurityWarning;
    /// An `Allow` that asks whether MFA is told of, not whether it was used.
    MfaKeyPresence = "MFA_KEY_PRESENCE", SecurityWarning;
    /// A `Deny` without MFA under which nobody can change a first password.
    MfaFirstSignIn = "MFA_FIRST_SIGN_IN_LOCK_OUT", Warning;
    /// Trust of a CI service that does not say whose runs it means.
    CiTrustWithoutSubject = "CI_TRUST_WITHOUT_SUBJECT", SecurityWarning;
    /// Trust of a CI service with a pattern that runs of strangers match.
    CiTrustOpenSubject = "CI_TRUST_OPEN_SUBJECT", SecurityWarning;
    /// Trust of an organization's CI service that any of its projects meets.
    CiTrustAnyProject = "CI_TRUST_ANY_PROJECT", Suggestion;
    /// Trust of a vendor's account without an external id.
    VendorTrustWithoutExternalId = "VENDOR_TRUST_WITHOUT_EXTERNAL_ID", SecurityWarning;
    /// Trust of everyone, in whatever account, without a condition.
    PublicTrust = "PUBLIC_TRUST", SecurityWarning;
    /// Trust of an account, which is all its principals, without a condition.
    AccountTrustWithoutCondition = "ACCOUNT_TRUST_WITHOUT_CONDITION", Suggestion;
    /// A file that cannot be read, or is too big to be a policy.
    UnreadableFile = "REPORT_UNREADABLE_FILE", Error;
    /// An accepted finding whose acceptance has expired.
    BaselineExpired = "BASELINE_EXPIRED", Warning;
    /// An accepted finding that is not found any more.
    BaselineUnused = "BASELINE_UNUSED", Warning;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One finding about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// What kind of finding.
    pub code: Code,
    /// How grave; always `code.severity()`.
    pub severity: Severity,
    /// The place, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Other places that the finding is about, as JSON pointers: the resource
    /// beside the action, the pattern that makes another redundant.
    pub related: Vec<String>,
    /// What is wrong, with the offending text.
    pub message: String,
    /// What would be right, where that can be said.
    pub help: Option<String>,
    /// Where IAM itself refuses the document for this: the message of its
    /// `MalformedPolicyDocument` error. Such a finding is always an error.
    pub refusal: Option<String>,
    /// What would put it right, where that is mechanical.
    fix: Option<Box<Fix>>,
}

impl Diagnostic {
    /// A finding with the severity of its code.
    pub fn new(code: Code, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: code.severity(),
            pointer: pointer.into(),
            related: Vec::new(),
            message: message.into(),
            help: None,
            refusal: None,
            fix: None,
        }
    }

    /// Adds another place that makes the finding.
    #[must_use]
    pub fn related(mut self, pointer: impl Into<String>) -> Self {
        self.related.push(pointer.into());
        self
    }

    /// Adds what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the message with which IAM refuses the document.
    #[must_use]
    pub fn refused(mut self, message: impl Into<String>) -> Self {
        self.refusal = Some(message.into());
        self
    }

    /// Adds what would put it right.
    #[must_use]
    pub(crate) fn fixed_by(mut self, fix: Fix) -> Self {
        self.fix = Some(Box::new(fix));
        self
    }

    /// What would put the finding right, where that is mechanical: edits of the
    /// document, in [`Fix::edits`], and what they make of it, by [`Fix::apply`].
    pub fn fix(&self) -> Option<&Fix> {
        self.fix.as_deref()
    }

    /// The document after the finding's fix; `None` where there is no fix, or
    /// where the finding is about another document. One fix at a time: the
    /// places of the other findings may have moved, so validate again.
    pub fn fixed(&self, document: &Document) -> Option<Document> {
        self.fix()?.apply(document)
    }

    /// Whether the finding rests on the catalogue of AWS's services alone, so
    /// that it may be wrong about what is newer than the catalogue. IAM stores
    /// documents with such findings, and an unchecked statement has none.
    pub fn is_from_catalogue(&self) -> bool {
        match self.code {
            Code::InvalidServiceInAction
            | Code::InvalidAction
            | Code::InvalidService
            | Code::InvalidGlobalConditionKey
            | Code::UnsupportedGlobalConditionKey
            | Code::InvalidServiceConditionKey
            | Code::MissingQualifier
            | Code::TypeMismatch
            | Code::MissingArnRegion
            | Code::MissingArnAccount
            | Code::ArnAccountNotAllowed
            | Code::DeprecatedGlobalConditionKey
            | Code::InvalidRegion
            | Code::InvalidArnRegion
            | Code::InvalidKmsKeyValue
            | Code::ForAllValuesWithSingleValuedKey
            | Code::StringLikeWithArnKey
            | Code::UnsupportedActionForConditionKey
            | Code::DenyWithUnsupportedTagKey
            | Code::DenyNotActionWithUnsupportedTagKey
            | Code::AllowWithUnsupportedTagKey
            | Code::AllowNotActionWithUnsupportedTagKey
            | Code::UseKeyOnlyWithSupportedServices
            | Code::RcpAction
            | Code::UnsupportedActionInPolicy
            | Code::UnsupportedResourceArnInPolicy => true,
            // IAM itself judges the ARNs of a few services.
            Code::ArnRegionNotAllowed | Code::InvalidArnResource => self.refusal.is_none(),
            _ => false,
        }
    }

    /// Whether the document can neither be stored nor work: such a finding
    /// stops a build.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.severity, self.code)?;
        if !self.pointer.is_empty() {
            write!(f, " at {}", self.pointer)?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(help) = &self.help {
            write!(f, "; {help}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_texts_are_unique() {
        let mut texts: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        texts.sort_unstable();
        let count = texts.len();
        texts.dedup();
        assert_eq!(texts.len(), count);
    }

    #[test]
    fn every_code_says_what_it_is_in_a_sentence() {
        for code in Code::ALL {
            let text = code.description();
            assert!(
                text.ends_with('.') && !text.contains("  "),
                "{code}: {text}"
            );
        }
    }
}
