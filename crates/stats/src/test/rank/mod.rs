//! Does one sample tend to lie above another? Tests of ranks, whatever the distribution.

mod kruskal;
mod mann_whitney;

pub use kruskal::kruskal;
pub use mann_whitney::{RankMethod, mann_whitney};
