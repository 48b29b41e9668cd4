//! Summaries of columns that are small, mergeable and storable.
//!
//! [`Moments`] are exact; [`Quantiles`], [`Distinct`] and [`Heavy`] are exact while small and then say by how much they may
//! be off. All take values in any number of batches and merge with their kind. [`Moments`] and [`Distinct`] do not depend
//! on order or cut at all; [`Quantiles`] and [`Heavy`] repeat bit for bit for the same sequence cut and merged in the same
//! way, so parallel callers should cut by row number, not by thread.
//!
//! `parts()` gives the content as plain numbers for storing, `from_parts` checks it: stored files are not trusted.

mod distinct;
mod hash;
mod heavy;
mod moments;
mod quantiles;
mod repeats;

pub use distinct::{Distinct, DistinctParts};
pub use hash::{hash_bytes, hash_f64};
pub use heavy::{Heavy, HeavyItem, HeavyParts};
pub use moments::{Moments, MomentsParts};
pub use quantiles::{Quantiles, QuantilesParts, SortedQuantiles};
pub use repeats::Repeats;
