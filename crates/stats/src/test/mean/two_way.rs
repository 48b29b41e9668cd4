use super::anova::from_f;
use super::cells::{Cells, Columns, product};
use crate::test::{Effect, TestResult};
use crate::{StatsError, check};

/// What a factor's sum of squares is compared with when cells are unequally filled; all are the same when they are equal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SumsOfSquares {
    /// The first factor alone, the second beyond the first, then the interaction.
    Sequential,
    /// Type II: each factor beyond the other, without the interaction. Most powerful if there is none.
    #[default]
    BeyondOther,
    /// Type III: each factor beyond the other and the interaction, that is about unweighted means of the cells.
    BeyondAll,
}

/// A two-way analysis of variance.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoWayAnova {
    /// The first factor.
    pub first: AnovaTerm,
    /// The second factor.
    pub second: AnovaTerm,
    /// Whether the effect of one factor depends on the other; `None` in a model without.
    pub interaction: Option<AnovaTerm>,
    /// The sum of squares that the model leaves.
    pub residual_sum_of_squares: f64,
    /// Its degrees of freedom.
    pub residual_df: f64,
}

/// One row of the table: a sum of squares and its F test, with partial eta squared as the effect.
#[derive(Debug, Clone, PartialEq)]
pub struct AnovaTerm {
    /// The sum of squares that belongs to the term.
    pub sum_of_squares: f64,
    /// Its F test.
    pub test: TestResult,
}

/// Two-way analysis of variance, for cells of any size.
///
/// # Shapes and units
/// `values`, `first` and `second` are `(n,)`; codes lie in `0..n_first` and `0..n_second`; NaN is dropped and counted. The
/// effect of each term is partial eta squared, with partial omega squared in `more_effects`; their interval inverts the
/// noncentral F distribution.
///
/// # Assumptions
/// Independent draws, near normal means, equal variances in all cells.
///
/// # Errors
/// [`StatsError::TooFewValues`] below two levels of a factor, for an empty cell in a model with interaction, and without
/// spare values; [`StatsError::OutOfRange`] for more than 4096 columns of the model; [`StatsError::NotPositiveDefinite`] if empty cells tear the design apart; [`StatsError::Constant`] if
/// the model leaves nothing.
///
/// # Reference
/// F. Yates (1934), JASA 29, 51-66; S. R. Searle (1971), Linear models. Checked against statsmodels `anova_lm` (types 1, 2,
/// 3 with sum contrasts).
pub fn two_way_anova(
    values: &[f64],
    first: (&[u32], usize),
    second: (&[u32], usize),
    interaction: bool,
    sums: SumsOfSquares,
    level: f64,
) -> Result<TwoWayAnova, StatsError> {
    check::level(level)?;
    let cells = Cells::new(values, first, second, interaction)?;
    let (a, b) = (
        cells.coded(Cells::row, first.1),
        cells.coded(Cells::column, second.1),
    );
    let both = product(&a, &b);
    let unexplained = |parts: &[&Columns]| cells.unexplained(parts);
    let main = unexplained(&[&a, &b])?;
    let first_sum = match sums {
        SumsOfSquares::Sequential => unexplained(&[])? - unexplained(&[&a])?,
        SumsOfSquares::BeyondAll if interaction => unexplained(&[&b, &both])?,
        _ => unexplained(&[&b])? - main,
    };
    let second_sum = match sums {
        SumsOfSquares::BeyondAll if interaction => unexplained(&[&a, &both])?,
        _ => unexplained(&[&a])? - main,
    };
    let (df_a, df_b) = (first.1 as f64 - 1.0, second.1 as f64 - 1.0);
    let (df_both, left) = if interaction {
        (df_a * df_b, cells.within)
    } else {
        (0.0, cells.within + main)
    };
    let residual_df = cells.n - 1.0 - df_a - df_b - df_both;
    check::at_least("values beyond the model", residual_df.max(0.0) as usize, 1)?;
    if left <= 0.0 {
        return Err(StatsError::Constant {
            what: "every cell".to_owned(),
        });
    }
    let row = |sum: f64, df: f64| term(&cells, sum.max(0.0), df, left, residual_df, level);
    Ok(TwoWayAnova {
        first: row(first_sum, df_a)?,
        second: row(second_sum, df_b)?,
        interaction: interaction.then(|| row(main, df_both)).transpose()?,
        residual_sum_of_squares: left,
        residual_df,
    })
}

fn term(
    cells: &Cells,
    sum_of_squares: f64,
    df: f64,
    left: f64,
    residual_df: f64,
    level: f64,
) -> Result<AnovaTerm, StatsError> {
    let f = sum_of_squares / df / (left / residual_df);
    let found = from_f("two-way ANOVA", f, df, residual_df, cells.n, level)?;
    let partial = |name, effect: &Effect| Effect {
        name,
        estimate: effect.estimate,
    };
    let test = TestResult {
        effect: partial("partial eta squared", &found.more_effects[0]),
        more_effects: vec![partial("partial omega squared", &found.effect)],
        n_used: cells.n as usize,
        n_dropped: cells.n_dropped,
        ..found
    };
    Ok(AnovaTerm { sum_of_squares, test })
}
