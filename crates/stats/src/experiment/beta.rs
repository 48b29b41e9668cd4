use super::integrate::{Hump, ln_integral};
use crate::interval::Estimate;
use crate::math::{exp, exp_m1, ln, ln_1p, logit, sigmoid, softplus, sqrt};
use crate::special::{beta_i_inverse, beta_logit_quantile, ln_beta_i, ln_beta_term, solve_ln_tail};
use crate::{StatsError, check};
use std::cmp::Ordering;

/// Beyond, the incomplete beta function takes too long.
const MOST_TRIALS: u64 = 10_000_000_000;
const PRIORS: std::ops::RangeInclusive<f64> = 0.001..=1e10;

/// Log-odds whose rates are near the smallest numbers; after a small prior half of all belief may lie beyond.
const FAR: f64 = 600.0;

/// What is believed of a rate after counts of successes: a beta distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaPosterior {
    a: f64,
    b: f64,
}

/// What is believed of two rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaComparison {
    /// The control's rate: posterior mean and central credible interval.
    pub control: Estimate,
    /// The treatment's rate.
    pub treatment: Estimate,
    /// Treatment minus control: posterior mean and central credible interval.
    pub difference: Estimate,
    /// Treatment over control minus 1: median and central credible interval.
    pub relative: Estimate,
    /// Probability that the treatment's rate is higher.
    pub chance_to_win: f64,
    /// `ln` of the probability that it is higher and that it is lower.
    pub ln_chances: [f64; 2],
    /// The rate lost on average by keeping the control.
    pub risk_control: f64,
    /// The rate lost on average by choosing the treatment.
    pub risk_treatment: f64,
    /// Trials of the control.
    pub n_control: u64,
    /// Trials of the treatment.
    pub n_treatment: u64,
}

/// Two rates after the data, with the same beta prior `(a, b)` on both; `(1, 1)` is flat.
///
/// Chances and losses are integrals over one rate of all that is known of the other: right to about 1e-12 for a
/// handful of trials and for millions, and to 1e-8 at the ten thousand million that are allowed, also where they are as
/// small as 1e-300. Priors near 0 are counted in full: of Beta(0.001, 10) half lies below the smallest number.
///
/// # Errors
/// As [`BetaPosterior::new`], and for a level outside (0, 1).
///
/// # Reference
/// E. Miller (2014), Formulas for Bayesian A/B testing; C. Stucchio (2015), Bayesian A/B testing at VWO.
pub fn beta_binomial(
    control: (u64, u64),
    treatment: (u64, u64),
    prior: (f64, f64),
    level: f64,
) -> Result<BetaComparison, StatsError> {
    check::level(level)?;
    let a = BetaPosterior::new(control.0, control.1, prior)?;
    let b = BetaPosterior::new(treatment.0, treatment.1, prior)?;
    let ln_chances = together(b.ln_chance_above(&a), a.ln_chance_above(&b));
    let losses = [b.mean_excess(&a), a.mean_excess(&b)];
    Ok(BetaComparison {
        control: a.interval(level)?,
        treatment: b.interval(level)?,
        difference: b.difference(&a, level),
        relative: b.lift(&a, level).map(|ratio| ratio - 1.0),
        // whichever is smaller is known better
        chance_to_win: if ln_chances[0] < ln_chances[1] {
            exp(ln_chances[0])
        } else {
            1.0 - exp(ln_chances[1])
        },
        ln_chances,
        risk_control: losses[0],
        risk_treatment: losses[1],
        n_control: control.1,
        n_treatment: treatment.1,
    })
}

/// The probability of each of several rates that it is the highest.
///
/// # Errors
/// As [`beta_binomial`]; [`StatsError::TooFewValues`] below 2 arms.
pub fn chances_to_be_best(arms: &[(u64, u64)], prior: (f64, f64)) -> Result<Vec<f64>, StatsError> {
    check::at_least("arms", arms.len(), 2)?;
    let arms = arms
        .iter()
        .map(|&(successes, n)| BetaPosterior::new(successes, n, prior));
    let arms = arms.collect::<Result<Vec<_>, _>>()?;
    let breaks: Vec<f64> = arms.iter().flat_map(BetaPosterior::bulk).collect();
    let chance = |best: usize| {
        let below = |t: f64| -> f64 {
            let others = arms.iter().enumerate().filter(|(arm, _)| *arm != best);
            others.map(|(_, arm)| arm.ln_cdf(t)).sum()
        };
        let ln_first = |t| arms[best].ln_density(t) + below(t);
        exp(ln_integral(ln_first, arms[best].centre(), &breaks))
    };
    Ok((0..arms.len()).map(chance).collect())
}

