//! Other versions in the place of those that are served, while requests go on.

use super::{Models, NotLoaded, Slot};
use crate::config::{Model, Role};
use crate::telling::{AuditEntry, Event};
use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::SystemTime;

/// What tells whether a file is still the one that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp(Option<(SystemTime, u64, Identity)>);

/// Which file stands under a name: another one may have the same time and length (`cp -p`, layers of images).
type Identity = (u64, i64, i64);

#[cfg(unix)]
fn identity(found: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (found.ino(), found.ctime(), found.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &std::fs::Metadata) -> Identity {
    Identity::default()
}

/// How often versions took the place of others.
#[derive(Debug, Default)]
pub(crate) struct Swaps {
    pub(crate) done: AtomicU64,
    /// What was to be served could not be found out or was not sound; what was served before still is.
    pub(crate) failed: AtomicU64,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Stamp {
        let metadata = std::fs::metadata(path).ok();
        Stamp(metadata.and_then(|found| Some((found.modified().ok()?, found.len(), identity(&found)))))
    }
}

impl Models {
    /// Looks for other versions, or other bytes in the same files, and serves them. Requests under way keep theirs, and
    /// what is not sound takes nobody's place.
    pub(crate) fn refresh(&self) {
        for name in self.names() {
            let outcome = match self.found(&name) {
                Some(Some(found)) => self.serve_only(&name, found, false).map_err(|_| ()),
                Some(None) => {
                    let key = format!("versions_unknown {name}");
                    self.teller.tell_some(&key, || Event::unknown_versions(&name));
                    Err(())
                }
                None => self.read_changed(&name).map_err(|_| ()),
            };
            let count = match outcome {
                Ok(0) => continue,
                Ok(_) => {
                    self.tell_swapped(&name);
                    &self.swaps.done
                }
                Err(()) => &self.swaps.failed,
            };
            count.fetch_add(1, Relaxed);
        }
    }

    /// Tells which versions of `name` answer now, those who read the audit log too.
    fn tell_swapped(&self, name: &str) {
        let told = |slot: &Slot| {
            let hash = slot.loaded.as_ref().map(|loaded| loaded.bundle.hash().short());
            let role = slot.model.role.word();
            format!("{} ({role}, {})", slot.model.version, hash.unwrap_or_default())
        };
        let slots = self.slots_of(name).unwrap_or_default();
        let versions: Vec<String> = slots.iter().map(told).collect();
        let versions = versions.join(", ");
        self.teller.record_own(&AuditEntry::swap(name, &versions));
        self.teller.tell(Event::swapped(name, &versions));
    }

    /// What is to be served under `name`; `None` if nobody can say but the files themselves.
    #[allow(clippy::option_option)]
    pub(super) fn found(&self, name: &str) -> Option<Option<Vec<Model>>> {
        let finder = self.finder.as_ref()?;
        let found = finder(name).filter(|found| {
            let is_of_name = |model: &Model| model.name == name;
            found.first().is_some_and(|first| first.role == Role::Listed) && found.iter().all(is_of_name)
        });
        Some(found)
    }

    /// Serves these versions of `name` and no others; how many were not served before, or in another role. Bundles that
    /// are held already are read again only if `anew`. In the place of one that is not sound stays who had its role before.
    pub(super) fn serve_only(&self, name: &str, wanted: Vec<Model>, anew: bool) -> Result<usize, NotLoaded> {
        let _alone = self.coming();
        let before = self.slots_of(name).unwrap_or_default();
        let another_answers = before.iter().any(|slot| slot.loaded.is_some());
        let (mut n_new, mut unsound) = (0, None);
        let mut now: Vec<Slot> = Vec::with_capacity(wanted.len());
        for model in wanted {
            let same = before.iter().find(|slot| slot.model.version == model.version);
            let held = same.filter(|slot| !anew && slot.holds(&model));
            let role = model.role;
            let slot = match held {
                Some(slot) => Ok(slot.in_role(role)),
                None => {
                    let counters = same.map(|slot| slot.counters.clone()).unwrap_or_default();
                    let origin = model.path.clone();
                    let read = self.read(model, origin, counters, another_answers);
                    read.map(|(slot, _)| slot)
                }
            };
            match slot {
                Ok(slot) => {
                    n_new += usize::from(held.is_none_or(|slot| slot.model.role != role));
                    now.push(slot);
                }
                Err(error) => {
                    unsound = Some(error);
                    now.extend(before.iter().find(|slot| slot.has_role_like(role)).cloned());
                }
            }
        }
        n_new += before.len().saturating_sub(now.len());
        if 0 < n_new {
            self.put_all(name, now);
        }
        unsound.map_or(Ok(n_new), Err)
    }

    /// Reads the files of `name` again that are not what they were.
    fn read_changed(&self, name: &str) -> Result<usize, NotLoaded> {
        let _alone = self.coming();
        let (mut n_new, mut unsound) = (0, None);
        for slot in self.slots_of(name).unwrap_or_default() {
            let stamp = Stamp::of(&slot.model.path);
            // a file that is gone may come back
            if slot.loaded.is_some() && stamp != slot.stamp && stamp != Stamp::default() {
                match self.put_from(slot.model, slot.origin) {
                    Ok(()) => n_new += 1,
                    // the others are read all the same
                    Err(error) => unsound = Some(error),
                }
            }
        }
        unsound.map_or(Ok(n_new), Err)
    }

    /// Puts all slots of `name` in the place of those before, at once.
    fn put_all(&self, name: &str, now: Vec<Slot>) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let at = slots.iter().position(|slot| slot.model.name == name);
        slots.retain(|slot| slot.model.name != name);
        let at = at.unwrap_or(slots.len()).min(slots.len());
        slots.splice(at..at, now);
        self.room.make(&mut slots);
        self.heed(&slots);
    }
}

impl Slot {
    /// Whether it is this model already, or was taken from memory on request.
    fn holds(&self, model: &Model) -> bool {
        self.model.path == model.path && self.model.private == model.private
    }

    fn has_role_like(&self, role: Role) -> bool {
        std::mem::discriminant(&self.model.role) == std::mem::discriminant(&role)
    }

    fn in_role(&self, role: Role) -> Slot {
        let mut slot = self.clone();
        slot.model.role = role;
        slot
    }
}
