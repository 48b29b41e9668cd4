//! What is made small: the loss of weighted rows and the ridge, with its derivatives.

use std::ops::Range;

use rayon::prelude::*;
use stats::math;

use super::design::Design;
use crate::weights::Weights;
use crate::{Target, baseline};

/// The rows of a block at least. Blocks depend on the table alone, and their sums are added in order.
const MIN_BLOCK: usize = 1024;

/// Numbers that the second derivatives of all blocks may take together.
const BLOCK_NUMBERS: usize = 1 << 24;

/// The blocks at most.
const MAX_BLOCKS: usize = 32;

/// An objective over coefficients, `(n_outputs, n_columns)`, column 0 being the intercept.
pub(super) struct Objective<'a> {
    pub(super) design: &'a Design,
    target: &'a Target,
    rows: &'a [usize],
    weights: Vec<f64>,
    /// The ridge of each column.
    ridge: Vec<f64>,
    /// The best intercepts without features, where the search starts.
    pub(super) base: Vec<f64>,
    blocks: Vec<Range<usize>>,
}

/// First and second derivatives by the coefficients of one output.
pub(super) struct Curvature {
    /// `(n_columns,)`.
    pub(super) gradient: Vec<f64>,
    /// `(n_columns, n_columns)`, of which the lower triangle is filled.
    pub(super) hessian: Vec<f64>,
}

impl<'a> Objective<'a> {
    pub(super) fn new(
        design: &'a Design,
        target: &'a Target,
        weights: &Weights,
        rows: &'a [usize],
        l2: f64,
    ) -> Objective<'a> {
        let mut ridge = vec![l2; design.n_columns];
        ridge[0] = intercept_ridge(target, rows);
        let base = base(target, weights);
        let blocks = blocks(rows.len(), design.n_columns);
        let weights = rows
            .iter()
            .map(|&row| weights.of(row) as f64 * weights.unit)
            .collect();
        Objective {
            design,
            target,
            rows,
            weights,
            ridge,
            base,
            blocks,
        }
    }

    pub(super) fn n_outputs(&self) -> usize {
        self.base.len()
    }

    pub(super) fn n_columns(&self) -> usize {
        self.design.n_columns
    }

    /// The largest ridge of the columns but the intercept.
    pub(super) fn l2(&self) -> f64 {
        self.ridge.last().copied().unwrap_or(1.0)
    }

    /// The value at some coefficients.
    pub(super) fn value(&self, coefficients: &[f64]) -> f64 {
        let loss = |block: &Range<usize>| {
            let mut margins = vec![0.0; self.n_outputs()];
            let mut sum = 0.0;
            for at in block.clone() {
                self.margins(at, coefficients, &mut margins);
                sum += self.weights[at] * self.loss(self.rows[at], &margins);
            }
            sum
        };
        let losses: Vec<f64> = self.blocks.par_iter().map(loss).collect();
        let by_output = coefficients.chunks_exact(self.n_columns()).zip(&self.base);
        let ridge: f64 = by_output.map(|(own, base)| self.ridge_value(own, *base)).sum();
        stats::sum::in_order(&losses) + ridge
    }

    fn ridge_value(&self, coefficients: &[f64], base: f64) -> f64 {
        let from = |column: usize| {
            if column == 0 {
                coefficients[0] - base
            } else {
                coefficients[column]
            }
        };
        (0..self.n_columns())
            .map(|column| 0.5 * self.ridge[column] * from(column) * from(column))
            .sum()
    }

    /// The derivatives by the coefficients of `output`.
    pub(super) fn curvature(&self, coefficients: &[f64], output: usize) -> Curvature {
        let of_block = |block: &Range<usize>| self.curvature_of(block.clone(), coefficients, output);
        let of_blocks: Vec<Curvature> = self.blocks.par_iter().map(of_block).collect();
        let mut whole = Curvature::zero(self.n_columns());
        of_blocks.iter().for_each(|block| whole.add(block));
        let n_columns = self.n_columns();
        let own = &coefficients[output * n_columns..][..n_columns];
        for (column, &ridge) in self.ridge.iter().enumerate() {
            let from = if column == 0 {
                own[0] - self.base[output]
            } else {
                own[column]
            };
            whole.gradient[column] += ridge * from;
            whole.hessian[column * n_columns + column] += ridge;
        }
        whole
    }

    fn curvature_of(&self, block: Range<usize>, coefficients: &[f64], output: usize) -> Curvature {
        let n_columns = self.n_columns();
        let mut curvature = Curvature::zero(n_columns);
        let mut margins = vec![0.0; self.n_outputs()];
        for at in block {
            self.margins(at, coefficients, &mut margins);
            let (first, second) = self.derivatives(self.rows[at], &margins, output);
            let (first, second) = (self.weights[at] * first, self.weights[at] * second);
            curvature.gradient[0] += first;
            curvature.hessian[0] += second;
            let entries = self.design.row(at);
            for (position, (column, value)) in entries.clone().enumerate() {
                curvature.gradient[column] += first * value;
                let line = &mut curvature.hessian[column * n_columns..][..=column];
                let weighted = second * value;
                line[0] += weighted;
                entries
                    .clone()
                    .take(position + 1)
                    .for_each(|(other, value)| line[other] += weighted * value);
            }
        }
        curvature
    }

    /// The margins of the design's row `at`.
    fn margins(&self, at: usize, coefficients: &[f64], margins: &mut [f64]) {
        for (margin, own) in margins
            .iter_mut()
            .zip(coefficients.chunks_exact(self.n_columns()))
        {
            *margin = own[0]
                + self
                    .design
                    .row(at)
                    .map(|(column, value)| own[column] * value)
                    .sum::<f64>();
        }
    }

    fn loss(&self, row: usize, margins: &[f64]) -> f64 {
        match self.target {
            Target::Binary(labels) => math::softplus(if labels[row] { -margins[0] } else { margins[0] }),
            Target::Classes { codes, .. } => math::log_sum_exp(margins) - margins[codes[row] as usize],
            // Ranks are refused before.
            Target::Ranks { .. } | Target::Nothing(_) => 0.0,
            Target::Number(values) => 0.5 * (margins[0] - values[row]) * (margins[0] - values[row]),
        }
    }

    fn derivatives(&self, row: usize, margins: &[f64], output: usize) -> (f64, f64) {
        let likely = |p: f64, is_true: bool| (p - f64::from(u8::from(is_true)), p * (1.0 - p));
        match self.target {
            Target::Binary(labels) => likely(math::sigmoid(margins[0]), labels[row]),
            Target::Classes { codes, .. } => likely(
                math::exp(margins[output] - math::log_sum_exp(margins)),
                codes[row] as usize == output,
            ),
            Target::Number(values) => (margins[0] - values[row], 1.0),
            Target::Ranks { .. } | Target::Nothing(_) => (0.0, 0.0),
        }
    }
}

