//! When bundles are laid out for single rows: before they answer where another does meanwhile, else beside their first answers.

use super::Loaded;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;

/// So long after the service began, so that its first requests are answered undisturbed.
const LATER: Duration = Duration::from_millis(50);

/// Has bundles laid out, on threads for such work once there are any.
#[derive(Debug, Default)]
pub(super) struct LayingOut {
    threads: OnceLock<Handle>,
}

impl LayingOut {
    /// A bundle has come. One that comes before the service begins is laid out by [`LayingOut::begin`].
    pub(super) fn heed(&self, loaded: &Arc<Loaded>, another_answers: bool) {
        if another_answers {
            loaded.bundle.lay_out();
        } else if let Some(threads) = self.threads.get() {
            let loaded = Arc::clone(loaded);
            threads.spawn_blocking(move || loaded.bundle.lay_out());
        }
    }

    /// The service begins on these threads, with the bundles that are `loaded` by now.
    pub(super) fn begin(&self, threads: Handle, loaded: impl FnOnce() -> Vec<Arc<Loaded>>) {
        // first, so that none comes between; a service begins once
        let _ = self.threads.set(threads.clone());
        let loaded = loaded();
        threads.spawn(async move {
            tokio::time::sleep(LATER).await;
            tokio::task::spawn_blocking(move || loaded.iter().for_each(|loaded| loaded.bundle.lay_out()));
        });
    }
}
