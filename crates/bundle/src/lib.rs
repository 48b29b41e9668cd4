//! The artifact: fitted models, scoring and explaining.

pub mod explain;
pub mod fixed;
pub mod model;

pub use explain::Explanation;
pub use fixed::Grid;
pub use model::{Constant, LinearModel, Model, ModelError, TreeEnsemble};
