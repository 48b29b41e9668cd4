//! Special functions near machine precision, with tails that keep their relative precision.
//!
//! Functions that start with `ln_` stay finite where the value itself would underflow to 0.

mod beta;
mod gamma;
mod normal;
mod root;
mod stirling;
mod trapezoid;

pub use beta::{beta_i, beta_i_inverse, ln_beta, ln_beta_i};
pub(crate) use beta::{beta_logit_quantile, ln_beta_term};
pub use gamma::{
    gamma_p, gamma_p_inverse, gamma_q, gamma_q_inverse, ln_choose, ln_gamma, ln_gamma_p, ln_gamma_q,
};
pub(crate) use gamma::{ln_gamma_term, ln_poisson};
pub(crate) use normal::ln_mills;
pub use normal::{ln_normal_sf, normal_cdf, normal_pdf, normal_quantile, normal_sf};
pub(crate) use root::solve_ln_tail;
pub(crate) use stirling::{deviance_of, stirling_error};
pub(crate) use trapezoid::{LnSum, ln_integral};
