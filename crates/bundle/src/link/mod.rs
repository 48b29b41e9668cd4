//! What margins mean: the function from a margin to an answer, and the arithmetic in which it is computed.

mod answers;
mod exp;

use serde::{Deserialize, Serialize};
use stats::math;

use crate::Task;

pub(crate) use answers::Answers;

/// What a margin means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Link {
    /// The margin is the number itself: squared and absolute error, quantiles, ranking.
    Identity,
    /// The margin is the probability itself, class by class if there are several: the share of a forest's leaves.
    Share,
    /// `1 / (1 + exp(-slope * margin))`, class by class if there are several.
    Sigmoid {
        /// Multiplies the margin, positive.
        slope: f64,
    },
    /// `exp(margin)` over the sum of all classes'.
    Softmax,
    /// `exp(margin)`: Poisson, Gamma, Tweedie, hazards and survival times.
    Exp,
    /// `2^margin`: the score of an isolation forest, whose margin is minus the mean path in units of the expected one.
    Exp2,
    /// The square of the margin with its sign: LightGBM's `sqrt`.
    SignedSquare,
    /// `ln(1 + exp(margin))`: LightGBM's `cross_entropy_lambda`.
    Softplus,
}

impl Link {
    /// The answer at one margin, in the arithmetic of our own models; a softmax needs all margins and gives 1.
    pub fn answer(self, margin: f64) -> f64 {
        match self {
            Link::Identity => margin,
            Link::Share => margin.clamp(0.0, 1.0),
            Link::Sigmoid { slope } => math::sigmoid(slope * margin),
            Link::Softmax => 1.0,
            Link::Exp => math::exp(margin),
            Link::Exp2 => math::pow(2.0, margin),
            Link::SignedSquare => margin.signum() * margin * margin,
            Link::Softplus => math::softplus(margin),
        }
    }

    /// The least and the greatest number that can be told; no truth lies beyond.
    pub fn range(self) -> [f64; 2] {
        match self {
            Link::Identity | Link::SignedSquare => [f64::NEG_INFINITY, f64::INFINITY],
            Link::Share | Link::Sigmoid { .. } | Link::Softmax => [0.0, 1.0],
            Link::Exp | Link::Exp2 | Link::Softplus => [0.0, f64::INFINITY],
        }
    }

    /// The part of an interval where truths can lie: a count is not negative, a share not above one. No truth is lost by it.
    #[must_use]
    pub fn within_range(self, interval: [f64; 2]) -> [f64; 2] {
        let [least, greatest] = self.range();
        interval.map(|end| end.clamp(least, greatest))
    }

    /// Turns the margins of one row into the probabilities of classes, in the arithmetic of our own models.
    pub fn of_classes(self, row: &mut [f64]) {
        match self {
            Link::Softmax => math::softmax_in_place(row),
            _ => row.iter_mut().for_each(|value| *value = self.answer(*value)),
        }
    }

    pub(crate) fn is_sound(self) -> bool {
        match self {
            Link::Sigmoid { slope } => slope.is_finite() && 0.0 < slope,
            _ => true,
        }
    }

    /// Whether margins of the task may mean this.
    pub(crate) fn fits(self, task: &Task) -> bool {
        match task {
            Task::Binary { .. } => matches!(self, Link::Sigmoid { .. } | Link::Share),
            Task::Classes { .. } => matches!(self, Link::Sigmoid { .. } | Link::Softmax | Link::Share),
            Task::Regression { .. } => !matches!(self, Link::Softmax | Link::Share | Link::Exp2),
            Task::Quantiles { .. } | Task::Ranking { .. } => self == Link::Identity,
            Task::Anomaly => self == Link::Exp2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_a_link_that_fits_it() {
        let target = || "y".to_owned();
        let tasks = [
            Task::Binary {
                target: target(),
                negative: "n".into(),
                positive: "p".into(),
            },
            Task::Classes {
                target: target(),
                classes: vec![],
            },
            Task::Regression { target: target() },
            Task::Quantiles {
                target: target(),
                levels: vec![0.5],
            },
            Task::Ranking {
                target: target(),
                query: "q".into(),
            },
            Task::Anomaly,
        ];
        assert!(tasks.iter().all(|task| task.link().fits(task)));
        assert!(!Link::Softmax.fits(&tasks[0]) && !Link::Share.fits(&tasks[2]));
    }

    #[test]
    fn answers_are_those_of_the_functions() {
        assert_eq!(Link::Share.answer(0.25), 0.25);
        assert_eq!(Link::Exp2.answer(-1.0), 0.5);
        assert_eq!(Link::SignedSquare.answer(-3.0), -9.0);
        assert!((Link::Exp.answer(1.0) - std::f64::consts::E).abs() < 1e-15);
        let mut row = [0.0, 0.25, 0.75];
        Link::Share.of_classes(&mut row);
        assert_eq!(row, [0.0, 0.25, 0.75]);
    }
}