impl Curvature {
    fn zero(n_columns: usize) -> Curvature {
        Curvature {
            gradient: vec![0.0; n_columns],
            hessian: vec![0.0; n_columns * n_columns],
        }
    }

    fn add(&mut self, other: &Curvature) {
        self.gradient
            .iter_mut()
            .zip(&other.gradient)
            .for_each(|(sum, other)| *sum += other);
        self.hessian
            .iter_mut()
            .zip(&other.hessian)
            .for_each(|(sum, other)| *sum += other);
    }
}

/// The best intercepts without features; those of classes are centred, as all their coefficients will be.
fn base(target: &Target, weights: &Weights) -> Vec<f64> {
    match target {
        Target::Binary(labels) => vec![baseline::log_odds(labels, weights)],
        Target::Number(values) => vec![baseline::mean(values, weights)],
        Target::Ranks { .. } | Target::Nothing(_) => vec![0.0],
        Target::Classes { codes, n_classes } => {
            let mut base = baseline::log_shares(codes, *n_classes as usize, weights);
            let mean = stats::sum::mean(&base);
            base.iter_mut().for_each(|base| *base -= mean);
            base
        }
    }
}

/// Intercepts are free, unless a class never occurs: then a little ridge keeps them finite.
fn intercept_ridge(target: &Target, rows: &[usize]) -> f64 {
    let n_classes = match target {
        Target::Number(_) | Target::Ranks { .. } | Target::Nothing(_) => return 0.0,
        Target::Binary(_) => 2,
        Target::Classes { n_classes, .. } => *n_classes as usize,
    };
    let mut occurs = vec![false; n_classes];
    rows.iter()
        .filter_map(|&row| target.class(row))
        .for_each(|class| occurs[class as usize] = true);
    if occurs.iter().all(|&occurs| occurs) {
        0.0
    } else {
        0.1
    }
}

fn blocks(n_rows: usize, n_columns: usize) -> Vec<Range<usize>> {
    let most = (BLOCK_NUMBERS / (n_columns * n_columns)).clamp(1, MAX_BLOCKS);
    let block = n_rows.div_ceil(most).max(MIN_BLOCK);
    (0..n_rows)
        .step_by(block)
        .map(|start| start..(start + block).min(n_rows))
        .collect()
}
