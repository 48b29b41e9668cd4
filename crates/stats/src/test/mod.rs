//! Hypothesis tests: one question, one [`TestResult`] with effect, interval, p-value and what was assumed.
//!
//! Samples are slices in any order. NaN means missing: such values are dropped and counted in
//! [`TestResult::n_dropped`]; infinities are refused, and so are numbers above 1e140 in size, whose squares overflow.
//! `level` is the confidence level of the effect's interval, a fraction in (0, 1). Undefined cases (0/0, too few values,
//! one group) are errors.

mod delong;
mod mean;
mod permutation;
mod rank;
mod regression;
mod series;
mod shape;
mod spread;
mod table;

mod choose;
mod choose_one;
mod pairwise;
mod proposal;
mod sample;

pub use choose::{Choice, compare_categories, compare_counts, compare_groups};
pub use choose_one::{compare_pairs, compare_with};
pub use delong::delong;
pub use mean::{
    AnovaTable, AnovaTerm, Margin, SumsOfSquares, TwoWayAnova, anova, anova_of, anova_table,
    equivalence_one_sample, equivalence_paired, equivalence_student, equivalence_welch, games_howell,
    one_sample_t, paired_t, student_t, tukey_hsd, two_way_anova, welch_anova, welch_anova_of, welch_t,
};
pub use pairwise::{Pair, Pairwise};
pub use permutation::{
    Arrangements, PairedScore, PairingScore, PermutationTest, TwoSampleScore, permutation_correlation,
    permutation_paired, permutation_two_sample,
};
pub use rank::{
    RankMethod, Zeros, dunn, friedman, kruskal, kruskal_of, mann_whitney, wilcoxon_one_sample,
    wilcoxon_signed_rank,
};
pub use regression::{
    Influence, LinearFit, RegressionDiagnostics, breusch_godfrey, breusch_pagan, durbin_watson,
    durbin_watson_test, influence, linear_fit, polynomial_fit, ramsey_reset, regression_diagnostics,
    variance_inflation, white,
};
pub use series::{
    Deterministic, SeriesTest, UnitRootLags, VarianceLags, adf, autocorrelation, box_pierce, kpss, ljung_box,
    mann_kendall,
};
pub use shape::{
    KsMethod, anderson_darling, dagostino_k2, jarque_bera, ks_one_sample, ks_two_sample, lilliefors,
    normality, shapiro_wilk,
};
pub use spread::{Centre, bartlett, bartlett_of, fligner_killeen, fligner_killeen_of, levene, levene_of};
pub use table::{
    McNemarMethod, ProportionVariance, binomial_test, chi_square, chi_square_from_codes,
    cochran_mantel_haenszel, expected_counts, fisher_exact, fisher_exact_2x2, g_test, goodness_of_fit,
    mcnemar, one_proportion, two_proportions, two_proportions_unpooled,
};

pub(crate) use sample::{Sample, check_codes, clean};
pub(crate) use shape::jarque_bera_of;
pub(crate) use table::Table;

use crate::interval::Estimate;
use crate::math::exp;

/// What a test found.
#[derive(Debug, Clone, PartialEq)]
pub struct TestResult {
    /// The method's usual name, such as `Welch's t-test`.
    pub method: &'static str,
    /// The test statistic.
    pub statistic: f64,
    /// Its usual letter, such as `t`.
    pub statistic_name: &'static str,
    /// Degrees of freedom: none, one or two numbers.
    pub df: Vec<f64>,
    /// Probability of a statistic at least as extreme if there were no effect.
    pub p_value: f64,
    /// Natural logarithm of the p-value, finite where the p-value underflows.
    pub ln_p_value: f64,
    /// How large the effect is, which the p-value does not say.
    pub effect: Effect,
    /// Further sizes of the same effect, such as a standardised one.
    pub more_effects: Vec<Effect>,
    /// Values (or pairs, or counted rows) that the test used.
    pub n_used: usize,
    /// Values (or pairs) dropped because they were missing.
    pub n_dropped: usize,
    /// What the test takes for granted, and whether the data look like it.
    pub assumptions: Vec<Assumption>,
    /// The direction asked about; `None` for tests without one.
    pub alternative: Option<Alternative>,
}

/// A named effect size with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Its usual name, such as `mean difference`.
    pub name: &'static str,
    /// Size and interval. A one-sided test has an interval that is open on one side.
    pub estimate: Estimate,
}

/// A condition of a test and whether the data look like it.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumption {
    /// The condition in a few words.
    pub name: &'static str,
    /// Whether it seems to hold.
    pub holds: bool,
    /// The number that speaks for or against it.
    pub detail: String,
}

/// The direction of a test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Alternative {
    /// The first sample differs from the second in either direction.
    #[default]
    TwoSided,
    /// The first sample lies below the second.
    Less,
    /// The first sample lies above the second.
    Greater,
}

impl Alternative {
    /// The usual words: `two-sided`, `less`, `greater`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TwoSided => "two-sided",
            Self::Less => "less",
            Self::Greater => "greater",
        }
    }

    /// The level of the central interval whose one end is the one-sided bound.
    pub(crate) fn central_level(self, level: f64) -> f64 {
        if self == Self::TwoSided {
            level
        } else {
            2.0 * level - 1.0
        }
    }

    /// Opens the side that the alternative does not ask about.
    pub(crate) fn open(self, estimate: Estimate, min: f64, max: f64) -> Estimate {
        match self {
            Self::TwoSided => estimate,
            Self::Less => Estimate { low: min, ..estimate },
            Self::Greater => Estimate {
                high: max,
                ..estimate
            },
        }
    }

    /// Picks the tail: `above(x)` gives `ln P(value > x)` of a symmetric distribution.
    pub(crate) fn ln_p(self, statistic: f64, above: impl Fn(f64) -> f64) -> f64 {
        match self {
            Self::TwoSided => (above(statistic.abs()) + std::f64::consts::LN_2).min(0.0),
            Self::Less => above(-statistic),
            Self::Greater => above(statistic),
        }
    }
}

impl TestResult {
    /// The fields that every test has; the rest is added by the test.
    pub(crate) fn new(
        method: &'static str,
        statistic_name: &'static str,
        statistic: f64,
        ln_p: f64,
        effect: Effect,
    ) -> Self {
        Self {
            method,
            statistic,
            statistic_name,
            df: Vec::new(),
            p_value: exp(ln_p).min(1.0),
            ln_p_value: ln_p.min(0.0),
            effect,
            more_effects: Vec::new(),
            n_used: 0,
            n_dropped: 0,
            assumptions: Vec::new(),
            alternative: None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[allow(clippy::approx_constant, reason = "data happen to lie near a constant")]
mod tests;
