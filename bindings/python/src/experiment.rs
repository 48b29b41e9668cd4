//! Experiments: what arms sum up to, how they compare, and whether the data can be trusted.

use crate::array::Array;
use crate::from_stats;
use crate::hypothesis_tests::alternative_of;
use crate::numbers::{Codes, Numbers, refusal};
use pyo3::prelude::*;
use stats::experiment::{self, Outcome};
use stats::test::Assumption;

type Checks = Vec<(&'static str, bool, String)>;

fn checks_of(checks: &[Assumption]) -> Checks {
    checks
        .iter()
        .map(|check| (check.name, check.holds, check.detail.clone()))
        .collect()
}

/// A number with its interval.
#[pyclass(frozen, get_all, module = "spanwise.experiment")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    /// The point estimate.
    value: f64,
    /// The lower end.
    low: f64,
    /// The upper end.
    high: f64,
}

impl From<stats::Estimate> for Estimate {
    fn from(estimate: stats::Estimate) -> Estimate {
        Estimate {
            value: estimate.value,
            low: estimate.low,
            high: estimate.high,
        }
    }
}

#[pymethods]
impl Estimate {
    fn __repr__(&self) -> String {
        let Estimate { value, low, high } = self;
        format!("Estimate({value:?}, {low:?} to {high:?})")
    }
}

/// What the rows of one arm sum up to: exact, and mergeable in any order. A row with a missing value is dropped.
///
/// Columns first are the outcome's (one for a mean, numerator and denominator for a ratio), further ones covariates.
#[pyclass(frozen, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct Sums {
    sums: experiment::Sums,
}

#[pymethods]
impl Sums {
    #[new]
    #[pyo3(signature = (*columns))]
    fn new(py: Python<'_>, columns: Vec<Numbers>) -> PyResult<Sums> {
        let columns: Vec<&[f64]> = columns.iter().map(|column| &**column).collect();
        let sums = py
            .detach(|| experiment::Sums::of_columns(&columns))
            .map_err(from_stats)?;
        Ok(Sums { sums })
    }

    /// From the number of rows, the sum of each column and of the products of columns (0, 0), (1, 0), (1, 1), (2, 0), ...
    #[staticmethod]
    fn of_totals(n: u64, sums: Numbers, products: Numbers) -> PyResult<Sums> {
        let sums = experiment::Sums::of_totals(n, &sums, &products).map_err(from_stats)?;
        Ok(Sums { sums })
    }

    /// The sums of both.
    fn merged(&self, other: Py<Sums>) -> PyResult<Sums> {
        let mut sums = self.sums.clone();
        sums.merge(&other.get().sums).map_err(from_stats)?;
        Ok(Sums { sums })
    }

    /// The number of rows.
    #[getter]
    fn n(&self) -> u64 {
        self.sums.n()
    }

    /// The number of rows dropped because a value was missing.
    #[getter]
    fn n_dropped(&self) -> u64 {
        self.sums.n_dropped()
    }

    /// The mean of a column, or None.
    #[pyo3(signature = (column = 0))]
    fn mean(&self, column: usize) -> Option<f64> {
        self.sums.mean(column)
    }

    /// The covariance of two columns with ``n - 1`` in the denominator, or None.
    #[pyo3(signature = (a = 0, b = 0))]
    fn covariance(&self, a: usize, b: usize) -> Option<f64> {
        self.sums.covariance(a, b)
    }

    /// The arm's metric: "mean" of the first column, or "ratio" of the first two.
    #[pyo3(signature = (outcome = "mean"))]
    fn arm(&self, outcome: &str) -> PyResult<Arm> {
        made(experiment::Arm::of_sums(&self.sums, outcome_of(outcome)?))
    }
}

fn outcome_of(word: &str) -> PyResult<Outcome> {
    match word {
        "mean" => Ok(Outcome::Mean),
        "ratio" => Ok(Outcome::Ratio),
        other => Err(refusal(format!("the outcome {other:?}"), "\"mean\" or \"ratio\"")),
    }
}

/// What one arm says about a metric: its value and the variance that one unit brings.
#[pyclass(frozen, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct Arm {
    arm: experiment::Arm,
}

fn made(arm: Result<experiment::Arm, stats::StatsError>) -> PyResult<Arm> {
    arm.map(|arm| Arm { arm }).map_err(from_stats)
}

#[pymethods]
impl Arm {
    /// An arm that another system summed up: ``value`` has the standard error ``sqrt(variance / n)``.
    #[new]
    #[pyo3(signature = (n, value, variance, *, unadjusted = None))]
    fn new(n: u64, value: f64, variance: f64, unadjusted: Option<f64>) -> Arm {
        Arm {
            arm: experiment::Arm {
                n,
                value,
                unadjusted: unadjusted.unwrap_or(value),
                variance,
                n_dropped: 0,
                checks: Vec::new(),
            },
        }
    }

