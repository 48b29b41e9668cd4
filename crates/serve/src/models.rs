//! The bundles in memory, by name and version.

use crate::config::{Finder, Model};
use crate::metrics::Counters;
use crate::refusal::{Refusal, clip};
use bundle::{Bundle, BundleError};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use table::{Kind, quoted_list};

/// A version may be asked for by the beginning of its bundle's hash, from this many digits on.
const MIN_HASH_DIGITS: usize = 8;

/// A bundle ready to answer.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) bundle: Bundle,
    /// The raw columns that a row must bring, in order.
    pub(crate) inputs: Vec<(String, Kind)>,
    /// Their positions.
    pub(crate) input_positions: HashMap<String, usize>,
    /// The columns that an answer has unless others are asked for.
    pub(crate) outputs: Vec<String>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) load_time: Duration,
}

/// What is known of one listed model.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) model: Model,
    /// Where those who brought it said that it lies.
    pub(crate) origin: PathBuf,
    /// `None` if it is unloaded.
    pub(crate) loaded: Option<Arc<Loaded>>,
    /// Why it is not loaded.
    pub(crate) reason: &'static str,
    counters: Arc<Counters>,
}

/// All listed models.
pub(crate) struct Models {
    slots: RwLock<Vec<Slot>>,
    finder: Option<Finder>,
    /// Held while a model comes by request.
    coming: Mutex<()>,
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Models")
            .field("slots", &self.slots)
            .finish_non_exhaustive()
    }
}

impl Models {
    /// No models yet; `finder` says which version is to be loaded again.
    pub(crate) fn new(finder: Option<Finder>) -> Models {
        Models {
            slots: RwLock::default(),
            finder,
            coming: Mutex::default(),
        }
    }

    /// While this is held, no other model comes by request.
    pub(crate) fn coming(&self) -> MutexGuard<'_, ()> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads `model`, in the place of the same name and version if there is one.
    pub(crate) fn put(&self, model: Model) -> Result<(), BundleError> {
        let origin = model.path.clone();
        self.put_from(model, origin)
    }

    /// The same for a model that was said to lie at `origin`.
    pub(crate) fn put_from(&self, model: Model, origin: PathBuf) -> Result<(), BundleError> {
        self.put_in_place_of(&model.version.clone(), model, origin)
    }

    /// Loads `model` in the place of another version of it, which is served until then.
    fn put_in_place_of(&self, version: &str, model: Model, origin: PathBuf) -> Result<(), BundleError> {
        let same = |slot: &Slot| slot.model.name == model.name && slot.model.version == model.version;
        let old = |slot: &Slot| slot.model.name == model.name && slot.model.version == version;
        let counters = self
            .slots()
            .into_iter()
            .find(|slot| same(slot))
            .map(|slot| slot.counters)
            .unwrap_or_default();
        let loaded = Loaded::read(&model, Arc::clone(&counters))?;
        let slot = Slot {
            model: model.clone(),
            origin,
            loaded: Some(Arc::new(loaded)),
            reason: "",
            counters,
        };
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        match slots.iter_mut().find(|slot| old(slot)) {
            Some(place) => *place = slot,
            None => slots.push(slot),
        }
        Ok(())
    }

    /// Reads the bundles of `name` again, in the version that is to be served now; those who ask meanwhile get the old
    /// ones.
    pub(crate) fn load(&self, name: &str) -> Result<(), Refusal> {
        let listed: Vec<Model> = self.slots_of(name)?.into_iter().map(|slot| slot.model).collect();
        let not_loadable = || {
            self.mark(name, "the bundle is missing or not sound");
            Refusal::NotLoadable {
                name: name.to_owned(),
            }
        };
        if let (Some(finder), [only]) = (&self.finder, listed.as_slice()) {
            let model = finder(name)
                .filter(|model| model.name == name)
                .ok_or_else(not_loadable)?;
            let origin = model.path.clone();
            return self
                .put_in_place_of(&only.version, model, origin)
                .map_err(|_| not_loadable());
        }
        for model in listed {
            self.put(model).map_err(|_| not_loadable())?;
        }
        Ok(())
    }

