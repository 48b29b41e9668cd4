//! Sets of rows that share levels of some dimensions.

use super::dimension::Dimension;

/// One level of one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Condition {
    pub(super) dimension: usize,
    pub(super) level: u8,
}

/// Rows under all of its conditions, which are of different dimensions in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment(pub(super) Vec<Condition>);

impl Segment {
    pub(super) fn depth(&self) -> usize {
        self.0.len()
    }

    /// With one more condition.
    pub(super) fn with(&self, condition: Condition) -> Segment {
        let mut conditions = self.0.clone();
        conditions.push(condition);
        conditions.sort_unstable();
        Segment(conditions)
    }

    /// With one condition fewer, in all ways.
    pub(super) fn parents(&self) -> Vec<Segment> {
        let without = |place: usize| {
            let mut conditions = self.0.clone();
            conditions.remove(place);
            Segment(conditions)
        };
        (0..self.depth()).map(without).collect()
    }

    pub(super) fn uses(&self, dimension: usize) -> bool {
        self.0.iter().any(|condition| condition.dimension == dimension)
    }

    /// Its rows, ascending.
    pub(super) fn rows(&self, dimensions: &[Dimension], n: usize) -> Vec<u32> {
        let level = |c: &Condition| &dimensions[c.dimension].rows[c.level as usize];
        let Some(fewest) = self.0.iter().min_by_key(|c| level(c).len()) else {
            return (0..n as u32).collect();
        };
        let others: Vec<(&[u8], u8)> = (self.0.iter().filter(|c| *c != fewest))
            .map(|c| (dimensions[c.dimension].codes.as_slice(), c.level))
            .collect();
        let is_in = |row: &&u32| {
            others
                .iter()
                .all(|(codes, level)| codes[**row as usize] == *level)
        };
        level(fewest).iter().filter(is_in).copied().collect()
    }

    pub(super) fn label(&self, dimensions: &[Dimension]) -> String {
        let label = |c: &Condition| dimensions[c.dimension].label(c.level);
        self.0.iter().map(label).collect::<Vec<_>>().join(" and ")
    }
}