    /// Units.
    #[getter]
    fn n(&self) -> u64 {
        self.arm.n
    }

    /// The metric, adjusted if covariates or strata were used.
    #[getter]
    fn value(&self) -> f64 {
        self.arm.value
    }

    /// The metric without adjustment.
    #[getter]
    fn unadjusted(&self) -> f64 {
        self.arm.unadjusted
    }

    /// The variance that one unit brings.
    #[getter]
    fn variance(&self) -> f64 {
        self.arm.variance
    }

    /// The standard error of the value.
    #[getter]
    fn standard_error(&self) -> f64 {
        self.arm.standard_error()
    }

    /// Rows dropped because a value was missing.
    #[getter]
    fn n_dropped(&self) -> u64 {
        self.arm.n_dropped
    }

    /// What is taken for granted: name, whether it seems to hold, and the number that speaks for or against it.
    #[getter]
    fn checks(&self) -> Checks {
        checks_of(&self.arm.checks)
    }

    fn __repr__(&self) -> String {
        let experiment::Arm {
            n, value, variance, ..
        } = &self.arm;
        format!("Arm(n={n}, value={value:?}, variance={variance:?})")
    }
}

/// The mean of one value per unit.
#[pyfunction]
fn mean(values: Numbers) -> PyResult<Arm> {
    made(experiment::Arm::of_values(&values))
}

/// The share of units with a success.
#[pyfunction]
fn proportion(successes: u64, n: u64) -> PyResult<Arm> {
    made(experiment::Arm::of_proportion(successes, n))
}

/// The sum of numerators over the sum of denominators, one row per unit, with the delta method's variance.
#[pyfunction]
fn ratio(numerator: Numbers, denominator: Numbers) -> PyResult<Arm> {
    let sums = experiment::Sums::of_columns(&[&numerator, &denominator]).map_err(from_stats)?;
    made(experiment::Arm::of_sums(&sums, Outcome::Ratio))
}

/// A quantile at ``q``, its variance from order statistics; with ``units``, codes of whom each value is of, clustered by them.
#[pyfunction]
#[pyo3(signature = (values, q, units = None))]
fn quantile(values: Numbers, q: f64, units: Option<Codes>) -> PyResult<Arm> {
    match units {
        None => made(experiment::quantile_arm(&values, q)),
        Some(units) => made(experiment::quantile_arm_of_events(
            &values,
            &units,
            n_codes(&units),
            q,
        )),
    }
}

fn n_codes(codes: &[u32]) -> usize {
    codes.iter().max().map_or(0, |code| *code as usize + 1)
}

/// A word, or "scaled" with the treatment's share of all traffic and the days taken.
#[derive(FromPyObject)]
enum Unit {
    Word(String),
    Scaled(String, f64, f64),
}

impl Unit {
    fn difference(self) -> PyResult<experiment::Difference> {
        match self {
            Unit::Word(word) if word == "absolute" => Ok(experiment::Difference::Absolute),
            Unit::Word(word) if word == "relative" => Ok(experiment::Difference::Relative),
            Unit::Scaled(word, traffic_share, n_days) if word == "scaled" => {
                Ok(experiment::Difference::Scaled {
                    traffic_share,
                    n_days,
                })
            }
            Unit::Word(word) | Unit::Scaled(word, ..) => Err(refusal(
                format!("the difference {word:?}"),
                "\"absolute\", \"relative\" or (\"scaled\", traffic_share, n_days)",
            )),
        }
    }
}

fn question(difference: Unit, alternative: &str, level: f64, null: f64) -> PyResult<experiment::Question> {
    Ok(experiment::Question {
        difference: difference.difference()?,
        alternative: alternative_of(alternative)?,
        level,
        null,
    })
}

fn absolute() -> Unit {
    Unit::Word("absolute".to_owned())
}

/// What an experiment says about one metric of one treatment against the control.
#[pyclass(frozen, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct Comparison {
    found: experiment::Comparison,
}

fn compared(found: Result<experiment::Comparison, stats::StatsError>) -> PyResult<Comparison> {
    found.map(|found| Comparison { found }).map_err(from_stats)
}

