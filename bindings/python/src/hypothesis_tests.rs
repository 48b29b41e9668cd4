//! Hypothesis tests, under the names that scipy's users know.

use crate::array::Array;
use crate::from_stats;
use crate::numbers::{Grid, Numbers, refusal};
use pyo3::prelude::*;
use stats::StatsError;
use stats::test::{self as tests, Alternative, RankMethod};
use stats::{association, interval, multiplicity};

/// What a test found: statistic, p-value, effect with interval, and what was taken for granted.
#[pyclass(frozen, module = "spanwise.stats")]
#[derive(Debug)]
pub(crate) struct TestResult {
    found: tests::TestResult,
}

/// A named effect size with its interval.
#[pyclass(frozen, get_all, module = "spanwise.stats")]
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    /// Its usual name.
    name: &'static str,
    /// The size.
    value: f64,
    /// The lower end of the interval.
    low: f64,
    /// The upper end.
    high: f64,
}

impl From<&tests::Effect> for Effect {
    fn from(effect: &tests::Effect) -> Effect {
        Effect {
            name: effect.name,
            value: effect.estimate.value,
            low: effect.estimate.low,
            high: effect.estimate.high,
        }
    }
}

#[pymethods]
impl Effect {
    fn __repr__(&self) -> String {
        let Effect {
            name,
            value,
            low,
            high,
        } = self;
        format!("Effect({name}: {value:?}, {low:?} to {high:?})")
    }
}

#[pymethods]
impl TestResult {
    /// The method's usual name.
    #[getter]
    fn method(&self) -> &'static str {
        self.found.method
    }

    /// The test statistic.
    #[getter]
    fn statistic(&self) -> f64 {
        self.found.statistic
    }

    /// Its usual letter.
    #[getter]
    fn statistic_name(&self) -> &'static str {
        self.found.statistic_name
    }

    /// Degrees of freedom: none, one or two numbers.
    #[getter]
    fn df(&self) -> Vec<f64> {
        self.found.df.clone()
    }

    /// The probability of a statistic at least as extreme if there were no effect.
    #[getter]
    fn p_value(&self) -> f64 {
        self.found.p_value
    }

    /// The same under scipy's name.
    #[getter]
    fn pvalue(&self) -> f64 {
        self.found.p_value
    }

    /// The natural logarithm of the p-value, finite where the p-value underflows.
    #[getter]
    fn ln_p_value(&self) -> f64 {
        self.found.ln_p_value
    }

    /// How large the effect is, which the p-value does not say.
    #[getter]
    fn effect(&self) -> Effect {
        Effect::from(&self.found.effect)
    }

    /// Further sizes of the same effect.
    #[getter]
    fn more_effects(&self) -> Vec<Effect> {
        self.found.more_effects.iter().map(Effect::from).collect()
    }

    /// Values (or pairs, or counted rows) used.
    #[getter]
    fn n_used(&self) -> usize {
        self.found.n_used
    }

    /// Values (or pairs) dropped because they were missing.
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

    /// The direction asked about, if the test has any.
    #[getter]
    fn alternative(&self) -> Option<&'static str> {
        self.found.alternative.map(Alternative::as_str)
    }

    fn __repr__(&self) -> String {
        let tests::TestResult {
            method,
            statistic,
            statistic_name,
            p_value,
            ..
        } = &self.found;
        format!("<{method}: {statistic_name} = {statistic:?}, p = {p_value:?}>")
    }
}

fn result(found: Result<tests::TestResult, StatsError>) -> PyResult<TestResult> {
    found.map(|found| TestResult { found }).map_err(from_stats)
}

pub(crate) fn alternative_of(word: &str) -> PyResult<Alternative> {
    match word {
        "two-sided" => Ok(Alternative::TwoSided),
        "less" => Ok(Alternative::Less),
        "greater" => Ok(Alternative::Greater),
        other => Err(refusal(
            format!("the alternative {other:?}"),
            "\"two-sided\", \"less\" or \"greater\"",
        )),
    }
}

/// Values with the code of their group.
fn grouped(groups: &[Numbers]) -> (Vec<f64>, Vec<u32>) {
    let codes = groups
        .iter()
        .zip(0..)
        .flat_map(|(group, code)| std::iter::repeat_n(code, group.len()));
    (
        groups.iter().flat_map(|group| group.iter().copied()).collect(),
        codes.collect(),
    )
}

