//! Small dense symmetric systems, in one fixed order of operations.

mod cholesky;
mod normal_equations;

pub use cholesky::Cholesky;
pub use normal_equations::{NormalEquations, normal_equations};
