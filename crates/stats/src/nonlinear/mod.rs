//! Least squares of formulas: `b1 * (1 - exp(-b2 * x))`, with derivatives that are exact.
//!
//! ```
//! use stats::nonlinear::{Formula, nonlinear_fit};
//! let formula = Formula::parse("a * exp(-b * x)", &["x"], &["a", "b"])?;
//! let x = [0.0, 1.0, 2.0, 3.0];
//! let y = [8.0, 4.0, 2.0, 1.0];
//! let fit = nonlinear_fit(&formula, &[&x], &y, &[1.0, 1.0])?;
//! assert!((fit.coefficients[0] - 8.0).abs() < 1e-12);
//! assert!((fit.coefficients[1] - std::f64::consts::LN_2).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod expression;
mod fit;
mod formula;
mod levenberg;

pub use fit::{NonlinearFit, nonlinear_fit};
pub use formula::{Formula, FormulaError};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
