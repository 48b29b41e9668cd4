//! Texts in short.

use super::batch::Batch;
use crate::by_hash::ByHash;
use stats::sketch::{Heavy, Repeats};
use std::collections::HashMap;

/// Levels are counted exactly up to twice as many, and beyond up to one in as many rows.
const CAPACITY: usize = 1024;

/// What has been seen of a column of texts.
#[derive(Debug)]
pub(crate) struct TextPass {
    pub(crate) levels: Heavy,
    pub(crate) repeats: Repeats,
    /// Bytes of the shortest and longest text and of all together.
    pub(crate) shortest: usize,
    pub(crate) longest: usize,
    pub(crate) n_bytes: u64,
    /// The texts of one batch by their hashes, with a row and their count; empty between batches.
    counts: HashMap<u64, (usize, u64), ByHash>,
}

impl Default for TextPass {
    fn default() -> TextPass {
        TextPass {
            levels: Heavy::with_capacity(CAPACITY),
            repeats: Repeats::default(),
            shortest: usize::MAX,
            longest: 0,
            n_bytes: 0,
            counts: HashMap::default(),
        }
    }
}

impl TextPass {
    /// Takes in texts and the hashes of these cells.
    pub(super) fn see(&mut self, batch: &Batch<'_>, hashes: &[u64]) {
        for (row, hash) in hashes.iter().enumerate() {
            let Some(text) = batch.text(row) else { continue };
            self.counts.entry(*hash).or_insert((row, 0)).1 += 1;
            self.shortest = self.shortest.min(text.len());
            self.longest = self.longest.max(text.len());
            self.n_bytes += text.len() as u64;
        }
        let repeats = &mut self.repeats;
        let counted = self.counts.drain().map(|(hash, found)| {
            repeats.add_hashes(hash, found.1);
            found
        });
        let mut counts: Vec<(usize, u64)> = counted.collect();
        // the order of a map must not decide which of equally rare texts is kept
        counts.sort_unstable();
        let texts = counts
            .into_iter()
            .filter_map(|(row, n)| Some((batch.text(row)?, n)));
        self.levels.add_batch(texts.collect());
    }
}