#[pymethods]
impl Comparison {
    /// The method's usual name.
    #[getter]
    fn method(&self) -> &'static str {
        self.found.method
    }

    /// Treatment against control, with its interval.
    #[getter]
    fn effect(&self) -> Estimate {
        self.found.effect.into()
    }

    /// The standard error of the effect.
    #[getter]
    fn standard_error(&self) -> f64 {
        self.found.standard_error
    }

    /// The test statistic.
    #[getter]
    fn statistic(&self) -> f64 {
        self.found.statistic
    }

    /// Its usual letter or name.
    #[getter]
    fn statistic_name(&self) -> &'static str {
        self.found.statistic_name
    }

    /// Degrees of freedom, or None.
    #[getter]
    fn df(&self) -> Option<f64> {
        self.found.df
    }

    /// The probability of a statistic at least as extreme under the null hypothesis.
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

    /// Whether the null hypothesis is rejected at the level asked for.
    #[getter]
    fn is_significant(&self) -> bool {
        self.found.is_significant()
    }

    /// The metric of the control.
    #[getter]
    fn control(&self) -> f64 {
        self.found.control
    }

    /// The metric of the treatment.
    #[getter]
    fn treatment(&self) -> f64 {
        self.found.treatment
    }

    /// Units of the control.
    #[getter]
    fn n_control(&self) -> u64 {
        self.found.n_control
    }

    /// Units of the treatment.
    #[getter]
    fn n_treatment(&self) -> u64 {
        self.found.n_treatment
    }

    /// Rows dropped in both arms because a value was missing.
    #[getter]
    fn n_dropped(&self) -> u64 {
        self.found.n_dropped
    }

    /// What is taken for granted: name, whether it seems to hold, and the number that speaks for or against it.
    #[getter]
    fn checks(&self) -> Checks {
        checks_of(&self.found.checks)
    }

    /// What a reader must know to read the numbers right.
    #[getter]
    fn caveats(&self) -> Vec<String> {
        self.found.caveats.clone()
    }

    fn __repr__(&self) -> String {
        let experiment::Comparison {
            method,
            effect,
            p_value,
            ..
        } = &self.found;
        let (value, low, high) = (effect.value, effect.low, effect.high);
        format!("<{method}: {value:?}, {low:?} to {high:?}, p = {p_value:?}>")
    }
}

/// Two arms compared once, at a size fixed in advance, by Welch's t; with ``normal=True`` by z.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, difference = absolute(), alternative = "two-sided", level = 0.95, null = 0.0, normal = false))]
fn fixed_horizon(
    control: Py<Arm>,
    treatment: Py<Arm>,
    difference: Unit,
    alternative: &str,
    level: f64,
    null: f64,
    normal: bool,
) -> PyResult<Comparison> {
    let question = question(difference, alternative, level, null)?;
    let (control, treatment) = (&control.get().arm, &treatment.get().arm);
    compared(match normal {
        true => experiment::fixed_horizon_normal(control, treatment, &question),
        false => experiment::fixed_horizon(control, treatment, &question),
    })
}

/// Two arms compared as often as you like: an asymptotic confidence sequence, narrowest at ``tuning`` units in both arms.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, tuning = 5000.0, difference = absolute(), alternative = "two-sided", level = 0.95, null = 0.0))]
fn confidence_sequence(
    control: Py<Arm>,
    treatment: Py<Arm>,
    tuning: f64,
    difference: Unit,
    alternative: &str,
    level: f64,
    null: f64,
) -> PyResult<Comparison> {
    let question = question(difference, alternative, level, null)?;
    let (control, treatment) = (&control.get().arm, &treatment.get().arm);
    compared(experiment::confidence_sequence(
        control, treatment, &question, tuning,
    ))
}

/// The mixture sequential probability ratio test; ``tau2`` is the variance of effects hoped for, in the effect's unit.
#[pyfunction]
#[pyo3(signature = (control, treatment, tau2, *, difference = absolute(), alternative = "two-sided", level = 0.95, null = 0.0))]
fn msprt(
    control: Py<Arm>,
    treatment: Py<Arm>,
    tau2: f64,
    difference: Unit,
    alternative: &str,
    level: f64,
    null: f64,
) -> PyResult<Comparison> {
    let question = question(difference, alternative, level, null)?;
    let (control, treatment) = (&control.get().arm, &treatment.get().arm);
    compared(experiment::msprt(control, treatment, &question, tau2))
}

/// Group-sequential boundaries: stop at a look where the z-value reaches its boundary.
#[pyclass(frozen, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct Boundaries {
    found: experiment::Boundaries,
}

/// What a look at a group-sequential experiment says.
#[pyclass(frozen, get_all, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct Look {
    /// The two arms, with the p-value and interval in the stage-wise order, and the median-unbiased effect.
    comparison: Py<Comparison>,
    /// The z-value at which one stops.
    boundary: f64,
    /// Whether it is reached.
    crossed: bool,
    /// The interval that holds at every look, stopped or not.
    repeated: Estimate,
}

#[pymethods]
impl Boundaries {
    /// A z-value per look; infinite where no error may be spent.
    #[getter]
    fn z(&self) -> Vec<f64> {
        self.found.z.clone()
    }

    /// The share of the planned information at each look.
    #[getter]
    fn times(&self) -> Vec<f64> {
        self.found.times.clone()
    }

    /// The type I error spent up to and with each look.
    #[getter]
    fn spent(&self) -> Vec<f64> {
        self.found.spent.clone()
    }

