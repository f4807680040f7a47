//! The list as it lies in `data/`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::error::Error;
use crate::expect::Expected;

/// All points, by family.
#[derive(Debug, Clone)]
pub struct List {
    families: Vec<Family>,
    /// HTTP status by error code, as the API references give it.
    statuses: BTreeMap<String, u16>,
    /// Texts that steps name with `{name}`.
    documents: BTreeMap<String, String>,
    /// Steps that come before those of points that ask for them.
    given: BTreeMap<String, Vec<Step>>,
}

/// The points of one file.
#[derive(Debug, Clone)]
pub struct Family {
    /// The file's name without its ending.
    pub name: String,
    /// Its points, in the order of the file.
    pub points: Vec<Point>,
}

/// One statement about IAM or STS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Unique within the family.
    pub id: String,
    /// The page of AWS's documentation that states it.
    pub page: String,
    /// The statement, in our words.
    pub says: String,
    /// What is there before: names of `data/given.toml`, in order.
    #[serde(default)]
    pub given: Vec<String>,
    /// The calls that show it.
    pub steps: Vec<Step>,
}

/// One call and what must come back. The members of this type are written in
/// lower case; every other member of a step is a parameter of the call, as the
/// Query protocol names it (`"Tags.member.1.Key"`).
#[derive(Debug, Clone, Deserialize)]
pub struct Step {
    /// The operation. Names of both services are distinct but for none, so the
    /// service follows from the operation: see [`Step::is_sts`].
    #[serde(rename = "do")]
    pub operation: String,
    /// Who calls: a name that an earlier step gave with `become`, and behind it
    /// ` without token` to leave the session token out; `nobody` for an access
    /// key that does not exist; `root@` and an account; the root user of the
    /// server's account where it is left out.
    #[serde(rename = "as")]
    pub caller: Option<String>,
    /// The call is refused with this code, or one of these where AWS's page
    /// allows several. Without it the call must succeed.
    pub refused: Option<Refusals>,
    /// The HTTP status, where it is not the one of `data/statuses.toml`.
    pub status: Option<u16>,
    /// Texts that the error's message must contain.
    #[serde(default)]
    pub message: Vec<String>,
    /// What stands at paths below the operation's result element.
    #[serde(default)]
    pub gives: BTreeMap<String, Expected>,
    /// Names to keep texts of the answer under, by path.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
    /// The name under which later steps use the credentials in the answer.
    #[serde(rename = "become")]
    pub becomes: Option<String>,
    /// How often the call is made; `{n}` counts from 1.
    pub times: Option<u32>,
    /// Seconds that pass before the call.
    pub wait: Option<u64>,
    /// The version of the API in the request, where it is not the service's.
    pub version: Option<String>,
    /// Everything else: the parameters.
    #[serde(flatten)]
    pub parameters: BTreeMap<String, String>,
}

/// One error code or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Refusals {
    /// Exactly this.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

impl Refusals {
    /// The codes.
    #[must_use]
    pub fn codes(&self) -> &[String] {
        match self {
            Refusals::One(code) => std::slice::from_ref(code),
            Refusals::Any(codes) => codes,
        }
    }
}

impl Step {
    /// Whether the operation is one of STS.
    #[must_use]
    pub fn is_sts(&self) -> bool {
        matches!(
            self.operation.as_str(),
            "AssumeRole"
                | "AssumeRoleWithSAML"
                | "AssumeRoleWithWebIdentity"
                | "AssumeRoot"
                | "DecodeAuthorizationMessage"
                | "GetAccessKeyInfo"
                | "GetCallerIdentity"
                | "GetFederationToken"
                | "GetSessionToken"
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PointsFile {
    point: Vec<Point>,
}

impl List {
    /// Reads the files of a list: pairs of family and text, the steps that
    /// `given` names, the texts that `documents` defines and the HTTP statuses of
    /// `statuses`.
    ///
    /// # Errors
    /// At the first file that is not of the form, with its place: a member that
    /// is not known, an id that stands twice, a page that is not one of AWS's
    /// documentation, or a point whose steps expect nothing.
    pub fn read<'a>(
        families: impl IntoIterator<Item = (&'a str, &'a str)>,
        given: &str,
        documents: &str,
        statuses: &str,
    ) -> Result<List, Error> {
        let list = List {
            families: families
                .into_iter()
                .map(|(name, text)| read_family(name, text))
                .collect::<Result<_, _>>()?,
            statuses: read("statuses", statuses)?,
            documents: read("documents", documents)?,
            given: read("given", given)?,
        };
        list.check_points()?;
        Ok(list)
    }

    /// The families, in order.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.families.iter().map(|family| family.points.len()).sum()
    }

    /// Whether there are no points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text behind a name in `{…}`.
    pub(crate) fn document(&self, name: &str) -> Option<&str> {
        self.documents.get(name).map(String::as_str)
    }

    /// The HTTP status that AWS answers with for an error code.
    pub(crate) fn status(&self, code: &str) -> Option<u16> {
        self.statuses.get(code).copied()
    }

    /// The steps of a point, those that it asks for first.
    pub(crate) fn steps<'l>(&'l self, point: &'l Point) -> impl Iterator<Item = &'l Step> {
        let given = point.given.iter().filter_map(|name| self.given.get(name));
        given.flatten().chain(&point.steps)
    }

    fn check_points(&self) -> Result<(), Error> {
        for family in &self.families {
            for point in &family.points {
                if let Some(name) = point
                    .given
                    .iter()
                    .find(|name| !self.given.contains_key(*name))
                {
                    let place = format!("{}.{}", family.name, point.id);
                    return Err(Error::new(place, format!("given.toml has no `{name}`")));
                }
                let refusals = point.steps.iter().filter(|step| step.status.is_none());
                for code in refusals
                    .filter_map(|step| step.refused.as_ref())
                    .flat_map(Refusals::codes)
                {
                    if self.status(code).is_none() {
                        return Err(Error::new(
                            format!("{}.{}", family.name, point.id),
                            format!("no HTTP status is known for {code}: add it to statuses.toml"),
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, Error> {
    toml::from_str(text).map_err(|error| Error::new(name, error.to_string()))
}

fn read_family(name: &str, text: &str) -> Result<Family, Error> {
    let file: PointsFile = read(name, text)?;
    let mut seen = BTreeSet::new();
    for point in &file.point {
        let place = || format!("{name}.{}", point.id);
        if !seen.insert(&point.id) {
            return Err(Error::new(place(), "this id stands twice"));
        }
        if !point.page.starts_with("https://docs.aws.amazon.com/") {
            return Err(Error::new(
                place(),
                "the page is not one of AWS's documentation",
            ));
        }
        for step in &point.steps {
            // A misspelt member of our own would pass for a parameter.
            if let Some(other) = step
                .parameters
                .keys()
                .find(|name| !name.starts_with(|c: char| c.is_ascii_uppercase()))
            {
                return Err(Error::new(place(), format!("a step knows no `{other}`")));
            }
        }
        let expects = |step: &Step| step.refused.is_some() || !step.gives.is_empty();
        // A call that succeeds is an expectation only if another one is refused
        // or looked into; otherwise nothing is shown.
        if !point.steps.iter().any(expects) {
            return Err(Error::new(place(), "no step expects anything but success"));
        }
    }
    Ok(Family {
        name: name.to_owned(),
        points: file.point,
    })
}
