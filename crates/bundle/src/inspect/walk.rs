//! Mean changes from place to place, added up, and how far other rows would lead elsewhere.

use stats::math::sqrt;
use stats::special::normal_quantile;

/// Rows between places, and what moving them by a step changes.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    /// The places, `(n_places,)`.
    pub(super) at: Vec<f64>,
    /// The places between which each row lies, or twice its own, `(n_rows,)`.
    pub(super) homes: Vec<[usize; 2]>,
    /// The moves in the order of their rows, one or two for each.
    pub(super) moves: Vec<Move>,
}

/// A row moved from a place to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    /// The row.
    pub(super) row: usize,
    /// The place that the step leads to, from 1.
    pub(super) step: usize,
    /// What it changes.
    pub(super) change: f64,
}

/// How rows weigh, `(n_places,)` each.
struct Steps {
    /// The mean change of each step; 0 for the first place.
    mean: Vec<f64>,
    /// The share of rows that take the step.
    share: Vec<f64>,
    /// How much of the step is in the centre.
    in_centre: Vec<f64>,
}

impl Walk {
    /// The effect at each place, and half of its interval, `(n_places,)` each.
    pub(super) fn effects(&self, level: f64) -> (Vec<f64>, Vec<f64>) {
        let steps = self.steps();
        let mut height = 0.0;
        let heights: Vec<f64> = steps
            .mean
            .iter()
            .map(|mean| {
                height += mean;
                height
            })
            .collect();
        let of_rows: Vec<f64> = self
            .homes
            .iter()
            .map(|[low, high]| 0.5 * (heights[*low] + heights[*high]))
            .collect();
        let centre = stats::sum::mean(&of_rows);
        let squares = self.squared_influences(&steps, &of_rows, centre);
        let n = self.homes.len() as f64;
        let z = -normal_quantile(0.5 * (1.0 - level));
        // one row tells nothing of its spread
        let half = |square: f64| z * sqrt(square / (n * (n - 1.0).max(0.0)));
        (
            heights.iter().map(|height| height - centre).collect(),
            squares.into_iter().map(half).collect(),
        )
    }

    fn steps(&self) -> Steps {
        let n_places = self.at.len();
        let (mut counts, mut sums) = (vec![0.0; n_places], vec![0.0; n_places]);
        for one in &self.moves {
            counts[one.step] += 1.0;
            sums[one.step] += one.change;
        }
        let mut homes = vec![0.0; n_places];
        self.homes.iter().flatten().for_each(|place| homes[*place] += 0.5);
        let n = self.homes.len() as f64;
        let mut behind = 0.0;
        let mut in_centre = vec![0.0; n_places];
        for place in (0..n_places).rev() {
            behind += homes[place] / n;
            in_centre[place] = behind;
        }
        let mean = sums
            .iter()
            .zip(&counts)
            .map(|(sum, count)| if 0.0 < *count { sum / count } else { 0.0 });
        Steps {
            mean: mean.collect(),
            share: counts.iter().map(|count| count / n).collect(),
            in_centre,
        }
    }

    /// The sum over rows of the squared influence on the effect at each place.
    fn squared_influences(&self, steps: &Steps, of_rows: &[f64], centre: f64) -> Vec<f64> {
        let mut squares = vec![0.0; self.at.len()];
        let mut moves = self.moves.iter().peekable();
        let mut on_steps = Vec::with_capacity(2);
        for (row, own) in of_rows.iter().enumerate() {
            on_steps.clear();
            while let Some(one) = moves.next_if(|one| one.row == row) {
                let off = one.change - steps.mean[one.step];
                on_steps.push((one.step, off / steps.share[one.step]));
            }
            let in_centre: f64 = on_steps
                .iter()
                .map(|(step, by)| steps.in_centre[*step] * by)
                .sum();
            let mut influence = centre - own - in_centre;
            let mut taken = on_steps.iter().peekable();
            for (place, square) in squares.iter_mut().enumerate() {
                while let Some((_, by)) = taken.next_if(|(step, _)| *step == place) {
                    influence += by;
                }
                *square += influence * influence;
            }
        }
        squares
    }
}
