//! Permutation tests of statistics that are known by name.

use crate::numbers::{Samples, refusal};
use crate::result::{Effect, TestResult, alternative_of};
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed, values};
use pyo3::prelude::*;
use stats::test::{self as tests, Arrangements, PairedScore, PairingScore, TwoSampleScore};

result_class! {
    /// What a permutation test found.
    "spanwise.stats" PermutationResult {
        /// Statistic, p-value and effect, as of every test.
        result: TestResult,
        /// Arrangements tried.
        n_arrangements: usize,
        /// Whether these were all there are.
        is_exact: bool,
        /// The standard error that drawing gives the p-value; 0 when exact.
        p_value_error: f64,
    }

    /// The statistic of the data as they are.
    #[getter]
    fn statistic(&self) -> f64 {
        self.result.statistic
    }

    /// The probability of a statistic at least as extreme if there were no effect.
    #[getter]
    fn p_value(&self) -> f64 {
        self.result.p_value
    }

    /// The same under scipy's name.
    #[getter]
    fn pvalue(&self) -> f64 {
        self.result.p_value
    }

    /// How large the effect is, with its usual interval.
    #[getter]
    fn effect(&self) -> Effect {
        self.result.effect.clone()
    }

    fn __repr__(&self) -> String {
        let TestResult {
            method,
            statistic_name,
            statistic,
            p_value,
            ..
        } = &self.result;
        let exact = if self.is_exact { "exact, " } else { "" };
        format!(
            "<{method}: {statistic_name} = {statistic:?}, p = {p_value:?}, {exact}{} arrangements>",
            self.n_arrangements
        )
    }
}

impl Tidy for PermutationResult {
    fn rows(&self) -> Vec<Record> {
        let mut rows = self.result.rows();
        for cells in &mut rows {
            cells.extend(row([
                ("n_arrangements", (self.n_arrangements as u64).into()),
                ("is_exact", self.is_exact.into()),
                ("p_value_error", self.p_value_error.into()),
            ]));
        }
        rows
    }
}

/// What is compared, and what may be exchanged.
#[derive(Clone, Copy)]
enum Score {
    Independent(TwoSampleScore),
    Paired(PairedScore),
    Pairings(PairingScore),
}

fn score_of(statistic: &str, permutation_type: &str) -> PyResult<Score> {
    Ok(match (permutation_type, statistic) {
        ("independent", "mean") => Score::Independent(TwoSampleScore::Mean),
        ("independent", "median") => Score::Independent(TwoSampleScore::Median),
        ("independent", "t") => Score::Independent(TwoSampleScore::WelchT),
        ("independent", "rank_sum") => Score::Independent(TwoSampleScore::RankSum),
        ("samples", "mean") => Score::Paired(PairedScore::Mean),
        ("samples", "signed_rank") => Score::Paired(PairedScore::SignedRank),
        ("pairings", "pearsonr") => Score::Pairings(PairingScore::Pearson),
        ("pairings", "spearmanr") => Score::Pairings(PairingScore::Spearman),
        (permutation_type, statistic) => {
            return Err(refusal(
                format!("the statistic {statistic:?} with the permutation type {permutation_type:?}"),
                "\"mean\", \"median\", \"t\" or \"rank_sum\" with \"independent\", \"mean\" or \"signed_rank\" with \"samples\", \"pearsonr\" or \"spearmanr\" with \"pairings\"",
            ));
        }
    })
}

/// A permutation test of two samples: could chance alone have dealt them so?
///
/// ``permutation_type`` "independent" deals the values of both samples anew (``statistic`` "mean" or "median", the
/// difference of both samples', "t", Welch's, or "rank_sum"), "samples" flips pairs ("mean" of the differences or
/// "signed_rank"), "pairings" shuffles the second beside the first ("pearsonr" or "spearmanr"). All arrangements are tried
/// if there are at most ``n_resamples``; else so many are drawn by the seed ``random_state``, and ``p = (b + 1) / (n + 1)``.
/// The result does not depend on ``n_jobs``.
///
/// Shapes: data is (a, b) with a (n_a,), b (n_b,), of one length for "samples" and "pairings".
/// Missing: values, or pairs, are dropped and counted.
/// Errors: ``SpanwiseError`` for other than two samples, fewer than 2 values a side, all equal, no
/// resample.
/// Source: E. J. G. Pitman (1937), Supplement to the JRSS 4, 119-130, 225-232; B. Phipson, G. K. Smyth
/// (2010); scipy ``permutation_test``.
#[pyfunction]
#[pyo3(signature = (data, statistic, *, permutation_type = "independent", n_resamples = 9999, alternative = "two-sided", random_state = 0, level = 0.95, n_jobs = None))]
fn permutation_test(
    data: Samples,
    statistic: &str,
    permutation_type: &str,
    n_resamples: usize,
    alternative: &str,
    random_state: u64,
    level: f64,
    n_jobs: Option<i64>,
) -> PyResult<PermutationResult> {
    let [a, b] = &data[..] else {
        return Err(refusal(
            format!("{} samples", data.len()),
            "two, such as `(a, b)`",
        ));
    };
    let (score, alternative) = (
        score_of(statistic, permutation_type)?,
        alternative_of(alternative)?,
    );
    let arrangements = Arrangements {
        n_resamples,
        seed: random_state,
        n_threads: values::n_threads(n_jobs)?,
    };
    let found = computed(|| match score {
        Score::Independent(score) => {
            tests::permutation_two_sample(a, b, score, alternative, &arrangements, level)
        }
        Score::Paired(score) => tests::permutation_paired(a, b, score, alternative, &arrangements, level),
        Score::Pairings(score) => {
            tests::permutation_correlation(a, b, score, alternative, &arrangements, level)
        }
    })?;
    Ok(PermutationResult {
        result: found.result.into(),
        n_arrangements: found.n_arrangements,
        is_exact: found.is_exact,
        p_value_error: found.p_value_error,
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PermutationResult>()?;
    add_functions!(module, permutation_test);
    Ok(())
}
