//! The bundles in memory, by name and version.

mod laying_out;
mod loaded;
mod refresh;
mod room;
mod split;

use crate::config::{Finder, Model, Role};
use crate::guardrail::Guarded;
use crate::metrics::Counters;
use crate::refusal::{Refusal, clip};
use crate::telling::{Event, Teller};
use bundle::BundleError;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use table::quoted_list;

use laying_out::LayingOut;
pub(crate) use loaded::{Loaded, key};
pub(crate) use refresh::Swaps;
pub(crate) use room::Room;

/// A version may be asked for by the beginning of its bundle's hash, from this many digits on.
const MIN_HASH_DIGITS: usize = 8;
const NOT_SOUND: &str = "the bundle is missing or not sound";

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
    /// Whether it is loaded when somebody asks for it.
    is_resting: bool,
    /// When it was asked for last, counted in requests.
    used: Arc<AtomicU64>,
    /// Of its file when it was read.
    stamp: refresh::Stamp,
    counters: Arc<Counters>,
}

/// Why a bundle is not in memory now, in words for those who run the service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotLoaded {
    /// It is missing or not sound.
    #[error("{0}")]
    Bundle(BundleError),
    /// It takes more than all bundles may.
    #[error("it needs about {needed_bytes} bytes of memory, and all may take {limit_bytes}")]
    NoRoom { needed_bytes: u64, limit_bytes: u64 },
}

/// All listed models.
pub(crate) struct Models {
    slots: RwLock<Vec<Slot>>,
    finder: Option<Finder>,
    room: Room,
    n_asked: AtomicU64,
    /// Held while a model comes, by request or because another version is to be served.
    coming: Mutex<()>,
    /// How many are asked what others answered.
    n_shadows: AtomicUsize,
    /// What champion and challenger do side by side.
    pub(crate) guarded: Guarded,
    pub(crate) swaps: Swaps,
    laying_out: LayingOut,
    teller: Arc<Teller>,
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Models")
            .field("slots", &self.slots)
            .finish_non_exhaustive()
    }
}

impl Models {
    /// No models yet; `finder` says which version is to be loaded again, `room` how much memory they may take, and
    /// `guarded` sums up what champion and challenger do.
    pub(crate) fn new(finder: Option<Finder>, room: Room, guarded: Guarded, teller: Arc<Teller>) -> Models {
        Models {
            slots: RwLock::default(),
            finder,
            room,
            n_asked: AtomicU64::new(0),
            coming: Mutex::default(),
            n_shadows: AtomicUsize::new(0),
            guarded,
            swaps: Swaps::default(),
            laying_out: LayingOut::default(),
            teller,
        }
    }

    /// The service begins on these threads: what is loaded by then is laid out beside its first answers.
    pub(crate) fn begin(&self, threads: tokio::runtime::Handle) {
        let loaded = || self.slots().into_iter().filter_map(|slot| slot.loaded).collect();
        self.laying_out.begin(threads, loaded);
    }

    /// While this is held, no other model comes.
    pub(crate) fn coming(&self) -> MutexGuard<'_, ()> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads `model`, in the place of the same name and version if there is one.
    pub(crate) fn put(&self, model: Model) -> Result<(), NotLoaded> {
        let origin = model.path.clone();
        self.put_from(model, origin)
    }

    /// The same for a model that was said to lie at `origin`.
    pub(crate) fn put_from(&self, model: Model, origin: PathBuf) -> Result<(), NotLoaded> {
        self.held(model, origin).map(drop)
    }

