//! Who asks, and for which models.

use crate::refusal::Refusal;
use crate::route::Route;
use std::collections::BTreeSet;
use std::sync::Arc;
use table::quoted_list;

/// Who asks, as far as keys and tokens tell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Caller {
    /// Nobody who is known, and why not.
    Unknown(Refusal),
    Known {
        scope: Scope,
        /// Whether models may be loaded and unloaded.
        is_admin: bool,
        /// What the key or token is called; never the key itself.
        name: Option<Arc<str>>,
    },
}

/// The models that a caller may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Only(Arc<BTreeSet<String>>),
}

impl Scope {
    /// The models in a list, in which `*` stands for all.
    pub(super) fn of(models: impl IntoIterator<Item = String>) -> Scope {
        let models: BTreeSet<String> = models.into_iter().collect();
        match models.contains("*") {
            true => Scope::All,
            false => Scope::Only(Arc::new(models)),
        }
    }

    fn holds(&self, model: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Only(models) => models.contains(model),
        }
    }
}

impl Caller {
    /// One who may do everything but what needs the admin key.
    pub(super) const ANYBODY: Caller = Caller::Known {
        scope: Scope::All,
        is_admin: false,
        name: None,
    };

    /// Whether this caller may ask for `route`.
    pub(crate) fn check(&self, route: &Route) -> Result<(), Refusal> {
        if route.is_probe() {
            return Ok(());
        }
        if route.is_admin() && !matches!(self, Caller::Known { is_admin: true, .. }) {
            return Err(match self {
                Caller::Unknown(refusal @ Refusal::Token { .. }) => refusal.clone(),
                _ => Refusal::NotAdmin,
            });
        }
        self.check_known()?;
        match route.model() {
            Some(model) if !self.sees(model) => Err(Refusal::NotYours {
                model: crate::refusal::clip(model),
            }),
            None if route.shows_all() && !self.sees_all() => Err(Refusal::NotAllYours),
            _ => Ok(()),
        }
    }

    /// Whether this caller may ask for anything but probes.
    pub(crate) fn check_known(&self) -> Result<(), Refusal> {
        match self {
            Caller::Unknown(refusal) => Err(refusal.clone()),
            Caller::Known { .. } => Ok(()),
        }
    }

    /// Whether `model` is one of those that this caller may ask: others are not listed.
    pub(crate) fn sees(&self, model: &str) -> bool {
        match self {
            Caller::Unknown(_) => false,
            Caller::Known { scope, .. } => scope.holds(model),
        }
    }

    /// What the caller's key or token is called; `None` of those who need none.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Caller::Unknown(_) => None,
            Caller::Known { name, .. } => name.as_deref(),
        }
    }

    fn sees_all(&self) -> bool {
        matches!(
            self,
            Caller::Known {
                scope: Scope::All,
                ..
            }
        )
    }

    /// A refusal without the names of models that this caller does not see.
    pub(crate) fn hushed(&self, refusal: Refusal) -> Refusal {
        match (self, refusal) {
            (
                Caller::Known {
                    scope: Scope::Only(models),
                    ..
                },
                Refusal::NoModel { name, .. },
            ) => {
                let known = quoted_list(models.iter().map(String::as_str), 12);
                Refusal::NoModel { name, known }
            }
            (_, refusal) => refusal,
        }
    }
}
