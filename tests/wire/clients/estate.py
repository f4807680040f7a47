"""The estate of the wire tests with boto3, made by hand and judged by reads.

Endpoint, region and keys come from the environment. Ends with a message where
anything is other than it should be.
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError

iam = boto3.client("iam")
account = boto3.client("sts").get_caller_identity()["Account"]


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: expected {expected!r}, found {found!r}")


def trust(principal, condition=None):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


MFA = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "DenyWithoutMfa",
            "Effect": "Deny",
            "NotAction": ["iam:EnableMFADevice", "iam:ListMFADevices", "iam:ChangePassword", "sts:GetSessionToken"],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        }
    ],
}
BILLING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["ce:Get*", "ce:List*"], "Resource": "*"}],
}
AUDIT = trust(
    {"AWS": "arn:aws:iam::222222222222:root"},
    {"StringEquals": {"sts:ExternalId": "ext-4711"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}},
)
TAGS = [{"Key": "managed-by", "Value": "wire"}]
SETTINGS = {
    "MinimumPasswordLength": 16,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 24,
}

# Making it.
iam.update_account_password_policy(**SETTINGS)
mfa = iam.create_policy(PolicyName="EnforceMFA", PolicyDocument=json.dumps(MFA), Tags=TAGS)["Policy"]["Arn"]
iam.create_user(UserName="Administrator", Tags=TAGS)
iam.get_waiter("user_exists").wait(UserName="Administrator")
iam.create_login_profile(UserName="Administrator", Password="Str0ng!Passw0rd#2026", PasswordResetRequired=True)
iam.create_group(GroupName="Administrators")
iam.attach_group_policy(GroupName="Administrators", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
iam.attach_group_policy(GroupName="Administrators", PolicyArn=mfa)
iam.add_user_to_group(GroupName="Administrators", UserName="Administrator")
iam.create_role(RoleName="CrossAccountAudit", AssumeRolePolicyDocument=json.dumps(AUDIT), Description="audit", Tags=TAGS)
iam.attach_role_policy(RoleName="CrossAccountAudit", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
iam.put_role_policy(RoleName="CrossAccountAudit", PolicyName="ReadBilling", PolicyDocument=json.dumps(BILLING))
iam.create_role(RoleName="WebServer", AssumeRolePolicyDocument=json.dumps(trust({"Service": "ec2.amazonaws.com"})), Tags=TAGS)
iam.attach_role_policy(RoleName="WebServer", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
iam.create_instance_profile(InstanceProfileName="WebServer")
iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="WebServer")
iam.add_role_to_instance_profile(InstanceProfileName="WebServer", RoleName="WebServer")

# Judging it. boto3 decodes policy documents itself.
settings = iam.get_account_password_policy()["PasswordPolicy"]
check("password policy", {name: settings[name] for name in SETTINGS}, SETTINGS)
version = iam.get_policy(PolicyArn=mfa)["Policy"]["DefaultVersionId"]
document = iam.get_policy_version(PolicyArn=mfa, VersionId=version)["PolicyVersion"]["Document"]
check("EnforceMFA", document, MFA)
user = iam.get_user(UserName="Administrator")["User"]
check("tags of the user", user["Tags"], TAGS)
login = iam.get_login_profile(UserName="Administrator")["LoginProfile"]
check("reset required", login["PasswordResetRequired"], True)
members = iam.get_group(GroupName="Administrators")["Users"]
check("members", [member["UserName"] for member in members], ["Administrator"])
pages = iam.get_paginator("list_attached_group_policies").paginate(
    GroupName="Administrators", PaginationConfig={"PageSize": 1}
)
attached = [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]
check("attached to the group", sorted(attached), sorted(["arn:aws:iam::aws:policy/AdministratorAccess", mfa]))
role = iam.get_role(RoleName="CrossAccountAudit")["Role"]
check("trust policy", role["AssumeRolePolicyDocument"], AUDIT)
inline = iam.get_role_policy(RoleName="CrossAccountAudit", PolicyName="ReadBilling")["PolicyDocument"]
check("inline policy", inline, BILLING)
profile = iam.get_instance_profile(InstanceProfileName="WebServer")["InstanceProfile"]
check("role of the profile", [role["RoleName"] for role in profile["Roles"]], ["WebServer"])
details = iam.get_paginator("get_account_authorization_details").paginate(Filter=["Role"])
roles = sorted(role["RoleName"] for page in details for role in page["RoleDetailList"])
check("roles", roles, ["CrossAccountAudit", "WebServer"])

# Errors are boto3's own types.
try:
    iam.create_user(UserName="administrator")
    sys.exit("a second administrator was made")
except iam.exceptions.EntityAlreadyExistsException:
    pass
try:
    iam.delete_policy(PolicyArn=mfa)
    sys.exit("a policy was deleted that is attached")
except iam.exceptions.DeleteConflictException:
    pass

# A user's own key, and what it may not do.
iam.create_user(UserName="nobody")
key = iam.create_access_key(UserName="nobody")["AccessKey"]
own = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
arn = boto3.client("sts", **own).get_caller_identity()["Arn"]
check("caller", arn, f"arn:aws:iam::{account}:user/nobody")
try:
    boto3.client("iam", **own).list_users()
    sys.exit("nobody listed the users")
except ClientError as error:
    check("code", error.response["Error"]["Code"], "AccessDenied")
print("ok")
