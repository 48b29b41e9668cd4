//! Tests of every pair of groups.

use crate::numbers::Numbers;
use crate::result::grouped;
use crate::tidy::{Record, Tidy, flat, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::StatsError;
use stats::test as tests;

result_class! {
    /// Two groups beside each other: the second less the first.
    "spanwise.stats" Pair {
        /// Position of the first group.
        first: usize,
        /// Position of the second.
        second: usize,
        /// The second less the first.
        difference: f64,
        /// The lower end of its interval.
        low: f64,
        /// The upper end.
        high: f64,
        /// The pair's statistic.
        statistic: f64,
        /// Degrees of freedom.
        df: f64,
        /// The p-value of the pair.
        p_value: f64,
        /// Its natural logarithm, finite where it underflows.
        ln_p_value: f64,
    }

    fn __repr__(&self) -> String {
        let Pair {
            first,
            second,
            difference,
            low,
            high,
            p_value,
            ..
        } = self;
        format!("Pair({first} to {second}: {difference:?}, {low:?} to {high:?}, p = {p_value:?})")
    }
}

impl Tidy for Pair {}

impl From<&tests::Pair> for Pair {
    fn from(pair: &tests::Pair) -> Pair {
        Pair {
            first: pair.first,
            second: pair.second,
            difference: pair.difference.value,
            low: pair.difference.low,
            high: pair.difference.high,
            statistic: pair.statistic,
            df: pair.df,
            p_value: pair.p_value,
            ln_p_value: pair.ln_p_value,
        }
    }
}

result_class! {
    /// What a test of every pair of groups found.
    "spanwise.stats" PairwiseResult {
        /// The method's usual name.
        method: &'static str,
        /// The usual letter of each pair's statistic.
        statistic_name: &'static str,
        /// What is compared.
        difference_name: &'static str,
        /// Whether p-values and intervals already allow for the number of pairs.
        simultaneous: bool,
        /// Each pair once: (0, 1), (0, 2), ..., (1, 2), ...
        pairs: Vec<Pair>,
        /// The p-values in the order of the pairs.
        p_values: Vec<f64>,
        /// Values used.
        n_used: usize,
        /// Values dropped because they were missing.
        n_dropped: usize,
        /// What the test takes for granted: name, whether it seems to hold, and the number that speaks for or against it.
        assumptions: Vec<(&'static str, bool, String)>,
    }

    fn __repr__(&self) -> String {
        format!("<{} of {} pairs>", self.method, self.pairs.len())
    }
}

/// A row for each pair.
impl Tidy for PairwiseResult {
    fn rows(&self) -> Vec<Record> {
        use crate::tidy::Fields;
        let method = |pair: &Pair| {
            let mut cells = flat(pair.record());
            cells.extend(row([("method", self.method.into())]));
            cells
        };
        self.pairs.iter().map(method).collect()
    }
}

fn pairwise(work: impl FnOnce() -> Result<tests::Pairwise, StatsError> + Send) -> PyResult<PairwiseResult> {
    let found = computed(work)?;
    Ok(PairwiseResult {
        method: found.method,
        statistic_name: found.statistic_name,
        difference_name: found.difference_name,
        simultaneous: found.simultaneous,
        pairs: found.pairs.iter().map(Pair::from).collect(),
        p_values: found.p_values(),
        n_used: found.n_used,
        n_dropped: found.n_dropped,
        assumptions: crate::result::checks(&found.assumptions),
    })
}

/// Tukey's HSD test of every pair of means, Tukey-Kramer for unequal sizes; ``equal_var=False`` is Games and Howell's.
///
/// Shapes: a sample (n_k,) for each group.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for an empty group, no spare value, every group constant.
/// Source: J. W. Tukey (1953); C. Y. Kramer (1956), Biometrics 12, 307-310; scipy ``tukey_hsd``.
#[pyfunction]
#[pyo3(signature = (*args, equal_var = true, level = 0.95))]
fn tukey_hsd(args: Vec<Numbers>, equal_var: bool, level: f64) -> PyResult<PairwiseResult> {
    pairwise(|| {
        let (values, codes) = grouped(&args);
        match equal_var {
            true => tests::tukey_hsd(&values, &codes, args.len(), level),
            false => tests::games_howell(&values, &codes, args.len(), level),
        }
    })
}

/// The Games-Howell test of every pair of means, for variances that differ.
///
/// Shapes: a sample (n_k,) for each group.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 2 values in a group, two constant groups.
/// Source: P. A. Games, J. F. Howell (1976), J. Educational Statistics 1, 113-125; pingouin
/// ``pairwise_gameshowell``.
#[pyfunction]
#[pyo3(signature = (*samples, level = 0.95))]
fn games_howell(samples: Vec<Numbers>, level: f64) -> PyResult<PairwiseResult> {
    pairwise(|| {
        let (values, codes) = grouped(&samples);
        tests::games_howell(&values, &codes, samples.len(), level)
    })
}

/// Dunn's test of every pair of mean ranks, after Kruskal and Wallis'. P-values are of each pair alone: correct them by
/// ``multipletests(found.p_values, "holm")``.
///
/// Shapes: a sample (n_k,) for each group.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for an empty group, all values equal.
/// Source: O. J. Dunn (1964), Technometrics 6, 241-252; scikit-posthocs ``posthoc_dunn``.
#[pyfunction]
#[pyo3(signature = (*samples, level = 0.95))]
fn posthoc_dunn(samples: Vec<Numbers>, level: f64) -> PyResult<PairwiseResult> {
    pairwise(|| {
        let (values, codes) = grouped(&samples);
        tests::dunn(&values, &codes, samples.len(), level)
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PairwiseResult>()?;
    module.add_class::<Pair>()?;
    add_functions!(module, tukey_hsd, games_howell, posthoc_dunn);
    Ok(())
}
