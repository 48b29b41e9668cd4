//! Which version answers a request that names none, and which ones are asked beside it.

use super::{Loaded, Models, Slot};
use crate::config::Role;
use crate::guardrail::Ticket;
use crate::refusal::Refusal;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};

impl Models {
    /// The version of `name`, or of the first model, for a request with this key: the champion, or a challenger for its
    /// share of keys; with a ticket where what becomes of it is noted.
    pub(crate) fn assigned(
        &self,
        name: Option<&str>,
        key: impl FnOnce() -> Vec<u8>,
    ) -> Result<(Arc<Loaded>, Option<Ticket>), Refusal> {
        let (challenger, group) = self.challenger(name, key);
        let loaded = match challenger {
            Some(challenger) => challenger,
            None => name.map_or_else(|| self.first(), |name| self.find(name, None))?,
        };
        let ticket = group.and_then(|group| self.guarded.ticket(&loaded, group));
        Ok((loaded, ticket))
    }

    /// The challenger for this key, if it is one's, and the key's group, if there are challengers.
    fn challenger(
        &self,
        name: Option<&str>,
        key: impl FnOnce() -> Vec<u8>,
    ) -> (Option<Arc<Loaded>>, Option<u64>) {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let Some(name) = name.or_else(|| Some(slots.first()?.model.name.as_str())) else {
            return (None, None);
        };
        let mut challengers = slots
            .iter()
            .filter(|slot| slot.model.name == name)
            .filter_map(|slot| Some((slot, slot.share()?)))
            .peekable();
        if challengers.peek().is_none() {
            return (None, None);
        }
        let (mut place, group) = place(name, &key());
        for (slot, share) in challengers {
            if place < share {
                // the champion stands in for one that is not there
                return (slot.loaded.clone(), Some(group));
            }
            place -= share;
        }
        (None, Some(group))
    }

    /// Those who are asked what this version of `name` answered, if it is the champion: they are compared with it alone.
    pub(crate) fn shadows(&self, name: &str, version: &str) -> Vec<Arc<Loaded>> {
        if self.n_shadows.load(Relaxed) == 0 {
            return Vec::new();
        }
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let of_name = || slots.iter().filter(|slot| slot.model.name == name);
        let champion = of_name().find(|slot| slot.model.role == Role::Listed);
        if champion.is_none_or(|champion| champion.model.version != version) {
            return Vec::new();
        }
        of_name()
            .filter(|slot| slot.model.role == Role::Shadow)
            .filter_map(|slot| slot.loaded.clone())
            .collect()
    }

    /// Heeds who is served now in which role.
    pub(super) fn heed(&self, slots: &[Slot]) {
        self.guarded.follow(slots);
        self.count_shadows(slots);
    }

    fn count_shadows(&self, slots: &[Slot]) {
        let n = slots
            .iter()
            .filter(|slot| slot.model.role == Role::Shadow)
            .count();
        self.n_shadows.store(n, Relaxed);
    }
}

impl Slot {
    fn share(&self) -> Option<f64> {
        match self.model.role {
            Role::Challenger { share } => Some(share),
            _ => None,
        }
    }
}

/// Where a key lies among all keys of a model, evenly in [0, 1): the first 53 bits of a hash; and the next 64 bits, which
/// put it into a group.
fn place(name: &str, key: &[u8]) -> (f64, u64) {
    let mut hasher = blake3::Hasher::new();
    // the name's length keeps `ab`, `c` and `a`, `bc` apart
    hasher.update(&(name.len() as u64).to_le_bytes());
    hasher.update(name.as_bytes());
    hasher.update(key);
    let hash = hasher.finalize();
    let word = |at: usize| {
        let mut word = [0; 8];
        word.copy_from_slice(&hash.as_bytes()[at..at + 8]);
        u64::from_le_bytes(word)
    };
    ((word(0) >> 11) as f64 / (1u64 << 53) as f64, word(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_spread_evenly_and_stay_where_they_are() {
        let places: Vec<f64> = (0..20_000)
            .map(|key: u32| place("churn", key.to_string().as_bytes()).0)
            .collect();
        for share in [0.01, 0.1, 0.5] {
            let found = places.iter().filter(|place| **place < share).count() as f64 / 20_000.0;
            let error = (share * (1.0 - share) / 20_000.0).sqrt();
            assert!((found - share).abs() < 4.0 * error, "{share}: {found}");
        }
        assert_eq!(place("churn", b"7"), place("churn", b"7"));
        assert!(place("churn", b"7") != place("other", b"7"));
        assert!(place("ab", b"c") != place("a", b"bc"));
    }
}
