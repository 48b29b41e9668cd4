//! Counts, sums and squares of an outcome in sets of rows: a test of two means costs one pass over the smaller set.

use super::bits::Bits;
use super::slices::Sought;
use stats::distribution::StudentT;
use stats::math::sqrt;

/// An outcome around its mean, so that squares keep their digits.
#[derive(Debug)]
pub(super) struct Centred {
    middle: f64,
    values: Vec<f64>,
    /// Rows with an outcome.
    pub(super) present: Bits,
}

/// What is known of the outcome in some rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Moments {
    pub(super) n: f64,
    sum: f64,
    squares: f64,
}

/// Two means compared: how many standard errors apart, and the probability of that if they were one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Apart {
    pub(super) t: f64,
    pub(super) p_value: f64,
}

impl Centred {
    /// Values that are not finite are no outcome.
    pub(super) fn of(outcome: &[f64]) -> Centred {
        let present = Bits::of(outcome.iter().map(|x| x.is_finite()));
        let n = present.count().max(1) as f64;
        let middle = present.rows().map(|row| outcome[row]).sum::<f64>() / n;
        Centred {
            middle,
            values: outcome.iter().map(|x| x - middle).collect(),
            present,
        }
    }

    /// The moments of rows that all have an outcome.
    pub(super) fn within(&self, rows: &Bits) -> Moments {
        let add = |sofar: Moments, row: usize| {
            let x = self.values[row];
            Moments {
                n: sofar.n + 1.0,
                sum: sofar.sum + x,
                squares: sofar.squares + x * x,
            }
        };
        rows.rows().fold(Moments::default(), add)
    }

    pub(super) fn mean(&self, of: Moments) -> f64 {
        self.middle + of.sum / of.n
    }
}

impl Moments {
    pub(super) fn without(self, part: Moments) -> Moments {
        Moments {
            n: self.n - part.n,
            sum: self.sum - part.sum,
            squares: self.squares - part.squares,
        }
    }

    fn spread(self) -> f64 {
        (self.squares - self.sum * self.sum / self.n).max(0.0)
    }

    /// The difference to `rest`, judged by the more cautious of Welch's and Student's tests: the first knows that a weak
    /// slice varies more than the rest, the second that few rows of a skewed outcome can look as if they did not vary.
    /// Larger means alone count where only they are sought.
    pub(super) fn apart(self, rest: Moments, sought: Sought) -> Apart {
        let none = Apart { t: 0.0, p_value: 1.0 };
        if self.n < 2.0 || rest.n < 2.0 {
            return none;
        }
        let difference = self.sum / self.n - rest.sum / rest.n;
        let [a, b] = [self, rest].map(|side| side.spread() / (side.n - 1.0) / side.n);
        let pooled = (self.spread() + rest.spread()) / (self.n + rest.n - 2.0);
        let welch = (a + b) * (a + b) / (a * a / (self.n - 1.0) + b * b / (rest.n - 1.0));
        let tests = [
            (a + b, welch),
            (pooled * (1.0 / self.n + 1.0 / rest.n), self.n + rest.n - 2.0),
        ];
        let judged = tests.map(|(variance, df)| one(difference / sqrt(variance), df, sought));
        match judged {
            [Some(welch), Some(student)] if welch.p_value < student.p_value => student,
            [Some(welch), Some(_)] => welch,
            _ => none,
        }
    }
}

fn one(t: f64, df: f64, sought: Sought) -> Option<Apart> {
    let law = StudentT::new(df).ok().filter(|_| t.is_finite())?;
    let (t, p_value) = match sought {
        Sought::Larger { .. } => (t, law.sf(t)),
        Sought::OffZero => (t.abs(), (2.0 * law.sf(t.abs())).min(1.0)),
    };
    Some(Apart { t, p_value })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use stats::{Alternative, student_t, welch_t};

    #[test]
    fn moments_test_means_as_the_samples_do() {
        let outcome: Vec<f64> = (0..200)
            .map(|i| {
                f64::from(i * 37 % 101)
                    + if i % 5 == 0 {
                        30.0 + f64::from(i % 7) * 9.0
                    } else {
                        0.0
                    }
            })
            .collect();
        let all = Centred::of(&outcome);
        let rows = Bits::of((0..200).map(|i| i % 5 == 0));
        let inside = all.within(&rows);
        let outside = all.within(&all.present).without(inside);
        let (a, b): (Vec<(usize, &f64)>, _) = outcome.iter().enumerate().partition(|(i, _)| i % 5 == 0);
        let [a, b] = [a, b].map(|side| side.into_iter().map(|(_, x)| *x).collect::<Vec<f64>>());
        let found = inside.apart(outside, Sought::OffZero);
        let welch = welch_t(&a, &b, Alternative::TwoSided, 0.95).unwrap().p_value;
        let student = student_t(&a, &b, Alternative::TwoSided, 0.95).unwrap().p_value;
        assert!(
            (found.p_value / welch.max(student) - 1.0).abs() < 1e-9,
            "{found:?}"
        );
        let larger = inside.apart(outside, Sought::Larger { by: 1.0 });
        assert!((2.0 * larger.p_value / found.p_value - 1.0).abs() < 1e-9);
        assert!(outside.apart(inside, Sought::Larger { by: 1.0 }).p_value > 0.99);
    }
}
