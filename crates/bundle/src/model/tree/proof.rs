//! Whether trees laid out for single rows answer as the walk does that answered a bundle's golden rows.

use super::ranked::Ranked;
use super::{LEAF, TreeEnsemble};

/// Rows that are compared, besides one without any value.
const N_ROWS: usize = 16;

impl TreeEnsemble {
    /// Whether `ranked` gives the bits of the walk for rows that stand at the trees' own thresholds, and just above them.
    pub(super) fn is_answered_by(&self, ranked: &Ranked) -> bool {
        let n_outputs = self.n_outputs();
        let (mut walked, mut found) = (vec![0.0; n_outputs], vec![0.0; n_outputs]);
        let mut values = vec![0.0; self.layout.reader().slots().len()];
        self.rows_to_compare().iter().all(|row| {
            self.read_numbers(row, &mut values);
            self.add_trees(&values, &mut walked);
            self.add_ranked(ranked, &values, &mut found);
            let mut both = walked.iter().zip(&found);
            both.all(|(walked, found)| walked.to_bits() == found.to_bits())
        })
    }

    fn rows_to_compare(&self) -> Vec<Vec<f64>> {
        let mut rows = vec![vec![f64::NAN; self.n_features()]; N_ROWS + 1];
        let mut n_seen = vec![0; self.n_features()];
        let splits = self.parts.feature.iter().filter(|split| **split != LEAF);
        for (&feature, &threshold) in splits.zip(&self.parts.threshold) {
            let feature = feature as usize;
            let seen = n_seen[feature];
            rows[seen % N_ROWS][feature] = match self.parts.feature_levels[feature] {
                0 if (seen / N_ROWS).is_multiple_of(2) => threshold,
                0 => threshold.next_up(),
                n_levels => (seen % n_levels as usize) as f64,
            };
            n_seen[feature] += 1;
        }
        rows
    }
}
