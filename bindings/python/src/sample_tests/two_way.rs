//! Two-way analysis of variance.

use super::add_functions;
use crate::from_stats;
use crate::hypothesis_tests::{TestResult, result};
use crate::numbers::{Codes, Numbers, refusal};
use pyo3::prelude::*;
use stats::test::{self as tests, SumsOfSquares};

/// A row of a two-way analysis of variance.
#[pyclass(frozen, module = "spanwise.stats")]
#[derive(Debug)]
pub(crate) struct AnovaTerm {
    found: tests::AnovaTerm,
}

#[pymethods]
impl AnovaTerm {
    /// The sum of squares that belongs to the term.
    #[getter]
    fn sum_of_squares(&self) -> f64 {
        self.found.sum_of_squares
    }

    /// Its F test, with partial eta squared as the effect.
    #[getter]
    fn test(&self) -> PyResult<TestResult> {
        result(Ok(self.found.test.clone()))
    }

    fn __repr__(&self) -> String {
        let tests::AnovaTerm { sum_of_squares, test } = &self.found;
        format!(
            "<sum of squares {sum_of_squares:?}, F = {:?}, p = {:?}>",
            test.statistic, test.p_value
        )
    }
}

/// A two-way analysis of variance.
#[pyclass(frozen, module = "spanwise.stats")]
#[derive(Debug)]
pub(crate) struct TwoWayAnova {
    found: tests::TwoWayAnova,
}

#[pymethods]
impl TwoWayAnova {
    /// The first factor.
    #[getter]
    fn first(&self) -> AnovaTerm {
        AnovaTerm {
            found: self.found.first.clone(),
        }
    }

    /// The second factor.
    #[getter]
    fn second(&self) -> AnovaTerm {
        AnovaTerm {
            found: self.found.second.clone(),
        }
    }

    /// Whether the effect of one factor depends on the other; None in a model without.
    #[getter]
    fn interaction(&self) -> Option<AnovaTerm> {
        self.found.interaction.clone().map(|found| AnovaTerm { found })
    }

    /// The sum of squares that the model leaves.
    #[getter]
    fn residual_sum_of_squares(&self) -> f64 {
        self.found.residual_sum_of_squares
    }

    /// Its degrees of freedom.
    #[getter]
    fn residual_df(&self) -> f64 {
        self.found.residual_df
    }
}

/// Two-way analysis of variance of values with the codes (0, 1, ...) of two factors; ``typ`` 1, 2 or 3 as statsmodels'
/// ``anova_lm``, 3 with contrasts that sum to 0.
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
    tests::two_way_anova(&values, first, second, interaction, sums, level)
        .map(|found| TwoWayAnova { found })
        .map_err(from_stats)
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<TwoWayAnova>()?;
    module.add_class::<AnovaTerm>()?;
    add_functions!(module, two_way_anova);
    Ok(())
}