    /// The chance of stopping above at any look, where the z-value of all the information has the mean ``drift``.
    fn power(&self, py: Python<'_>, drift: f64) -> f64 {
        py.detach(|| self.found.power(drift))
    }

    /// How many times the units of a fixed experiment are planned for the same power.
    fn inflation(&self, py: Python<'_>, power: f64) -> PyResult<f64> {
        py.detach(|| self.found.inflation(power)).map_err(from_stats)
    }

    /// Two arms at look number ``look``, counted from 0, when the earlier looks did not stop the experiment.
    #[pyo3(signature = (look, control, treatment, *, difference = absolute(), alternative = None, level = 0.95, null = 0.0))]
    fn look(
        &self,
        py: Python<'_>,
        look: usize,
        control: Py<Arm>,
        treatment: Py<Arm>,
        difference: Unit,
        alternative: Option<&str>,
        level: f64,
        null: f64,
    ) -> PyResult<Look> {
        let side = match self.found.sides {
            experiment::Sides::One => "greater",
            experiment::Sides::Two => "two-sided",
        };
        let question = question(difference, alternative.unwrap_or(side), level, null)?;
        let (control, treatment) = (&control.get().arm, &treatment.get().arm);
        let found = py
            .detach(|| self.found.look(look, control, treatment, &question))
            .map_err(from_stats)?;
        Ok(Look {
            boundary: found.boundary,
            crossed: found.crossed,
            repeated: found.repeated.into(),
            comparison: Py::new(
                py,
                Comparison {
                    found: found.comparison,
                },
            )?,
        })
    }

    fn __repr__(&self) -> String {
        format!("Boundaries(z={:?})", self.found.z)
    }
}

fn spending_of(word: &str, parameter: Option<f64>) -> PyResult<experiment::Spending> {
    match (word, parameter) {
        ("obrien_fleming", None) => Ok(experiment::Spending::OBrienFleming),
        ("pocock", None) => Ok(experiment::Spending::Pocock),
        ("power", Some(rho)) => Ok(experiment::Spending::Power { rho }),
        ("gamma", Some(gamma)) => Ok(experiment::Spending::Gamma { gamma }),
        (other, _) => Err(refusal(
            format!("the spending function {other:?} with the parameter {parameter:?}"),
            "\"obrien_fleming\" or \"pocock\" without one, \"power\" or \"gamma\" with one",
        )),
    }
}

/// The type I error that may be spent by the share ``t`` of the information: "obrien_fleming", "pocock", "power", "gamma".
#[pyfunction]
#[pyo3(signature = (spending, alpha, t, *, parameter = None))]
fn alpha_spent(spending: &str, alpha: f64, t: f64, parameter: Option<f64>) -> PyResult<f64> {
    spending_of(spending, parameter)?
        .spent(alpha, t)
        .map_err(from_stats)
}

/// Boundaries for looks at these shares of the information, or for so many equally spaced looks.
///
/// ``boundary`` is "pocock", "obrien_fleming", "wang_tsiatis" (parameter delta), "haybittle_peto" (parameter z of the interim
/// looks), or "spending:" and the name of a spending function.
#[pyfunction]
#[pyo3(signature = (boundary, looks, *, alpha = 0.05, two_sided = true, parameter = None))]
fn group_sequential(
    py: Python<'_>,
    boundary: &str,
    looks: Looks,
    alpha: f64,
    two_sided: bool,
    parameter: Option<f64>,
) -> PyResult<Boundaries> {
    let shape = match (boundary, parameter) {
        ("pocock", None) => experiment::Boundary::Pocock,
        ("obrien_fleming", None) => experiment::Boundary::OBrienFleming,
        ("wang_tsiatis", Some(delta)) => experiment::Boundary::WangTsiatis { delta },
        ("haybittle_peto", Some(interim_z)) => experiment::Boundary::HaybittlePeto { interim_z },
        (other, parameter) => match other.strip_prefix("spending:") {
            Some(spending) => experiment::Boundary::Spending(spending_of(spending, parameter)?),
            None => {
                return Err(refusal(
                    format!("the boundary {other:?} with the parameter {parameter:?}"),
                    "\"pocock\" or \"obrien_fleming\" without one, \"wang_tsiatis\" or \"haybittle_peto\" with one, \"spending:NAME\"",
                ));
            }
        },
    };
    let sides = match two_sided {
        true => experiment::Sides::Two,
        false => experiment::Sides::One,
    };
    let times = match looks {
        // one more than is taken, so that the refusal tells the limit
        Looks::Number(n_looks) => experiment::equal_times(n_looks.min(201)),
        Looks::Times(times) => times,
    };
    let found = py
        .detach(|| experiment::group_sequential(shape, &times, alpha, sides))
        .map_err(from_stats)?;
    Ok(Boundaries { found })
}

#[derive(FromPyObject)]
enum Looks {
    Number(usize),
    Times(Vec<f64>),
}

