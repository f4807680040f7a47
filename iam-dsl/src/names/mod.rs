//! AWS's names as Rust names, so that an editor completes them: one module per
//! service, with a constant per action, a function per type of resource and, in
//! its module `key`, the condition keys. Needs the feature `names`.
//!
//! The modules are generated from the [catalogue](crate::catalogue); `-` in a
//! prefix is `_` here. Keys without a service of their own stand in a module by
//! their prefix, above all in [`aws`].
//!
//! ```
//! use iam_dsl::names::{Any, aws, s3, sqs};
//! use iam_dsl::{AccountId, IpRange, Pattern, Policy, Segment, Statement};
//!
//! let bucket = Segment::new("assets")?;
//! let account = AccountId::new("111122223333")?;
//! let policy = Policy::identity()
//!     .statement(
//!         Statement::allow([s3::GetObject, s3::ListBucket])
//!             .on([s3::bucket(&bucket), s3::object(&bucket, Pattern::any())])
//!             .when(aws::SourceIp.ip_address("203.0.113.0/24".parse::<IpRange>()?))
//!             .when(s3::key::ExistingObjectTag("team").string_equals("web")),
//!     )
//!     .statement(
//!         Statement::allow(sqs::SendMessage).on(sqs::queue(Any, account, Pattern::new("jobs-*")?)),
//!     )
//!     .build()?;
//! assert!(policy.as_json().contains(r#"["arn:aws:s3:::assets","arn:aws:s3:::assets/*"]"#));
//! assert!(policy.as_json().contains("arn:aws:sqs:*:111122223333:jobs-*"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[allow(
non_upper_case_globals, // actions and keys are written as AWS writes them
    non_snake_case,
clippy::too_many_arguments, // a long ARN has many parts
)]
#[rustfmt::skip]
mod generated;
mod key;
mod resource;

pub use generated::*;
pub use key::{
    ArnKey, BinaryKey, BoolKey, DateKey, IpAddressKey, Key, NumericKey, StringKey, Values, kind,
};
pub use resource::{AccountPart, Any, RegionPart, ResourceName};

use std::fmt;

use crate::builder::IntoList;
use crate::{ActionPattern, OneOrMany};

/// The name of an action that the catalogue knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionName(&'static str);

impl ActionName {
    /// The name with the service's prefix, such as `s3:GetObject`.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl From<ActionName> for ActionPattern {
    fn from(name: ActionName) -> Self {
        ActionPattern::new(name.0)
    }
}

impl IntoList<ActionPattern> for ActionName {
    fn into_list(self) -> OneOrMany<ActionPattern> {
        OneOrMany::One(self.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Condition;
    use crate::catalogue::{Catalogue, KeyType};
    use crate::slot::{Partition, Region};
    use crate::{AccountId, Pattern, ResourcePattern, Segment};

    #[test]
    fn names_are_the_catalogues() {
        for (name, text) in [
            (s3::GetObject, "s3:GetObject"),
            (
                access_analyzer::CheckNoNewAccess,
                "access-analyzer:CheckNoNewAccess",
            ),
            (apigateway::GET, "apigateway:GET"),
        ] {
            assert_eq!(name.as_str(), text);
            assert!(Catalogue::embedded().action(name.as_str()).is_some());
        }
        let type_of = |key: &str| Catalogue::embedded().condition_key(key).unwrap().key_type();
        assert_eq!(type_of(aws::SourceIp.as_str()), KeyType::IpAddress);
        assert_eq!(
            type_of(ec2::key::ResourceTag("x").as_str()),
            KeyType::String
        );
        assert_eq!(
            events::key::Metadata_Matcher("m").as_str(),
            "events:Metadata/m/Matcher"
        );
    }

    #[test]
    fn resources_are_of_their_type() {
        let text = |resource: ResourceName| ResourcePattern::from(resource).as_str().to_owned();
        let region = Region::new("eu-west-1").unwrap();
        let account = AccountId::new("111122223333").unwrap();
        let table = Segment::new("a*").unwrap();
        assert_eq!(
            text(dynamodb::table(&region, &account, &table)),
            "arn:aws:dynamodb:eu-west-1:111122223333:table/a${*}"
        );
        let china = Partition::new("aws-cn").unwrap();
        assert_eq!(
            text(iam::role(Any, Pattern::any()).partition(&china)),
            "arn:aws-cn:iam::*:role/*"
        );
        let role = Catalogue::embedded()
            .service("iam")
            .unwrap()
            .resource_type("role")
            .unwrap();
        assert!(role.matches(&text(iam::role(&account, &table))));
    }

    #[test]
    fn keys_compare_by_their_type() {
        let conditions: [Condition; 6] = [
            aws::MultiFactorAuthPresent.is(true).if_exists(),
            aws::MultiFactorAuthAge.numeric_less_than(3600_u32),
            aws::CurrentTime.date_less_than("2030-01-01T00:00:00Z"),
            aws::PrincipalArn.arn_like(["arn:aws:iam::111122223333:role/*"]),
            aws::TagKeys
                .string_equals(["team", "stage"])
                .for_all_values(),
            aws::PrincipalTag("team").is_absent(true),
        ];
        let policy = conditions.into_iter().fold(
            crate::Statement::deny(s3::DeleteBucket).on("*"),
            |statement, condition| statement.when(condition),
        );
        let policy = crate::Policy::identity().statement(policy).build().unwrap();
        for part in [
            r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}"#,
            r#""NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}"#,
            r#""ForAllValues:StringEquals":{"aws:TagKeys":["team","stage"]}"#,
            r#""Null":{"aws:PrincipalTag/team":"true"}"#,
        ] {
            assert!(policy.as_json().contains(part), "{policy}");
        }
    }
}
