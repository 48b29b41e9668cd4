//! One change between its neighbours: how sure it is, and where it may be.

use super::noise::Noise;
use super::pelt::{Changing, Costs};
use crate::distribution::ChiSquare;
use crate::math::{exp, ln};
use crate::special::normal_pdf;

/// The values `from..to` around a change at `at`.
pub(super) struct Window<'a> {
    pub(super) costs: &'a Costs,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) at: usize,
    pub(super) shortest: usize,
    pub(super) noise: &'a Noise,
    pub(super) sds: (f64, f64),
    pub(super) changing: Changing,
}

impl Window<'_> {
    pub(super) fn means(&self) -> (f64, f64) {
        (
            self.costs.mean(self.from, self.at),
            self.costs.mean(self.at, self.to),
        )
    }

    /// Standard deviations on both sides, and the standard error of the jump.
    pub(super) fn sds_and_error(&self) -> ((f64, f64), f64) {
        let sds = match self.changing {
            Changing::Mean => (self.noise.sd, self.noise.sd),
            Changing::MeanAndVariance => self.sds,
        };
        let part = |sd: f64, n: usize| sd * sd * self.noise.inflation() / n as f64;
        let error = (part(sds.0, self.at - self.from) + part(sds.1, self.to - self.at)).sqrt();
        (sds, error)
    }

    /// How much better two segments are than one, in units of the noise.
    fn gain(&self) -> f64 {
        let whole = self.costs.of(self.from, self.to);
        let parts = self.costs.of(self.from, self.at) + self.costs.of(self.at, self.to);
        let unit = match self.changing {
            Changing::Mean => self.noise.sd * self.noise.sd,
            Changing::MeanAndVariance => 1.0,
        };
        ((whole - parts) / (unit * self.noise.inflation())).max(0.0)
    }

    /// The chance of such a gain at the best place without a change.
    pub(super) fn p_value(&self) -> f64 {
        let (n, least) = ((self.to - self.from) as f64, self.shortest as f64);
        match self.changing {
            Changing::Mean => best_of_places(self.gain().sqrt(), least / n),
            // There is no such formula here: as if all places were independent, which is cautious.
            Changing::MeanAndVariance => {
                let one = ChiSquare::new(2.0).map_or(1.0, |c| c.sf(self.gain()));
                (one * n).min(1.0)
            }
        }
    }

    /// The shortest run of places around the best with the share `level` of the likelihood, the segments' means and spreads
    /// being as found.
    pub(super) fn places(&self, values: &[f64], level: f64) -> (usize, usize) {
        let (means, (sds, _)) = (self.means(), self.sds_and_error());
        let loss =
            |value: f64, mean: f64, sd: f64| (value - mean) * (value - mean) / (sd * sd) + 2.0 * ln(sd);
        let mut so_far = 0.0;
        let logs: Vec<f64> = (self.from + 1..self.to)
            .map(|place| {
                let value = values[place - 1];
                so_far += loss(value, means.1, sds.1) - loss(value, means.0, sds.0);
                0.5 * so_far / self.noise.inflation()
            })
            .collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let shares: Vec<f64> = logs.iter().map(|log| exp(log - top)).collect();
        let wanted = level * shares.iter().sum::<f64>();
        let best = self.at - self.from - 1;
        let (mut first, mut last, mut covered) = (best, best, shares[best]);
        while covered < wanted {
            let before = first.checked_sub(1).map(|i| shares[i]);
            let after = shares.get(last + 1).copied();
            match (before, after) {
                (Some(b), a) if a.is_none_or(|a| b >= a) => {
                    first -= 1;
                    covered += b;
                }
                (_, Some(a)) => {
                    last += 1;
                    covered += a;
                }
                _ => break,
            }
        }
        (self.from + 1 + first, self.from + 1 + last)
    }
}

/// The chance that the largest of the standardised differences of means, over places from the share `least` of a window to
/// `1 - least`, exceeds `z`, if there is no change.
fn best_of_places(z: f64, least: f64) -> f64 {
    if z < 1.0 {
        return 1.0;
    }
    let least = least.clamp(1e-9, 0.499);
    let odds = 2.0 * ln((1.0 - least) / least);
    let density = normal_pdf(z);
    (density * (4.0 / z + (z - 1.0 / z) * odds)).min(1.0)
}
