//! Trees on binned features, as boosting and forests grow them.
//!
//! The vocabulary is that of the algorithm: [`bins`] of features, [`gradient`]s, [`histogram`]s, [`find`] a split,
//! [`partition`] the rows, [`part`] a leaf, [`grow`] a [`tree`] within its [`constraints`], [`walk`] rows through it.
//! Whatever is summed over rows is a whole number, so threads and the order of rows never change a tree.

mod bins;
mod constraints;
mod find;
mod gradient;
mod grow;
mod histogram;
mod part;
mod partition;
mod prefetch;
mod settings;
mod tree;
mod walk;

pub(crate) use bins::{BinColumn, BinSet, Bins, Cells, Grouping, ManyLevels, Regrouped, Rules, View};
pub(crate) use constraints::{Directions, Interactions, Limits, Paths};
pub(crate) use find::leaf_step;
#[cfg(test)]
pub(crate) use gradient::Sum;
pub(crate) use gradient::{BLOCK, Derivatives, Exact, Mode, Packed, Scale, unit};
pub(crate) use grow::{Grower, Rooms, Rows};
pub(crate) use histogram::Entry;
pub(crate) use partition::Rule;
pub use settings::Growth;
pub(crate) use settings::Settings;
pub(crate) use tree::{Tree, TreeNode};
pub(crate) use walk::Walker;
