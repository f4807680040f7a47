//! The questions, with their options.

use iam_dsl_core::{
    ActionPattern, Document, Effect, OneOrMany, ResourcePattern, Statement, StatementElement,
};

use super::access::{Access, Basis, Part, Subject};
use super::budget::{Budget, Meter};
use super::comparison::{Answer, Changes, Comparison, Relation, Unknown, UnknownKind};
use super::engine::{self, Extent, Findings, Options, Shown};
use super::grantee::{self, Grantee};
use super::problem::Question;
use super::witness::Witness;
use crate::Layer;

/// The options of an answer: how much work it may take, and whether it may rest
/// on the catalogue.
///
/// ```
/// use iam_dsl::analyze::{Analysis, Budget};
/// use iam_dsl::policy;
///
/// let old = policy! { allow s3:Get* on *; };
/// let new = policy! { allow [s3:Get*, s3:Put*] on *; };
/// let witnesses = Analysis::new().budget(Budget::new()).witnesses(&new, &old);
/// assert_eq!(witnesses.len(), 1);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Analysis {
    budget: Budget,
    options: Options,
}

impl Analysis {
    /// The default budget; proofs hold for actions that no catalogue knows.
    pub fn new() -> Self {
        Analysis::default()
    }

    /// With another budget.
    #[must_use]
    pub fn budget(self, budget: Budget) -> Self {
        Analysis { budget, ..self }
    }

    /// Takes the catalogue's word: proofs hold for the actions that it knows alone,
    /// each on what it can be asked on (ARNs of its resource types' formats; `*`
    /// where it has none, or requires none of them), and for values of the type that
    /// it gives for a condition key.
    ///
    /// AWS adds actions, and its pages disagree on the resources of some, so this is
    /// a smaller promise than that of [`Analysis::new`].
    ///
    /// ```
    /// use iam_dsl::analyze::Analysis;
    /// use iam_dsl::policy;
    ///
    /// let objects = policy! { allow s3:GetObject on "arn:aws:s3:::logs/*"; };
    /// let both = policy! { allow s3:GetObject on ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]; };
    /// // No object is a bucket, as far as the catalogue is right.
    /// assert!(Analysis::new().compare(&both, &objects).witness().is_some());
    /// assert!(Analysis::new().assume_catalogue().compare(&both, &objects).is_no_new_access());
    /// ```
    #[must_use]
    pub fn assume_catalogue(mut self) -> Self {
        self.options.assume_catalogue = true;
        self
    }

    /// Whether `new` lets a request through that `reference` does not.
    pub fn compare(&self, new: &impl Subject, reference: &impl Subject) -> Comparison {
        self.compare_access(&new.access(), &reference.access())
    }

    pub(super) fn compare_access(&self, new: &Access, reference: &Access) -> Comparison {
        match self.answer(&[new], &[reference], self.options) {
            Answer::Yes(witness) => Comparison::NewAccess(witness),
            Answer::No => Comparison::NoNewAccess,
            Answer::Unknown(unknown) => Comparison::Unknown(unknown),
        }
    }

    /// Whether there is a request that each of `all` lets through and none of
    /// `none` does: [`Analysis::compare`] with more than two sides. Unknown, of
    /// [`UnknownKind::Question`], where `all` is empty.
    ///
    /// ```
    /// use iam_dsl::analyze::{Access, Analysis};
    /// use iam_dsl::policy;
    ///
    /// let get = Access::identity([&policy! { allow s3:GetObject on *; }]);
    /// let put = Access::identity([&policy! { allow s3:PutObject on *; }]);
    /// let both = Access::identity([&policy! { allow s3:{GetObject, PutObject} on *; }]);
    /// // What `both` allows, one of the two does.
    /// assert!(Analysis::new().some_request(&[&both], &[&get, &put]).is_no());
    /// assert!(Analysis::new().some_request(&[&both, &get], &[&put]).is_yes());
    /// ```
    pub fn some_request(&self, all: &[&Access], none: &[&Access]) -> Answer {
        if all.is_empty() {
            let about = "no policies are asked about; what every request does not need none allow";
            return Answer::Unknown(Unknown::new(UnknownKind::Question, about));
        }
        self.answer(all, none, self.options)
    }

