//! Champion and challenger side by side, for as long as both are served.

use super::sums::{Cells, GROUPS};
use super::{ArmSums, Watched};
use crate::config::Role;
use crate::models::{Loaded, Slot};
use bundle::Scores;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use table::Hash;

/// The pair that is watched, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Guarded {
    /// Whether anybody judges.
    is_on: bool,
    now: RwLock<Option<Arc<Pair>>>,
    n_met: AtomicU64,
}

/// A champion and a challenger with what they did.
#[derive(Debug)]
pub(crate) struct Pair {
    model: String,
    versions: [String; 2],
    bundles: [Hash; 2],
    share: f64,
    meeting: u64,
    arms: [Cells; 2],
}

/// Where what becomes of a request is noted.
#[derive(Debug)]
pub(crate) struct Ticket {
    pair: Arc<Pair>,
    arm: usize,
    group: usize,
    is_ended: AtomicBool,
}

impl Guarded {
    pub(crate) fn new(is_on: bool) -> Guarded {
        Guarded {
            is_on,
            ..Guarded::default()
        }
    }

    pub(crate) fn pair(&self) -> Option<Arc<Pair>> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A ticket for a request that `loaded` answers because of its key, which lies in `group`.
    pub(crate) fn ticket(&self, loaded: &Loaded, group: u64) -> Option<Ticket> {
        if !self.is_on {
            return None;
        }
        let pair = self.pair()?;
        let is_answering = |bundle: &Hash| *bundle == loaded.bundle.hash() && pair.model == loaded.name;
        let arm = pair.bundles.iter().position(is_answering)?;
        let group = (group % GROUPS as u64) as usize;
        Some(Ticket {
            pair,
            arm,
            group,
            is_ended: AtomicBool::new(false),
        })
    }

    /// Heeds which versions are served now: another pair begins anew.
    pub(crate) fn follow(&self, slots: &[Slot]) {
        if !self.is_on {
            return;
        }
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let met = Pair::of(slots, self.n_met.load(Relaxed) + 1);
        let is_same = match (&*now, &met) {
            (Some(now), Some(met)) => now.is_of(met),
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            // under the lock: the same pair met again, with nobody between, is another meeting
            self.n_met.fetch_add(u64::from(met.is_some()), Relaxed);
            *now = met.map(Arc::new);
        }
    }
}

impl Pair {
    fn of(slots: &[Slot], meeting: u64) -> Option<Pair> {
        let challenger = slots.iter().find_map(|slot| match slot.model.role {
            Role::Challenger { share } => Some((slot, share)),
            _ => None,
        });
        let (challenger, share) = challenger?;
        let name = &challenger.model.name;
        let is_champion = |slot: &&Slot| slot.model.role == Role::Listed && slot.model.name == *name;
        let pair = [slots.iter().find(is_champion)?, challenger];
        let hash = |slot: &Slot| slot.loaded.as_ref().map(|loaded| loaded.bundle.hash());
        Some(Pair {
            model: name.clone(),
            versions: pair.map(|slot| slot.model.version.clone()),
            bundles: [hash(pair[0])?, hash(pair[1])?],
            share,
            meeting,
            arms: [Cells::new(), Cells::new()],
        })
    }

    fn is_of(&self, other: &Pair) -> bool {
        let of = |pair: &Pair| (pair.model.clone(), pair.versions.clone(), pair.bundles);
        of(self) == of(other) && self.share == other.share
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    pub(super) fn watched(&self) -> Watched {
        let arms: [ArmSums; 2] = [self.arms[0].sums(), self.arms[1].sums()];
        Watched {
            model: self.model.clone(),
            versions: self.versions.clone(),
            bundles: self.bundles.map(|hash| hash.to_hex()),
            share: self.share,
            meeting: self.meeting,
            arms,
        }
    }
}

impl Ticket {
    /// Notes that the request has ended, with scores or a refusal.
    pub(crate) fn see_end(&self, is_answered: bool, elapsed: Duration) {
        self.is_ended.store(true, Relaxed);
        self.pair.arms[self.arm].see_request(self.group, is_answered, elapsed);
    }

    /// Notes what was answered.
    pub(crate) fn see_answers(&self, model: &Loaded, scores: &Scores) {
        self.pair.arms[self.arm].see_answers(self.group, &model.bundle.task, scores);
    }
}

impl Drop for Ticket {
    /// A caller who went before there was an answer got none: a version must not look better because it is too slow to be
    /// waited for.
    fn drop(&mut self) {
        if !self.is_ended.load(Relaxed) {
            self.see_end(false, Duration::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> Arc<Pair> {
        Arc::new(Pair {
            model: "churn".to_owned(),
            versions: ["1", "2"].map(str::to_owned),
            bundles: [Hash::of(b"1"), Hash::of(b"2")],
            share: 0.5,
            meeting: 1,
            arms: [Cells::new(), Cells::new()],
        })
    }

    fn ticket(pair: &Arc<Pair>, group: usize) -> Ticket {
        Ticket {
            pair: Arc::clone(pair),
            arm: 1,
            group,
            is_ended: AtomicBool::new(false),
        }
    }

    #[test]
    fn who_leaves_before_there_is_an_answer_counts_as_one_who_got_none() {
        let pair = pair();
        drop(ticket(&pair, 3));
        let answered = ticket(&pair, 4);
        answered.see_end(true, Duration::from_micros(1000));
        drop(answered);
        let refused = ticket(&pair, 5);
        refused.see_end(false, Duration::from_micros(1000));
        drop(refused);
        let [champion, challenger] = pair.watched().arms;
        assert_eq!(champion, ArmSums::default());
        assert_eq!(challenger.requests[3..6], [1, 1, 1]);
        assert_eq!(challenger.errors[3..6], [1, 0, 1]);
        // no duration of whoever had no answer
        assert_eq!((challenger.ln_micros[3], challenger.ln_micros[5]), (0.0, 0.0));
    }
}
