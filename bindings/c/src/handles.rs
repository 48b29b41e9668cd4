//! Open bundles by number: a number that was closed or never given is refused, and a bundle that is closed while another
//! thread scores with it stays until that thread is done.

use crate::border::{Code, Fault};
use bundle::Bundle;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The open bundles; 0 is never given.
static OPEN: RwLock<Open> = RwLock::new(Open {
    last: 0,
    bundles: BTreeMap::new(),
});

#[derive(Debug)]
struct Open {
    last: u64,
    bundles: BTreeMap<u64, Arc<Bundle>>,
}

/// Keeps a bundle until it is closed; numbers are never given twice.
pub(crate) fn keep(bundle: Bundle) -> u64 {
    let mut open = OPEN.write().unwrap_or_else(PoisonError::into_inner);
    open.last += 1;
    let handle = open.last;
    open.bundles.insert(handle, Arc::new(bundle));
    handle
}

/// # Errors
/// [`Code::NoHandle`].
pub(crate) fn find(handle: u64) -> Result<Arc<Bundle>, Fault> {
    let open = OPEN.read().unwrap_or_else(PoisonError::into_inner);
    open.bundles
        .get(&handle)
        .cloned()
        .ok_or_else(|| no_bundle(handle))
}

/// # Errors
/// [`Code::NoHandle`].
pub(crate) fn close(handle: u64) -> Result<(), Fault> {
    let closed = {
        let mut open = OPEN.write().unwrap_or_else(PoisonError::into_inner);
        open.bundles.remove(&handle)
    };
    // Large ones take their time to go, when nobody waits any more.
    closed.map(drop).ok_or_else(|| no_bundle(handle))
}

fn no_bundle(handle: u64) -> Fault {
    Fault::new(
        Code::NoHandle,
        format!("no bundle is open as {handle}, expected a number from `spanwise_open` that was not closed"),
    )
}
