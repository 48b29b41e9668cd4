//! Does a sample come from this distribution, do two come from the same?

mod kolmogorov_smirnov;
mod normality;

pub use kolmogorov_smirnov::ks_two_sample;
pub use normality::{dagostino_k2, normality, shapiro_wilk};
