use super::contrast::{Contrast, check_question};
use super::{Arm, Comparison, Question};
use crate::StatsError;
use crate::distribution::StudentT;
use crate::interval::Estimate;
use crate::special::{ln_normal_sf, normal_quantile};
use crate::test::Alternative;

const ONE_LOOK: &str = "the interval and the p-value hold for one look, at a size that was fixed before";

/// Two arms compared once, at a size fixed in advance, by Welch's t.
///
/// # Shapes and units
/// The effect is treatment against control in the unit of [`Question::difference`]; relative effects have the delta
/// method's variance `var_b / (n_b a^2) + var_a b^2 / (n_a a^4)` at the unadjusted values `a` and `b`.
///
/// # Assumptions
/// Independent units; means near normal. Looking again and again breaks the promise: use [`confidence_sequence`] or
/// [`group_sequential`] then.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 units, [`StatsError::Undefined`] for an arm without spread or a relative
/// effect on a control of 0, [`StatsError::OutOfRange`] for the level.
///
/// # Reference
/// B. L. Welch (1947), Biometrika 34, 28-35. Checked against gbstats 0.8.0 `TwoSidedTTest`.
///
/// [`confidence_sequence`]: super::confidence_sequence
/// [`group_sequential`]: super::group_sequential
pub fn fixed_horizon(control: &Arm, treatment: &Arm, question: &Question) -> Result<Comparison, StatsError> {
    let contrast = Contrast::of(control, treatment, question.difference)?;
    let t = StudentT::new(contrast.df)?;
    let ln_p = |statistic| match question.alternative {
        Alternative::TwoSided => t.ln_two_sided(statistic),
        one_sided => one_sided.ln_p(statistic, |x| t.ln_sf(x)),
    };
    let found = compared(control, treatment, question, |tail| t.upper_quantile(tail), ln_p)?;
    Ok(Comparison {
        method: "Welch's t-test",
        statistic_name: "t",
        df: Some(contrast.df),
        ..found
    })
}

/// [`fixed_horizon`] with the normal distribution in place of Student's t, as the literature on ratio metrics has it.
///
/// # Errors
/// As [`fixed_horizon`].
pub fn fixed_horizon_normal(
    control: &Arm,
    treatment: &Arm,
    question: &Question,
) -> Result<Comparison, StatsError> {
    let ln_p = |statistic| question.alternative.ln_p(statistic, ln_normal_sf);
    let found = compared(control, treatment, question, |tail| -normal_quantile(tail), ln_p)?;
    Ok(Comparison {
        method: "z-test",
        statistic_name: "z",
        ..found
    })
}

fn compared(
    control: &Arm,
    treatment: &Arm,
    question: &Question,
    upper_quantile: impl Fn(f64) -> f64,
    ln_p: impl Fn(f64) -> f64,
) -> Result<Comparison, StatsError> {
    check_question(question)?;
    let contrast = Contrast::of(control, treatment, question.difference)?;
    let base = contrast.comparison(control, treatment, question);
    let statistic = (contrast.effect - question.null) / contrast.standard_error();
    let central = question.alternative.central_level(question.level);
    let half = upper_quantile(0.5 * (1.0 - central)) * contrast.standard_error();
    let effect = Estimate {
        value: contrast.effect,
        low: contrast.effect - half,
        high: contrast.effect + half,
    };
    let mut found = Comparison {
        statistic,
        effect: question
            .alternative
            .open(effect, f64::NEG_INFINITY, f64::INFINITY),
        ..base
    };
    found.caveats.push(ONE_LOOK.to_owned());
    found.with_ln_p(ln_p(statistic))
}
