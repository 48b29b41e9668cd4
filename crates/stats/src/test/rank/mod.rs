//! Does one sample tend to lie above another? Tests of ranks, whatever the distribution.

mod dunn;
mod friedman;
mod kruskal;
mod mann_whitney;
mod signed_ranks;
mod wilcoxon;

pub use dunn::dunn;
pub use friedman::friedman;
pub use kruskal::{kruskal, kruskal_of};
pub use mann_whitney::{RankMethod, mann_whitney};
pub use wilcoxon::{Zeros, wilcoxon_one_sample, wilcoxon_signed_rank};

pub(in crate::test) use kruskal::epsilon_squared;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
