//! The same thing again and again is told once in a while, with how often it happened.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most kinds that are told apart; further ones are told without restraint of their own, and there are none that a
/// caller could make up.
const MAX_KINDS: usize = 1024;

/// Lets each kind pass once in a while.
#[derive(Debug)]
pub(super) struct Throttle {
    again: Duration,
    kinds: Mutex<HashMap<String, Seen>>,
}

#[derive(Debug)]
struct Seen {
    told: Instant,
    /// How often it happened since.
    more: u64,
}

impl Throttle {
    pub(super) fn new(again: Duration) -> Throttle {
        Throttle {
            again,
            kinds: Mutex::default(),
        }
    }

    /// How often the kind happened since it passed last, if it passes now.
    pub(super) fn pass(&self, kind: &str) -> Option<u64> {
        let now = Instant::now();
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        match kinds.get_mut(kind) {
            Some(seen) if now.duration_since(seen.told) < self.again => {
                seen.more += 1;
                None
            }
            Some(seen) => {
                seen.told = now;
                Some(std::mem::take(&mut seen.more))
            }
            None => {
                if kinds.len() < MAX_KINDS {
                    kinds.insert(kind.to_owned(), Seen { told: now, more: 0 });
                }
                Some(0)
            }
        }
    }

    /// What happened without being told.
    pub(super) fn rest(&self) -> Vec<(String, u64)> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let untold = kinds.drain().filter(|(_, seen)| 0 < seen.more);
        let mut rest: Vec<(String, u64)> = untold.map(|(kind, seen)| (kind, seen.more)).collect();
        rest.sort();
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_back_is_counted() {
        let throttle = Throttle::new(Duration::from_millis(400));
        assert_eq!(throttle.pass("a"), Some(0));
        assert_eq!(throttle.pass("a"), None);
        assert_eq!(throttle.pass("b"), Some(0));
        assert_eq!(throttle.pass("a"), None);
        std::thread::sleep(Duration::from_millis(420));
        assert_eq!(throttle.pass("a"), Some(2));
        assert_eq!(throttle.pass("a"), None);
        assert_eq!(throttle.rest(), [("a".to_owned(), 1)]);
        assert_eq!(throttle.rest(), []);
    }
}