    /// Drops the bundles of `name` from memory; requests under way keep theirs.
    pub(crate) fn unload(&self, name: &str) -> Result<(), Refusal> {
        self.slots_of(name)?;
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        for slot in slots.iter_mut().filter(|slot| slot.model.name == name) {
            slot.loaded = None;
            slot.reason = "unloaded";
        }
        Ok(())
    }

    /// Forgets `name`; requests under way keep theirs.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Refusal> {
        self.slots_of(name)?;
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|slot| slot.model.name != name);
        Ok(())
    }

    /// A bundle that did not load keeps answering if it was loaded before.
    fn mark(&self, name: &str, reason: &'static str) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        for slot in slots
            .iter_mut()
            .filter(|slot| slot.model.name == name && slot.loaded.is_none())
        {
            slot.reason = reason;
        }
    }

    /// The model called `name` in `version`: as listed, or the beginning of a hash; without one the first listed.
    pub(crate) fn find(&self, name: &str, version: Option<&str>) -> Result<Arc<Loaded>, Refusal> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let of_name = || slots.iter().filter(|slot| slot.model.name == name);
        let chosen = match version {
            None => of_name().next(),
            Some(version) => {
                let listed = of_name().find(|slot| slot.model.version == version);
                listed.or_else(|| of_name().find(|slot| slot.has_hash(version)))
            }
        };
        if let Some(slot) = chosen {
            return slot.loaded.clone().ok_or_else(|| Refusal::NotReady {
                name: name.to_owned(),
            });
        }
        drop(slots);
        let slots = self.slots_of(name)?;
        Err(Refusal::NoVersion {
            name: name.to_owned(),
            version: clip(version.unwrap_or_default()),
            known: quoted_list(slots.iter().map(|slot| slot.model.version.as_str()), 12),
        })
    }

    /// The model that is asked by those who name none.
    pub(crate) fn first(&self) -> Result<Arc<Loaded>, Refusal> {
        let name = self
            .slots()
            .first()
            .map(|slot| slot.model.name.clone())
            .unwrap_or_default();
        self.find(&name, None)
    }

    /// The name of the model that is asked by those who name none.
    pub(crate) fn first_name(&self) -> Option<String> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots.first().map(|slot| slot.model.name.clone())
    }

    /// All slots in the order listed.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether every listed model answers.
    pub(crate) fn all_ready(&self) -> bool {
        self.slots
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .all(|slot| slot.loaded.is_some())
    }

    /// The names, each once.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for slot in self.slots() {
            if !names.contains(&slot.model.name) {
                names.push(slot.model.name);
            }
        }
        names
    }

    /// The slots of `name` in the order listed, at least one.
    pub(crate) fn slots_of(&self, name: &str) -> Result<Vec<Slot>, Refusal> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let found: Vec<Slot> = slots
            .iter()
            .filter(|slot| slot.model.name == name)
            .cloned()
            .collect();
        drop(slots);
        if found.is_empty() {
            let names = self.names();
            let known = quoted_list(names.iter().map(String::as_str), 12);
            return Err(Refusal::NoModel {
                name: clip(name),
                known,
            });
        }
        Ok(found)
    }
}

impl Slot {
    /// Counters outlive a bundle that is loaded again.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    fn has_hash(&self, digits: &str) -> bool {
        let hash = self.loaded.as_ref().map(|loaded| loaded.bundle.hash().to_hex());
        MIN_HASH_DIGITS <= digits.len() && hash.is_some_and(|hash| hash.starts_with(digits))
    }
}

impl Loaded {
    fn read(model: &Model, counters: Arc<Counters>) -> Result<Loaded, BundleError> {
        let started = Instant::now();
        let bundle = Bundle::load(&model.path)?.keeping_private(&model.private);
        let inputs: Vec<(String, Kind)> = bundle
            .recipe
            .inputs
            .iter()
            .map(|input| {
                (
                    input.name.clone(),
                    input.kind().expect("a loaded bundle has inputs of known kinds"),
                )
            })
            .collect();
        Ok(Loaded {
            name: model.name.clone(),
            version: model.version.clone(),
            input_positions: inputs
                .iter()
                .enumerate()
                .map(|(position, (name, _))| (name.clone(), position))
                .collect(),
            outputs: bundle.output_names(),
            inputs,
            bundle,
            counters,
            load_time: started.elapsed(),
        })
    }
}
