//! Where values are missing along the rows, and in which columns together.

use super::Side;
use crate::Meaning;
use stats::math::sqrt;

/// Blocks of rows; fewer where there are not ten rows for each.
const BLOCKS: usize = 40;
/// Pairs told.
const MOST_PAIRS: usize = 12;
/// Of the rows that the rarer of two gaps has, the part that both must have to be told.
const TOGETHER: f64 = 0.5;
/// Rows in which both are missing, below which nothing is told.
const FEWEST: usize = 10;

/// Where values are missing, in sampled rows, first to last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaps {
    /// Columns with gaps, and the share that is missing in each of equal blocks of rows.
    pub columns: Vec<(String, Vec<f64>)>,
    /// Pairs that are missing together far more often than apart: two names, and the share of rows in which both are.
    pub together: Vec<(String, String, f64)>,
    gather: bool,
}

impl Gaps {
    pub(super) fn of(sides: &[Side<'_>]) -> Gaps {
        let with_gaps = sides
            .iter()
            .filter(|side| side.profile.meaning != Meaning::AllMissing);
        let missing: Vec<(&str, Vec<bool>)> = with_gaps
            .map(|side| (side.name(), side.cells.missing()))
            .filter(|(_, missing)| missing.contains(&true))
            .collect();
        let mut together = pairs(&missing);
        together.sort_by(|a, b| b.2.total_cmp(&a.2));
        together.truncate(MOST_PAIRS);
        let columns: Vec<(String, Vec<f64>)> = missing
            .iter()
            .map(|(name, missing)| ((*name).to_owned(), blocks(missing)))
            .collect();
        let mut each = missing.iter().zip(&columns);
        Gaps {
            gather: each.any(|((_, missing), (_, blocks))| gathers(missing, blocks)),
            columns,
            together,
        }
    }

    /// Whether gaps say more than their share does: they come together, or gather in parts of the table.
    #[must_use]
    pub fn have_structure(&self) -> bool {
        !self.together.is_empty() || self.gather
    }
}

/// Whether a block lacks far more or far fewer values than all rows do: by five standard errors and by five points.
fn gathers(missing: &[bool], blocks: &[f64]) -> bool {
    let n = missing.len() as f64;
    let share = missing.iter().filter(|is| **is).count() as f64 / n;
    let error = sqrt(share * (1.0 - share) / (n / blocks.len() as f64));
    let far = (5.0 * error).max(0.05);
    blocks.iter().any(|block| far < (block - share).abs())
}

fn pairs(missing: &[(&str, Vec<bool>)]) -> Vec<(String, String, f64)> {
    let count = |rows: &[bool]| rows.iter().filter(|is| **is).count();
    let mut found = Vec::new();
    for (place, (name, rows)) in missing.iter().enumerate() {
        for (other, their) in &missing[place + 1..] {
            let n = rows.len() as f64;
            let both = rows.iter().zip(their).filter(|(a, b)| **a && **b).count();
            let (one, two) = (count(rows), count(their));
            // by chance alone, the rarer gap would meet the other in its share of all rows
            let by_chance = one.max(two) as f64 / n;
            let part = both as f64 / one.min(two) as f64;
            if FEWEST <= both && TOGETHER <= part && 1.5 * by_chance < part {
                found.push(((*name).to_owned(), (*other).to_owned(), both as f64 / n));
            }
        }
    }
    found
}

fn blocks(missing: &[bool]) -> Vec<f64> {
    let n_blocks = (missing.len() / 10).clamp(1, BLOCKS);
    let end = |block: usize| missing.len() * block / n_blocks;
    let share = |block: usize| {
        let rows = &missing[end(block)..end(block + 1)];
        rows.iter().filter(|is| **is).count() as f64 / rows.len().max(1) as f64
    };
    (0..n_blocks).map(share).collect()
}
