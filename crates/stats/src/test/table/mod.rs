//! Do shares differ, are categories related? Tests of counts.

mod chi_square;
mod fisher;
mod proportions;

pub use chi_square::{chi_square, chi_square_from_codes};
pub use fisher::fisher_exact_2x2;
pub use proportions::two_proportions;

pub(in crate::test) use chi_square::{Table, count_pairs};
