//! Tests of every pair of groups.

use super::add_functions;
use crate::from_stats;
use crate::hypothesis_tests::grouped;
use crate::numbers::Numbers;
use pyo3::prelude::*;
use stats::StatsError;
use stats::test as tests;

/// What a test of every pair of groups found.
#[pyclass(frozen, module = "spanwise.stats")]
#[derive(Debug)]
pub(crate) struct PairwiseResult {
    found: tests::Pairwise,
}

/// Two groups beside each other: the second less the first.
#[pyclass(frozen, get_all, module = "spanwise.stats")]
#[derive(Clone, Debug)]
pub(crate) struct Pair {
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

#[pymethods]
impl Pair {
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

#[pymethods]
impl PairwiseResult {
    /// The method's usual name.
    #[getter]
    fn method(&self) -> &'static str {
        self.found.method
    }

    /// The usual letter of each pair's statistic.
    #[getter]
    fn statistic_name(&self) -> &'static str {
        self.found.statistic_name
    }

    /// What is compared.
    #[getter]
    fn difference_name(&self) -> &'static str {
        self.found.difference_name
    }

    /// Whether p-values and intervals already allow for the number of pairs.
    #[getter]
    fn simultaneous(&self) -> bool {
        self.found.simultaneous
    }

    /// Each pair once: (0, 1), (0, 2), ..., (1, 2), ...
    #[getter]
    fn pairs(&self) -> Vec<Pair> {
        self.found.pairs.iter().map(Pair::from).collect()
    }

    /// The p-values in the order of the pairs.
    #[getter]
    fn p_values(&self) -> Vec<f64> {
        self.found.p_values()
    }

    /// Values used.
    #[getter]
    fn n_used(&self) -> usize {
        self.found.n_used
    }

    /// Values dropped because they were missing.
    #[getter]
    fn n_dropped(&self) -> usize {
        self.found.n_dropped
    }

    /// What the test takes for granted: name, whether it seems to hold, and the number that speaks for or against it.
    #[getter]
    fn assumptions(&self) -> Vec<(&'static str, bool, String)> {
        let assumptions = self.found.assumptions.iter();
        assumptions
            .map(|assumed| (assumed.name, assumed.holds, assumed.detail.clone()))
            .collect()
    }

    fn __repr__(&self) -> String {
        format!("<{} of {} pairs>", self.found.method, self.found.pairs.len())
    }
}

fn pairwise(found: Result<tests::Pairwise, StatsError>) -> PyResult<PairwiseResult> {
    found.map(|found| PairwiseResult { found }).map_err(from_stats)
}

/// Tukey's HSD test of every pair of means, Tukey-Kramer for unequal sizes; ``equal_var=False`` is Games and Howell's.
#[pyfunction]
#[pyo3(signature = (*groups, equal_var = true, level = 0.95))]
fn tukey_hsd(py: Python<'_>, groups: Vec<Numbers>, equal_var: bool, level: f64) -> PyResult<PairwiseResult> {
    let (values, codes) = grouped(&groups);
    pairwise(py.detach(|| match equal_var {
        true => tests::tukey_hsd(&values, &codes, groups.len(), level),
        false => tests::games_howell(&values, &codes, groups.len(), level),
    }))
}

/// The Games-Howell test of every pair of means, for variances that differ.
#[pyfunction]
#[pyo3(signature = (*groups, level = 0.95))]
fn games_howell(py: Python<'_>, groups: Vec<Numbers>, level: f64) -> PyResult<PairwiseResult> {
    let (values, codes) = grouped(&groups);
    pairwise(py.detach(|| tests::games_howell(&values, &codes, groups.len(), level)))
}

/// Dunn's test of every pair of mean ranks, after Kruskal and Wallis'. P-values are of each pair alone: correct them by
/// ``multipletests(found.p_values, "holm")``.
#[pyfunction]
#[pyo3(signature = (*groups, level = 0.95))]
fn posthoc_dunn(groups: Vec<Numbers>, level: f64) -> PyResult<PairwiseResult> {
    let (values, codes) = grouped(&groups);
    pairwise(tests::dunn(&values, &codes, groups.len(), level))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PairwiseResult>()?;
    module.add_class::<Pair>()?;
    add_functions!(module, tukey_hsd, games_howell, posthoc_dunn);
    Ok(())
}
