//! Do means differ?

mod anova;
mod anova_table;
mod t;

pub use anova::{anova, welch_anova};
pub use anova_table::{AnovaTable, anova_table};
pub use t::{one_sample_t, paired_t, student_t, welch_t};

pub(in crate::test) use anova::one_way;
