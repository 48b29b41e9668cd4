//! Do shares differ, are categories related? Tests of counts.

mod binomial;
mod chi_square;
mod contingency;
mod fisher;
mod fisher_larger;
mod g_test;
mod goodness;
mod mcnemar;
mod proportions;
mod stratified;

pub use binomial::binomial_test;
pub use chi_square::{chi_square, chi_square_from_codes};
pub use contingency::expected_counts;
pub use fisher::fisher_exact_2x2;
pub use fisher_larger::fisher_exact;
pub use g_test::g_test;
pub use goodness::goodness_of_fit;
pub use mcnemar::{McNemarMethod, mcnemar};
pub use proportions::{ProportionVariance, one_proportion, two_proportions, two_proportions_unpooled};
pub use stratified::cochran_mantel_haenszel;

pub(crate) use contingency::Table;
pub(in crate::test) use contingency::count_pairs;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
