use super::recursion::{Region, Running, Walk};
use super::search::Search;
use super::spending::Spending;
use crate::math::{ln, pow};
use crate::special::{normal_quantile, solve_ln_tail};
use crate::{StatsError, check};

/// Looks closer together than this share of the information gathered are refused.
const LEAST_STEP: f64 = 1e-4;
const MAX_LOOKS: usize = 200;

/// The shape of boundaries over the looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Boundary {
    /// The same z-value at every look.
    Pocock,
    /// High at first, falling with one over the square root of the information.
    OBrienFleming,
    /// Proportional to `t^(delta - 1/2)`: 0 is O'Brien and Fleming's, 1/2 Pocock's.
    WangTsiatis {
        /// In [-2, 2], usually in [0, 1/2].
        delta: f64,
    },
    /// A fixed z-value at every look but the last, which takes what is left.
    HaybittlePeto {
        /// Usually 3 or more.
        interim_z: f64,
    },
    /// From an error spending function: looks may come at other times than were planned.
    Spending(Spending),
}

/// On which sides an experiment may stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sides {
    /// When the treatment is above alone; all of alpha lies there.
    One,
    /// On either side, with half of alpha on each.
    #[default]
    Two,
}

impl Sides {
    pub(super) fn number(self) -> f64 {
        match self {
            Self::One => 1.0,
            Self::Two => 2.0,
        }
    }
}

/// Group-sequential boundaries: stop at look `k` where the z-value reaches `z[k]` (on either side, if two-sided).
#[derive(Debug, Clone, PartialEq)]
pub struct Boundaries {
    /// A z-value per look; infinite where no error may be spent.
    pub z: Vec<f64>,
    /// The share of the planned information at each look.
    pub times: Vec<f64>,
    /// The type I error spent up to and with each look.
    pub spent: Vec<f64>,
    /// The sides on which one may stop.
    pub sides: Sides,
    /// The type I error of the whole experiment.
    pub alpha: f64,
}

/// Equally spaced looks, `1/n, 2/n, ..., 1`; the first ten thousand of more, which no design takes.
#[must_use]
pub fn equal_times(n_looks: usize) -> Vec<f64> {
    let looks = (1..=n_looks).take(10_000);
    looks.map(|look| look as f64 / n_looks as f64).collect()
}

/// Boundaries for looks at these shares of the information, exact to about 1e-9.
///
/// # Shapes and units
/// `times` is `(n_looks,)`, ascending in (0, 1]; see [`equal_times`]. A shape spends all of `alpha` by the last look
/// given, an error spending function what it allows at that look. Two-sided, each side has `alpha / 2` to itself, and
/// the spending function is applied to that half, as software and published tables have it.
///
/// # Errors
/// [`StatsError::TooFewValues`] without looks, [`StatsError::OutOfRange`] for `alpha` outside (0, 1/2), more than 200
/// looks, times that do not ascend by at least a ten-thousandth, and interim boundaries that spend more than `alpha`.
///
/// # Reference
/// S. J. Pocock (1977), Biometrika 64, 191-199; P. C. O'Brien, T. R. Fleming (1979), Biometrics 35, 549-556; S. K.
/// Wang, A. A. Tsiatis (1987), Biometrics 43, 193-199. Checked against the tables of C. Jennison, B. W. Turnbull
/// (2000).
pub fn group_sequential(
    boundary: Boundary,
    times: &[f64],
    alpha: f64,
    sides: Sides,
) -> Result<Boundaries, StatsError> {
    check_times(times)?;
    if !(alpha > 0.0 && alpha < 0.5) {
        return Err(StatsError::OutOfRange {
            what: "alpha",
            found: alpha,
            expected: "in (0, 1/2)",
        });
    }
    let search = Search { times, alpha, sides };
    let z = match boundary {
        Boundary::Pocock => search.scaled(|_| 1.0),
        Boundary::OBrienFleming => search.scaled(|t| pow(t, -0.5)),
        Boundary::WangTsiatis { delta } => {
            if !(-2.0..=2.0).contains(&delta) {
                return Err(StatsError::OutOfRange {
                    what: "delta",
                    found: delta,
                    expected: "in [-2, 2]",
                });
            }
            search.scaled(|t| pow(t, delta - 0.5))
        }
        Boundary::HaybittlePeto { interim_z } => search.last(interim_z)?,
        Boundary::Spending(spending) => search.spending(spending)?,
    };
    if z.iter().any(|z| z.is_nan()) {
        return Err(StatsError::NotConverged {
            what: "group-sequential boundaries",
            n_steps: 60,
        });
    }
    let spent = search.of_boundaries(&z).cumulative(Walk { drift: 0.0 });
    Ok(Boundaries {
        spent: spent.iter().map(|&[above, below]| above + below).collect(),
        ..search.of_boundaries(&z)
    })
}

