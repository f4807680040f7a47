//! The credential report ("Generate credential reports for your AWS account").

use data_encoding::BASE64;

use super::{Operation, Scope, Target, answer};
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::Account;
use crate::state::user::{AccessKey, User};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("GenerateCredentialReport", Target::Everything, generate),
    Operation::read("GetCredentialReport", Target::Everything, get),
];

/// "You can generate a credential report as often as once every four hours."
const FRESH_SECONDS: u64 = 4 * 3_600;

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
                      password_last_changed,password_next_rotation,mfa_active,\
                      access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
                      access_key_1_last_used_region,access_key_1_last_used_service,\
                      access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                      access_key_2_last_used_region,access_key_2_last_used_service,\
                      cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

fn generate(scope: &mut Scope<'_>, _params: &Params) -> Result<Option<Xml>, Refusal> {
    let now = scope.now;
    let account = scope.account();
    let fresh = account.credential_report.as_ref();
    if fresh.is_some_and(|(made, _)| now.since(*made) < FRESH_SECONDS) {
        return answer(|x| x.text("State", "COMPLETE"));
    }
    account.credential_report = Some((now, report(account)));
    answer(|x| {
        x.text("State", "STARTED");
        x.text(
            "Description",
            "No report exists. Starting a new report generation task",
        );
    })
}

fn get(scope: &mut Scope<'_>, _params: &Params) -> Result<Option<Xml>, Refusal> {
    let now = scope.now;
    let (made, text) = scope.account().credential_report.as_ref().ok_or_else(|| {
        Refusal::report_not_present("No report exists. Call GenerateCredentialReport first.")
    })?;
    if now.since(*made) >= FRESH_SECONDS {
        return Err(Refusal::report_expired(
            "The most recent credential report has expired. Call GenerateCredentialReport.",
        ));
    }
    answer(|x| {
        x.text("Content", BASE64.encode(text.as_bytes()));
        x.text("ReportFormat", "text/csv");
        x.text("GeneratedTime", made);
    })
}

fn report(account: &Account) -> String {
    let mut lines = vec![HEADER.to_owned(), root_line(account)];
    lines.extend(account.users.values().map(|user| user_line(account, user)));
    lines.join("\n")
}

/// The root user, whose key the sandbox hands out and whose dates it does not
/// know.
fn root_line(account: &Account) -> String {
    let unused = ["N/A"; 3].join(",");
    format!(
        "<root_account>,arn:aws:iam::{}:root,{},not_supported,no_information,not_supported,\
         not_supported,false,true,N/A,{unused},false,N/A,{unused},false,N/A,false,N/A",
        account.id,
        Moment::from_seconds(0)
    )
}

fn user_line(account: &Account, user: &User) -> String {
    let max_age = account
        .password_policy
        .as_ref()
        .map_or(0, |policy| policy.max_age_days);
    let (enabled, used, changed, next) = match &user.login_profile {
        None => ("false", "N/A", "N/A".to_owned(), "N/A".to_owned()),
        Some(profile) => {
            let next = match max_age {
                0 => "N/A".to_owned(),
                days => profile.changed.plus(days * 86_400).to_string(),
            };
            ("true", "no_information", profile.changed.to_string(), next)
        }
    };
    let mfa = account
        .mfa_devices
        .values()
        .any(|device| device.belongs_to(&user.label.id));
    let mut keys = user.access_keys.iter();
    format!(
        "{},{},{},{enabled},{used},{changed},{next},{mfa},{},{},false,N/A,false,N/A",
        user.label.name,
        user.label.arn(&account.id, "user"),
        user.label.created,
        key_columns(keys.next()),
        key_columns(keys.next()),
    )
}

fn key_columns(key: Option<&AccessKey>) -> String {
    let Some(key) = key else {
        return "false,N/A,N/A,N/A,N/A".to_owned();
    };
    let used = match &key.last_used {
        Some(used) => format!("{},{},{}", used.at, used.region, used.service),
        None => "N/A,N/A,N/A".to_owned(),
    };
    format!("{},{},{used}", key.active, key.created)
}
