//! Which versions a service serves now, and which requests they are asked.

use super::ServeOverrides;
use crate::ProjectError;
use crate::file::{Project, Service};
use crate::run::Places;
use registry::{Registry, RegistryError};
use serve::{Model, Role};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What a service serves, by the names that the project gives.
pub(super) struct Versions {
    places: Places,
    /// Who asks, for refusals.
    what: String,
    champion: String,
    /// The others with their roles.
    others: Vec<(String, Role)>,
    /// The columns that the project calls private today, whatever it did when a bundle was made.
    private: Vec<String>,
    /// Private columns of bundles that were read.
    known: Mutex<HashMap<PathBuf, Vec<String>>>,
}

/// The versions that are there, the champion first, and the names that stand for nothing yet.
pub(super) type Found = (Vec<Model>, Vec<String>);

impl Versions {
    /// # Errors
    /// [`ProjectError::Data`]: a challenger or shadow of another model.
    pub(super) fn of(
        project: &Project,
        service: &Service,
        overrides: &ServeOverrides,
    ) -> Result<Versions, ProjectError> {
        let champion = service.model.value.clone();
        let named = |asked: &Option<String>, section: &Option<crate::file::Located<String>>| {
            asked
                .clone()
                .or_else(|| section.as_ref().map(|name| name.value.clone()))
        };
        let share = overrides.share.unwrap_or(service.share);
        let challenger = named(&overrides.challenger, &service.challenger);
        let shadow = named(&overrides.shadow, &service.shadow);
        let others = [(challenger, Role::Challenger { share }), (shadow, Role::Shadow)];
        let others: Vec<(String, Role)> = others
            .into_iter()
            .filter_map(|(name, role)| Some((name?, role)))
            .collect();
        let model = |name: &str| name.split('@').next().unwrap_or_default().to_owned();
        if let Some((other, _)) = others.iter().find(|(other, _)| model(other) != model(&champion)) {
            let what = format!("`{other}` beside `{champion}`");
            let expected = format!("a version or alias of `{}`", model(&champion));
            return Err(ProjectError::data(
                &what,
                format!("model `{}`", model(other)),
                expected,
            ));
        }
        let private = project.data.iter().flat_map(|data| &data.private);
        Ok(Versions {
            places: Places::of(project),
            what: format!("service `{}`", service.name.value),
            champion,
            others,
            private: private.map(|column| column.value.clone()).collect(),
            known: Mutex::default(),
        })
    }

    /// What the names stand for now. A version has one role: the first of champion, challenger and shadow.
    ///
    /// # Errors
    /// [`ProjectError`]: the registry cannot be read, or knows no champion.
    pub(super) fn now(&self) -> Result<Found, ProjectError> {
        let registry = self.places.registry_for_reading(&self.what)?;
        let mut found = vec![self.model(&registry, &self.champion, Role::Listed)?];
        let mut waited_for = Vec::new();
        for (name, role) in &self.others {
            match self.model(&registry, name, *role) {
                Ok(model) if found.iter().any(|known| known.version == model.version) => {}
                Ok(model) => found.push(model),
                Err(RegistryError::NoVersion { .. }) => waited_for.push(name.clone()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok((found, waited_for))
    }

    /// The private columns of a bundle, read once: a file of the registry keeps its bytes.
    fn private_of(&self, path: &Path) -> Option<Vec<String>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(private) = known.get(path) {
            return Some(private.clone());
        }
        let private = bundle::Named::read(path).ok()?.private;
        known.insert(path.to_owned(), private.clone());
        Some(private)
    }

    /// The version that `name` stands for now.
    ///
    /// The model's newest version knows under which other names private columns go: what is private there is in all
    /// versions.
    fn model(&self, registry: &Registry, name: &str, role: Role) -> Result<Model, RegistryError> {
        let found = registry.resolve(name)?;
        let mut private = self.private.clone();
        let versions = registry.versions(&found.model)?;
        // a file without a sound manifest must not keep a sound bundle from being served
        let newest = versions.iter().rev().find_map(|version| {
            let version = registry
                .resolve(&format!("{}@{}", found.model, version.version))
                .ok()?;
            self.private_of(&version.path)
        });
        private.extend(newest.into_iter().flatten());
        Ok(Model {
            name: found.model,
            version: found.version.to_string(),
            path: found.path,
            private,
            role,
        })
    }
}
