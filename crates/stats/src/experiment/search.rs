use super::boundaries::{Boundaries, Sides};
use super::recursion::{Running, Walk};
use super::spending::Spending;
use crate::math::ln;
use crate::special::{normal_quantile, solve_ln_tail};
use crate::{StatsError, check};

/// The search for z-values that spend alpha.
pub(super) struct Search<'a> {
    pub(super) times: &'a [f64],
    pub(super) alpha: f64,
    pub(super) sides: Sides,
}

impl Search<'_> {
    pub(super) fn of_boundaries(&self, z: &[f64]) -> Boundaries {
        Boundaries {
            z: z.to_vec(),
            times: self.times[..z.len()].to_vec(),
            spent: Vec::new(),
            sides: self.sides,
            alpha: self.alpha,
        }
    }

    /// The error of all looks together.
    fn error(&self, z: &[f64]) -> f64 {
        let crossed = self.of_boundaries(z).crossing(0.0);
        crossed.last().map_or(0.0, |[above, below]| above + below)
    }

    /// `c * shape(t / last t)`, with the `c` that spends alpha.
    pub(super) fn scaled(&self, shape: impl Fn(f64) -> f64) -> Vec<f64> {
        let last = self.times[self.times.len() - 1];
        let at = |c: f64| -> Vec<f64> { self.times.iter().map(|t| c * shape(t / last)).collect() };
        at(solve_ln_tail(
            |c| -ln(self.error(&at(c))),
            -ln(self.alpha),
            self.fixed_z(),
        ))
    }

    pub(super) fn last(&self, interim_z: f64) -> Result<Vec<f64>, StatsError> {
        check::finite("interim_z", &[interim_z])?;
        let interim = vec![interim_z; self.times.len() - 1];
        let at = |z: f64| [&interim[..], &[z]].concat();
        if interim_z <= 0.0 || self.error(&at(f64::INFINITY)) >= self.alpha {
            return Err(StatsError::OutOfRange {
                what: "interim_z",
                found: interim_z,
                expected: "so high that the interim looks spend less than alpha",
            });
        }
        Ok(at(solve_ln_tail(
            |z| -ln(self.error(&at(z))),
            -ln(self.alpha),
            self.fixed_z(),
        )))
    }

    /// Look by look: the z-value that spends what has become free since the look before.
    pub(super) fn spending(&self, spending: Spending) -> Result<Vec<f64>, StatsError> {
        let (walk, per_side) = (Walk { drift: 0.0 }, self.alpha / self.sides.number());
        let mut z = Vec::with_capacity(self.times.len());
        let (mut before, mut spent) = (None, 0.0);
        for (look, &time) in self.times.iter().enumerate() {
            let allowed = spending.spent(per_side, time)?;
            let bound = bound_above(walk, before.as_ref(), time, allowed - spent);
            spent = allowed;
            z.push(bound);
            if let Some(&next) = self.times.get(look + 1) {
                let region = self.of_boundaries(&z).region(look);
                before = Some(walk.go_on(before.as_ref(), time, region, next));
            }
        }
        Ok(z)
    }

    fn fixed_z(&self) -> f64 {
        -normal_quantile(self.alpha / self.sides.number())
    }
}

/// The z-value that leaves `error` above it; infinite for none.
fn bound_above(walk: Walk, before: Option<&Running>, time: f64, error: f64) -> f64 {
    if error < 1e-300 {
        return f64::INFINITY;
    }
    let start = -normal_quantile(error);
    if before.is_none() {
        return start;
    }
    let above = |z: f64| -ln(walk.above(before, time, z));
    let z = solve_ln_tail(above, -ln(error), start);
    // the error that one may spend can lie below what the grid still sees
    if z.is_nan() { f64::INFINITY } else { z }
}