/// What is believed of the effect of a treatment after the data.
#[pyclass(frozen, get_all, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct Posterior {
    /// The effect's mean and central credible interval.
    effect: Estimate,
    /// The effect's standard deviation.
    sd: f64,
    /// The probability that the treatment is better.
    chance_to_win: f64,
    /// Logarithms of the probabilities that the treatment is better and that it is not.
    ln_chances: (f64, f64),
    /// How much is lost on average by keeping the control.
    risk_control: f64,
    /// How much is lost on average by choosing the treatment.
    risk_treatment: f64,
    /// The metric of the control.
    control: f64,
    /// The metric of the treatment.
    treatment: f64,
    /// What is taken for granted: name, whether it seems to hold, and the number that speaks for or against it.
    checks: Checks,
    /// What a reader must know to read the numbers right.
    caveats: Vec<String>,
}

/// The effect after the data, with a normal prior ``(mean, sd)`` or a flat one; ``prior_unit`` is "relative" or "absolute".
#[pyfunction]
#[pyo3(signature = (control, treatment, *, difference = absolute(), prior = None, prior_unit = "relative", lower_is_better = false, level = 0.95))]
fn posterior(
    control: Py<Arm>,
    treatment: Py<Arm>,
    difference: Unit,
    prior: Option<(f64, f64)>,
    prior_unit: &str,
    lower_is_better: bool,
    level: f64,
) -> PyResult<Posterior> {
    let unit = match prior_unit {
        "relative" => experiment::PriorUnit::Relative,
        "absolute" => experiment::PriorUnit::Absolute,
        other => {
            return Err(refusal(
                format!("the prior's unit {other:?}"),
                "\"relative\" or \"absolute\"",
            ));
        }
    };
    let prior = prior.map(|(mean, sd)| experiment::Prior { mean, sd, unit });
    let (control, treatment) = (&control.get().arm, &treatment.get().arm);
    let difference = difference.difference()?;
    let found = experiment::posterior(control, treatment, difference, prior, lower_is_better, level);
    let found = found.map_err(from_stats)?;
    Ok(Posterior {
        effect: found.effect.into(),
        sd: found.sd,
        chance_to_win: found.chance_to_win,
        ln_chances: found.ln_chances.into(),
        risk_control: found.risk_control,
        risk_treatment: found.risk_treatment,
        control: found.control,
        treatment: found.treatment,
        checks: checks_of(&found.checks),
        caveats: found.caveats,
    })
}

/// What is believed of two rates after the data.
#[pyclass(frozen, get_all, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct BetaComparison {
    /// The control's rate: posterior mean and central credible interval.
    control: Estimate,
    /// The treatment's rate.
    treatment: Estimate,
    /// Treatment minus control.
    difference: Estimate,
    /// Treatment over control minus 1: median and central credible interval.
    relative: Estimate,
    /// The probability that the treatment's rate is higher.
    chance_to_win: f64,
    /// Logarithms of the probabilities that it is higher and that it is lower.
    ln_chances: (f64, f64),
    /// The rate lost on average by keeping the control.
    risk_control: f64,
    /// The rate lost on average by choosing the treatment.
    risk_treatment: f64,
}

/// Two rates after ``(successes, trials)`` of each, from the same beta prior.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, prior = (1.0, 1.0), level = 0.95))]
fn beta_binomial(
    py: Python<'_>,
    control: (u64, u64),
    treatment: (u64, u64),
    prior: (f64, f64),
    level: f64,
) -> PyResult<BetaComparison> {
    let found = py
        .detach(|| experiment::beta_binomial(control, treatment, prior, level))
        .map_err(from_stats)?;
    Ok(BetaComparison {
        control: found.control.into(),
        treatment: found.treatment.into(),
        difference: found.difference.into(),
        relative: found.relative.into(),
        chance_to_win: found.chance_to_win,
        ln_chances: found.ln_chances.into(),
        risk_control: found.risk_control,
        risk_treatment: found.risk_treatment,
    })
}

/// The probability of each of several rates, as ``(successes, trials)``, that it is the highest.
#[pyfunction]
#[pyo3(signature = (arms, *, prior = (1.0, 1.0)))]
fn chances_to_be_best(py: Python<'_>, arms: Vec<(u64, u64)>, prior: (f64, f64)) -> PyResult<Vec<f64>> {
    py.detach(|| experiment::chances_to_be_best(&arms, prior))
        .map_err(from_stats)
}

/// Two arms after adjustment by covariates.
#[pyclass(frozen, get_all, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct Adjustment {
    /// The control, adjusted to the covariates' mean over both arms.
    control: Py<Arm>,
    /// The treatment, adjusted likewise.
    treatment: Py<Arm>,
    /// The metric's slope along each covariate.
    theta: Vec<f64>,
    /// The metric's variance after adjustment over that before.
    variance_ratio: f64,
}

