//! One made-up question whose answer is known.

use crate::axes::{Axis, draw_axes, of_clusters};
use crate::draws::{between, chance, log_between, noise, whole};
use crate::segments::{Move, Planted, plant};
use profile::why::{Metric, Options};
use stats::Draw;
use stats::math::{exp, ln};
use std::sync::Arc;
use table::Table;
use table::arrow::array::{ArrayRef, Float64Array, StringArray};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// One to three segments move.
    Planted,
    /// Nothing moves.
    Nothing,
    /// Everything moves alike.
    Everything,
    /// Clusters move by chance, and are named.
    Clusters,
}

/// Kinds of metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Rows.
    Count,
    /// Of positive numbers with heavy tails.
    Sum,
    /// Of numbers around 0, whose movements add up.
    MeanOfBoth,
    /// Of positive numbers.
    Mean,
    /// Of a class.
    Rate,
    /// Of two columns.
    Ratio,
}

/// All of them, in the order in which cases take turns.
pub(crate) const MEASURES: [Measure; 6] = [
    Measure::Count,
    Measure::Sum,
    Measure::MeanOfBoth,
    Measure::Mean,
    Measure::Rate,
    Measure::Ratio,
];

/// A table with a question.
#[derive(Debug)]
pub struct Case {
    pub(crate) measure: Measure,
    pub(crate) axes: Vec<Axis>,
    pub(crate) planted: Vec<Planted>,
    pub(crate) after: Vec<bool>,
    /// What is added up, and what it is divided by.
    pub(crate) sum: Vec<f64>,
    pub(crate) size: Vec<f64>,
    /// Whether movements of rates add up instead of multiplying (odds for [`Measure::Rate`]).
    pub(crate) shift: f64,
    cluster: Option<Vec<u32>>,
}

impl Case {
    /// Case number `k` of its sort.
    pub fn draw(sort: Sort, k: usize, seed: u64) -> Case {
        let draw = &mut Draw::new(seed, 4 * k as u64 + sort as u64);
        let n = log_between(draw, 2_000.0, 100_000.0) as usize;
        let measure = MEASURES[k % MEASURES.len()];
        let mut axes = draw_axes(draw, n);
        let cluster = (sort == Sort::Clusters).then(|| clusters(draw, n));
        if let Some((cluster, n_clusters)) = &cluster {
            for k in 0..2 {
                axes.push(of_clusters(draw, format!("c{k}"), cluster, *n_clusters));
            }
        }
        let moves: &[Move] = match measure {
            Measure::Count => &[Move::Share],
            _ => &[Move::Share, Move::Rate],
        };
        let planted = match sort {
            Sort::Planted => plant(draw, &axes, moves),
            _ => Vec::new(),
        };
        let moves_all = match sort {
            Sort::Planted => chance(draw, 0.5),
            Sort::Nothing => false,
            Sort::Everything | Sort::Clusters => true,
        };
        let shift = if moves_all {
            ln(log_between(draw, 0.75, 1.35))
        } else {
            0.0
        };
        let share = if moves_all { between(draw, 0.35, 0.65) } else { 0.5 };
        let unrest = Unrest::draw(draw, cluster.as_ref().map_or(0, |(_, n)| *n));
        let cluster = cluster.map(|(cluster, _)| cluster);
        let mut case = Case {
            measure,
            after: Vec::new(),
            sum: Vec::new(),
            size: Vec::new(),
            axes,
            planted,
            shift,
            cluster,
        };
        case.draw_periods(draw, share, &unrest);
        case.draw_metric(draw, &unrest);
        case
    }

    fn draw_periods(&mut self, draw: &mut Draw, share: f64, unrest: &Unrest) {
        let n = self.axes[0].codes.len();
        let after = |row: usize| {
            let moved = self.moved(row, Move::Share) + self.cluster_of(row).map_or(0.0, |c| unrest.share[c]);
            chance(draw, logistic(ln(share / (1.0 - share)) + moved))
        };
        self.after = (0..n).map(after).collect();
    }

    fn moved(&self, row: usize, moves: Move) -> f64 {
        let of = self
            .planted
            .iter()
            .filter(|one| one.moves == moves && one.rows[row]);
        of.map(|one| one.strength).sum()
    }

    fn cluster_of(&self, row: usize) -> Option<usize> {
        self.cluster.as_ref().map(|cluster| cluster[row] as usize)
    }