    /// Who may newly assume a role or use a resource by its policy: those whom
    /// `new` lets in and `old` does not, or not for the same requests, each with a
    /// request that `old` refuses.
    ///
    /// # Errors
    /// Where it is not known whether these are all.
    pub fn newly_let_in(
        &self,
        new: &impl Subject,
        old: &impl Subject,
    ) -> Result<Vec<Grantee>, Unknown> {
        let options = Options {
            extent: Extent::EachCaller,
            ..self.options
        };
        let new = new.access();
        grantees(&new, self.find(&[&new], &[&old.access()], options)?)
    }

    /// Requests that `new` lets through and `reference` does not, one for each
    /// class of actions that the statements of the two tell apart. None where
    /// [`Analysis::compare`] finds none, be it proved or unknown.
    pub fn witnesses(&self, new: &impl Subject, reference: &impl Subject) -> Vec<Witness> {
        let options = Options {
            extent: Extent::EachAction,
            ..self.options
        };
        self.find(&[&new.access()], &[&reference.access()], options)
            .map(|found| witnesses(found.shown))
            .unwrap_or_default()
    }

    /// What a change from `old` to `new` gives and takes, in words when it is
    /// displayed.
    ///
    /// ```
    /// use iam_dsl::analyze::Analysis;
    /// use iam_dsl::policy;
    ///
    /// let old = policy! { allow s3:GetObject on "arn:aws:s3:::logs/*"; };
    /// let new = policy! { allow s3:{GetObject, DeleteObject} on "arn:aws:s3:::logs/*"; };
    /// let changes = Analysis::new().changes(&new, &old);
    /// assert_eq!(changes.to_string(), "newly allows s3:DeleteObject on arn:aws:s3:::logs/*");
    /// ```
    pub fn changes(&self, new: &impl Subject, old: &impl Subject) -> Changes {
        let (new, old) = (new.access(), old.access());
        let options = Options {
            extent: Extent::EachAction,
            ..self.options
        };
        let mut changes = Changes::default();
        for (from, to, is_gain) in [(&old, &new, true), (&new, &old, false)] {
            match self.find(&[to], &[from], options) {
                Ok(found) => {
                    match is_gain {
                        true => changes.gained = witnesses(found.shown),
                        false => changes.lost = witnesses(found.shown),
                    }
                    changes.unknown.extend(found.doubt);
                }
                Err(unknown) => changes.unknown.push(unknown),
            }
        }
        changes.unknown.dedup();
        changes
    }

    /// How the requests that `new` lets through relate to those of `reference`.
    /// `Relation::Equal` is the proof that the two give the same access, however
    /// they are written; whether they are *written* the same but for order and
    /// form says [`equivalent`](crate::equivalent()).
    pub fn relate(&self, new: &impl Subject, reference: &impl Subject) -> Relation {
        self.relate_access(&new.access(), &reference.access())
    }

    pub(super) fn relate_access(&self, new: &Access, reference: &Access) -> Relation {
        let wider = self.compare_access(new, reference);
        let narrower = self.compare_access(reference, new);
        match (wider, narrower) {
            (Comparison::NoNewAccess, Comparison::NoNewAccess) => Relation::Equal,
            (Comparison::NoNewAccess, Comparison::NewAccess(_)) => Relation::Narrower,
            (Comparison::NewAccess(_), Comparison::NoNewAccess) => Relation::Wider,
            (Comparison::Unknown(unknown), _) | (_, Comparison::Unknown(unknown)) => {
                Relation::Unknown(unknown)
            }
            (Comparison::NewAccess(_), Comparison::NewAccess(_)) => {
                match self.answer(&[new, reference], &[], self.options) {
                    Answer::Yes(_) => Relation::Overlapping,
                    Answer::No => Relation::Disjoint,
                    Answer::Unknown(unknown) => Relation::Unknown(unknown),
                }
            }
        }
    }

