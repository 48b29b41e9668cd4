use crate::math::sqrt;
use crate::sum::{Compensated, mean};
use crate::{StatsError, check};

/// The moments of one sample.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) n: f64,
    pub(crate) mean: f64,
    /// With `n - 1` in the denominator; exactly 0 if and only if all values are equal.
    pub(crate) variance: f64,
    /// Moment skewness; 0 for a constant.
    pub(crate) skewness: f64,
    /// Moment kurtosis minus 3; 0 for a constant.
    pub(crate) excess_kurtosis: f64,
}

impl Sample {
    pub(crate) fn of(values: &[f64]) -> Self {
        let (n, mean) = (values.len() as f64, mean(values));
        let constant = Self {
            n,
            mean,
            variance: 0.0,
            skewness: 0.0,
            excess_kurtosis: 0.0,
        };
        if values.iter().all(|v| *v == values[0]) {
            return constant;
        }
        let [mut second, mut third, mut fourth] = [Compensated::default(); 3];
        for value in values {
            let d = value - mean;
            second.add(d * d);
            third.add(d * d * d);
            fourth.add(d * d * d * d);
        }
        let spread = second.value() / n;
        if spread == 0.0 {
            return constant;
        }
        Self {
            variance: second.value() / (n - 1.0),
            skewness: third.value() / n / (spread * sqrt(spread)),
            excess_kurtosis: fourth.value() / n / (spread * spread) - 3.0,
            ..constant
        }
    }

    /// Cochran's rule: the mean of this many values is near enough to normal for a t interval.
    pub(crate) fn mean_is_trustworthy(&self) -> bool {
        self.n >= 10.0 && self.n > 25.0 * self.skewness * self.skewness
    }
}

/// The values that are there, and how many were missing.
pub(crate) fn clean(
    what: &'static str,
    values: &[f64],
    n_least: usize,
) -> Result<(Vec<f64>, usize), StatsError> {
    let kept: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    if let Some(index) = values.iter().position(|v| v.is_infinite()) {
        return Err(StatsError::NotFinite {
            what,
            index,
            found: values[index],
        });
    }
    check::at_least(what, kept.len(), n_least)?;
    let n_dropped = values.len() - kept.len();
    Ok((kept, n_dropped))
}

/// Values split by group code.
pub(super) struct Groups {
    pub(super) values: Vec<Vec<f64>>,
    pub(super) n: usize,
    pub(super) n_dropped: usize,
}

impl Groups {
    /// Splits `values` by `codes` in `0..n_groups`; every group must hold `n_least` values.
    pub(super) fn split(
        values: &[f64],
        codes: &[u32],
        n_groups: usize,
        n_least: usize,
    ) -> Result<Self, StatsError> {
        check::same_length("groups", codes.len(), values.len())?;
        check::at_least("groups", n_groups, 2)?;
        if let Some(index) = values.iter().position(|v| v.is_infinite()) {
            return Err(StatsError::NotFinite {
                what: "values",
                index,
                found: values[index],
            });
        }
        check_codes("groups", codes, n_groups)?;
        let mut split = vec![Vec::new(); n_groups];
        for (&value, &code) in values.iter().zip(codes).filter(|(value, _)| !value.is_nan()) {
            split[code as usize].push(value);
        }
        for (code, group) in split.iter().enumerate() {
            check::at_least(&format!("group {code}"), group.len(), n_least)?;
        }
        let n = split.iter().map(Vec::len).sum();
        Ok(Self {
            values: split,
            n,
            n_dropped: values.len() - n,
        })
    }

    pub(super) fn samples(&self) -> Vec<Sample> {
        self.values.iter().map(|v| Sample::of(v)).collect()
    }
}

/// Group codes lie in `0..n_codes`, and the count is believable.
pub(crate) fn check_codes(what: &'static str, codes: &[u32], n_codes: usize) -> Result<(), StatsError> {
    if n_codes > codes.len().max(10_000_000) {
        let found = n_codes as f64;
        return Err(StatsError::OutOfRange {
            what: "number of codes",
            found,
            expected: "at most ten million",
        });
    }
    match codes.iter().find(|&&code| code as usize >= n_codes) {
        Some(&found) => Err(StatsError::OutOfRange {
            what,
            found: f64::from(found),
            expected: "below the number of codes",
        }),
        None => Ok(()),
    }
}
