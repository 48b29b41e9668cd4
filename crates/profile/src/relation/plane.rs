//! Two columns of numbers side by side: points where there are few, counts in cells where there are many.

use super::{Relation, Side};
use crate::cells::Cells;

/// Planes kept.
const MOST: usize = 3;
/// Rows up to which each is a point.
const FEW: usize = 300;

/// Two columns of numbers that belong together, in sampled rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plane {
    /// The column along.
    pub column: String,
    /// The column upward.
    pub other: String,
    /// The rows themselves, where they are few; else empty.
    pub points: Vec<(f64, f64)>,
    /// Ends of the cells along: those of the column's histogram.
    pub x_edges: Vec<f64>,
    /// Ends of the cells upward.
    pub y_edges: Vec<f64>,
    /// Rows in each cell, a row of cells for each step upward, lowest first.
    pub counts: Vec<Vec<u64>>,
    /// Rows beyond the cells, where long tails are.
    pub n_outside: u64,
}

/// The planes of the closest pairs of numbers.
pub(super) fn planes(sides: &[Side<'_>], pairs: &[Relation]) -> Vec<Plane> {
    let find = |name: &str| sides.iter().find(|side| side.name() == name);
    let numeric = pairs.iter().filter(|pair| pair.measure == "rank correlation");
    numeric
        .filter_map(|pair| Plane::of(find(&pair.column)?, find(&pair.other)?))
        .take(MOST)
        .collect()
}

impl Plane {
    fn of(along: &Side<'_>, up: &Side<'_>) -> Option<Plane> {
        let (Cells::Numbers(x), Cells::Numbers(y)) = (&along.cells, &up.cells) else {
            return None;
        };
        let edges = |side: &Side<'_>| Some(side.profile.numbers.as_ref()?.histogram.edges.clone());
        let pairs = || {
            x.iter()
                .copied()
                .zip(y.iter().copied())
                .filter(|(x, y)| x.is_finite() && y.is_finite())
        };
        let mut plane = Plane {
            column: along.name().to_owned(),
            other: up.name().to_owned(),
            x_edges: edges(along)?,
            y_edges: edges(up)?,
            ..Plane::default()
        };
        if plane.x_edges.len() < 3 || plane.y_edges.len() < 3 {
            return None;
        }
        if x.len() <= FEW {
            plane.points = pairs().collect();
            return Some(plane);
        }
        plane.counts = vec![vec![0; plane.x_edges.len() - 1]; plane.y_edges.len() - 1];
        for (x, y) in pairs() {
            match (place(&plane.x_edges, x), place(&plane.y_edges, y)) {
                (Some(column), Some(row)) => plane.counts[row][column] += 1,
                _ => plane.n_outside += 1,
            }
        }
        Some(plane)
    }
}

/// The bin of a value; the last one has its upper edge.
fn place(edges: &[f64], x: f64) -> Option<usize> {
    let last = edges.len() - 1;
    if x == edges[last] {
        return Some(last - 1);
    }
    let above = edges.partition_point(|edge| *edge <= x);
    (0 < above && above <= last).then(|| above - 1)
}
