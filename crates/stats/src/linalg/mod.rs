//! Small dense systems, in one fixed order of operations.

mod cholesky;
mod householder;
mod least_squares;
mod normal_equations;
mod symmetric;
mod twofold;

pub use cholesky::Cholesky;
pub use least_squares::LeastSquares;
pub use normal_equations::{NormalEquations, normal_equations};
pub use symmetric::SymmetricEigen;

pub(crate) use householder::Householder;
pub(crate) use least_squares::power_of_two;
pub(crate) use twofold::Twofold;
