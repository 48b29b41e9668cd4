//! Does a sample come from this distribution, do two come from the same?

mod anderson_darling;
mod jarque_bera;
mod ks_one_sample;
mod ks_two_sample;
mod lattice;
mod lilliefors;
mod normality;

pub use anderson_darling::anderson_darling;
pub use jarque_bera::jarque_bera;
pub(crate) use jarque_bera::jarque_bera_of;
pub use ks_one_sample::{KsMethod, ks_one_sample};
pub use ks_two_sample::ks_two_sample;
pub use lilliefors::lilliefors;
pub use normality::{dagostino_k2, normality, shapiro_wilk};

#[cfg(test)]
use lilliefors::ln_p as lilliefors_ln_p;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
