//! Values that are unlike those before, as they come.

mod online;
mod tail;

pub use online::{OnlineFdr, flag_across};

use crate::math::ln;
use crate::{StatsError, check};
use std::collections::VecDeque;
use tail::Tail;

/// How a [`Detector`] looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnomalyParams {
    /// After how many values the season comes again; 0 without one. The detector remembers as many numbers.
    pub season_length: usize,
    /// The share of the past that each value makes forgotten, in (0, 0.5].
    pub forgetting: f64,
    /// How many values a shift of the level is judged by, from 1.
    pub window: usize,
    /// The level of the interval that is expected to hold the next value, in (0, 1).
    pub level: f64,
}

impl Default for AnomalyParams {
    /// No season, a memory of about 1,000 values, shifts of 12, intervals of 0.95.
    fn default() -> Self {
        Self {
            season_length: 0,
            forgetting: 0.001,
            window: 12,
            level: 0.95,
        }
    }
}

/// What a [`Detector`] says of one value, from the values before it alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The value that was expected: level and season.
    pub expected: f64,
    /// Where the value was expected to be, at the level asked for.
    pub interval: (f64, f64),
    /// The chance of a value as far out, as far from the one before, or of a mean of the last values as far off: the least of
    /// the three, times three, in (0, 1]. 1 while there is too little to judge by, and for a missing value.
    pub p_value: f64,
    /// How striking and how new, in [0, 1): `e / (3 + e)` of an evidence `e`, the powers of ten of all three chances together,
    /// less seven tenths of the largest evidence of late.
    pub score: f64,
}

/// Values before which nothing is judged, beside two seasons.
const N_FIRST: usize = 100;
/// Residuals beyond so many mean absolute ones move level and season no further.
const HUBER: f64 = 3.0;
/// How much of what was lately as striking is taken from evidence, and how much of that each value leaves.
const KNOWN: f64 = 0.7;
const STAYS: f64 = 0.97;

/// Judges the values of one series as they come, in memory of a season.
///
/// Level, season and spread follow the series by exponential smoothing whose steps are cut at three mean absolute residuals
/// (Huber), so that what is odd is not learnt. Three sizes are judged: the distance from level and season, the distance of
/// the mean of the last `window` values, and the step from the value before; each by the quantiles and the Pareto tail of
/// its own past. A reading depends on the values before and the value itself, on nothing else.
///
/// # Reference
/// S. Gelper, R. Fried, C. Croux (2010), Robust forecasting with exponential and Holt-Winters smoothing, Journal of
/// Forecasting 29, 285-300, for the cut steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Detector {
    params: AnomalyParams,
    season: Vec<f64>,
    n_seen: usize,
    /// Values from which spread and tails are made, those of the first season forgotten.
    n_learnt: f64,
    level: f64,
    spread: f64,
    step_spread: f64,
    last: f64,
    /// The last value as far as it was believed.
    believed: f64,
    recent: VecDeque<f64>,
    tails: [Tail; 3],
    lately: f64,
}

impl Detector {
    /// # Errors
    /// [`StatsError::OutOfRange`] for parameters outside their range, or a season or window beyond a million values.
    pub fn new(params: AnomalyParams) -> Result<Self, StatsError> {
        check::level(params.level)?;
        check::at_most(
            "season_length",
            params.season_length,
            1_000_000,
            "of at most a million",
        )?;
        check::at_most("window", params.window, 1_000_000, "of at most a million")?;
        for (what, found, is_right, expected) in [
            (
                "forgetting",
                params.forgetting,
                params.forgetting > 0.0 && params.forgetting <= 0.5,
                "in (0, 0.5]",
            ),
            ("window", params.window as f64, params.window > 0, "of at least 1"),
        ] {
            if !is_right {
                return Err(StatsError::OutOfRange {
                    what,
                    found,
                    expected,
                });
            }
        }
        Ok(Self {
            season: vec![0.0; params.season_length],
            params,
            n_seen: 0,
            n_learnt: 0.0,
            level: f64::NAN,
            spread: 0.0,
            step_spread: 0.0,
            last: 0.0,
            believed: 0.0,
            recent: VecDeque::new(),
            tails: [Tail::new(), Tail::new(), Tail::new()],
            lately: 0.0,
        })
    }

