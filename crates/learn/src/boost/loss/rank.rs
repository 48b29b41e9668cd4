use std::ops::Range;

use stats::math;
use stats::metric::{query_ndcg, rank_discount, rank_gain};
use stats::sum::ExactSum;

use super::{Derivatives, Loss};
use crate::crew::Crew;
use crate::weights::Weights;

/// Queries that a thread takes at a time.
const QUERIES: usize = 64;

/// LambdaMART: pairs of a query's rows, weighted by how much swapping them would change the NDCG.
///
/// C. J. C. Burges (2010), From RankNet to LambdaRank to LambdaMART, MSR-TR-2010-82; derivatives are scaled by query as
/// in LightGBM, so that long queries do not outweigh the others.
pub(in crate::boost) struct Lambda<'a> {
    relevance: &'a [f64],
    /// The rows of the queries that have weight, query after query, each in ascending order.
    rows: Vec<u32>,
    queries: Vec<Range<usize>>,
    /// The query of each row.
    query_of: &'a [u32],
}

/// Pairs count whose better-placed row is among so many of the first.
const TRUNCATION: usize = 30;

impl<'a> Lambda<'a> {
    pub(super) fn new(relevance: &'a [f64], query_of: &'a [u32], weights: &Weights) -> Lambda<'a> {
        let mut rows: Vec<u32> = weights.rows(relevance.len()).map(|row| row as u32).collect();
        rows.sort_by_key(|&row| (query_of[row as usize], row));
        let mut queries = vec![];
        let mut start = 0;
        for query in rows.chunk_by(|&a, &b| query_of[a as usize] == query_of[b as usize]) {
            queries.push(start..start + query.len());
            start += query.len();
        }
        Lambda {
            relevance,
            rows,
            queries,
            query_of,
        }
    }

    /// The derivatives of a query's rows, in their order.
    fn of_query(&self, rows: &[u32], margins: &[f64]) -> Vec<Derivatives> {
        let mut out = vec![Derivatives::default(); rows.len()];
        let order = order(rows, margins);
        let gains: Vec<f64> = rows
            .iter()
            .map(|&row| rank_gain(self.relevance[row as usize]))
            .collect();
        let ideal = ideal(&gains);
        if ideal == 0.0 {
            return out;
        }
        let mut total = 0.0;
        for (first, &i) in order.iter().enumerate().take(TRUNCATION) {
            for (second, &j) in order.iter().enumerate().skip(first + 1) {
                if gains[i] == gains[j] {
                    continue;
                }
                let (better, worse) = if gains[j] < gains[i] { (i, j) } else { (j, i) };
                let change =
                    (gains[i] - gains[j]).abs() * (rank_discount(first) - rank_discount(second)) / ideal;
                let lead = margins[rows[better] as usize] - margins[rows[worse] as usize];
                let p = math::sigmoid(-lead);
                let (gradient, hessian) = (change * p, change * p * (1.0 - p));
                out[better].gradient -= gradient;
                out[worse].gradient += gradient;
                out[better].hessian += hessian;
                out[worse].hessian += hessian;
                total += 2.0 * gradient;
            }
        }
        if 0.0 < total {
            let factor = math::log2(1.0 + total) / total;
            for d in &mut out {
                d.gradient *= factor;
                d.hessian *= factor;
            }
        }
        out
    }

    /// One minus the NDCG of all the rows given, which are of one query.
    fn miss(&self, rows: &[u32], margins: &[f64]) -> f64 {
        let of = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row as usize]).collect() };
        let ndcg = query_ndcg(&of(self.relevance), &of(margins), rows.len());
        // Margins are finite and relevance was checked; a query without a relevant row loses nothing.
        ndcg.ok().flatten().map_or(0.0, |ndcg| 1.0 - ndcg)
    }
}

/// Positions of rows by falling margin, equals by number.
fn order(rows: &[u32], margins: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| {
        margins[rows[b] as usize]
            .total_cmp(&margins[rows[a] as usize])
            .then(a.cmp(&b))
    });
    order
}

fn ideal(gains: &[f64]) -> f64 {
    let mut gains = gains.to_vec();
    gains.sort_by(|a, b| b.total_cmp(a));
    gains
        .iter()
        .enumerate()
        .map(|(place, gain)| gain * rank_discount(place))
        .sum()
}

impl Loss for Lambda<'_> {
    fn base(&self, _weights: &Weights) -> Vec<f64> {
        vec![0.0]
    }

    fn max_step(&self, _base: &[f64], _weights: &Weights) -> f64 {
        10.0
    }

    fn largest(&self) -> Option<Derivatives> {
        None
    }

    fn derive_all(&self, margin: &dyn Fn(usize) -> f64, crew: &Crew) -> Option<Vec<Derivatives>> {
        let margins: Vec<f64> = (0..self.relevance.len()).map(margin).collect();
        let of_queries = crew.map(self.queries.chunks(QUERIES), |_, queries| {
            let of_query = |query: &Range<usize>| self.of_query(&self.rows[query.clone()], &margins);
            queries.iter().flat_map(of_query).collect::<Vec<_>>()
        });
        let mut all = vec![Derivatives::default(); self.relevance.len()];
        for (&row, d) in self.rows.iter().zip(of_queries.into_iter().flatten()) {
            all[row as usize] = d;
        }
        Some(all)
    }

    /// Those of a row alone in its query: nothing is better or worse than it.
    fn derivatives(&self, _rows: &[u32], _margins: &[f64], out: &mut [Derivatives]) {
        out.fill(Derivatives::default());
    }

    fn loss(&self, _row: usize, _margins: &[f64]) -> f64 {
        0.0
    }

    /// The mean of one minus the NDCG over queries, each counted as often as its rows are on average.
    fn total_loss(
        &self,
        rows: &[(u32, i64)],
        margins: &(dyn Fn(usize, &mut [f64]) + Sync),
        _n_outputs: usize,
    ) -> (ExactSum, i64) {
        let mut all = vec![0.0; self.relevance.len()];
        for &(row, _) in rows {
            margins(row as usize, &mut all[row as usize..=row as usize]);
        }
        let query = |row: u32| self.query_of[row as usize];
        let mut sorted = rows.to_vec();
        sorted.sort_by_key(|&(row, _)| (query(row), row));
        let mut sum = ExactSum::default();
        let mut weight = 0;
        for of_query in sorted.chunk_by(|a, b| query(a.0) == query(b.0)) {
            let rows: Vec<u32> = of_query.iter().map(|pair| pair.0).collect();
            let units = of_query.iter().map(|pair| pair.1).sum::<i64>() / rows.len() as i64;
            sum.add_product(self.miss(&rows, &all), units.max(1) as f64);
            weight += units.max(1);
        }
        (sum, weight)
    }
}