/// CUPED: takes out of a metric what covariates from before the experiment explain.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, outcome = "mean"))]
fn cuped(py: Python<'_>, control: Py<Sums>, treatment: Py<Sums>, outcome: &str) -> PyResult<Adjustment> {
    let outcome = outcome_of(outcome)?;
    let found = experiment::cuped(&control.get().sums, &treatment.get().sums, outcome).map_err(from_stats)?;
    Ok(Adjustment {
        control: Py::new(py, Arm { arm: found.control })?,
        treatment: Py::new(py, Arm { arm: found.treatment })?,
        theta: found.theta,
        variance_ratio: found.variance_ratio,
    })
}

/// Two arms, each averaged over strata by the strata's shares in both arms together; pass the sums of each stratum.
#[pyfunction]
#[pyo3(signature = (control, treatment, *, outcome = "mean"))]
fn post_stratify(control: Vec<Py<Sums>>, treatment: Vec<Py<Sums>>, outcome: &str) -> PyResult<(Arm, Arm)> {
    let sums = |strata: &[Py<Sums>]| -> Vec<experiment::Sums> {
        strata.iter().map(|stratum| stratum.get().sums.clone()).collect()
    };
    let found = experiment::post_stratify(&sums(&control), &sums(&treatment), outcome_of(outcome)?);
    let [control, treatment] = found.map_err(from_stats)?;
    Ok((Arm { arm: control }, Arm { arm: treatment }))
}

/// Whether as many units came to each arm as were to come.
#[pyclass(frozen, get_all, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct SampleRatio {
    /// Whether the counts may be chance: a p-value of 0.001 or more.
    sound: bool,
    /// The chi-square statistic, or the Bayes factor against the planned split.
    statistic: f64,
    /// The probability of counts at least as far off if the split were right.
    p_value: f64,
    /// Its natural logarithm.
    ln_p_value: f64,
    /// The units that were to come to each arm.
    expected: Vec<f64>,
    /// The arm that is farthest off.
    worst_arm: usize,
    /// By how much, as a fraction of the number expected.
    worst_excess: f64,
}

/// The sample-ratio mismatch check; with ``any_time=True`` valid at every look.
///
/// ``concentration`` says how near to the plan the splits lie against which the any-time check is strongest, in units.
#[pyfunction]
#[pyo3(signature = (counts, shares, *, any_time = false, concentration = 10_000.0))]
fn sample_ratio(
    counts: Vec<u64>,
    shares: Numbers,
    any_time: bool,
    concentration: f64,
) -> PyResult<SampleRatio> {
    let found = match any_time {
        true => experiment::sample_ratio_any_time(&counts, &shares, concentration),
        false => experiment::sample_ratio(&counts, &shares),
    };
    let found = found.map_err(from_stats)?;
    Ok(SampleRatio {
        sound: found.sound,
        statistic: found.statistic,
        p_value: found.p_value,
        ln_p_value: found.ln_p_value,
        expected: found.expected,
        worst_arm: found.worst_arm,
        worst_excess: found.worst_excess,
    })
}

/// Rows of an exposure log looked through unit by unit.
#[pyclass(frozen, get_all, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct Exposures {
    /// Units that occur.
    n_units: u64,
    /// Units that were seen in two arms or more.
    n_in_several_arms: u64,
    /// Up to ten of their codes.
    in_several_arms: Vec<u32>,
    /// Units with more than one row.
    n_repeated: u64,
    /// The most rows that one unit has.
    most_rows: u64,
    /// Units of each arm, without those in several.
    counts: Vec<u64>,
}

/// Looks for units in several arms and for repeated exposure; ``units`` and ``arms`` hold codes from 0 up, a row each.
#[pyfunction]
fn exposures(py: Python<'_>, units: Codes, arms: Codes) -> PyResult<Exposures> {
    let found = py.detach(|| experiment::exposures(&units, n_codes(&units), &arms, n_codes(&arms)));
    let found = found.map_err(from_stats)?;
    Ok(Exposures {
        n_units: found.n_units,
        n_in_several_arms: found.n_in_several_arms,
        in_several_arms: found.in_several_arms,
        n_repeated: found.n_repeated,
        most_rows: found.most_rows,
        counts: found.counts,
    })
}

/// How many rows show something else than was assigned, and the counts by assigned (down) and shown (across).
#[pyfunction]
fn assignment_mismatch(assigned: Codes, shown: Codes) -> PyResult<(u64, Array)> {
    let n_arms = n_codes(&assigned).max(n_codes(&shown));
    let found = experiment::assignment_mismatch(&assigned, &shown, n_arms).map_err(from_stats)?;
    let counts = found.counts.iter().map(|&count| count as i64).collect();
    Ok((found.n_mismatched, Array::whole(counts, &[n_arms, n_arms])))
}

