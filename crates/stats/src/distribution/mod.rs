//! Probability distributions: `cdf`, `sf` (the upper tail), their logarithms and quantiles from either end.
//!
//! Both tails keep their relative precision: `sf` is never `1 - cdf`. Arguments outside a distribution's parameters
//! are refused when it is made; a NaN argument gives NaN.

mod binomial;
mod chi_square;
mod contour;
mod exponential;
mod f;
mod kolmogorov;
mod kolmogorov_finite;
mod noncentral;
mod noncentral_t;
mod normal;
mod scale;
mod student_t;
mod studentized_range;
mod uniform;

pub use binomial::Binomial;
pub use chi_square::ChiSquare;
pub use exponential::Exponential;
pub use f::FisherF;
pub use kolmogorov::{kolmogorov_sf, ln_kolmogorov_sf};
pub use kolmogorov_finite::{ln_kolmogorov_finite_sf, ln_smirnov_sf};
pub use noncentral::{noncentral_chi_square_cdf, noncentral_f_cdf, noncentrality_interval};
pub use noncentral_t::{NoncentralT, noncentral_t_interval};
pub use normal::Normal;
pub use student_t::StudentT;
pub use studentized_range::StudentizedRange;
pub use uniform::Uniform;

use crate::StatsError;

fn positive(what: &'static str, value: f64) -> Result<f64, StatsError> {
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(StatsError::OutOfRange {
            what,
            found: value,
            expected: "above 0 and finite",
        })
    }
}

/// The argument of a law on the positive numbers: 0 below them; NaN stays.
fn at_least_0(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { x }
}

/// Degrees of freedom of the laws that are integrals: far below 1 their tails are too long to walk along.
fn enough(df: f64) -> Result<f64, StatsError> {
    if positive("df", df)? >= 0.1 {
        Ok(df)
    } else {
        Err(StatsError::OutOfRange {
            what: "df",
            found: df,
            expected: "at least 0.1",
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
