//! Special functions near machine precision, with tails that keep their relative precision.

mod normal;

pub use normal::{ln_normal_sf, normal_cdf, normal_pdf, normal_quantile, normal_sf};
