//! The target measured inside and outside a set of rows.

use super::bits::Bits;
use stats::interval::{mean_t, wilson};
use stats::{Alternative, Estimate, StatsError, fisher_exact_2x2, two_proportions, welch_t};

/// Expected rows of each class and side below which the normal approximation is not trusted.
const FEW_EXPECTED: f64 = 5.0;

/// The target of all rows.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Rows with a target.
    present: Bits,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Rows of the positive class.
    Share(Bits),
    Mean(Vec<f64>),
}

/// What was found in a set of rows.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) rows: Side,
    pub(super) n: u64,
    pub(super) rate: Estimate,
    pub(super) rest: f64,
    pub(super) difference: Estimate,
    pub(super) p_value: f64,
}

/// The rows with a target inside and outside.
#[derive(Debug, Clone)]
pub(super) struct Side {
    inside: Bits,
    outside: Bits,
}

impl Side {
    /// The same words for a set and for its rest.
    pub(super) fn canonical(&self) -> Vec<u64> {
        self.inside.words().min(self.outside.words()).to_vec()
    }
}

impl Outcome {
    pub(super) fn shares(flags: &[Option<bool>]) -> Outcome {
        Outcome {
            present: Bits::of(flags.iter().map(Option::is_some)),
            kind: Kind::Share(Bits::of(flags.iter().map(|flag| *flag == Some(true)))),
        }
    }

    pub(super) fn means(numbers: Vec<f64>) -> Outcome {
        Outcome {
            present: Bits::of(numbers.iter().map(|x| x.is_finite())),
            kind: Kind::Mean(numbers),
        }
    }

    /// The difference of `rows` from the rest; `None` with fewer than `fewest` rows on a side or without any variation.
    pub(super) fn measure(&self, rows: &Bits, fewest: u64, level: f64) -> Option<Measured> {
        let inside = self.present.and(rows);
        let outside = self.present.without(rows);
        let (n, n_rest) = (inside.count(), outside.count());
        if n < fewest || n_rest < fewest {
            return None;
        }
        let (rate, rest, difference, p_value) = match &self.kind {
            Kind::Share(positive) => {
                let (x, y) = (inside.and(positive).count(), outside.and(positive).count());
                compare_shares((x, n), (y, n_rest), level)?
            }
            Kind::Mean(numbers) => compare_means(numbers, &inside, &outside, level)?,
        };
        Some(Measured {
            rows: Side { inside, outside },
            n,
            rate,
            rest,
            difference,
            p_value,
        })
    }
}

impl Outcome {
    /// The means inside and outside and their difference, with intervals; `None` without any variation, or for shares.
    pub(super) fn both(
        &self,
        rows: &Bits,
        level: f64,
    ) -> Result<Option<(Estimate, Estimate, Estimate)>, StatsError> {
        let Kind::Mean(numbers) = &self.kind else {
            return Ok(None);
        };
        let pick = |rows: &Bits| rows.rows().map(|row| numbers[row]).collect::<Vec<f64>>();
        let [inside, outside] = [self.present.and(rows), self.present.without(rows)].map(|rows| pick(&rows));
        let difference = match welch_t(&inside, &outside, Alternative::TwoSided, level) {
            Err(StatsError::Constant { .. }) => return Ok(None),
            test => test?.effect.estimate,
        };
        Ok(Some((
            mean_t(&inside, level)?,
            mean_t(&outside, level)?,
            difference,
        )))
    }
}

type Comparison = (Estimate, f64, Estimate, f64);

fn compare_shares((x, n): (u64, u64), (y, m): (u64, u64), level: f64) -> Option<Comparison> {
    let test = two_proportions(x, n, y, m, Alternative::TwoSided, level).ok()?;
    let pooled = (x + y) as f64 / (n + m) as f64;
    let is_sparse = pooled.min(1.0 - pooled) * (n.min(m) as f64) < FEW_EXPECTED;
    let p_value = if is_sparse {
        fisher_exact_2x2([[x, n - x], [y, m - y]], Alternative::TwoSided, level)
            .map_or(test.p_value, |exact| exact.p_value)
    } else {
        test.p_value
    };
    let rate = wilson(x as f64, n as f64, level).ok()?;
    Some((rate, y as f64 / m as f64, test.effect.estimate, p_value))
}

fn compare_means(numbers: &[f64], inside: &Bits, outside: &Bits, level: f64) -> Option<Comparison> {
    let pick = |rows: &Bits| rows.rows().map(|row| numbers[row]).collect::<Vec<f64>>();
    let (inside, outside) = (pick(inside), pick(outside));
    let test = welch_t(&inside, &outside, Alternative::TwoSided, level).ok()?;
    let rest = mean_t(&outside, level).ok()?.value;
    Some((
        mean_t(&inside, level).ok()?,
        rest,
        test.effect.estimate,
        test.p_value,
    ))
}