    /// Whether a policy lets some request through for one of these actions on one
    /// of these resources, both as a policy writes them: what IAM Access
    /// Analyzer's CheckAccessNotGranted asks. Unknown, of
    /// [`UnknownKind::Question`], where one of them is no action or no resource, or
    /// none is given: a typing error is no proof.
    pub fn grants(&self, policy: &impl Subject, actions: &[&str], resources: &[&str]) -> Answer {
        if let Err(unknown) = well_asked(actions, resources) {
            return Answer::Unknown(unknown);
        }
        let access = policy.access();
        let asked = asked(&access, actions, resources);
        self.answer(&[&access, &asked], &[], self.options)
    }

    /// Whether a resource's policy is public, as Amazon S3 and IAM Access
    /// Analyzer mean it: whether it lets in an anonymous caller, somebody of an
    /// account that it does not name or, but for the trust policy of a role, any
    /// user of a web identity provider, without a condition that fixes who or where
    /// from. Unknown where an Allow has `NotPrincipal`, which AWS does not support.
    /// A policy of another kind lets nobody in: the answer is no.
    pub fn is_public(&self, policy: &impl Subject) -> Answer {
        let access = policy.access();
        if !matches!(access.basis, Basis::Resource | Basis::Trust) {
            return Answer::No;
        }
        let public = Options {
            public: true,
            ..self.options
        };
        let answer = self.answer(&[&access], &[&nothing(&access)], public);
        // The evaluator lets nobody in by it; AWS's guide of 2023 said it lets in
        // everybody else, so that nobody is no safe answer.
        let excepts = access.parts.iter().any(|part| {
            let mut statements = part.document.statements().iter();
            statements.any(|s| s.effect() == Some(Effect::Allow) && s.not_principal().is_some())
        });
        match answer {
            Answer::No if excepts => {
                Answer::Unknown(Unknown::new(UnknownKind::Values, "NotPrincipal with Allow"))
            }
            answer => answer,
        }
    }

    /// Who may do one of these actions by the policy of a resource or role, each
    /// with a request: those whom principals and conditions name, and kinds of
    /// others, such as the users of an account that the policy does not name.
    ///
    /// Nobody is left out: whoever is let in is one of these, or of one of these
    /// kinds. Where conditions decide who of a kind, or when, the keys that they
    /// compare are told ([`Grantee::conditions`]); without any, each of the kind may.
    /// What somebody's own policies say is not looked at.
    ///
    /// ```
    /// use iam_dsl::analyze::who_can;
    /// use iam_dsl::resource_policy;
    ///
    /// let policy = resource_policy! {
    ///     allow principal * to s3:GetObject on "arn:aws:s3:::b/*"
    ///         when ArnEquals { aws:PrincipalArn: "arn:aws:iam::111122223333:role/ops" };
    ///     allow principal { Service: "cloudtrail.amazonaws.com" } to s3:PutObject on "arn:aws:s3:::b/*"
    ///         when StringEquals { aws:SourceAccount: "111122223333" };
    /// };
    /// let who = |action: &str| -> Result<Vec<String>, iam_dsl::analyze::Unknown> {
    ///     Ok(who_can(&policy, &[action])?.iter().map(ToString::to_string).collect())
    /// };
    /// assert_eq!(who("s3:GetObject")?, ["arn:aws:iam::111122223333:role/ops"]);
    /// assert_eq!(
    ///     who("s3:PutObject")?,
    ///     ["cloudtrail.amazonaws.com (if aws:SourceAccount allows it)"]
    /// );
    /// # Ok::<(), iam_dsl::analyze::Unknown>(())
    /// ```
    ///
    /// # Errors
    /// Where it is not known whether these are all, or an action asked about is none.
    pub fn who_can(
        &self,
        policy: &impl Subject,
        actions: &[&str],
    ) -> Result<Vec<Grantee>, Unknown> {
        well_asked(actions, &["*"])?;
        let access = policy.access();
        let asked = asked(&access, actions, &["*"]);
        let options = Options {
            extent: Extent::EachCaller,
            ..self.options
        };
        grantees(&access, self.find(&[&access, &asked], &[], options)?)
    }

