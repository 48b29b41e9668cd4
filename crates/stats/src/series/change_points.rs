//! Where the level of a series changed, and how surely.

use super::noise::Noise;
use super::pelt::{Changing, Costs, pelt};
use super::place;
use super::robust::{median, scale_around};
use super::stl::no_infinity;
use crate::{StatsError, check};

/// How [`change_points`] looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangeParams {
    /// What may change.
    pub changing: Changing,
    /// The chance of any change point in a series without one, in (0, 1).
    pub significance: f64,
    /// The level of the intervals of places and jumps, in (0, 1).
    pub level: f64,
    /// The fewest values between two changes, at least 2.
    pub shortest: usize,
}

impl Default for ChangeParams {
    /// Changes of the mean at a chance of 0.05, intervals of 0.95, segments of 5 values and more.
    fn default() -> Self {
        Self {
            changing: Changing::Mean,
            significance: 0.05,
            level: 0.95,
            shortest: 5,
        }
    }
}

/// A place at which a series changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The first value after the change.
    pub index: usize,
    /// The first value after the change is one of `places.0..=places.1`, at the level asked for.
    pub places: (usize, usize),
    /// Means before and after, in the unit of the values.
    pub means: (f64, f64),
    /// Standard deviations before and after.
    pub sds: (f64, f64),
    /// Mean after minus mean before, with its interval.
    pub jump: (f64, f64, f64),
    /// The jump in standard deviations of the noise.
    pub effect: f64,
    /// The chance of a change as marked as this anywhere between its neighbours if there is none, times the number of
    /// changes looked at, in [0, 1].
    pub p_value: f64,
}

/// What [`change_points`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// In the order of time.
    pub points: Vec<ChangePoint>,
    /// The noise within segments.
    pub noise: Noise,
    /// The penalty of a change, in units of the variance of the noise: sums of squares, or twice log-likelihoods.
    pub penalty: f64,
}

/// Where a series changed.
///
/// The noise's spread and memory come from medians of differences, the penalty from them: `2 ln n` per change of the mean
/// (`3 ln n` of mean and variance), times `(1 + phi) / (1 - phi)`, the variance of means of values that remember. PELT finds
/// the best segments. Then each change is tested between its neighbours, with the noise that segments leave, and the least
/// sure is taken out until all have a p-value of at most `significance`, times their number. In a series without a change one
/// is named with a chance of about `significance` or less, if its noise is normal and remembers no more than its last value
/// (at 0.05, of 1,000 series: 17, 45, 45 of 300 values with `phi` 0, 0.4, 0.8; 8, 37, 30 of 1,000 values; 5 and 3 for mean
/// and variance; see the tests). Slow trends and seasons are to be taken out before (the remainder and trend of
/// [`mstl`](super::mstl)): they look like many changes.
///
/// # Shapes and units
/// `values` is `(n,)` in the order of time; NaN are skipped, and places are those of `values`. Everything is in the unit of
/// the values. Takes time with `n` if there are many changes, with its square if there is none.
///
/// # Errors
/// [`StatsError::TooFewValues`] below twice `shortest` (at least 8) values that are there, [`StatsError::NotFinite`] for
/// infinities, [`StatsError::OutOfRange`] for parameters outside their range.
///
/// # Reference
/// R. Killick, P. Fearnhead, I. A. Eckley (2012), JASA 107, 1590-1598; checked against ruptures `Pelt`. The p-value is that
/// of R. Miller, D. Siegmund (1982), Biometrics 38, 1011-1016; places are those of G. W. Cobb (1978), Biometrika 65, 243-251.
pub fn change_points(values: &[f64], params: &ChangeParams) -> Result<Changes, StatsError> {
    no_infinity(values)?;
    check::open_unit("significance", params.significance)?;
    check::level(params.level)?;
    super::stl::at_least_2("shortest", params.shortest)?;
    let kept: Vec<usize> = (0..values.len()).filter(|&i| !values[i].is_nan()).collect();
    check::at_least("values", kept.len(), (2 * params.shortest).max(8))?;
    let dense: Vec<f64> = kept.iter().map(|&i| values[i]).collect();
    let (centre, unit) = (median(&dense), unit_of(&dense));
    let scaled: Vec<f64> = dense.iter().map(|v| (v - centre) / unit).collect();
    let mut found = Search::new(&scaled, params).found();
    for point in &mut found.points {
        in_unit(point, centre, unit);
        point.index = kept[point.index];
        point.places = (kept[point.places.0], kept[point.places.1]);
    }
    found.noise.sd *= unit;
    Ok(found)
}

