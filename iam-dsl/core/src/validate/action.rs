//! Actions. What the catalogue knows of them is not asked here: IAM stores
//! actions that it has never heard of.

use super::Rules;
use crate::diagnostic::Code;
use crate::kind::PolicyKind;
use crate::model::{ActionPattern, OneOrMany};
use crate::pointer::Place;

impl Rules {
    pub(super) fn actions(&mut self, actions: &OneOrMany<ActionPattern>, place: Place<'_>) {
        match actions {
            OneOrMany::One(action) => self.action(action, place),
            OneOrMany::Many(actions) => {
                for (index, action) in actions.iter().enumerate() {
                    self.action(action, place.index(index));
                }
            }
        }
    }

    fn action(&mut self, action: &ActionPattern, place: Place<'_>) {
        let text = action.as_str();
        if crate::variable::has_variable(text) {
            self.report(
                Code::VariableUnsupportedInElement,
                place,
                format!("`{text}` holds a variable, which IAM does not replace in actions"),
            )
            .help("name the actions, or use `*`");
            return;
        }
        let Some((service, name)) = text.split_once(':') else {
            if text != "*" {
                self.report(Code::ActionFormat, place, format!("`{text}` is no action"))
                    .help("write `service:Action`, such as `s3:GetObject`, or `*` for all")
                    .refused("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
            } else if self.kind == PolicyKind::Trust {
                self.not_sts(text, place);
            }
            return;
        };
        if name.contains(':') {
            self.report(
                Code::ActionFormat,
                place,
                format!("`{text}` has more than one colon"),
            )
            .help("an action is `service:Action`")
            .refused("Actions/Condition can contain only one colon.");
            return;
        }
        if service.contains(['*', '?']) && service != "*" {
            self.report(
                Code::ActionServiceWildcard,
                place,
                format!("`{service}` is no service: the service takes no wildcard"),
            )
            .help("name the service, such as `s3:*`, or write `*` for all actions")
            .refused(format!("Vendor {service} is not valid"));
            self.wildcard_in_service(service, place);
            return;
        }
        let valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if service.is_empty() || (service != "*" && !service.chars().all(valid)) {
            self.report(
                Code::ActionFormat,
                place,
                format!("`{service}` is no service"),
            )
            .help("a service is letters, digits and hyphens, such as `s3`")
            .refused(format!("Vendor {service} is not valid"));
            return;
        }
        if name.is_empty() {
            self.report(
                Code::ActionFormat,
                place,
                format!("`{text}` names no action"),
            )
            .help(format!("write `{service}:*` for all actions of {service}"));
            return;
        }
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '*' | '?' | '-' | '_' | '.');
        if let Some(character) = name.chars().find(|&c| !known(c)) {
            self.report(
                Code::ActionCharacter,
                place,
                format!("`{text}` holds `{character}`, which no action has"),
            )
            .help("action names are letters and digits, with `*` and `?` as wildcards");
        } else {
            self.known_action(text, service, place);
        }
        if self.kind == PolicyKind::Trust && !service.eq_ignore_ascii_case("sts") {
            self.not_sts(text, place);
        }
    }

    fn not_sts(&mut self, text: &str, place: Place<'_>) {
        self.report(
            Code::TrustPolicyAction,
            place,
            format!("`{text}` is no action of STS, and a trust policy allows nothing else"),
        )
        .help("write `sts:AssumeRole`, `sts:AssumeRoleWithWebIdentity`, `sts:AssumeRoleWithSAML`, `sts:TagSession` or `sts:SetSourceIdentity`")
        .refused("AssumeRole policy may only specify STS AssumeRole actions.");
    }
}
