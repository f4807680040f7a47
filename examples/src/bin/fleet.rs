//! A platform team's program: one baseline in many accounts, staged, with a dry
//! run before and a report after.
//!
//! Where the example runs against AWS the fleet is the one account.

use std::process::ExitCode;

use aws_types::SdkConfig;
use examples::{Failure, Stage, apply, bullet, destroy, heading, key_of, text};
use iam_dsl::{AccountId, TrustPolicy, policy, trust_policy};
use iam_provision::{ApplyOptions, Bundle, Fleet, PolicyRef, Provisioner, Role, User};

/// How many accounts the sandbox has beside the central one.
const MEMBERS: u32 = 24;

/// What every account of the organization is to have.
fn baseline(stage: &Stage, central: &AccountId) -> Bundle {
    Bundle::new(stage.name("baseline"))
        .with(
            Role::new(stage.name("audit"), trust(central))
                .attach(PolicyRef::aws("IAMReadOnlyAccess")),
        )
        .with(
            Role::new(stage.name("break-glass"), trust_with_mfa(central))
                .attach(PolicyRef::aws("AdministratorAccess")),
        )
}

fn trust(central: &AccountId) -> TrustPolicy {
    trust_policy! {
        allow principal AWS {central} to sts:AssumeRole;
    }
}

fn trust_with_mfa(central: &AccountId) -> TrustPolicy {
    trust_policy! {
        allow principal AWS {central} to sts:AssumeRole
            when Bool { aws:MultiFactorAuthPresent: true };
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

/// The accounts, each with the configuration of its administrator.
fn members(stage: &Stage) -> Result<Vec<(AccountId, SdkConfig)>, Failure> {
    let Some(sandbox) = stage.as_sandbox() else {
        return Ok(vec![(stage.account().clone(), stage.config().clone())]);
    };
    (1..=MEMBERS)
        .map(|number| {
            let id = format!("2222{number:08}");
            let config = sandbox.account(&id)?.sdk_config();
            Ok((AccountId::new(id)?, config))
        })
        .collect()
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let admin = Provisioner::for_account(stage.account().clone(), stage.config()).await?;
    let members = members(&stage)?;
    let accounts: Vec<AccountId> = members.iter().map(|(id, _)| id.clone()).collect();
    let (central, deployer) = (stage.account().clone(), stage.name("deployer"));

    heading("the pipeline's user, and in each account the role that it assumes");
    let name = stage.name("pipeline");
    let role = iam_dsl::Segment::new(&deployer)?;
    let assume = policy! { allow sts:AssumeRole on "arn:aws:iam::*:role/{role}"; };
    let people =
        Bundle::new(stage.name("pipeline")).with(User::new(&name).inline("assume", assume));
    apply(&admin, &people).await?;
    let entrance = Bundle::new(stage.name("entrance"))
        .with(Role::new(&deployer, trust(&central)).attach(PolicyRef::aws("IAMFullAccess")));
    for (account, config) in &members {
        let there = Provisioner::for_account(account.clone(), config).await?;
        let plan = there.plan(&entrance).await?;
        there.apply(&plan, ApplyOptions::new()).await?;
    }
    bullet(format_args!("{} accounts can be entered", members.len()));
    let key = key_of(&stage, stage.config(), &name).await?;

    heading("a dry run");
    let fleet = Fleet::new(&key.config, &deployer)
        .accounts(accounts.clone())
        .session(|request| request.name("baseline"))
        .stop_after(1);
    let plans = fleet.plan(|_| baseline(&stage, &central)).await?;
    text(&plans);

    if let (Some(_), [.., (last, config)]) = (stage.as_sandbox(), members.as_slice()) {
        heading("in one account somebody has made a role of that name by hand");
        let iam = aws_sdk_iam::Client::new(config);
        iam.create_role()
            .role_name("audit")
            .assume_role_policy_document(trust(&central).as_json())
            .send()
            .await?;
        let report = fleet
            .apply(|_| baseline(&stage, &central), ApplyOptions::new())
            .await?;
        text(&report);
        bullet(format_args!("exit code {}", report.exit_code()));

        heading("it is adopted there, and the run is repeated");
        let report = fleet
            .apply(
                |account| {
                    let bundle = baseline(&stage, &central);
                    if account != last {
                        return bundle;
                    }
                    Bundle::new(stage.name("baseline"))
                        .with(
                            Role::new("audit", trust(&central))
                                .attach(PolicyRef::aws("IAMReadOnlyAccess"))
                                .adopt(),
                        )
                        .with(
                            Role::new("break-glass", trust_with_mfa(&central))
                                .attach(PolicyRef::aws("AdministratorAccess")),
                        )
                },
                ApplyOptions::new(),
            )
            .await?;
        text(&report);
    } else {
        let report = fleet
            .apply(|_| baseline(&stage, &central), ApplyOptions::new())
            .await?;
        text(&report);
    }

    heading("apply again");
    let report = fleet
        .apply(|_| baseline(&stage, &central), ApplyOptions::new())
        .await?;
    text(&report);
    let json: serde_json::Value = serde_json::from_str(&report.to_json())?;
    let part = |name: &str| json.get(name).unwrap_or(&serde_json::Value::Null);
    bullet(format_args!(
        "as JSON: format {}, complete {}, {} accounts",
        part("format_version"),
        part("complete"),
        part("accounts").as_array().map_or(0, Vec::len)
    ));

    heading("destroy");
    for (account, config) in &members {
        let there = Provisioner::for_account(account.clone(), config).await?;
        for bundle in [baseline(&stage, &central), entrance.clone()] {
            let plan = there.destroy(&bundle).await?;
            there.apply(&plan, ApplyOptions::new()).await?;
        }
    }
    bullet(format_args!("{} accounts are as they were", members.len()));
    aws_sdk_iam::Client::new(stage.config())
        .delete_access_key()
        .user_name(&name)
        .access_key_id(&key.access_key)
        .send()
        .await?;
    destroy(&admin, &people).await
}
