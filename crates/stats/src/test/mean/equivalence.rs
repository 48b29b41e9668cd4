use crate::test::{Alternative, TestResult, one_sample_t, paired_t, student_t, welch_t};
use crate::{StatsError, check};

/// The mean differences that would not matter: strictly between `low` and `high`, in the unit of the values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    /// The lower end.
    pub low: f64,
    /// The upper end, above the lower.
    pub high: f64,
}

/// Are two means equivalent, whose variances may differ? Two one-sided Welch tests (TOST).
///
/// # Shapes and units
/// As [`welch_t`]. A small p-value says that `mean(a) - mean(b)` lies inside `margin`. The statistic is that of the end
/// which is harder to exclude. The effect's interval has level `2 * level - 1`, so that it lies inside the margin exactly
/// when the p-value is below `1 - level`.
///
/// # Errors
/// As [`welch_t`]; [`StatsError::OutOfRange`] for an empty margin and for a level not above 0.5.
///
/// # Reference
/// D. J. Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680. Checked against statsmodels
/// `ttost_ind`.
pub fn equivalence_welch(a: &[f64], b: &[f64], margin: Margin, level: f64) -> Result<TestResult, StatsError> {
    both(
        margin,
        level,
        "equivalence of two means (Welch's TOST)",
        |bound, side, level| welch_t(&shifted(a, bound), b, side, level),
    )
}

/// Are two means of equal variance equivalent? As [`equivalence_welch`] by Student's tests.
///
/// # Errors
/// As [`equivalence_welch`].
pub fn equivalence_student(
    a: &[f64],
    b: &[f64],
    margin: Margin,
    level: f64,
) -> Result<TestResult, StatsError> {
    both(
        margin,
        level,
        "equivalence of two means (Student's TOST)",
        |bound, side, level| student_t(&shifted(a, bound), b, side, level),
    )
}

/// Is the mean of paired differences `a - b` inside the margin? As [`equivalence_welch`] by paired tests.
///
/// # Errors
/// As [`paired_t`]; [`StatsError::OutOfRange`] for an empty margin and for a level not above 0.5.
pub fn equivalence_paired(
    a: &[f64],
    b: &[f64],
    margin: Margin,
    level: f64,
) -> Result<TestResult, StatsError> {
    both(
        margin,
        level,
        "equivalence of pairs (TOST)",
        |bound, side, level| paired_t(&shifted(a, bound), b, side, level),
    )
}

/// Is a mean inside the margin, in the unit of the values? As [`equivalence_welch`] by one-sample tests.
///
/// # Errors
/// As [`one_sample_t`]; [`StatsError::OutOfRange`] for an empty margin and for a level not above 0.5.
pub fn equivalence_one_sample(values: &[f64], margin: Margin, level: f64) -> Result<TestResult, StatsError> {
    both(
        margin,
        level,
        "equivalence of a mean (TOST)",
        |bound, side, level| one_sample_t(values, bound, side, level),
    )
}

fn shifted(values: &[f64], by: f64) -> Vec<f64> {
    values.iter().map(|value| value - by).collect()
}

/// Tests against both ends; `test` asks about the difference less `bound`.
fn both(
    margin: Margin,
    level: f64,
    method: &'static str,
    test: impl Fn(f64, Alternative, f64) -> Result<TestResult, StatsError>,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    check::finite("margin", &[margin.low, margin.high])?;
    if margin.low >= margin.high {
        return Err(StatsError::OutOfRange {
            what: "upper end of the margin",
            found: margin.high,
            expected: "above the lower end",
        });
    }
    if level <= 0.5 {
        return Err(StatsError::OutOfRange {
            what: "level",
            found: level,
            expected: "above 0.5",
        });
    }
    let above_low = test(margin.low, Alternative::Greater, level)?;
    let below_high = test(margin.high, Alternative::Less, level)?;
    let harder = if above_low.ln_p_value >= below_high.ln_p_value {
        &above_low
    } else {
        &below_high
    };
    let (statistic, p_value, ln_p_value) = (harder.statistic, harder.p_value, harder.ln_p_value);
    let around_0 = test(0.0, Alternative::TwoSided, 2.0 * level - 1.0)?;
    Ok(TestResult {
        method,
        statistic,
        p_value,
        ln_p_value,
        alternative: None,
        ..around_0
    })
}
