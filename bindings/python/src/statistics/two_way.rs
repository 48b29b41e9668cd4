//! Two-way analysis of variance.

use crate::add_functions;
use crate::computed;
use crate::numbers::{Codes, Numbers, refusal};
use crate::result::TestResult;
use crate::tidy::{Record, Tidy, result_class, row};
use pyo3::prelude::*;
use stats::test::{self as tests, SumsOfSquares};

result_class! {
    /// A row of a two-way analysis of variance.
    "spanwise.stats" AnovaTerm {
        /// The sum of squares that belongs to the term.
        sum_of_squares: f64,
        /// Its F test, with partial eta squared as the effect.
        test: TestResult,
    }

    fn __repr__(&self) -> String {
        let AnovaTerm { sum_of_squares, test } = self;
        format!(
            "<sum of squares {sum_of_squares:?}, F = {:?}, p = {:?}>",
            test.statistic, test.p_value
        )
    }
}

impl From<tests::AnovaTerm> for AnovaTerm {
    fn from(found: tests::AnovaTerm) -> AnovaTerm {
        AnovaTerm {
            sum_of_squares: found.sum_of_squares,
            test: TestResult::from(found.test),
        }
    }
}

impl Tidy for AnovaTerm {
    fn rows(&self) -> Vec<Record> {
        let mut cells = row([("sum_of_squares", self.sum_of_squares.into())]);
        cells.extend(self.test.rows().swap_remove(0));
        vec![cells]
    }
}

result_class! {
    /// A two-way analysis of variance.
    "spanwise.stats" TwoWayAnova {
        /// The first factor.
        first: AnovaTerm,
        /// The second factor.
        second: AnovaTerm,
        /// Whether the effect of one factor depends on the other; None in a model without.
        interaction: Option<AnovaTerm>,
        /// The sum of squares that the model leaves.
        residual_sum_of_squares: f64,
        /// Its degrees of freedom.
        residual_df: f64,
    }

    fn __repr__(&self) -> String {
        let p = |term: &AnovaTerm| term.test.p_value;
        format!("<TwoWayAnova: p = {:?} and {:?}>", p(&self.first), p(&self.second))
    }
}

/// A row for each term and one for what is left.
impl Tidy for TwoWayAnova {
    fn rows(&self) -> Vec<Record> {
        let terms = [
            ("first", Some(&self.first)),
            ("second", Some(&self.second)),
            ("interaction", self.interaction.as_ref()),
        ];
        let named = |(name, term): (&str, Option<&AnovaTerm>)| {
            let cells = term?.rows().swap_remove(0);
            Some(row([("term", name.into())]).into_iter().chain(cells).collect())
        };
        let mut rows: Vec<Record> = terms.into_iter().filter_map(named).collect();
        rows.push(row([
            ("term", "residual".into()),
            ("sum_of_squares", self.residual_sum_of_squares.into()),
            ("df1", self.residual_df.into()),
        ]));
        rows
    }
}

/// Two-way analysis of variance of values with the codes (0, 1, ...) of two factors; ``typ`` 1, 2 or 3 as statsmodels'
/// ``anova_lm``, 3 with contrasts that sum to 0.
///
/// Shapes: values, first, second (n,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than two levels, an empty cell of an interaction, a design torn
/// apart, nothing left.
/// Source: F. Yates (1934), JASA 29, 51-66; S. R. Searle (1971), Linear models; statsmodels ``anova_lm``.
#[pyfunction]
#[pyo3(signature = (values, first, second, *, interaction = true, typ = 2, level = 0.95))]
fn two_way_anova(
    values: Numbers,
    first: Codes,
    second: Codes,
    interaction: bool,
    typ: u8,
    level: f64,
) -> PyResult<TwoWayAnova> {
    let sums = match typ {
        1 => SumsOfSquares::Sequential,
        2 => SumsOfSquares::BeyondOther,
        3 => SumsOfSquares::BeyondAll,
        other => return Err(refusal(format!("the type {other}"), "1, 2 or 3")),
    };
    let n_levels = |codes: &[u32]| codes.iter().max().map_or(0, |&most| most as usize + 1);
    let (first, second) = ((&first[..], n_levels(&first)), (&second[..], n_levels(&second)));
    let found = computed(|| tests::two_way_anova(&values, first, second, interaction, sums, level))?;
    Ok(TwoWayAnova {
        first: found.first.into(),
        second: found.second.into(),
        interaction: found.interaction.map(AnovaTerm::from),
        residual_sum_of_squares: found.residual_sum_of_squares,
        residual_df: found.residual_df,
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<TwoWayAnova>()?;
    module.add_class::<AnovaTerm>()?;
    add_functions!(module, two_way_anova);
    Ok(())
}
