//! How columns belong together, in sampled rows.

mod dependency;
mod gaps;
mod pair;
mod plane;

pub use dependency::Dependency;
pub use gaps::Gaps;
pub use pair::Relation;
pub use plane::Plane;

use crate::cells::Cells;
use crate::work::in_order;
use crate::{ColumnProfile, Meaning, Options};
use table::Table;

/// How columns belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relations {
    /// Pairs of columns that know of each other, closest first; at most a hundred, corrected for all pairs tried.
    pub pairs: Vec<Relation>,
    /// Pairs of columns that were compared.
    pub n_tried: usize,
    /// Columns that settle another, broadest first.
    pub dependencies: Vec<Dependency>,
    /// Columns or pairs of columns without a repeated or missing value; pairs only where no single column names rows.
    pub keys: Vec<Vec<String>>,
    /// Groups of columns that are missing in the same rows.
    pub missing_together: Vec<Vec<String>>,
    /// Where values are missing along the rows.
    pub gaps: Gaps,
    /// The closest pairs of numbers, at most three, as points or counts in cells.
    pub planes: Vec<Plane>,
}

/// A column of the sample.
pub(crate) struct Side<'a> {
    profile: &'a ColumnProfile,
    cells: Cells,
    hashes: Vec<u64>,
}

/// Relations of the columns of a sample, whose profiles stand in the same order.
pub(crate) fn relations(
    sample: &Table,
    columns: &[ColumnProfile],
    options: &Options,
    n_threads: usize,
) -> Relations {
    let sides = in_order(columns, n_threads, |profile| Side::of(profile, sample));
    let sides: Vec<Side<'_>> = sides.into_iter().flatten().collect();
    let (pairs, n_tried) = pair::pairs(&sides, options, n_threads);
    Relations {
        gaps: Gaps::of(&sides),
        planes: plane::planes(&sides, &pairs),
        pairs,
        n_tried,
        dependencies: dependency::dependencies(&sides, n_threads),
        keys: dependency::keys(&sides),
        missing_together: missing_together(&sides),
    }
}

impl<'a> Side<'a> {
    fn of(profile: &'a ColumnProfile, sample: &Table) -> Option<Side<'a>> {
        let cells = Cells::of(&sample.column(&profile.name).ok()?);
        let hashes = cells.hashes();
        Some(Side {
            profile,
            cells,
            hashes,
        })
    }

    fn name(&self) -> &str {
        &self.profile.name
    }

    /// Whether its values are worth comparing with those of others.
    fn is_compared(&self) -> bool {
        !matches!(
            self.profile.meaning,
            Meaning::Identifier | Meaning::Constant | Meaning::AllMissing | Meaning::FreeText
        )
    }
}

/// Groups of at least two columns that are missing in exactly the same rows, some of them at least.
fn missing_together(sides: &[Side<'_>]) -> Vec<Vec<String>> {
    let mut groups: Vec<(Vec<bool>, Vec<String>)> = Vec::new();
    for side in sides
        .iter()
        .filter(|side| side.profile.meaning != Meaning::AllMissing)
    {
        let missing = side.cells.missing();
        if !missing.contains(&true) {
            continue;
        }
        match groups.iter_mut().find(|(rows, _)| *rows == missing) {
            Some((_, names)) => names.push(side.name().to_owned()),
            None => groups.push((missing, vec![side.name().to_owned()])),
        }
    }
    groups
        .into_iter()
        .map(|(_, names)| names)
        .filter(|names| 1 < names.len())
        .collect()
}

#[cfg(test)]
mod tests;