/// Values of both arms cut at their common quantile: the values, the cap and the number cut.
#[pyfunction]
#[pyo3(signature = (values, q, *, ignore_zeros = false))]
fn cap_at_quantile(values: Numbers, q: f64, ignore_zeros: bool) -> PyResult<(Array, f64, u64)> {
    let found = experiment::cap_at_quantile(&values, q, ignore_zeros).map_err(from_stats)?;
    let n = found.values.len();
    Ok((Array::numbers(found.values, &[n]), found.cap, found.n_capped))
}

/// Each unit's events within its window, summed; NaN for a window still open and for a unit never exposed.
///
/// ``exposed_at`` is of shape (n_units,), the others of shape (n_events,); times are in one unit, ``until`` is when data end.
#[pyfunction]
#[pyo3(signature = (exposed_at, event_units, event_times, event_values, *, until, length, delay = 0.0))]
fn window_sums(
    exposed_at: Numbers,
    event_units: Codes,
    event_times: Numbers,
    event_values: Numbers,
    until: f64,
    length: f64,
    delay: f64,
) -> PyResult<Array> {
    let window = experiment::Window { delay, length };
    let found = window.sum(&exposed_at, &event_units, &event_times, &event_values, until);
    let values = found.map_err(from_stats)?.values;
    let n = values.len();
    Ok(Array::numbers(values, &[n]))
}

fn correction_of(word: &str) -> PyResult<experiment::Correction> {
    match word {
        "bonferroni" => Ok(experiment::Correction::Bonferroni),
        "holm" => Ok(experiment::Correction::Holm),
        "hochberg" => Ok(experiment::Correction::Hochberg),
        "bh" => Ok(experiment::Correction::BenjaminiHochberg),
        "by" => Ok(experiment::Correction::BenjaminiYekutieli),
        other => Err(refusal(
            format!("the correction {other:?}"),
            "\"bonferroni\", \"holm\", \"hochberg\", \"bh\" or \"by\"",
        )),
    }
}

fn cloned(comparisons: &[Py<Comparison>]) -> Vec<experiment::Comparison> {
    comparisons
        .iter()
        .map(|comparison| comparison.get().found.clone())
        .collect()
}

/// Comparisons of several metrics or arms judged together: corrected p-values, and which stand at ``alpha``.
#[pyfunction]
#[pyo3(signature = (comparisons, *, correction = "holm", alpha = 0.05))]
fn family(comparisons: Vec<Py<Comparison>>, correction: &str, alpha: f64) -> PyResult<(Vec<f64>, Vec<bool>)> {
    let found = experiment::family(&cloned(&comparisons), correction_of(correction)?, alpha);
    let found = found.map_err(from_stats)?;
    Ok((found.adjusted_p_values, found.found))
}

/// One metric's effect in several segments of the units.
#[pyclass(frozen, get_all, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct Segments {
    /// P-values corrected for the number of segments.
    adjusted_p_values: Vec<f64>,
    /// Which segments have an effect after the correction.
    found: Vec<bool>,
    /// The effect common to all.
    pooled: Estimate,
    /// Cochran's Q of effects that differ between segments.
    heterogeneity: f64,
    /// Its degrees of freedom.
    df: f64,
    /// The probability of effects at least as far apart if all were one.
    p_value: f64,
    /// Its natural logarithm.
    ln_p_value: f64,
    /// The share of the spread of effects that is more than chance.
    inconsistency: f64,
}

/// Segments with an effect, false discoveries kept to the share ``rate``, and whether the effects differ at all.
#[pyfunction]
#[pyo3(signature = (comparisons, *, correction = "bh", rate = 0.05, level = 0.95))]
fn segments(comparisons: Vec<Py<Comparison>>, correction: &str, rate: f64, level: f64) -> PyResult<Segments> {
    let found = experiment::segments(&cloned(&comparisons), correction_of(correction)?, rate, level);
    let found = found.map_err(from_stats)?;
    Ok(Segments {
        adjusted_p_values: found.adjusted_p_values,
        found: found.found,
        pooled: found.pooled.into(),
        heterogeneity: found.heterogeneity,
        df: found.df,
        p_value: found.p_value,
        ln_p_value: found.ln_p_value,
        inconsistency: found.inconsistency,
    })
}

/// What an experiment shall be able to do, and how many units that takes.
///
/// A baseline is ``variance=`` of one unit, or ``share=`` of successes with ``null_variance`` "unpooled", "pooled" or "baseline".
/// ``tuning`` plans for a confidence sequence, ``inflation`` for group-sequential looks.
#[pyclass(frozen, module = "spanwise.experiment")]
#[derive(Debug)]
pub(crate) struct Plan {
    plan: experiment::Plan,
}