    fn held(&self, model: Model, origin: PathBuf) -> Result<Arc<Loaded>, NotLoaded> {
        let (name, version) = (model.name.clone(), model.version.clone());
        let same = |slot: &Slot| slot.model.name == name && slot.model.version == version;
        let known = self.slots().into_iter().find(|slot| same(slot));
        let answers_now = known.as_ref().is_some_and(|slot| slot.loaded.is_some());
        let counters = known.map(|slot| slot.counters).unwrap_or_default();
        let (slot, loaded) = self.read(model, origin, counters, answers_now)?;
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        match slots.iter_mut().find(|slot| same(slot)) {
            Some(place) => *place = slot,
            None => slots.push(slot),
        }
        self.room.make(&mut slots);
        self.heed(&slots);
        Ok(loaded)
    }

    /// Reads a bundle, if there is room for it, and tells how that went. `another_answers` in its place until it has come.
    fn read(
        &self,
        model: Model,
        origin: PathBuf,
        counters: Arc<Counters>,
        another_answers: bool,
    ) -> Result<(Slot, Arc<Loaded>), NotLoaded> {
        let (name, version) = (model.name.clone(), model.version.clone());
        let read = self.read_quietly(model, origin, counters);
        match &read {
            Ok((_, loaded)) => {
                self.laying_out.heed(loaded, another_answers);
                self.teller.tell(Event::loaded(loaded));
            }
            // what is looked at every two seconds fails every two seconds
            Err(fault) => self
                .teller
                .tell_some(&format!("not_loaded {name} {version}"), || {
                    Event::not_loaded(&name, &version, &fault.to_string())
                }),
        }
        read
    }

    fn read_quietly(
        &self,
        model: Model,
        origin: PathBuf,
        counters: Arc<Counters>,
    ) -> Result<(Slot, Arc<Loaded>), NotLoaded> {
        self.room.check(loaded::size_of(&model.path))?;
        // before the bytes: a file that changes meanwhile is read again
        let stamp = refresh::Stamp::of(&model.path);
        let loaded = Arc::new(Loaded::read(&model, Arc::clone(&counters)).map_err(NotLoaded::Bundle)?);
        let mut slot = Slot::resting(model, origin, counters);
        (slot.loaded, slot.stamp) = (Some(Arc::clone(&loaded)), stamp);
        self.touch(&slot);
        Ok((slot, loaded))
    }

    /// Lists `model`, which is loaded when somebody asks for it.
    pub(crate) fn rest(&self, model: Model) {
        let origin = model.path.clone();
        let slot = Slot::resting(model, origin, Arc::default());
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if slots.iter().all(|other| other.model != slot.model) {
            slots.push(slot);
        }
    }

    /// Loads a model that rests, once for all who ask for it at a time.
    fn wake(&self, model: Model, origin: PathBuf) -> Result<Arc<Loaded>, Refusal> {
        let _coming = self.coming();
        let mut same = self.slots().into_iter().filter(|slot| slot.model == model);
        if let Some(loaded) = same.find_map(|slot| slot.loaded) {
            return Ok(loaded);
        }
        let name = model.name.clone();
        let loaded = self.held(model, origin);
        loaded.map_err(|fault| fault.refusal(name))
    }

    fn touch(&self, slot: &Slot) {
        slot.used.store(self.n_asked.fetch_add(1, Relaxed), Relaxed);
    }

    /// Reads the bundles of `name` again, in the version that is to be served now; those who ask meanwhile get the old
    /// ones.
    pub(crate) fn load(&self, name: &str) -> Result<(), Refusal> {
        let listed: Vec<Model> = self.slots_of(name)?.into_iter().map(|slot| slot.model).collect();
        if let Some(found) = self.found(name) {
            let Some(found) = found else {
                self.mark(name, NOT_SOUND);
                return Err(Refusal::NotLoadable {
                    name: name.to_owned(),
                });
            };
            let served = self.serve_only(name, found, true);
            return self.loaded_or(served.map(|_| ()), name);
        }
        for model in listed {
            self.loaded_or(self.put(model), name)?;
        }
        Ok(())
    }

    fn loaded_or(&self, loaded: Result<(), NotLoaded>, name: &str) -> Result<(), Refusal> {
        loaded.map_err(|fault| {
            self.mark(name, NOT_SOUND);
            fault.refusal(name.to_owned())
        })
    }