/// The cut of `values` into segments with least costs plus `penalty` per change: the first places of all segments but the
/// first. Costs are sums of squares, or `n ln(variance + 1e-6)` of mean and variance, in the unit of the values.
///
/// # Errors
/// As [`change_points`]; missing values are refused.
///
/// # Reference
/// As [`change_points`].
pub fn segments(
    values: &[f64],
    changing: Changing,
    penalty: f64,
    shortest: usize,
) -> Result<Vec<usize>, StatsError> {
    check::finite("values", values)?;
    super::stl::at_least_2("shortest", shortest)?;
    check::at_least("values", values.len(), shortest)?;
    if penalty.is_nan() || penalty < 0.0 {
        return Err(StatsError::OutOfRange {
            what: "penalty",
            found: penalty,
            expected: "at least 0",
        });
    }
    let centre = median(values);
    let around: Vec<f64> = values.iter().map(|v| v - centre).collect();
    Ok(pelt(
        &Costs::new(&around, changing, 1e-6),
        values.len(),
        penalty,
        shortest,
    ))
}

/// A size of the values that is never 0.
fn unit_of(values: &[f64]) -> f64 {
    let centre = median(values);
    let scale = scale_around(values, centre);
    let widest = values.iter().map(|v| (v - centre).abs()).fold(0.0, f64::max);
    match (scale > 0.0, widest > 0.0) {
        (true, _) => scale,
        (false, true) => widest,
        _ => 1.0,
    }
}

fn in_unit(point: &mut ChangePoint, centre: f64, unit: f64) {
    point.means = (point.means.0 * unit + centre, point.means.1 * unit + centre);
    point.sds = (point.sds.0 * unit, point.sds.1 * unit);
    point.jump = (point.jump.0 * unit, point.jump.1 * unit, point.jump.2 * unit);
}

/// The least standard deviation of noise in units of the series: without it nothing could be doubted.
const LEAST_SD: f64 = 1e-6;

struct Search<'a> {
    values: &'a [f64],
    costs: Costs,
    params: &'a ChangeParams,
}

impl<'a> Search<'a> {
    fn new(values: &'a [f64], params: &'a ChangeParams) -> Self {
        let costs = Costs::new(values, params.changing, LEAST_SD * LEAST_SD);
        Self {
            values,
            costs,
            params,
        }
    }

    fn found(&self) -> Changes {
        let n = self.values.len();
        let mut noise = Noise::of_differences(self.values);
        noise.sd = noise.sd.max(LEAST_SD);
        let is_mean = self.params.changing == Changing::Mean;
        let per_change = if is_mean { 2.0 } else { 3.0 } * crate::math::ln(n as f64);
        let penalty = per_change * noise.inflation();
        let in_costs = if is_mean { noise.sd * noise.sd } else { 1.0 };
        let mut ends = pelt(&self.costs, n, penalty * in_costs, self.params.shortest);
        loop {
            let noise = self.noise_within(&ends);
            let points: Vec<ChangePoint> = (0..ends.len()).map(|i| self.point(&ends, i, &noise)).collect();
            let worst = (0..points.len()).max_by(|&a, &b| points[a].p_value.total_cmp(&points[b].p_value));
            match worst.filter(|&i| points[i].p_value > self.params.significance) {
                Some(i) => drop(ends.remove(i)),
                None => {
                    return Changes {
                        points,
                        noise,
                        penalty,
                    };
                }
            }
        }
    }

    /// Noise of what segments leave, each in units of its own spread where that may change.
    fn noise_within(&self, ends: &[usize]) -> Noise {
        let mut residuals = Vec::with_capacity(self.values.len());
        let mut from = 0;
        for &to in ends.iter().chain([&self.values.len()]) {
            let mean = self.costs.mean(from, to);
            let unit = match self.params.changing {
                Changing::Mean => 1.0,
                Changing::MeanAndVariance => self.sd(from, to),
            };
            residuals.extend(self.values[from..to].iter().map(|v| (v - mean) / unit));
            from = to;
        }
        let mut noise = Noise::of_residuals(&residuals, ends.len() + 1);
        noise.sd = noise.sd.max(LEAST_SD);
        noise
    }

    fn sd(&self, from: usize, to: usize) -> f64 {
        let free = (to - from).max(2) - 1;
        (self.costs.misfit(from, to) / free as f64).sqrt().max(LEAST_SD)
    }

    fn point(&self, ends: &[usize], i: usize, noise: &Noise) -> ChangePoint {
        let from = if i > 0 { ends[i - 1] } else { 0 };
        let to = ends.get(i + 1).copied().unwrap_or(self.values.len());
        let window = place::Window {
            costs: &self.costs,
            from,
            to,
            at: ends[i],
            shortest: self.params.shortest,
            noise,
            sds: (self.sd(from, ends[i]), self.sd(ends[i], to)),
            changing: self.params.changing,
        };
        let (index, means) = (ends[i], window.means());
        let (sds, error) = window.sds_and_error();
        let jump = means.1 - means.0;
        let reach = error * crate::special::normal_quantile(0.5 + 0.5 * self.params.level);
        let pooled = (0.5 * (sds.0 * sds.0 + sds.1 * sds.1)).sqrt();
        ChangePoint {
            index,
            places: window.places(self.values, self.params.level),
            means,
            sds,
            jump: (jump, jump - reach, jump + reach),
            effect: jump / pooled,
            p_value: (window.p_value() * ends.len() as f64).min(1.0),
        }
    }
}
