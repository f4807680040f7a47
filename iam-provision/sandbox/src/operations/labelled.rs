//! What all entities with path and name have in common: lists by path, names
//! taken but once, and new names.

use super::under_prefix;
use crate::names::{Folded, name, path};
use crate::pagination::{Page, page};
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::entities::Entities;
use crate::state::group::Group;
use crate::state::instance_profile::InstanceProfile;
use crate::state::role::Role;
use crate::state::server_certificate::ServerCertificate;
use crate::state::user::User;
use crate::state::{Label, PrincipalKind};

/// An entity with path and name.
pub(super) trait Labelled: Clone {
    /// How messages begin that say that a name is taken.
    const TAKEN: &'static str;

    /// Path, name, id and date.
    fn label(&self) -> &Label;

    /// The same, to change it.
    fn label_mut(&mut self) -> &mut Label;
}

macro_rules! labelled {
    ($($entity:ty: $taken:literal;)*) => {$(
        impl Labelled for $entity {
            const TAKEN: &'static str = $taken;

            fn label(&self) -> &Label {
                &self.label
            }

            fn label_mut(&mut self) -> &mut Label {
                &mut self.label
            }
        }
    )*};
}

labelled! {
    User: "User with name";
    Group: "Group with name";
    Role: "Role with name";
    InstanceProfile: "Instance Profile";
    ServerCertificate: "The Server Certificate with name";
}

/// The page that the request asks for, of the entities under its `PathPrefix`.
pub(super) fn listed<'e, E: Labelled>(
    params: &Params,
    entities: &'e Entities<Folded, E>,
) -> Result<Page<&'e E>, Refusal> {
    let under_prefix = under_prefix(params)?;
    let entities = entities.values();
    let found = entities.filter(|entity| under_prefix(&entity.label().path));
    page_by_name(params, found.collect())
}

/// The page that the request asks for, in the order of the names.
pub(super) fn page_by_name<'e, E: Labelled>(
    params: &Params,
    entities: Vec<&'e E>,
) -> Result<Page<&'e E>, Refusal> {
    page(params, entities, |entity| {
        Folded::new(&entity.label().name).as_str().to_owned()
    })
}

/// Refuses a name that another entity has, in whatever case.
pub(super) fn refuse_taken<E: Labelled>(
    entities: &Entities<Folded, E>,
    name: &str,
) -> Result<(), Refusal> {
    if entities.contains_key(&Folded::new(name)) {
        return Err(Refusal::entity_already_exists(format!(
            "{} {name} already exists.",
            E::TAKEN
        )));
    }
    Ok(())
}

/// The new name and path that a request asks for.
pub(super) struct NewLabel<'p> {
    name: Option<&'p str>,
    path: Option<&'p str>,
}

impl<'p> NewLabel<'p> {
    /// Reads and checks them.
    pub(super) fn requested(
        params: &'p Params,
        field: &str,
        longest: usize,
    ) -> Result<NewLabel<'p>, Refusal> {
        let new_name = params.get(field);
        let new_path = params.get("NewPath");
        Ok(NewLabel {
            name: new_name.map(|new| name(field, new, longest)).transpose()?,
            path: new_path.map(|new| path("NewPath", new)).transpose()?,
        })
    }

    /// Those of a user or group.
    pub(super) fn of_principal(
        params: &'p Params,
        kind: PrincipalKind,
    ) -> Result<NewLabel<'p>, Refusal> {
        let field = format!("New{}", kind.parameter());
        NewLabel::requested(params, &field, kind.longest_name())
    }

    /// Gives them to an entity that is there; tells its old key and its new
    /// one.
    pub(super) fn give<E: Labelled>(
        &self,
        entities: &mut Entities<Folded, E>,
        old: &str,
    ) -> Result<(Folded, Folded), Refusal> {
        let new = self.name.unwrap_or(old);
        let (old_key, new_key) = (Folded::new(old), Folded::new(new));
        if new_key != old_key {
            refuse_taken(entities, new)?;
        }
        if let Some(mut entity) = entities.remove(&old_key) {
            let label = entity.label_mut();
            if let Some(name) = self.name {
                label.name = name.to_owned();
            }
            if let Some(path) = self.path {
                label.path = path.to_owned();
            }
            entities.insert(new_key.clone(), entity);
        }
        Ok((old_key, new_key))
    }
}
