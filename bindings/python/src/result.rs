//! What a test found, and the words that all tests take.

use crate::computed;
use crate::numbers::{Numbers, refusal};
use crate::tidy::{Fields, Record, Tidy, flat, result_class, row};
use pyo3::prelude::*;
use stats::StatsError;
use stats::test::{self as tests, Alternative, Assumption};

/// What is taken for granted: name, whether it seems to hold, and the number that speaks for or against it.
pub(crate) type Checks = Vec<(&'static str, bool, String)>;

pub(crate) fn checks(found: &[Assumption]) -> Checks {
    let check = |found: &Assumption| (found.name, found.holds, found.detail.clone());
    found.iter().map(check).collect()
}

result_class! {
    /// A named effect size with its interval.
    "spanwise.stats" Effect {
        /// Its usual name.
        name: &'static str,
        /// The size.
        value: f64,
        /// The lower end of the interval.
        low: f64,
        /// The upper end.
        high: f64,
    }

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

impl Tidy for Effect {}

impl From<tests::Effect> for Effect {
    fn from(effect: tests::Effect) -> Effect {
        Effect {
            name: effect.name,
            value: effect.estimate.value,
            low: effect.estimate.low,
            high: effect.estimate.high,
        }
    }
}

result_class! {
    /// What a test found: statistic, p-value, effect with interval, and what was taken for granted.
    "spanwise.stats" TestResult {
        /// The method's usual name.
        method: &'static str,
        /// The test statistic.
        statistic: f64,
        /// Its usual letter.
        statistic_name: &'static str,
        /// Degrees of freedom: none, one or two numbers.
        df: Vec<f64>,
        /// The probability of a statistic at least as extreme if there were no effect.
        p_value: f64,
        /// The natural logarithm of the p-value, finite where the p-value underflows.
        ln_p_value: f64,
        /// How large the effect is, which the p-value does not say.
        effect: Effect,
        /// Further sizes of the same effect.
        more_effects: Vec<Effect>,
        /// Values (or pairs, or counted rows) used.
        n_used: usize,
        /// Values (or pairs) dropped because they were missing.
        n_dropped: usize,
        /// What the test takes for granted: name, whether it seems to hold, and the number that speaks for or against it.
        assumptions: Checks,
        /// What to take instead where an assumption fails.
        proposals: Vec<String>,
        /// The direction asked about, if the test has any.
        alternative: Option<&'static str>,
    }

    /// The p-value under scipy's name.
    #[getter]
    fn pvalue(&self) -> f64 {
        self.p_value
    }

    fn __repr__(&self) -> String {
        let TestResult {
            method,
            statistic,
            statistic_name,
            p_value,
            ..
        } = self;
        format!("<{method}: {statistic_name} = {statistic:?}, p = {p_value:?}>")
    }
}

/// A row for each effect, the test's own numbers beside it.
impl Tidy for TestResult {
    fn rows(&self) -> Vec<Record> {
        let test = row([
            ("method", self.method.into()),
            ("statistic_name", self.statistic_name.into()),
            ("statistic", self.statistic.into()),
            ("df1", self.df.first().copied().into()),
            ("df2", self.df.get(1).copied().into()),
            ("p_value", self.p_value.into()),
            ("ln_p_value", self.ln_p_value.into()),
            ("n_used", (self.n_used as u64).into()),
            ("n_dropped", (self.n_dropped as u64).into()),
            ("alternative", self.alternative.into()),
        ]);
        let effects = [&self.effect].into_iter().chain(&self.more_effects);
        effects
            .map(|effect| flat(effect.record()).into_iter().chain(test.clone()).collect())
            .collect()
    }
}

impl From<tests::TestResult> for TestResult {
    fn from(found: tests::TestResult) -> TestResult {
        TestResult {
            proposals: found.proposals().into_iter().map(str::to_owned).collect(),
            method: found.method,
            statistic: found.statistic,
            statistic_name: found.statistic_name,
            df: found.df,
            p_value: found.p_value,
            ln_p_value: found.ln_p_value,
            effect: found.effect.into(),
            more_effects: found.more_effects.into_iter().map(Effect::from).collect(),
            n_used: found.n_used,
            n_dropped: found.n_dropped,
            assumptions: checks(&found.assumptions),
            alternative: found.alternative.map(Alternative::as_str),
        }
    }
}

/// The result of a test, while other threads of Python go on.
pub(crate) fn result(
    work: impl FnOnce() -> Result<tests::TestResult, StatsError> + Send,
) -> PyResult<TestResult> {
    computed(work).map(TestResult::from)
}

/// The size of an effect, while other threads of Python go on.
pub(crate) fn size(work: impl FnOnce() -> Result<tests::Effect, StatsError> + Send) -> PyResult<Effect> {
    computed(work).map(Effect::from)
}

/// A size of this name.
pub(crate) fn effect(
    name: &'static str,
    work: impl FnOnce() -> Result<stats::Estimate, StatsError> + Send,
) -> PyResult<Effect> {
    size(|| work().map(|estimate| tests::Effect { name, estimate }))
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
pub(crate) fn grouped(groups: &[Numbers]) -> (Vec<f64>, Vec<u32>) {
    let codes = groups
        .iter()
        .zip(0..)
        .flat_map(|(group, code)| std::iter::repeat_n(code, group.len()));
    (
        groups.iter().flat_map(|group| group.iter().copied()).collect(),
        codes.collect(),
    )
}
