//! Do variances differ?

mod levene;

pub use levene::levene;
