//! Exact path-dependent TreeSHAP by quadrature.
//!
//! With `z_j` the share of training rows that follow a row's path at the splits on feature `j`, and `o_j` 1 if the row
//! itself follows them, else 0, a leaf of value `v` gives feature `i`
//! `v * integral over t in [0, 1] of (o_i - z_i) * product over j != i of (o_j * t + z_j * (1 - t))`,
//! because the integral of `t^s * (1 - t)^(d - 1 - s)` is Shapley's weight `s! (d - 1 - s)! / d!`.
//! The integrand is a polynomial, so a few points of Gauss and Legendre integrate it exactly, and every term is
//! positive but the first factor, so nothing cancels. The product is carried down the tree, leaf values times products
//! are added up on the way back, and each edge gives its feature one difference.

use std::ops::Range;

use prepare::Features;

use super::quadrature::gauss_legendre;
use super::{Explanation, Sums};
use crate::Grid;
use crate::model::{Layout, ModelError, RowBlock, Tree, TreeEnsemble, blocks, check_request};

pub(super) fn explain(
    model: &TreeEnsemble,
    features: &Features,
    rows: Range<usize>,
) -> Result<Explanation, ModelError> {
    Ok(explain_on_grids(model, features, rows)?.0)
}

/// The explanation, and the grid of each margin's contributions.
pub(super) fn explain_on_grids(
    model: &TreeEnsemble,
    features: &Features,
    rows: Range<usize>,
) -> Result<(Explanation, Vec<Grid>), ModelError> {
    check_request(model.column_levels(), features, &rows, rows.len(), 1)?;
    let depth = model
        .layout()
        .trees()
        .iter()
        .map(|tree| tree.depth())
        .max()
        .unwrap_or(0);
    // A path of d features needs d / 2 points.
    let sums = match depth.min(model.n_features()) {
        0..=4 => explain_with::<2>(model, features, rows),
        5..=8 => explain_with::<4>(model, features, rows),
        9..=12 => explain_with::<6>(model, features, rows),
        13..=16 => explain_with::<8>(model, features, rows),
        17..=32 => explain_with::<16>(model, features, rows),
        _ => explain_with::<128>(model, features, rows),
    }?;
    Ok((sums.explanation, sums.grids))
}

fn explain_with<const N: usize>(
    model: &TreeEnsemble,
    features: &Features,
    rows: Range<usize>,
) -> Result<Sums, ModelError> {
    let (n_outputs, n_features) = (model.n_outputs(), model.n_features());
    let reader = model.layout().reader();
    let mut explained = Sums::new(model.own_grid(), rows.len(), n_outputs, n_features);
    let mut margins = vec![0.0; rows.len() * n_outputs];
    model.margins(features, rows.clone(), &mut margins)?;
    let mut margins = margins.into_iter();
    let mut block = RowBlock::new(reader.slots().len());
    let mut walker = Walker::<N>::new();
    for rows in blocks(rows) {
        let n_rows = rows.len();
        reader.gather(features, rows, &mut block);
        let mut sums = vec![0.0; n_rows * n_outputs * n_features];
        for tree in model.layout().trees() {
            walker.take_tree(model, tree);
            for position in 0..n_rows {
                let margin = position * n_outputs + tree.output();
                let sums = &mut sums[margin * n_features..][..n_features];
                walker.add_row(model.layout(), tree, block.row(position), sums);
            }
        }
        model.average(&mut sums);
        for (position, margin) in margins.by_ref().take(n_rows * n_outputs).enumerate() {
            explained.push(margin, &sums[position * n_features..][..n_features])?;
        }
    }
    Ok(explained)
}

/// One tree at a time with what holds for every row, and room for one row's walk.
struct Walker<const N: usize> {
    points: [f64; N],
    weights: [f64; N],
    edges: Vec<Edge<N>>,
    /// Per node: whether the row follows the path to it at all splits on the feature of its last edge.
    follows: Vec<bool>,
    /// Per node: the product of all factors on its path; on the way back, the sum over its leaves.
    products: Vec<[f64; N]>,
}

/// The edge into a node, the root's being unused.
#[derive(Clone, Copy)]
struct Edge<const N: usize> {
    parent: u32,
    /// The last edge of the same feature above this one; the root if there is none.
    same: u32,
    feature: u32,
    /// The share of rows that follow the path at all splits on this feature.
    share: f64,
    /// What the product is multiplied by if the row follows the path here, if it leaves it here, and if it has left it
    /// at an earlier split on this feature.
    on: [f64; N],
    off: [f64; N],
    left_before: f64,
    /// What the feature gains per unit of the sum below, weights included; nothing if it has left before.
    gain_on: [f64; N],
    gain_off: [f64; N],
}

impl<const N: usize> Walker<N> {
    fn new() -> Walker<N> {
        let (points, weights) = gauss_legendre::<N>();
        Walker {
            points,
            weights,
            edges: vec![],
            follows: vec![],
            products: vec![],
        }
    }

