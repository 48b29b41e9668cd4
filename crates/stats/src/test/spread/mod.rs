//! Do variances differ?

mod bartlett;
mod fligner;
mod levene;

pub use bartlett::bartlett;
pub use fligner::fligner_killeen;
pub use levene::{Centre, levene};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
