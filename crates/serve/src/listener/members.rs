//! Those who are there, each for as long as it lives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// So many are looked through when one more comes, or twice as many as were left last time.
const FEW: usize = 64;

/// Some that others hold.
#[derive(Debug)]
pub(super) struct Members<T>(Mutex<List<T>>);

#[derive(Debug)]
struct List<T> {
    all: Vec<Weak<T>>,
    /// When there are so many, those that are gone are taken out.
    full: usize,
}

impl<T> Default for Members<T> {
    fn default() -> Members<T> {
        let (all, full) = (Vec::new(), FEW);
        Members(Mutex::new(List { all, full }))
    }
}

impl<T> Members<T> {
    /// One more, that is heeded for as long as it lives.
    pub(super) fn enter(&self, one: &Arc<T>) {
        let mut list = self.list();
        if list.full <= list.all.len() {
            list.all.retain(|one| 0 < one.strong_count());
            list.full = FEW.max(2 * list.all.len());
        }
        list.all.push(Arc::downgrade(one));
    }

    /// Those who are there now, in the order in which they came.
    pub(super) fn here(&self) -> Vec<Arc<T>> {
        self.list().all.iter().filter_map(Weak::upgrade).collect()
    }

    fn list(&self) -> MutexGuard<'_, List<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
