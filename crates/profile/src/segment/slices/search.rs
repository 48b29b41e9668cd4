//! All conjunctions that are worth a test, each with its test and correction.

use super::{Slice, SliceOptions, Slices};
use crate::ProfileError;
use crate::segment::bits::Bits;
use crate::segment::moments::{Apart, Centred, Moments};
use crate::segment::parts::Part;
use std::collections::BTreeMap;

/// Fewest rows of a slice.
pub(super) const FEWEST_INSIDE: f64 = 50.0;
/// Fewest rows beside it: those of a skewed outcome say too little of its mean otherwise.
const FEWEST_BESIDE: f64 = 200.0;
/// Fewest clusters on either side, where rows move together.
const FEWEST_CLUSTERS: usize = 30;
/// Parts that are tried together, strongest first.
const MOST_PARTS: usize = 80;
/// Conjunctions that get a further condition, strongest first.
const MOST_GROWN: usize = 40;

/// Parts of rows that have an outcome, one of each set.
pub(super) fn distinct(parts: Vec<Part>, present: &Bits) -> Vec<Part> {
    let mut seen: BTreeMap<Vec<u64>, ()> = BTreeMap::new();
    let mut kept = Vec::with_capacity(parts.len());
    for mut part in parts {
        part.rows = part.rows.and(present);
        let is_new = seen.insert(part.rows.words().to_vec(), ()).is_none();
        if is_new && FEWEST_INSIDE <= part.rows.count() as f64 {
            kept.push(part);
        }
    }
    kept
}

/// A conjunction of parts.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Places of its parts, ascending.
    pub(super) parts: Vec<usize>,
    /// Its rows.
    pub(super) n: f64,
    pub(super) apart: Apart,
}

pub(super) struct Search<'a> {
    pub(super) parts: Vec<Part>,
    pub(super) total: Moments,
    pub(super) centred: &'a Centred<'a>,
    pub(super) options: &'a SliceOptions,
}

impl Search<'_> {
    pub(super) fn run(&self, outcome: &[f64]) -> Result<Slices, ProfileError> {
        let mut found: Vec<Candidate> = (0..self.parts.len())
            .filter_map(|place| self.candidate(vec![place], &self.parts[place].rows))
            .collect();
        strongest_first(&mut found);
        let n_compared = found.len() as u64;
        let together: Vec<usize> = found.iter().take(MOST_PARTS).map(|one| one.parts[0]).collect();
        let mut grown: Vec<Candidate> = found.iter().take(MOST_PARTS).cloned().collect();
        for _ in 1..self.options.most_conditions.clamp(1, 3) {
            grown = self.grow(&grown, &together);
            found.extend(grown.iter().cloned());
            grown.truncate(MOST_GROWN);
        }
        let sizes = self.sizes();
        let n_looked_at = sizes.iter().sum::<f64>();
        let weights: Vec<f64> = sizes.iter().map(|size| size * sizes.len() as f64).collect();
        let scaled: Vec<f64> = found
            .iter()
            .map(|one| one.apart.p_value * weights[one.parts.len() - 1])
            .collect();
        let adjusted = step_up(&scaled);
        let named = self.name(&found, &weights, &adjusted, together.len());
        let named = named.into_iter().map(|place| {
            let adjusted = adjusted[place];
            self.slice(&found[place], adjusted, outcome)
        });
        Ok(Slices {
            named: named
                .collect::<Result<Vec<Option<Slice>>, ProfileError>>()?
                .into_iter()
                .flatten()
                .collect(),
            n_looked_at: n_looked_at as u64,
            n_compared,
        })
    }

    /// The conjunction compared with all other rows; `None` with too few rows on a side.
    fn candidate(&self, parts: Vec<usize>, rows: &Bits) -> Option<Candidate> {
        let inside = self.centred.within(rows);
        let rest = self.total.without(&inside);
        let apart = self.compare(&inside, &rest)?;
        Some(Candidate {
            parts,
            n: inside.n,
            apart,
        })
    }

    /// The rows of all of some parts, of which there is at least one; not kept, because there are thousands of sets.
    pub(super) fn rows(&self, parts: impl Iterator<Item = usize>) -> Bits {
        let rows = parts.map(|place| self.parts[place].rows.clone());
        rows.reduce(|a, b| a.and(&b))
            .unwrap_or_else(|| self.centred.present.clone())
    }

    pub(super) fn rows_of(&self, one: &Candidate) -> Bits {
        self.rows(one.parts.iter().copied())
    }

    pub(super) fn compare(&self, inside: &Moments, rest: &Moments) -> Option<Apart> {
        let has_clusters = |side: &Moments| side.n_clusters().is_none_or(|n| FEWEST_CLUSTERS <= n);
        let has_rows = match self.options.design.clusters {
            None => FEWEST_INSIDE <= inside.units() && FEWEST_BESIDE <= rest.units(),
            Some(_) => FEWEST_INSIDE <= inside.n && FEWEST_BESIDE <= rest.n,
        };
        (has_rows && has_clusters(inside) && has_clusters(rest))
            .then(|| inside.apart(rest, self.options.sought))
    }

    /// All with a condition more, strongest first.
    fn grow(&self, from: &[Candidate], together: &[usize]) -> Vec<Candidate> {
        let mut grown: BTreeMap<Vec<usize>, Candidate> = BTreeMap::new();
        for one in from {
            let columns: Vec<&str> = self.columns(one).collect();
            let rows = self.rows_of(one);
            for place in together {
                let part = &self.parts[*place];
                if columns.contains(&part.column.as_str()) {
                    continue;
                }
                let mut parts = one.parts.clone();
                parts.push(*place);
                parts.sort_unstable();
                if !grown.contains_key(&parts)
                    && let Some(found) = self.candidate(parts.clone(), &rows.and(&part.rows))
                {
                    grown.insert(parts, found);
                }
            }
        }
        let mut grown: Vec<Candidate> = grown.into_values().collect();
        strongest_first(&mut grown);
        grown
    }

    pub(super) fn columns<'c>(&'c self, one: &'c Candidate) -> impl Iterator<Item = &'c str> {
        one.parts.iter().map(|place| self.parts[*place].column.as_str())
    }

    /// How many conjunctions of one, two and three parts of different columns there are; none of a size that nothing has.
    fn sizes(&self) -> Vec<f64> {
        let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
        for part in &self.parts {
            *counts.entry(part.column.as_str()).or_default() += 1.0;
        }
        // Elementary symmetric polynomials: of every column one part or none.
        let mut sizes = [1.0, 0.0, 0.0, 0.0];
        for count in counts.values() {
            for n in (1..sizes.len()).rev() {
                sizes[n] += sizes[n - 1] * count;
            }
        }
        sizes[1..=self.options.most_conditions.clamp(1, 3)].to_vec()
    }
}

fn strongest_first(found: &mut [Candidate]) {
    found.sort_by(|a, b| {
        b.apart
            .t
            .total_cmp(&a.apart.t)
            .then_with(|| a.parts.cmp(&b.parts))
    });
}

/// Benjamini and Hochberg of p-values that were multiplied by the number of hypotheses and their weights already.
fn step_up(scaled: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..scaled.len()).collect();
    order.sort_by(|a, b| scaled[*a].total_cmp(&scaled[*b]));
    let mut adjusted = vec![1.0; scaled.len()];
    let mut least = 1.0_f64;
    for (rank, place) in order.into_iter().enumerate().rev() {
        least = least.min(scaled[place] / (rank as f64 + 1.0));
        adjusted[place] = least;
    }
    adjusted
}
