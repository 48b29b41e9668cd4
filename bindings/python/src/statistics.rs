//! The faces of tests, intervals, effect sizes, fits and distributions: `spanwise.stats`.

mod association;
mod bootstrap;
mod curve_fit;
mod density;
mod describe;
mod distribution;
mod effect;
mod fit;
mod mean;
mod over_time;
mod pairwise;
mod permutation;
mod power;
mod proportion;
mod rank;
mod regression;
mod series;
mod shape;
mod spread;
mod table;
mod two_way;

use crate::numbers::{Grid, refusal};
use crate::result::{Effect, TestResult};
use pyo3::prelude::*;
use stats::test::RankMethod;

pub(crate) use bootstrap::BootstrapResult;
pub(crate) use curve_fit::CurveFit;
pub(crate) use density::Density;
pub(crate) use describe::{AnovaTable, Description};
pub(crate) use distribution::Distribution;
pub(crate) use fit::LinearFit;
pub(crate) use over_time::{Anomalies, ChangePoint, Decomposition, Season};
pub(crate) use pairwise::{Pair, PairwiseResult};
pub(crate) use permutation::PermutationResult;
pub(crate) use regression::RegressionDiagnostics;
pub(crate) use series::SeriesTest;
pub(crate) use two_way::{AnovaTerm, TwoWayAnova};

fn rank_method_of(word: &str, continuity: bool) -> PyResult<RankMethod> {
    match word {
        "auto" => Ok(RankMethod::Auto),
        "exact" => Ok(RankMethod::Exact),
        "asymptotic" => Ok(RankMethod::Asymptotic { continuity }),
        other => Err(refusal(
            format!("the method {other:?}"),
            "\"auto\", \"exact\" or \"asymptotic\"",
        )),
    }
}

/// The columns of an array of shape (n_rows, n_columns).
fn columns(grid: &Grid) -> Vec<Vec<f64>> {
    let column = |column: usize| {
        let cells = grid.values.iter().skip(column);
        cells.step_by(grid.n_columns).copied().collect()
    };
    (0..grid.n_columns).map(column).collect()
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<TestResult>()?;
    module.add_class::<Effect>()?;
    for add_to in [
        association::add_to,
        bootstrap::add_to,
        curve_fit::add_to,
        density::add_to,
        describe::add_to,
        distribution::add_to,
        effect::add_to,
        fit::add_to,
        mean::add_to,
        over_time::add_to,
        pairwise::add_to,
        permutation::add_to,
        power::add_to,
        proportion::add_to,
        rank::add_to,
        regression::add_to,
        series::add_to,
        shape::add_to,
        spread::add_to,
        table::add_to,
        two_way::add_to,
    ] {
        add_to(module)?;
    }
    Ok(())
}
