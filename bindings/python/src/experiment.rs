//! Experiments: what arms sum up to, how they compare, and whether the data can be trusted.

mod adjustment;
mod analysis;
mod arm;
mod boundaries;
mod comparison;
mod estimate;
mod family;
mod health;
mod plan;
mod posterior;
mod sums;
mod values;

use pyo3::prelude::*;

pub(crate) use adjustment::Adjustment;
pub(crate) use arm::Arm;
pub(crate) use boundaries::{Boundaries, Look};
pub(crate) use comparison::Comparison;
pub(crate) use estimate::Estimate;
pub(crate) use family::Segments;
pub(crate) use health::{Exposures, SampleRatio};
pub(crate) use plan::Plan;
pub(crate) use posterior::{BetaComparison, Posterior};
pub(crate) use sums::Sums;

/// One more than the highest code.
fn n_codes(codes: &[u32]) -> usize {
    codes.iter().max().map_or(0, |code| *code as usize + 1)
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Arm>()?;
    module.add_class::<Comparison>()?;
    module.add_class::<Estimate>()?;
    module.add_class::<Sums>()?;
    adjustment::add_to(module)?;
    analysis::add_to(module)?;
    arm::add_to(module)?;
    boundaries::add_to(module)?;
    family::add_to(module)?;
    health::add_to(module)?;
    plan::add_to(module)?;
    posterior::add_to(module)?;
    values::add_to(module)
}
