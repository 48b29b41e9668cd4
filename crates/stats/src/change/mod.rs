//! A number in two periods, and the parts of its change.
//!
//! [`mean_effects`] and [`total_effects`] split the change of a mean (a rate, a ratio) or of a total over the levels of one
//! dimension into what volume, mix and rate did. [`Grid`] makes such parts add up to the last bit. [`Bags`] draws the
//! resamples from which their intervals come.

mod bags;
mod grid;
mod kitagawa;

pub use bags::{Bags, interval_of};
pub use grid::Grid;
pub use kitagawa::{Effects, Level, mean_effects, total_effects};