/// A test of two means: Welch's, or Student's with ``equal_var=True``. NaN is dropped and counted.
#[pyfunction]
#[pyo3(signature = (a, b, *, equal_var = false, alternative = "two-sided", level = 0.95))]
fn ttest_ind(a: Numbers, b: Numbers, equal_var: bool, alternative: &str, level: f64) -> PyResult<TestResult> {
    let alternative = alternative_of(alternative)?;
    result(match equal_var {
        true => tests::student_t(&a, &b, alternative, level),
        false => tests::welch_t(&a, &b, alternative, level),
    })
}

/// Student's test of one mean against ``popmean``.
#[pyfunction]
#[pyo3(signature = (a, popmean, *, alternative = "two-sided", level = 0.95))]
fn ttest_1samp(a: Numbers, popmean: f64, alternative: &str, level: f64) -> PyResult<TestResult> {
    result(tests::one_sample_t(
        &a,
        popmean,
        alternative_of(alternative)?,
        level,
    ))
}

/// Student's test of paired differences; a pair with a missing side is dropped and counted.
#[pyfunction]
#[pyo3(signature = (a, b, *, alternative = "two-sided", level = 0.95))]
fn ttest_rel(a: Numbers, b: Numbers, alternative: &str, level: f64) -> PyResult<TestResult> {
    result(tests::paired_t(&a, &b, alternative_of(alternative)?, level))
}

/// The Mann-Whitney test; ``method`` is "auto", "exact" or "asymptotic". The statistic is U of ``a``.
#[pyfunction]
#[pyo3(signature = (a, b, *, alternative = "two-sided", method = "auto", use_continuity = true, level = 0.95))]
fn mannwhitneyu(
    a: Numbers,
    b: Numbers,
    alternative: &str,
    method: &str,
    use_continuity: bool,
    level: f64,
) -> PyResult<TestResult> {
    let rank_method = match method {
        "auto" => RankMethod::Auto,
        "exact" => RankMethod::Exact,
        "asymptotic" => RankMethod::Asymptotic {
            continuity: use_continuity,
        },
        other => {
            return Err(refusal(
                format!("the method {other:?}"),
                "\"auto\", \"exact\" or \"asymptotic\"",
            ));
        }
    };
    result(tests::mann_whitney(
        &a,
        &b,
        alternative_of(alternative)?,
        rank_method,
        level,
    ))
}

/// The Kolmogorov-Smirnov test of two samples, exact up to a million pairs.
#[pyfunction]
#[pyo3(signature = (a, b, *, level = 0.95))]
fn ks_2samp(a: Numbers, b: Numbers, level: f64) -> PyResult<TestResult> {
    result(tests::ks_two_sample(&a, &b, level))
}