    /// Drops the bundles of `name` from memory; requests under way keep theirs.
    pub(crate) fn unload(&self, name: &str) -> Result<(), Refusal> {
        let _alone = self.coming();
        self.slots_of(name)?;
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        for slot in slots.iter_mut().filter(|slot| slot.model.name == name) {
            slot.loaded = None;
            slot.is_resting = false;
            slot.reason = "unloaded";
        }
        self.heed(&slots);
        self.teller.tell(Event::unloaded(name));
        Ok(())
    }

    /// Forgets `name`; requests under way keep theirs.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Refusal> {
        let _alone = self.coming();
        self.slots_of(name)?;
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|slot| slot.model.name != name);
        self.heed(&slots);
        self.teller.tell(Event::unloaded(name));
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
            None => of_name().find(|slot| slot.model.role == Role::Listed),
            Some(version) => {
                let listed = of_name().find(|slot| slot.model.version == version);
                listed.or_else(|| of_name().find(|slot| slot.has_hash(version)))
            }
        };
        if let Some(slot) = chosen {
            self.touch(slot);
            if let Some(loaded) = &slot.loaded {
                return Ok(Arc::clone(loaded));
            }
            if !slot.is_resting {
                return Err(Refusal::NotReady {
                    name: name.to_owned(),
                });
            }
            let (model, origin) = (slot.model.clone(), slot.origin.clone());
            drop(slots);
            // reading a bundle takes milliseconds; others go on meanwhile
            return tokio::task::block_in_place(|| self.wake(model, origin));
        }
        drop(slots);
        if self.slots_of(name).is_err() && self.room.find(name).map(|model| self.rest(model)).is_some() {
            return self.find(name, version);
        }
        let slots = self.slots_of(name)?;
        Err(Refusal::NoVersion {
            name: name.to_owned(),
            version: clip(version.unwrap_or_default()),
            known: quoted_list(slots.iter().map(|slot| slot.model.version.as_str()), 12),
        })
    }

    /// The model that is asked by those who name none.
    pub(crate) fn first(&self) -> Result<Arc<Loaded>, Refusal> {
        self.find(&self.first_name().unwrap_or_default(), None)
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
            .all(Slot::is_ready)
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
            let names = || names.iter().map(String::as_str);
            let hint = table::nearest(name, names()).map(|name| format!("; did you mean `{name}`?"));
            return Err(Refusal::NoModel {
                name: clip(name),
                known: quoted_list(names(), 12) + &hint.unwrap_or_default(),
            });
        }
        Ok(found)
    }
}

impl NotLoaded {
    pub(crate) fn refusal(self, name: String) -> Refusal {
        match self {
            NotLoaded::Bundle(_) => Refusal::NotLoadable { name },
            NotLoaded::NoRoom {
                needed_bytes,
                limit_bytes,
            } => Refusal::NoRoom {
                name,
                needed_bytes,
                limit_bytes,
            },
        }
    }
}

impl Slot {
    fn resting(model: Model, origin: PathBuf, counters: Arc<Counters>) -> Slot {
        Slot {
            model,
            origin,
            loaded: None,
            reason: "",
            is_resting: true,
            used: Arc::default(),
            stamp: refresh::Stamp::default(),
            counters,
        }
    }

    /// Whether it answers, at once or when it is loaded.
    pub(crate) fn is_ready(&self) -> bool {
        self.loaded.is_some() || self.is_resting
    }

    /// Counters outlive a bundle that is loaded again.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    fn has_hash(&self, digits: &str) -> bool {
        let hash = self.loaded.as_ref().map(|loaded| loaded.bundle.hash().to_hex());
        MIN_HASH_DIGITS <= digits.len() && hash.is_some_and(|hash| hash.starts_with(digits))
    }
}
