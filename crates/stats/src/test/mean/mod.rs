//! Do means differ, or are they as good as equal?

mod anova;
mod anova_table;
mod cells;
mod equivalence;
mod t;
mod tukey;
mod two_way;

pub use anova::{anova, anova_of, welch_anova, welch_anova_of};
pub use anova_table::{AnovaTable, anova_table};
pub use equivalence::{
    Margin, equivalence_one_sample, equivalence_paired, equivalence_student, equivalence_welch,
};
pub use t::{one_sample_t, paired_t, student_t, welch_t};
pub use tukey::{games_howell, tukey_hsd};
pub use two_way::{AnovaTerm, SumsOfSquares, TwoWayAnova, two_way_anova};

pub(in crate::test) use anova::one_way;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