/// Declares tests of several groups.
macro_rules! of_groups {
    ($( $(#[doc = $help:literal])+ $name:ident = $function:path; )+) => {
        $(
            $(#[doc = $help])+
            #[pyfunction]
            #[pyo3(signature = (*groups, level = 0.95))]
            fn $name(groups: Vec<Numbers>, level: f64) -> PyResult<TestResult> {
                let (values, codes) = grouped(&groups);
                result($function(&values, &codes, groups.len(), level))
            }
        )+

        fn add_of_groups(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $( module.add_function(wrap_pyfunction!($name, module)?)?; )+
            Ok(())
        }
    };
}

of_groups! {
    /// One-way analysis of variance.
    f_oneway = tests::anova;
    /// Welch's analysis of variance, for variances that differ.
    welch_anova = tests::welch_anova;
    /// The Kruskal-Wallis test.
    kruskal = tests::kruskal;
    /// Levene's test of equal variances about the medians (Brown and Forsythe).
    levene = tests::levene;
}

/// The Shapiro-Wilk test of normality, for 3 to 5000 values.
#[pyfunction]
#[pyo3(signature = (x, *, level = 0.95))]
fn shapiro(x: Numbers, level: f64) -> PyResult<TestResult> {
    result(tests::shapiro_wilk(&x, level))
}

/// D'Agostino and Pearson's test of normality.
#[pyfunction]
#[pyo3(signature = (x, *, level = 0.95))]
fn normaltest(x: Numbers, level: f64) -> PyResult<TestResult> {
    result(tests::dagostino_k2(&x, level))
}

fn counts(table: &Grid) -> PyResult<Vec<u64>> {
    let count = |cell: &f64| match *cell {
        cell if cell.fract() == 0.0 && (0.0..9e15).contains(&cell) => Ok(cell as u64),
        other => Err(refusal(format!("the count {other}"), "a whole number from 0 up")),
    };
    table.values.iter().map(count).collect()
}

/// The chi-square test of independence in a table of counts; ``correction`` is Yates', for 2 x 2 alone.
#[pyfunction]
#[pyo3(signature = (table, *, correction = true, level = 0.95))]
fn chi2_contingency(table: Grid, correction: bool, level: f64) -> PyResult<TestResult> {
    result(tests::chi_square(
        &counts(&table)?,
        table.n_columns,
        correction,
        level,
    ))
}

/// Fisher's exact test of a 2 x 2 table; the effect is the conditional odds ratio.
#[pyfunction]
#[pyo3(signature = (table, *, alternative = "two-sided", level = 0.95))]
fn fisher_exact(table: Grid, alternative: &str, level: f64) -> PyResult<TestResult> {
    let [a, b, c, d] = counts(&table)?[..] else {
        return Err(refusal(
            format!("{} counts", table.values.len()),
            "4, of a 2 x 2 table",
        ));
    };
    result(tests::fisher_exact_2x2(
        [[a, b], [c, d]],
        alternative_of(alternative)?,
        level,
    ))
}

/// The z-test of two proportions with pooled variance; the interval is Newcombe's.
#[pyfunction]
#[pyo3(signature = (count, nobs, *, alternative = "two-sided", level = 0.95))]
fn proportions_ztest(count: [u64; 2], nobs: [u64; 2], alternative: &str, level: f64) -> PyResult<TestResult> {
    let alternative = alternative_of(alternative)?;
    result(tests::two_proportions(
        count[0],
        nobs[0],
        count[1],
        nobs[1],
        alternative,
        level,
    ))
}

/// Pearson's correlation, with Fisher's interval.
#[pyfunction]
#[pyo3(signature = (x, y, *, level = 0.95))]
fn pearsonr(x: Numbers, y: Numbers, level: f64) -> PyResult<TestResult> {
    result(association::pearson(&x, &y, level))
}

/// Spearman's rank correlation.
#[pyfunction]
#[pyo3(signature = (x, y, *, level = 0.95))]
fn spearmanr(x: Numbers, y: Numbers, level: f64) -> PyResult<TestResult> {
    result(association::spearman(&x, &y, level))
}

/// P-values corrected for their number: "bonferroni", "sidak", "holm", "hochberg", "bh" or "by".
#[pyfunction]
#[pyo3(signature = (pvals, method = "holm"))]
fn multipletests(pvals: Numbers, method: &str) -> PyResult<Array> {
    let corrected = match method {
        "bonferroni" => multiplicity::bonferroni(&pvals),
        "sidak" => multiplicity::sidak(&pvals),
        "holm" => multiplicity::holm(&pvals),
        "hochberg" => multiplicity::hochberg(&pvals),
        "bh" => multiplicity::benjamini_hochberg(&pvals),
        "by" => multiplicity::benjamini_yekutieli(&pvals),
        other => {
            return Err(refusal(
                format!("the method {other:?}"),
                "\"bonferroni\", \"sidak\", \"holm\", \"hochberg\", \"bh\" or \"by\"",
            ));
        }
    };
    let corrected = corrected.map_err(from_stats)?;
    let n = corrected.len();
    Ok(Array::numbers(corrected, &[n]))
}

/// Wilson's interval of a proportion: its value, the lower and the upper end.
#[pyfunction]
#[pyo3(signature = (count, nobs, *, level = 0.95))]
fn proportion_confint(count: f64, nobs: f64, level: f64) -> PyResult<(f64, f64, f64)> {
    let found = interval::wilson(count, nobs, level).map_err(from_stats)?;
    Ok((found.value, found.low, found.high))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<TestResult>()?;
    module.add_class::<Effect>()?;
    add_of_groups(module)?;
    macro_rules! add {
        ($($name:ident),+ $(,)?) => { $( module.add_function(wrap_pyfunction!($name, module)?)?; )+ };
    }
    add!(
        ttest_ind,
        ttest_1samp,
        ttest_rel,
        mannwhitneyu,
        ks_2samp,
        shapiro,
        normaltest,
        chi2_contingency,
        fisher_exact,
        proportions_ztest,
        pearsonr,
        spearmanr,
        multipletests,
        proportion_confint,
    );
    Ok(())
}
