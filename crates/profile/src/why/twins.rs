//! Other words for the same rows.

use super::Axes;
use super::dimension::Dimension;
use super::segment::Segment;

/// Rows in common, of all rows of either, from which two segments are told as one.
const ALIKE: f64 = 0.9;
/// Twins that are told.
const MOST: usize = 3;

/// Segments of as many conditions or one whose rows are nearly those of `segment`, in the order of columns.
pub(super) fn twins(axes: &Axes, segment: &Segment, rows: &[u32]) -> Vec<String> {
    let n = axes
        .dimensions
        .first()
        .map_or(0, |dimension| dimension.codes.len());
    let mut bases = vec![Segment(Vec::new())];
    if segment.depth() > 1 {
        bases.extend(segment.parents());
    }
    let mut found = Vec::new();
    for base in bases {
        let base_rows = base.rows(&axes.dimensions, n);
        let free = axes
            .dimensions
            .iter()
            .enumerate()
            .filter(|(place, _)| !segment.uses(*place));
        for dimension in free.map(|(_, dimension)| dimension).chain(&axes.twins) {
            for level in alike(dimension, &base_rows, rows) {
                let words = dimension.label(level);
                let label = match base.depth() {
                    0 => words,
                    _ => format!("{} and {words}", base.label(&axes.dimensions)),
                };
                found.push(label);
            }
        }
    }
    found.truncate(MOST);
    found
}

/// Named levels whose rows within `base` are nearly `rows`, which lie in it.
fn alike(dimension: &Dimension, base: &[u32], rows: &[u32]) -> Vec<u8> {
    let count = |rows: &[u32]| {
        let mut counts = vec![0_u64; dimension.levels.len()];
        rows.iter()
            .for_each(|row| counts[dimension.codes[*row as usize] as usize] += 1);
        counts
    };
    let (both, of_base) = (count(rows), count(base));
    let is_alike = |level: &usize| {
        let either = of_base[*level] + rows.len() as u64 - both[*level];
        dimension.levels[*level].is_named && both[*level] as f64 >= ALIKE * either as f64
    };
    (0..dimension.levels.len())
        .filter(is_alike)
        .map(|level| level as u8)
        .collect()
}
