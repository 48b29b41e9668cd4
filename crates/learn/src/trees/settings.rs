//! What a tree is grown with.

use super::constraints::{Directions, Interactions};

/// Which leaf is split next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Growth {
    /// The most gainful one, wherever it is.
    #[default]
    Leaf,
    /// The most gainful of those nearest to the root, so that trees stay level.
    Level,
}

/// What growing a tree by derivatives keeps to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) max_leaves: usize,
    pub(crate) max_depth: usize,
    pub(crate) min_rows_per_leaf: f64,
    pub(crate) min_hessian: f64,
    pub(crate) l2: f64,
    pub(crate) l1: f64,
    pub(crate) min_gain: f64,
    pub(crate) category_smoothing: f64,
    pub(crate) category_l2: f64,
    pub(crate) category_min_rows: f64,
    pub(crate) growth: Growth,
    pub(crate) directions: Directions,
    pub(crate) interactions: Interactions,
}

impl Settings {
    /// With the constraints of the features at `order`.
    pub(crate) fn in_order(self, order: &[usize]) -> Settings {
        Settings {
            directions: self.directions.in_order(order),
            interactions: self.interactions.in_order(order),
            ..self
        }
    }
}
