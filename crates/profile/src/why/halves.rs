//! Which of two halves moved.

use super::measure::Measured;
use super::search::{Moved, Search};
use super::segment::{Condition, Segment};

/// Standard errors from which a half moved by itself.
const CLEARLY: f64 = 3.0;

impl Search<'_> {
    /// Of the two levels of one dimension either is the rest of the other. What moved is the one that moved at all, or the
    /// smaller one if both did.
    pub(super) fn of_two_halves(&self, best: Moved) -> Moved {
        let [only] = best.segment.0[..] else {
            return best;
        };
        let levels = &self.field.dimensions[only.dimension].levels;
        if levels.len() != 2 || levels.iter().any(|level| !level.is_named) {
            return best;
        }
        let other = Segment(vec![Condition {
            level: 1 - only.level,
            ..only
        }]);
        let rows = other.rows(self.field.dimensions, self.channel.score.len());
        let moves = [&best.rows, &rows].map(|rows| self.channel.own_movement(rows).abs() > CLEARLY);
        let is_other = match moves {
            [true, false] => false,
            [false, true] => true,
            _ => rows.len() < best.rows.len(),
        };
        if is_other {
            let measured = Measured {
                movement: -best.measured.movement,
                ..best.measured
            };
            return Moved {
                segment: other,
                rows,
                measured,
                ..best
            };
        }
        best
    }
}