impl BetaPosterior {
    /// After `successes` of `n` trials, from a beta prior.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] for more successes than trials or more than 1e10 trials, and for a prior outside
    /// [0.001, 1e10].
    pub fn new(successes: u64, n: u64, prior: (f64, f64)) -> Result<Self, StatsError> {
        if successes > n || n > MOST_TRIALS {
            return Err(StatsError::OutOfRange {
                what: if successes > n { "successes" } else { "trials" },
                found: if successes > n { successes as f64 } else { n as f64 },
                expected: "at most the number of trials, and of these at most ten thousand million",
            });
        }
        let parameters = [prior.0, prior.1];
        if let Some(&found) = parameters.iter().find(|&parameter| !PRIORS.contains(parameter)) {
            return Err(StatsError::OutOfRange {
                what: "prior",
                found,
                expected: "in [0.001, 1e10]",
            });
        }
        Ok(Self {
            a: prior.0 + successes as f64,
            b: prior.1 + (n - successes) as f64,
        })
    }

    /// The mean rate.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.a / (self.a + self.b)
    }

    /// Mean and central credible interval.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] for a level outside (0, 1).
    pub fn interval(&self, level: f64) -> Result<Estimate, StatsError> {
        check::level(level)?;
        let tail = 0.5 * (1.0 - level);
        Ok(Estimate {
            value: self.mean(),
            low: beta_i_inverse(self.a, self.b, tail),
            high: sigmoid(beta_logit_quantile(self.a, self.b, 1.0 - tail, tail)),
        })
    }

    /// `ln` of the probability that this rate is above the other.
    #[must_use]
    pub fn ln_chance_above(&self, other: &Self) -> f64 {
        let ln_above = |t| self.ln_density(t) + other.ln_cdf(t);
        ln_integral(ln_above, self.centre(), &[self.bulk(), other.bulk()].concat()).min(0.0)
    }

    /// How far this rate is above the other, on average, counted 0 where it is below.
    #[must_use]
    pub fn mean_excess(&self, other: &Self) -> f64 {
        let gap = self.mean() - other.mean();
        // of two excesses that differ by the gap only the smaller is integrated: the other follows without cancellation
        if gap > 0.0 {
            gap + other.small_excess(self)
        } else {
            self.small_excess(other)
        }
    }

    /// The integral over x of the probability that the other is below x and this one above.
    fn small_excess(&self, other: &Self) -> f64 {
        let ln_between = |t: f64| other.ln_cdf(t) + self.ln_sf(t) + ln_rate(t) + ln_rate(-t);
        let middle = 0.5 * (self.centre() + other.centre());
        exp(ln_integral(
            ln_between,
            middle,
            &[self.bulk(), other.bulk()].concat(),
        ))
    }

    /// This rate minus the other: mean and central interval.
    fn difference(&self, other: &Self, level: f64) -> Estimate {
        let value = self.mean() - other.mean();
        let spread = sqrt(self.variance() + other.variance());
        let at = |steps: f64| value + steps * spread;
        let estimate = if other.is_sharper_than(self) {
            let below = other.mean_over(|x, y, steps| self.cdf(x + at(steps), y - at(steps)));
            central(below, level)
        } else {
            let below = self.mean_over(|x, y, steps| other.sf(x - at(steps), y + at(steps)));
            central(below, level)
        };
        Estimate {
            value,
            ..estimate.map(at).within(-1.0, 1.0)
        }
    }

    /// This rate over the other: median and central interval, on the scale of logarithms, where rates after a small prior
    /// lie thousands apart.
    fn lift(&self, other: &Self, level: f64) -> Estimate {
        let spread = |rate: &Self| sqrt(rate.variance()) / rate.mean();
        let (ln_middle, step) = (ln(self.mean() / other.mean()), spread(self) + spread(other));
        let ln_ratio = |steps: f64| ln_middle + steps * step;
        let estimate = if other.is_sharper_than(self) {
            let below = other.mean_at(|t, steps| self.cdf_at_ln(ln_rate(t) + ln_ratio(steps)));
            central(below, level)
        } else {
            let below = self.mean_at(|t, steps| 1.0 - other.cdf_at_ln(ln_rate(t) - ln_ratio(steps)));
            central(below, level)
        };
        estimate.map(|steps| exp(ln_ratio(steps)))
    }

    /// The mean of `f(x, 1 - x, steps)` over this rate `x`, which must be the sharper one of two.
    fn mean_over(&self, f: impl Fn(f64, f64, f64) -> f64) -> impl Fn(f64) -> f64 {
        self.mean_at(move |t, steps| f(sigmoid(t), sigmoid(-t), steps))
    }

    /// The mean of `f(t, steps)` over this rate's log-odds `t`.
    fn mean_at(&self, f: impl Fn(f64, f64) -> f64) -> impl Fn(f64) -> f64 {
        let hump = Hump::of(&|t| self.ln_density(t), self.centre());
        move |steps| hump.integral(|t| exp(self.ln_density(t)) * f(t, steps), &[])
    }

    /// Probability of a rate below `x = 1 - y`, for `x` outside [0, 1] too.
    fn cdf(&self, x: f64, y: f64) -> f64 {
        match (x <= 0.0, y <= 0.0) {
            (true, _) => 0.0,
            (_, true) => 1.0,
            _ => exp(ln_beta_i(self.a, self.b, x, y)),
        }
    }

    /// Probability of a rate whose logarithm is below `ln_x`.
    fn cdf_at_ln(&self, ln_x: f64) -> f64 {
        if ln_x >= 0.0 {
            return 1.0;
        }
        exp(self.ln_cdf(ln_x - ln(-exp_m1(ln_x))))
    }

    fn sf(&self, x: f64, y: f64) -> f64 {
        let turned = Self { a: self.b, b: self.a };
        turned.cdf(y, x)
    }

    fn is_sharper_than(&self, other: &Self) -> bool {
        self.variance() < other.variance()
    }

    /// Between which log-odds almost all of it lies.
    fn bulk(&self) -> [f64; 2] {
        let reach = 8.0 * sqrt(1.0 / self.a + 1.0 / self.b);
        [self.centre() - reach, self.centre() + reach]
    }

    fn variance(&self) -> f64 {
        let n = self.a + self.b;
        self.a / n * (self.b / n) / (n + 1.0)
    }

    /// Of the log-odds `t`: `ln(x^a y^b / B(a, b))`.
    fn ln_density(&self, t: f64) -> f64 {
        let near = t.clamp(-FAR, FAR);
        let at_near = ln_beta_term(self.a, self.b, sigmoid(near), sigmoid(-near)) + ln(self.a);
        at_near + self.ln_growth(t - near)
    }

    fn ln_cdf(&self, t: f64) -> f64 {
        let near = t.max(-FAR);
        if FAR < near {
            return ln_1p(-exp(self.ln_sf(t)));
        }
        ln_beta_i(self.a, self.b, sigmoid(near), sigmoid(-near)) + self.ln_growth(t - near)
    }

    fn ln_sf(&self, t: f64) -> f64 {
        let turned = Self { a: self.b, b: self.a };
        turned.ln_cdf(-t)
    }

    /// Beyond [`FAR`] one of `x` and `1 - x` is 1, and density and tail are the other's power.
    fn ln_growth(&self, beyond: f64) -> f64 {
        if beyond < 0.0 {
            self.a * beyond
        } else {
            -self.b * beyond
        }
    }

    /// The log-odds of the mean.
    fn centre(&self) -> f64 {
        logit(self.mean())
    }
}

/// The smaller chance is known to its last digits, and so is what it leaves to the larger.
fn together(ln_above: f64, ln_below: f64) -> [f64; 2] {
    let rest = |ln_chance: f64| ln_1p(-exp(ln_chance));
    match ln_above.total_cmp(&ln_below) {
        Ordering::Less => [ln_above, rest(ln_above)],
        Ordering::Equal => [ln_above, ln_below],
        Ordering::Greater => [rest(ln_below), ln_below],
    }
}

/// `ln` of the rate with these log-odds.
fn ln_rate(t: f64) -> f64 {
    -softplus(-t)
}

/// The median and the central interval of a distribution whose bulk lies within a few steps of 0.
fn central(below: impl Fn(f64) -> f64, level: f64) -> Estimate {
    let tail = 0.5 * (1.0 - level);
    let quantile = |p: f64| match solve_ln_tail(&below, p, 0.0) {
        // no such number in the range of floating point
        steps if steps.is_nan() && p == 0.5 => 0.0,
        steps if steps.is_nan() => (p - 0.5) * f64::INFINITY,
        steps => steps,
    };
    Estimate {
        value: quantile(0.5),
        low: quantile(tail),
        high: quantile(1.0 - tail),
    }
}