    /// Prepares the edges of a tree. Parents stand before children.
    fn take_tree(&mut self, model: &TreeEnsemble, tree: &Tree) {
        let root = tree.root();
        self.edges.clear();
        self.edges.resize(tree.n_nodes(), Edge::root());
        self.follows.clear();
        self.follows.resize(tree.n_nodes(), true);
        self.products.clear();
        self.products.resize(tree.n_nodes(), [1.0; N]);
        let cover = &model.parts().cover[root..];
        for node in 0..tree.n_nodes() {
            if let Some((feature, left)) = model.layout().split(root + node) {
                let left = left - root;
                let shares = shares(cover[left], cover[left + 1]);
                let same = self.last_edge_of(feature, node);
                for (child, share) in [left, left + 1].into_iter().zip(shares) {
                    self.edges[child] = self.edge(node, same, feature, share);
                }
            }
        }
    }

    /// The nearest edge of `feature` on the path to `node`, 0 if there is none.
    fn last_edge_of(&self, feature: usize, mut node: usize) -> usize {
        while node != 0 && self.edges[node].feature as usize != feature {
            node = self.edges[node].parent as usize;
        }
        node
    }

    fn edge(&self, parent: usize, same: usize, feature: usize, share: f64) -> Edge<N> {
        let before = self.edges[same].share;
        let share = before * share;
        let mut edge = Edge {
            parent: parent as u32,
            same: same as u32,
            feature: feature as u32,
            share,
            ..Edge::root()
        };
        // Below a share of nothing the product is nothing already.
        edge.left_before = if before == 0.0 { 0.0 } else { share / before };
        for (k, (&t, &weight)) in self.points.iter().zip(&self.weights).enumerate() {
            let factor = t + (1.0 - t) * share;
            // Without an edge before, `before` is 1, and so is this factor; the gain is then 0.
            let factor_before = t + (1.0 - t) * before;
            let gain_before = (1.0 - before) / factor_before;
            edge.on[k] = factor / factor_before;
            edge.off[k] = (1.0 - t) * share / factor_before;
            edge.gain_on[k] = weight * ((1.0 - share) / factor - gain_before);
            edge.gain_off[k] = weight * (-1.0 / (1.0 - t) - gain_before);
        }
        edge
    }

    /// Adds a row's contributions from this tree to `sums`.
    fn add_row(&mut self, layout: &Layout, tree: &Tree, row: &[f64], sums: &mut [f64]) {
        self.walk_down(layout, tree, row);
        self.walk_up(layout, tree, sums);
    }

    fn walk_down(&mut self, layout: &Layout, tree: &Tree, row: &[f64]) {
        let root = tree.root();
        self.products[0] = [1.0; N];
        for node in 0..tree.n_nodes() {
            match layout.split(root + node) {
                None => {
                    let value = layout.value(root + node);
                    self.products[node]
                        .iter_mut()
                        .for_each(|product| *product *= value);
                }
                Some((_, left)) => {
                    let left = left - root;
                    let goes_right = layout.goes_right(root + node, row);
                    self.step(node, left, !goes_right);
                    self.step(node, left + 1, goes_right);
                }
            }
        }
    }

    #[inline(always)]
    fn step(&mut self, parent: usize, child: usize, follows: bool) {
        let edge = &self.edges[child];
        let mut product = self.products[parent];
        let followed = self.follows[edge.same as usize];
        if followed {
            let factors = if follows { &edge.on } else { &edge.off };
            product
                .iter_mut()
                .zip(factors)
                .for_each(|(product, factor)| *product *= factor);
        } else {
            product
                .iter_mut()
                .for_each(|product| *product *= edge.left_before);
        }
        self.products[child] = product;
        self.follows[child] = follows && followed;
    }

    fn walk_up(&mut self, layout: &Layout, tree: &Tree, sums: &mut [f64]) {
        let root = tree.root();
        for node in (0..tree.n_nodes()).rev() {
            if let Some((feature, left)) = layout.split(root + node) {
                let left = left - root;
                let (a, b) = (self.products[left], self.products[left + 1]);
                if self.follows[self.edges[left].same as usize] {
                    sums[feature] += self.gain(left, &a) + self.gain(left + 1, &b);
                }
                let sum = &mut self.products[node];
                sum.iter_mut()
                    .zip(a.iter().zip(&b))
                    .for_each(|(sum, (a, b))| *sum = a + b);
            }
        }
    }

    #[inline(always)]
    fn gain(&self, child: usize, sum: &[f64; N]) -> f64 {
        let edge = &self.edges[child];
        let gains = if self.follows[child] {
            &edge.gain_on
        } else {
            &edge.gain_off
        };
        gains.iter().zip(sum).map(|(gain, sum)| gain * sum).sum()
    }
}

impl<const N: usize> Edge<N> {
    fn root() -> Edge<N> {
        let (parent, same, feature, share, left_before) = (0, 0, u32::MAX, 1.0, 1.0);
        let (on, off, gain_on, gain_off) = ([1.0; N], [1.0; N], [0.0; N], [0.0; N]);
        Edge {
            parent,
            same,
            feature,
            share,
            on,
            off,
            left_before,
            gain_on,
            gain_off,
        }
    }
}

/// The shares of the rows at a split that go left and right; half each if none is counted.
pub(super) fn shares(left: f64, right: f64) -> [f64; 2] {
    match left + right {
        0.0 => [0.5, 0.5],
        both => [left / both, right / both],
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
pub(super) mod tests;