impl Boundaries {
    /// Number of looks.
    #[must_use]
    pub fn n_looks(&self) -> usize {
        self.z.len()
    }

    /// The chance of having stopped above and below by each look, where the z-value of all the information has the mean
    /// `drift`.
    #[must_use]
    pub fn crossing(&self, drift: f64) -> Vec<[f64; 2]> {
        self.cumulative(Walk { drift })
    }

    /// The chance of stopping above at any look.
    #[must_use]
    pub fn power(&self, drift: f64) -> f64 {
        self.crossing(drift).last().map_or(0.0, |[above, _]| *above)
    }

    /// How many times the units of a fixed experiment are planned for the same power; the experiment usually stops
    /// earlier.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] for a power outside (0, 1) or not above alpha.
    pub fn inflation(&self, power: f64) -> Result<f64, StatsError> {
        check::open_unit("power", power)?;
        let tail = self.alpha / self.sides.number();
        if power <= tail {
            return Err(StatsError::OutOfRange {
                what: "power",
                found: power,
                expected: "above alpha",
            });
        }
        let fixed = normal_quantile(power) - normal_quantile(tail);
        let drift = solve_ln_tail(|drift| ln(self.power(drift)), ln(power), fixed);
        Ok((drift / fixed) * (drift / fixed))
    }

    fn cumulative(&self, walk: Walk) -> Vec<[f64; 2]> {
        let mut total = [0.0, 0.0];
        let mut before: Option<Running> = None;
        let mut crossed = Vec::with_capacity(self.n_looks());
        for look in 0..self.n_looks() {
            let region = self.region(look);
            total[0] += walk.above(before.as_ref(), self.times[look], region.high);
            total[1] += walk.below(before.as_ref(), self.times[look], region.low);
            crossed.push(total);
            if let Some(&next) = self.times.get(look + 1) {
                before = Some(walk.go_on(before.as_ref(), self.times[look], region, next));
            }
        }
        crossed
    }

    /// Who goes on after a look, of those that came so far.
    pub(super) fn running(&self, look: usize, walk: Walk) -> Option<Running> {
        let mut before = None;
        for earlier in 0..look {
            let next = self.times[earlier + 1];
            before = Some(walk.go_on(before.as_ref(), self.times[earlier], self.region(earlier), next));
        }
        before
    }

    pub(super) fn region(&self, look: usize) -> Region {
        let high = self.z[look];
        let low = match self.sides {
            Sides::One => f64::NEG_INFINITY,
            Sides::Two => -high,
        };
        Region { low, high }
    }
}

fn check_times(times: &[f64]) -> Result<(), StatsError> {
    check::at_least("looks", times.len(), 1)?;
    if times.len() > MAX_LOOKS {
        return Err(StatsError::OutOfRange {
            what: "number of looks",
            found: times.len() as f64,
            expected: "at most 200",
        });
    }
    let mut before = 0.0;
    for &time in times {
        if !(time <= 1.0 && time - before >= LEAST_STEP * time.max(LEAST_STEP)) {
            return Err(StatsError::OutOfRange {
                what: "times",
                found: time,
                expected: "ascending in (0, 1], each a ten-thousandth above the one before",
            });
        }
        before = time;
    }
    Ok(())
}