    pub(super) fn assumes_catalogue(&self) -> bool {
        self.options.assume_catalogue
    }

    pub(super) fn meter(&self) -> Meter {
        self.budget.meter()
    }

    fn answer(&self, all: &[&Access], none: &[&Access], options: Options) -> Answer {
        let found = match self.find(all, none, options) {
            Ok(found) => found,
            Err(unknown) => return Answer::Unknown(unknown),
        };
        match (found.shown.into_iter().next(), found.doubt) {
            (Some(shown), _) => Answer::Yes(Box::new(shown.witness)),
            (None, Some(doubt)) => Answer::Unknown(doubt),
            (None, None) => Answer::No,
        }
    }

    fn find(
        &self,
        all: &[&Access],
        none: &[&Access],
        options: Options,
    ) -> Result<Findings, Unknown> {
        let question = Question { all, none };
        let mut bases = question.sides().map(|access| access.basis);
        let first = bases.next();
        if bases.any(|basis| Some(basis) != first) {
            return Err(Unknown::new(UnknownKind::DifferentKinds, ""));
        }
        let meter = self.budget.meter();
        Ok(engine::search(question, options, &meter))
    }
}

fn grantees(access: &Access, found: Findings) -> Result<Vec<Grantee>, Unknown> {
    match found.doubt {
        Some(doubt) => Err(doubt),
        None => Ok(grantee::all(access, found.shown)),
    }
}

fn witnesses(shown: Vec<Shown>) -> Vec<Witness> {
    shown.into_iter().map(|shown| shown.witness).collect()
}

/// Whether these are actions and resources as a policy writes them.
fn well_asked(actions: &[&str], resources: &[&str]) -> Result<(), Unknown> {
    let question = |about: String| Err(Unknown::new(UnknownKind::Question, about));
    if actions.is_empty() || resources.is_empty() {
        return question("no action or no resource is asked about; `*` is any".to_owned());
    }
    for action in actions {
        let parts = action.split_once(':');
        let is_action = *action == "*"
            || parts.is_some_and(|(service, name)| {
                let letter = |c: char| c.is_ascii_alphanumeric() || "-_*?".contains(c);
                let word = |text: &str| !text.is_empty() && text.chars().all(letter);
                word(service) && word(name)
            });
        if !is_action {
            return question(format!(
                "`{action}` is no action: write service and name, such as `s3:GetObject` or `s3:*`, or `*`"
            ));
        }
    }
    for resource in resources {
        let start = resource.split(':').next().unwrap_or_default();
        let any = start.starts_with('*') && start.trim_matches('*').is_empty();
        if start != "arn" && !any {
            return question(format!(
                "`{resource}` is no resource: write an ARN, such as `arn:aws:s3:::bucket/*`, or `*`"
            ));
        }
    }
    Ok(())
}

/// What lets everybody do these actions on these resources.
fn asked(access: &Access, actions: &[&str], resources: &[&str]) -> Access {
    let statement = Statement::new(vec![
        StatementElement::Effect(Effect::Allow),
        StatementElement::Action(OneOrMany::Many(
            actions
                .iter()
                .map(|text| ActionPattern::new(*text))
                .collect(),
        )),
        StatementElement::Resource(OneOrMany::Many(
            resources
                .iter()
                .map(|text| ResourcePattern::new(*text))
                .collect(),
        )),
    ]);
    Access {
        basis: access.basis,
        parts: vec![Part::new(Layer::Identity, &Document::of(vec![statement]))],
    }
}

/// What lets nobody do anything.
fn nothing(access: &Access) -> Access {
    Access {
        basis: access.basis,
        parts: vec![Part::new(Layer::Identity, &Document::of(Vec::new()))],
    }
}
