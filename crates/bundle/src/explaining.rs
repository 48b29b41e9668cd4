//! Explaining many rows: shared out over threads, and ended early when the caller asks.
//!
//! Each row is explained by itself, so that blocks and threads change no bit.

use crate::score::{MAX_THREADS, pool};
use crate::{Bundle, BundleError, Explanation, Interactions, ModelError, ScoreOptions};
use prepare::Features;
use rayon::prelude::*;
use std::ops::Range;

/// Whether the work should end before it is done; asked often, from any thread.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

/// Rows of interaction values that are computed together: more would share little, and hold back the caller's end.
const INTERACTION_ROWS: usize = 256;

impl Bundle {
    /// As [`Bundle::explain`], until `stop` says so, which is asked before each block of rows.
    ///
    /// # Errors
    /// As [`Bundle::explain`]; [`ModelError::Stopped`].
    pub fn explain_until(
        &self,
        features: &Features,
        options: &ScoreOptions,
        stop: Stop<'_>,
    ) -> Result<Explanation, BundleError> {
        // Large blocks share much work.
        let block = options.block_rows.clamp(1, 4096);
        let one = |rows| self.model.explain(features, rows);
        let parts = in_blocks(features.n_rows, block, options.n_threads, stop, &one)?;
        match joined(parts) {
            Some(whole) => Ok(whole),
            None => Ok(self.model.explain(features, 0..0)?),
        }
    }

    /// Contributions against background rows, until `stop` says so, which is asked before each tree.
    ///
    /// # Errors
    /// As [`Model::explain_against`](crate::Model::explain_against); [`ModelError::Stopped`], [`BundleError::Threads`].
    pub fn explain_against_until(
        &self,
        features: &Features,
        background: &Features,
        options: &ScoreOptions,
        stop: Stop<'_>,
    ) -> Result<Explanation, BundleError> {
        let rows = 0..features.n_rows;
        let n_threads = options.n_threads.clamp(1, MAX_THREADS);
        let work = || {
            self.model
                .explain_against_until(features, rows, background, n_threads, stop)
        };
        Ok(match n_threads {
            1 => work()?,
            _ => pool(n_threads, n_threads)?.install(work)?,
        })
    }

    /// How pairs of features act together on the margins of all rows, until `stop` says so, which is asked before each
    /// block of rows.
    ///
    /// # Errors
    /// As [`Model::interactions`](crate::Model::interactions); [`ModelError::Stopped`], [`BundleError::Threads`].
    pub fn interactions_until(
        &self,
        features: &Features,
        options: &ScoreOptions,
        stop: Stop<'_>,
    ) -> Result<Interactions, BundleError> {
        self.model.check_interactions(features.n_rows)?;
        let one = |rows| self.model.interactions(features, rows);
        let parts = in_blocks(features.n_rows, INTERACTION_ROWS, options.n_threads, stop, &one)?;
        let mut values = Vec::with_capacity(parts.iter().map(|part| part.values.len()).sum());
        let mut explanations = Vec::with_capacity(parts.len());
        for part in parts {
            values.extend(part.values);
            explanations.push(part.explanation);
        }
        match joined(explanations) {
            Some(explanation) => Ok(Interactions { explanation, values }),
            None => Ok(self.model.interactions(features, 0..0)?),
        }
    }
}

/// # Errors
/// [`ModelError::Stopped`] if `stop` says so.
pub(crate) fn check_going_on(stop: Stop<'_>) -> Result<(), ModelError> {
    match stop() {
        true => Err(ModelError::Stopped),
        false => Ok(()),
    }
}

/// The parts of `n_rows` in their order, each of at most `block` rows; all threads have as many of them.
fn in_blocks<T: Send>(
    n_rows: usize,
    block: usize,
    n_threads: usize,
    stop: Stop<'_>,
    one: &(dyn Fn(Range<usize>) -> Result<T, ModelError> + Sync),
) -> Result<Vec<T>, BundleError> {
    let n_blocks = n_rows
        .div_ceil(block)
        .next_multiple_of(n_threads.clamp(1, MAX_THREADS));
    let block = n_rows.div_ceil(n_blocks.max(1)).max(1);
    let starts: Vec<usize> = (0..n_rows).step_by(block).collect();
    let one = |start: &usize| {
        check_going_on(stop)?;
        one(*start..(*start + block).min(n_rows))
    };
    let parts: Result<Vec<T>, ModelError> = if n_threads <= 1 || starts.len() <= 1 {
        starts.iter().map(one).collect()
    } else {
        pool(n_threads, starts.len())?.install(|| starts.par_iter().map(one).collect())
    };
    Ok(parts?)
}

/// The rows of all parts; none without parts.
fn joined(parts: Vec<Explanation>) -> Option<Explanation> {
    let mut parts = parts.into_iter();
    let mut whole = parts.next()?;
    for part in parts {
        whole.n_rows += part.n_rows;
        whole.base.extend(part.base);
        whole.contributions.extend(part.contributions);
        whole.remainder.extend(part.remainder);
    }
    Some(whole)
}
