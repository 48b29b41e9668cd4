//! What of the answers is logged, and for how long.

use bundle::log::{Mask, Recording};
use std::time::Duration;

/// What of the answers is logged, and for how long.
#[derive(Clone, PartialEq)]
pub struct Logging {
    /// The share of requests, above 0 and at most 1, taken by the hash of their names: every service takes the same ones.
    pub share: f64,
    /// Inputs whose values are not shown: logged as hashes with a key made from `mask_secret`, or not at all without one.
    pub mask: Vec<String>,
    /// What the key of masked columns is made from; else what stands in `SPANWISE_MASK_KEY`.
    pub mask_secret: Option<String>,
    /// After so long the files of a day are removed; `None` keeps them.
    pub keep: Option<Duration>,
    /// How often closed files are merged into one for each day; default 10 minutes.
    pub merge_every: Duration,
    /// Of the day that is not over, so many files are merged at once; default 8.
    pub merge_from: usize,
}

impl Default for Logging {
    fn default() -> Logging {
        Logging {
            share: 1.0,
            mask: Vec::new(),
            mask_secret: None,
            keep: None,
            merge_every: Duration::from_secs(600),
            merge_from: 8,
        }
    }
}

impl Logging {
    pub(super) fn recording(&self) -> Recording {
        Recording {
            share: self.share,
            mask: Mask::new(self.mask.iter().cloned(), self.mask_secret.as_deref()),
        }
    }
}

impl std::fmt::Debug for Logging {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logging")
            .field("share", &self.share)
            .field("mask", &self.mask)
            .field("has_mask_secret", &self.mask_secret.is_some())
            .field("keep", &self.keep)
            .field("merge_every", &self.merge_every)
            .field("merge_from", &self.merge_from)
            .finish()
    }
}
