//! How strongly two columns belong together, as a [`TestResult`](crate::TestResult) whose effect is the strength.
//!
//! Two columns of numbers: [`pearson`], [`spearman`], [`kendall`]. Categories and numbers: [`correlation_ratio`].
//! Two columns of categories: [`cramers_v`]. A number against a yes/no target: [`metric::auc`](crate::metric::auc).

mod category;
mod correlation;
mod kendall;
mod spearman;

pub use category::{correlation_ratio, cramers_v};
pub use correlation::pearson;
pub use kendall::kendall;
pub use spearman::spearman;

#[cfg(test)]
mod reference;
