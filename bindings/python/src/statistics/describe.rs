//! The numbers that describe a sample, or several.

use crate::numbers::Numbers;
use crate::result::grouped;
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::test as tests;

result_class! {
    /// The numbers that describe a sample.
    "spanwise.stats" Description {
        /// Values that are there.
        n: usize,
        /// Values that are missing.
        n_missing: usize,
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
        /// The mean.
        mean: f64,
        /// With ``n - 1`` in the denominator.
        variance: f64,
        /// The root of the variance.
        sd: f64,
        /// The third standardised moment.
        skewness: f64,
        /// The fourth standardised moment minus 3.
        excess_kurtosis: f64,
    }

    fn __repr__(&self) -> String {
        format!("<Description: n = {}, mean = {:?}, sd = {:?}>", self.n, self.mean, self.sd)
    }
}

impl Tidy for Description {}

/// Count, range and moments of a sample.
///
/// Shapes: a (n,).
/// Missing: counted in ``n_missing``.
/// Errors: ``SpanwiseError`` for fewer than 2 values, infinities.
/// Source: the certified values of NIST StRD (univariate); scipy ``describe``.
#[pyfunction]
fn describe(a: Numbers) -> PyResult<Description> {
    let found = computed(|| stats::describe(&a))?;
    Ok(Description {
        n: found.n,
        n_missing: found.n_missing,
        min: found.min,
        max: found.max,
        mean: found.mean,
        variance: found.variance,
        sd: found.sd,
        skewness: found.skewness,
        excess_kurtosis: found.excess_kurtosis,
    })
}

result_class! {
    /// The table of a one-way analysis of variance.
    "spanwise.stats" AnovaTable {
        /// Groups minus 1.
        df_between: usize,
        /// Values minus groups.
        df_within: usize,
        /// Squared distances of group means from the mean.
        ss_between: f64,
        /// Squared distances of values from their group's mean.
        ss_within: f64,
        /// The ratio of the mean squares.
        f_statistic: f64,
        /// Its p-value.
        p_value: f64,
        /// The share of all squares that lies between groups.
        r_squared: f64,
        /// The standard deviation within groups.
        residual_sd: f64,
        /// Values dropped because they were missing.
        n_dropped: usize,
    }

    fn __repr__(&self) -> String {
        let AnovaTable {
            df_between,
            df_within,
            f_statistic,
            p_value,
            ..
        } = self;
        format!("<AnovaTable: F({df_between}, {df_within}) = {f_statistic:?}, p = {p_value:?}>")
    }
}

/// A row between groups and one within.
impl Tidy for AnovaTable {
    fn rows(&self) -> Vec<Record> {
        vec![
            row([
                ("source", "between".into()),
                ("df", (self.df_between as u64).into()),
                ("sum_of_squares", self.ss_between.into()),
                ("f_statistic", self.f_statistic.into()),
                ("p_value", self.p_value.into()),
            ]),
            row([
                ("source", "within".into()),
                ("df", (self.df_within as u64).into()),
                ("sum_of_squares", self.ss_within.into()),
            ]),
        ]
    }
}

/// Sums of squares between and within groups.
///
/// Shapes: a sample (n_k,) for each group.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for an empty group, no spare value, all values equal.
/// Source: the certified values of NIST StRD (analysis of variance).
#[pyfunction]
#[pyo3(signature = (*samples))]
fn anova_table(samples: Vec<Numbers>) -> PyResult<AnovaTable> {
    let found = computed(|| {
        let (values, codes) = grouped(&samples);
        tests::anova_table(&values, &codes, samples.len())
    })?;
    Ok(AnovaTable {
        df_between: found.df_between,
        df_within: found.df_within,
        ss_between: found.ss_between,
        ss_within: found.ss_within,
        f_statistic: found.f_statistic,
        p_value: found.p_value,
        r_squared: found.r_squared,
        residual_sd: found.residual_sd,
        n_dropped: found.n_dropped,
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Description>()?;
    module.add_class::<AnovaTable>()?;
    add_functions!(module, describe, anova_table);
    Ok(())
}
