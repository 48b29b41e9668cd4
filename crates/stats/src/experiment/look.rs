use super::boundaries::{Boundaries, Sides};
use super::contrast::{Contrast, check_question};
use super::recursion::Walk;
use super::{Arm, Comparison, Question};
use crate::StatsError;
use crate::interval::Estimate;
use crate::math::{ln, ln_1p, sqrt};
use crate::special::{ln_normal_sf, solve_ln_tail};
use crate::test::Alternative;

/// What a look at a group-sequential experiment says.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The two arms, with the p-value and interval in the stage-wise order, and the median-unbiased effect.
    pub comparison: Comparison,
    /// The z-value at which one stops.
    pub boundary: f64,
    /// Whether it is reached, on a side on which one may stop.
    pub crossed: bool,
    /// The repeated confidence interval `effect ± boundary * standard error`, which holds at every look, stopped or
    /// not.
    pub repeated: Estimate,
}

impl Boundaries {
    /// Two arms at look number `look` (from 0 on), when the earlier looks did not stop the experiment.
    ///
    /// p-value, interval and effect come from the stage-wise order (a boundary crossed earlier is more extreme): they
    /// count the looks in and are right when the experiment stops here. When it goes on, `repeated` is the interval
    /// to tell. The side of a one-sided design is above.
    ///
    /// # Errors
    /// As [`fixed_horizon`](super::fixed_horizon); [`StatsError::OutOfRange`] for a look that is not planned, and for
    /// a question that is not of the design's sides.
    ///
    /// # Reference
    /// K. Fairbanks, R. Madsen (1982), Biometrika 69, 69-74; A. A. Tsiatis, G. L. Rosner, C. R. Mehta (1984),
    /// Biometrics 40, 797-803; C. Jennison, B. W. Turnbull (2000), chapters 8 and 9.
    pub fn look(
        &self,
        look: usize,
        control: &Arm,
        treatment: &Arm,
        question: &Question,
    ) -> Result<Look, StatsError> {
        check_question(question)?;
        self.check_look(look, question.alternative)?;
        let contrast = Contrast::of(control, treatment, question.difference)?;
        let error = contrast.standard_error();
        let z = (contrast.effect - question.null) / error;
        let ln_p = self.ln_stagewise_p(look, z);
        let drift = self.drift_interval(look, z, question.level);
        let in_unit = |drift: f64| question.null + drift * error * sqrt(self.times[look]);
        let crossed = z >= self.z[look] || (self.sides == Sides::Two && z <= -self.z[look]);
        let mut comparison = Comparison {
            method: "group-sequential test",
            statistic: z,
            statistic_name: "z",
            effect: drift.map(in_unit),
            ..contrast.comparison(control, treatment, question)
        };
        comparison.caveats.push(self.caveat(look, crossed));
        let half = self.z[look] * error;
        let repeated = Estimate {
            value: contrast.effect,
            low: contrast.effect - half,
            high: contrast.effect + half,
        };
        Ok(Look {
            comparison: comparison.with_ln_p(ln_p)?,
            boundary: self.z[look],
            crossed,
            repeated: question
                .alternative
                .open(repeated, f64::NEG_INFINITY, f64::INFINITY),
        })
    }

    fn check_look(&self, look: usize, alternative: Alternative) -> Result<(), StatsError> {
        if look >= self.n_looks() {
            return Err(StatsError::OutOfRange {
                what: "look",
                found: look as f64,
                expected: "below the number of looks planned",
            });
        }
        let fits = match self.sides {
            Sides::One => alternative == Alternative::Greater,
            Sides::Two => alternative == Alternative::TwoSided,
        };
        if fits {
            return Ok(());
        }
        Err(StatsError::Undefined {
            what: "group-sequential look",
            reason: "the question must be two-sided for a two-sided design and `greater` for a one-sided one",
        })
    }

    /// `ln` of the chance of something at least as extreme if there were no effect.
    fn ln_stagewise_p(&self, look: usize, z: f64) -> f64 {
        let ln_above = |z: f64| match look {
            0 => ln_normal_sf(z),
            // below the range of floating point its smallest number is a bound
            _ => ln(self.above(look, z, 0.0).max(f64::MIN_POSITIVE)),
        };
        match self.sides {
            Sides::One => ln_above(z),
            Sides::Two => ln_above(z.abs()) + std::f64::consts::LN_2,
        }
    }

    /// The drifts under which the outcome lies at the ends and in the middle of its distribution.
    fn drift_interval(&self, look: usize, z: f64, level: f64) -> Estimate {
        let start = z / sqrt(self.times[look]);
        let at = |p: f64| solve_ln_tail(|drift| self.logit_above(look, z, drift), ln(p) - ln_1p(-p), start);
        match self.sides {
            Sides::Two => Estimate {
                value: at(0.5),
                low: at(0.5 * (1.0 - level)),
                high: at(0.5 * (1.0 + level)),
            },
            Sides::One => Estimate {
                value: at(0.5),
                low: at(1.0 - level),
                high: f64::INFINITY,
            },
        }
    }

    /// The log-odds of [`above`](Self::above), as straight a function of the drift as there is.
    fn logit_above(&self, look: usize, z: f64, drift: f64) -> f64 {
        // by symmetry: what does not lie above lies below
        ln(self.above(look, z, drift)) - ln(self.below(look, z, drift))
    }

    /// Chance of crossing above before the look, or of a z-value of at least `z` at it.
    fn above(&self, look: usize, z: f64, drift: f64) -> f64 {
        let walk = Walk { drift };
        let earlier = look
            .checked_sub(1)
            .map_or(0.0, |last| self.crossing(drift)[last][0]);
        earlier + walk.above(self.running(look, walk).as_ref(), self.times[look], z)
    }

    /// The rest: crossing below before the look, or a z-value below `z` at it.
    fn below(&self, look: usize, z: f64, drift: f64) -> f64 {
        let walk = Walk { drift };
        let earlier = look
            .checked_sub(1)
            .map_or(0.0, |last| self.crossing(drift)[last][1]);
        earlier + walk.below(self.running(look, walk).as_ref(), self.times[look], z)
    }

    fn caveat(&self, look: usize, crossed: bool) -> String {
        let (number, n_looks) = (look + 1, self.n_looks());
        if crossed || number == n_looks {
            format!("look {number} of {n_looks}: the p-value and the interval count the earlier looks in")
        } else {
            format!(
                "look {number} of {n_looks} does not stop the experiment: the p-value and the interval hold only if it is stopped \
                 here all the same; the repeated interval holds at every look"
            )
        }
    }
}