    fn draw_metric(&mut self, draw: &mut Draw, unrest: &Unrest) {
        let base: Vec<Vec<f64>> = (self.axes.iter())
            .map(|axis| {
                let matters = if chance(draw, 0.6) {
                    between(draw, 0.1, 0.5)
                } else {
                    0.0
                };
                (0..axis.n_levels).map(|_| matters * draw.normal()).collect()
            })
            .collect();
        let middle = ln(log_between(draw, 0.03, 0.5));
        let sigma = between(draw, 0.3, 1.2);
        for row in 0..self.after.len() {
            let level: f64 = self
                .axes
                .iter()
                .zip(&base)
                .map(|(axis, base)| base[axis.codes[row] as usize])
                .sum();
            let level = level
                + self
                    .planted
                    .iter()
                    .filter(|one| one.rows[row])
                    .map(|one| one.level)
                    .sum::<f64>();
            let period = usize::from(self.after[row]);
            let moved = period as f64 * (self.moved(row, Move::Rate) + self.shift);
            let own = self
                .cluster_of(row)
                .map_or(0.0, |c| unrest.level[c] + unrest.period[period][c]);
            let at = level + moved + own;
            let (sum, size) = match self.measure {
                Measure::Count => (1.0, 1.0),
                Measure::Sum | Measure::Mean => (50.0 * exp(at) * noise(draw, sigma), 1.0),
                Measure::MeanOfBoth => (at + 2.0 * sigma * draw.normal(), 1.0),
                Measure::Rate => (f64::from(u8::from(chance(draw, logistic(middle + at)))), 1.0),
                Measure::Ratio => {
                    let size = 20.0 * noise(draw, 0.5);
                    (size * 0.2 * exp(at) * noise(draw, 0.7 * sigma), size)
                }
            };
            self.sum.push(sum);
            self.size.push(size);
        }
    }

    pub(crate) fn n(&self) -> usize {
        self.after.len()
    }

    /// The table as a user would have it.
    pub(crate) fn table(&self) -> Table {
        let mut columns: Vec<(String, ArrayRef)> = self
            .axes
            .iter()
            .map(|axis| (axis.name.clone(), axis.array()))
            .collect();
        let numbers = |of: &[f64]| -> ArrayRef { Arc::new(Float64Array::from(of.to_vec())) };
        let flag = |x: &f64| if *x > 0.5 { "yes" } else { "no" };
        match self.measure {
            Measure::Count => {}
            Measure::Rate => {
                let flags: ArrayRef = Arc::new(StringArray::from_iter_values(self.sum.iter().map(flag)));
                columns.push(("y".to_owned(), flags));
            }
            _ => columns.push(("y".to_owned(), numbers(&self.sum))),
        }
        if self.measure == Measure::Ratio {
            columns.push(("x".to_owned(), numbers(&self.size)));
        }
        if let Some(cluster) = &self.cluster {
            let names = cluster.iter().map(|cluster| format!("store {cluster}"));
            columns.push(("store".to_owned(), Arc::new(StringArray::from_iter_values(names))));
        }
        Table::new(columns).expect("columns of one length with names of their own")
    }

    pub(crate) fn metric(&self) -> Metric {
        let column = "y".to_owned();
        match self.measure {
            Measure::Count => Metric::Count,
            Measure::Sum => Metric::Sum { column },
            Measure::Mean | Measure::MeanOfBoth => Metric::Mean { column },
            Measure::Rate => Metric::Rate {
                column,
                positive: Some("yes".to_owned()),
            },
            Measure::Ratio => Metric::Ratio {
                numerator: column,
                denominator: "x".to_owned(),
            },
        }
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            cluster: self.cluster.is_some().then(|| "store".to_owned()),
            n_resamples: 200,
            ..Options::default()
        }
    }
}

/// What clusters do by themselves.
struct Unrest {
    share: Vec<f64>,
    level: Vec<f64>,
    period: [Vec<f64>; 2],
}

impl Unrest {
    fn draw(draw: &mut Draw, n: usize) -> Unrest {
        let mut some = |sigma: f64| (0..n).map(|_| sigma * draw.normal()).collect::<Vec<f64>>();
        Unrest {
            share: some(0.3),
            level: some(0.4),
            period: [some(0.15), some(0.15)],
        }
    }
}

fn clusters(draw: &mut Draw, n: usize) -> (Vec<u32>, usize) {
    let n_clusters = whole(draw, 40, 300);
    let shares = crate::draws::shares(n_clusters, 0.5);
    let mut until = 0.0;
    let ends: Vec<f64> = shares
        .iter()
        .map(|share| {
            until += share;
            until
        })
        .collect();
    let of = |at: f64| ends.partition_point(|end| *end < at).min(n_clusters - 1) as u32;
    ((0..n).map(|_| of(draw.uniform())).collect(), n_clusters)
}

pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}