#[pymethods]
impl Plan {
    #[new]
    #[pyo3(signature = (*, alpha = 0.05, power = 0.8, two_sided = true, allocation = 1.0, variance_factor = 1.0, n_comparisons = 1, tuning = None, inflation = None))]
    fn new(
        alpha: f64,
        power: f64,
        two_sided: bool,
        allocation: f64,
        variance_factor: f64,
        n_comparisons: u32,
        tuning: Option<f64>,
        inflation: Option<f64>,
    ) -> PyResult<Plan> {
        let monitoring = match (tuning, inflation) {
            (None, None) => experiment::Monitoring::Fixed,
            (Some(tuning), None) => experiment::Monitoring::AlwaysValid { tuning },
            (None, Some(factor)) => experiment::Monitoring::Inflated(factor),
            (Some(_), Some(_)) => {
                return Err(refusal(
                    "both a tuning and an inflation".to_owned(),
                    "one of them at most",
                ));
            }
        };
        let sides = match two_sided {
            true => experiment::Sides::Two,
            false => experiment::Sides::One,
        };
        let plan = experiment::Plan {
            alpha,
            power,
            sides,
            allocation,
            variance_factor,
            n_comparisons,
            monitoring,
        };
        Ok(Plan { plan })
    }

    /// Units of the control and of the treatment, not rounded, that find an absolute ``effect``.
    #[pyo3(signature = (effect, *, variance = None, share = None, null_variance = "unpooled"))]
    fn sample_size(
        &self,
        effect: f64,
        variance: Option<f64>,
        share: Option<f64>,
        null_variance: &str,
    ) -> PyResult<(f64, f64)> {
        let baseline = baseline_of(variance, share, null_variance)?;
        let found = self.plan.sample_size(baseline, effect).map_err(from_stats)?;
        Ok((found.control, found.treatment))
    }

    /// The smallest increase that ``n_control`` units in the control find.
    #[pyo3(signature = (n_control, *, variance = None, share = None, null_variance = "unpooled"))]
    fn detectable(
        &self,
        n_control: f64,
        variance: Option<f64>,
        share: Option<f64>,
        null_variance: &str,
    ) -> PyResult<f64> {
        let baseline = baseline_of(variance, share, null_variance)?;
        self.plan.detectable(baseline, n_control).map_err(from_stats)
    }

    /// The probability of finding an ``effect`` with ``n_control`` units in the control.
    #[pyo3(signature = (effect, n_control, *, variance = None, share = None, null_variance = "unpooled"))]
    fn power(
        &self,
        effect: f64,
        n_control: f64,
        variance: Option<f64>,
        share: Option<f64>,
        null_variance: &str,
    ) -> PyResult<f64> {
        let baseline = baseline_of(variance, share, null_variance)?;
        self.plan.power(baseline, effect, n_control).map_err(from_stats)
    }
}

fn baseline_of(
    variance: Option<f64>,
    share: Option<f64>,
    null_variance: &str,
) -> PyResult<experiment::Baseline> {
    let null = match null_variance {
        "unpooled" => experiment::NullVariance::Unpooled,
        "pooled" => experiment::NullVariance::Pooled,
        "baseline" => experiment::NullVariance::Baseline,
        other => {
            return Err(refusal(
                format!("the null variance {other:?}"),
                "\"unpooled\", \"pooled\" or \"baseline\"",
            ));
        }
    };
    match (variance, share) {
        (Some(variance), None) => Ok(experiment::Baseline::Variance(variance)),
        (None, Some(share)) => Ok(experiment::Baseline::Proportion { share, null }),
        _ => Err(refusal(
            "no baseline or two".to_owned(),
            "either `variance` or `share`",
        )),
    }
}

/// The variance that a covariate leaves, ``1 - rho ** 2`` for its correlation with the metric.
#[pyfunction]
fn variance_factor(rho: f64) -> PyResult<f64> {
    experiment::variance_factor(rho).map_err(from_stats)
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    macro_rules! add_classes {
        ($($name:ident),+ $(,)?) => { $( module.add_class::<$name>()?; )+ };
    }
    macro_rules! add {
        ($($name:ident),+ $(,)?) => { $( module.add_function(wrap_pyfunction!($name, module)?)?; )+ };
    }
    add_classes!(
        Adjustment,
        Arm,
        BetaComparison,
        Boundaries,
        Comparison,
        Estimate,
        Exposures,
        Look,
        Plan,
        Posterior,
        SampleRatio,
        Segments,
        Sums,
    );
    add!(
        alpha_spent,
        assignment_mismatch,
        beta_binomial,
        cap_at_quantile,
        chances_to_be_best,
        confidence_sequence,
        cuped,
        exposures,
        family,
        fixed_horizon,
        group_sequential,
        mean,
        msprt,
        post_stratify,
        posterior,
        proportion,
        quantile,
        ratio,
        sample_ratio,
        segments,
        variance_factor,
        window_sums,
    );
    Ok(())
}
