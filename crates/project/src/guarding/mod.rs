//! Is the challenger of a service good enough to be champion, or so bad that it must go? Decided while requests come, with a
//! stated probability of error, whenever one looks.
//!
//! Instances of a service sum up what their versions do ([`serve::Watched`]); each keeps its sums in a file of its own
//! ([`keep`]), and whoever looks adds all of them up, judges ([`judge`]) and, if it may, moves an alias ([`decide`]).

mod decide;
mod found;
mod judge;
mod keep;
mod tally;
#[cfg(test)]
mod tests;

pub use judge::{GuardRecord, RailRecord, ShareRecord, Verdict};

use crate::file::{GuardSection, Project, Service, guard_alias};
use crate::run::Places;
use crate::{Clock, ProjectError};
use found::{Found, last};
use keep::{Keeper, all_in};
use registry::Registry;
use serve::{Judged, Watched};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tally::{Pair, Tally};

/// A guard of one service.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    places: Places,
    service: String,
    pub(crate) section: GuardSection,
    /// The names of champion and challenger, such as `churn@champion`.
    names: [String; 2],
}

impl Guard {
    /// The guard of a service that has one; `names` are those of champion and challenger.
    pub(crate) fn of(project: &Project, service: &Service, names: [String; 2]) -> Option<Guard> {
        Some(Guard {
            places: Places::of(project),
            service: service.name.value.clone(),
            section: service.guard.clone()?,
            names,
        })
    }

    fn folder(&self, pair: &Pair) -> PathBuf {
        self.places.guard(&self.service).join(pair.folder_name())
    }

    /// Keeps what was seen, judges everything that all instances have seen, and acts on it if it may.
    pub(crate) fn judge(self, clock: Arc<dyn Clock + Send + Sync>) -> serve::Judge {
        let keeper = Mutex::new(Keeper::default());
        Arc::new(move |watched: &Watched| {
            let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
            self.look(&mut keeper, watched, clock.as_ref())
                .unwrap_or_else(|error| Judged {
                    fault: Some(error.to_string()),
                    ..Judged::default()
                })
        })
    }

    fn look(
        &self,
        keeper: &mut Keeper,
        watched: &Watched,
        clock: &dyn Clock,
    ) -> Result<Judged, ProjectError> {
        let pair = Pair::of(watched, &self.names);
        let all = keeper.keep(&self.folder(&pair), &pair, watched)?;
        let record = self.record(&all)?;
        let decided = record.is_decided().then(|| record.sentence.clone());
        let acted = match decided.is_some() && record.verdict.is_allowed(self.section.act) {
            true => self.act(&record, clock),
            false => Ok(false),
        };
        Ok(Judged {
            state: serde_json::to_value(&record).unwrap_or_default(),
            decided,
            is_done: *acted.as_ref().unwrap_or(&false),
            fault: acted.err().map(|error| error.to_string()),
        })
    }

    fn record(&self, all: &Tally) -> Result<GuardRecord, ProjectError> {
        Ok(judge::judged(
            (self.service.as_str(), &self.names),
            &self.section,
            all,
        )?)
    }
}

/// How champion and challenger of a service compare now, after all that its instances have seen; with `act`, what is decided
/// is done, whatever the service may do by itself. Who is compared, and with which share, is what it was started with last;
/// what the section says where nothing was seen.
///
/// # Errors
/// [`ProjectError::Data`]: the service has no guard, no challenger answers now, or sums are not sound;
/// [`ProjectError::Registry`].
pub fn state(
    project: &Project,
    service: &Service,
    act: bool,
    clock: &dyn Clock,
) -> Result<(GuardRecord, bool), ProjectError> {
    let what = format!("`[service.{}]`", service.name.value);
    let names = service
        .challenger
        .as_ref()
        .map(|challenger| [&service.model, challenger].map(|name| name.value.clone()));
    let guard = names.and_then(|names| Guard::of(project, service, names));
    let Some(guard) = guard else {
        let expected = format!("`[service.{}.guard]` with limits", service.name.value);
        return Err(ProjectError::data(&what, "no guard", expected));
    };
    let registry = guard.places.registry_for_reading(&what)?;
    let found = match last(&guard.places.guard(&guard.service), &registry)? {
        Some(found) => found,
        None => guard.found_now(&registry, &what, service.share)?,
    };
    let guard = Guard {
        names: found.names,
        ..guard
    };
    let record = guard.record(&all_in(&found.folder, &found.pair)?)?;
    let is_done = act && record.is_decided() && guard.act(&record, clock)?;
    Ok((record, is_done))
}

impl Guard {
    /// Champion and challenger of the section as the registry has them now.
    fn found_now(&self, registry: &Registry, what: &str, share: f64) -> Result<Found, ProjectError> {
        let found = [
            registry.resolve(&self.names[0])?,
            registry.resolve(&self.names[1])?,
        ];
        if found[0].version == found[1].version {
            let both = format!("`{}` and `{}`", self.names[0], self.names[1]);
            let found = format!("version {} for both {both}", found[0].version);
            return Err(ProjectError::data(
                what,
                found,
                "a challenger that is another version",
            ));
        }
        let pair = Pair {
            model: found[0].model.clone(),
            versions: found.clone().map(|found| found.version.to_string()),
            bundles: found.map(|found| found.hash),
            share,
            names: Some(self.names.clone()),
        };
        Ok(Found {
            folder: self.folder(&pair),
            names: self.names.clone(),
            pair,
        })
    }

    fn aliases(&self) -> [Option<&str>; 2] {
        [guard_alias(&self.names[0]), guard_alias(&self.names[1])]
    }
}
