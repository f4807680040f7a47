//! Which policies of AWS a bundle newly uses, and whether they exist.

use std::collections::BTreeSet;

use crate::desired::Target;
use crate::state::State;

/// Policies of AWS in everyday use, which cost no call.
const WELL_KNOWN: [&str; 20] = [
    "AdministratorAccess",
    "AmazonEC2FullAccess",
    "AmazonEC2ReadOnlyAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSSMManagedInstanceCore",
    "AWSDenyAll",
    "CloudWatchAgentServerPolicy",
    "CloudWatchReadOnlyAccess",
    "IAMFullAccess",
    "IAMReadOnlyAccess",
    "IAMUserChangePassword",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "job-function/Billing",
    "job-function/ViewOnlyAccess",
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AmazonECSTaskExecutionRolePolicy",
];

const MARK: &str = ":iam::aws:policy/";

/// Policies of AWS that the bundle uses where it did not before, without the well-known.
pub(super) fn to_check(target: &Target, now: &State) -> BTreeSet<String> {
    let used = |state: &State| -> BTreeSet<String> {
        let mut arns = BTreeSet::new();
        for holder in state.identities().iter().filter_map(|i| state.holder(i)) {
            arns.extend(holder.attached.iter().cloned());
            arns.extend(holder.boundary.clone());
        }
        arns
    };
    let here = used(now);
    used(&target.state)
        .into_iter()
        .filter(|arn| !here.contains(arn))
        .filter(|arn| {
            arn.split_once(MARK)
                .is_some_and(|(_, name)| !WELL_KNOWN.contains(&name))
        })
        .collect()
}

/// Whether a policy of AWS is known to allow and deny nothing: those in everyday use,
/// but for the one that denies everything ("AWS managed policies",
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>,
/// looked through on 2026-11-22).
pub(crate) fn only_allows(arn: &str) -> bool {
    let name = arn.split_once(MARK).map(|(_, name)| name);
    name.is_some_and(|name| name != "AWSDenyAll" && WELL_KNOWN.contains(&name))
}

/// A well-known policy whose name is like that of an ARN.
pub(crate) fn near_miss(arn: &str) -> Option<&'static str> {
    let (_, name) = arn.split_once(MARK)?;
    WELL_KNOWN
        .into_iter()
        .find(|known| known.rsplit('/').next().is_some_and(|last| last == name))
        .or_else(|| iam_dsl::suggest::nearest(name, WELL_KNOWN))
}