    /// Judges the next value and learns it. A value that is not finite is missing: time goes on, nothing is learnt.
    pub fn next(&mut self, value: f64) -> Reading {
        let phase = self.n_seen % self.season.len().max(1);
        let seasonal = self.season.get(phase).copied().unwrap_or(0.0);
        let (expected, interval) = self.expectation(seasonal);
        let mut reading = Reading {
            expected,
            interval,
            p_value: 1.0,
            score: 0.0,
        };
        if value.is_finite() {
            if self.level.is_nan() {
                (self.level, self.last, self.believed) = (value, value, value);
                reading.expected = value;
            }
            let evidence = self.judge(value - seasonal, &mut reading);
            self.learn(value - seasonal, phase);
            self.lately = (self.lately * STAYS).max(evidence);
        } else {
            self.lately *= STAYS;
        }
        self.n_seen += 1;
        if self.n_seen == self.season.len() {
            // What was learnt before the season was known is no measure.
            (self.n_learnt, self.spread, self.step_spread) = (0.0, 0.0, 0.0);
            self.tails = [Tail::new(), Tail::new(), Tail::new()];
        }
        reading
    }

    fn expectation(&self, seasonal: f64) -> (f64, (f64, f64)) {
        let expected = self.level + seasonal;
        let reach = self.tails[0].size(1.0 - self.params.level) * self.spread;
        (expected, (expected - reach, expected + reach))
    }

    /// Fills in p-value and score, lets the tails learn, and returns the evidence in powers of ten.
    fn judge(&mut self, value: f64, reading: &mut Reading) -> f64 {
        self.recent.push_back(value);
        if self.recent.len() > self.params.window {
            self.recent.pop_front();
        }
        let mean = self.recent.iter().sum::<f64>() / self.recent.len() as f64;
        let sizes = [
            in_units(value - self.level, self.spread),
            in_units(mean - self.level, self.spread),
            in_units(self.step_to(value), self.step_spread),
        ];
        let (mut evidence, mut least) = (0.0, 1.0_f64);
        for (size, tail) in sizes.into_iter().zip(&mut self.tails) {
            let p = tail.p_value(size);
            evidence -= ln(p) / std::f64::consts::LN_10;
            least = least.min(p);
            tail.learn(size, 2.0 * self.params.forgetting);
        }
        if self.n_seen < N_FIRST.max(2 * self.season.len()) {
            return evidence;
        }
        let new = (evidence - KNOWN * self.lately).max(0.0);
        reading.p_value = (3.0 * least).min(1.0);
        reading.score = new / (3.0 + new);
        evidence
    }

    fn learn(&mut self, value: f64, phase: usize) {
        self.n_learnt += 1.0;
        let gain = self.params.forgetting.max(1.0 / self.n_learnt);
        let misfit = value - self.level;
        let is_known = self.n_learnt > 20.0;
        let cut = |size: f64, spread: f64| {
            if is_known && spread > 0.0 {
                size.clamp(-HUBER * spread, HUBER * spread)
            } else {
                size
            }
        };
        let small = cut(misfit, self.spread);
        let believed = self.level + small;
        self.level += gain * small;
        if let Some(seasonal) = self.season.get_mut(phase) {
            let n_times = self.n_seen / self.params.season_length;
            let share = (1.0 / (n_times as f64 + 1.0)).max(0.1);
            *seasonal += share * if n_times == 0 { misfit } else { small };
        }
        self.spread += gain * (cut(misfit.abs(), 2.0 * self.spread) - self.spread);
        let step = self.step_to(value);
        self.step_spread += gain * (cut(step, 2.0 * self.step_spread) - self.step_spread);
        (self.last, self.believed) = (value, believed);
    }

    /// How far from the value before: from what was believed of it, if that is nearer. The way back from an odd value is not
    /// odd.
    fn step_to(&self, value: f64) -> f64 {
        (value - self.last).abs().min((value - self.believed).abs())
    }
}

/// A distance in units of a spread; far, if there was no spread at all.
fn in_units(distance: f64, spread: f64) -> f64 {
    let distance = distance.abs();
    if spread > 0.0 {
        distance / spread
    } else if distance > 0.0 {
        20.0
    } else {
        0.0
    }
}

/// The readings of a whole series, value by value, as [`Detector::next`] gives them: none looks ahead.
///
/// # Shapes and units
/// `(n,)` in the order of time in and out, missing values NaN. Expectation and interval are in the unit of the values.
///
/// # Errors
/// As [`Detector::new`].
pub fn anomalies(values: &[f64], params: &AnomalyParams) -> Result<Vec<Reading>, StatsError> {
    let mut detector = Detector::new(*params)?;
    Ok(values.iter().map(|value| detector.next(*value)).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
