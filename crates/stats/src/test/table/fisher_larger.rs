use super::Table;
use crate::effect::table::association_sizes;
use crate::math::{exp, ln, log_sum_exp};
use crate::special::ln_gamma;
use crate::test::TestResult;
use crate::{StatsError, check};
use std::collections::BTreeMap;

/// Tables no more than this much likelier than the observed one count as equally likely.
const SAME: f64 = 1e-7;

/// Steps of the network above which a table is refused: some seconds.
const MOST_STEPS: usize = 3_000_000;

/// Fisher's exact test of a table of any size (Freeman and Halton): the probability of all tables with these margins that are
/// no likelier than the observed one.
///
/// # Shapes and units
/// `counts` is `(n_rows, n_columns)` in row order; empty rows and columns are left out. The statistic is the probability of
/// the table; the effect is that of [`chi_square`](crate::chi_square). For one-sided questions of a 2 x 2 table take
/// [`fisher_exact_2x2`](crate::fisher_exact_2x2).
///
/// # Assumptions
/// Independent rows; exact given the margins. The work grows with the product of the margins of the shorter side.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a table too large to be walked (chi-square is near there); else as
/// [`chi_square`](crate::chi_square).
///
/// # Reference
/// C. R. Mehta, N. R. Patel (1983), JASA 78, 427-434 (the network). Checked against enumeration and R `fisher.test`.
pub fn fisher_exact(counts: &[u64], n_columns: usize, level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let table = Table::new(counts, n_columns)?;
    if table.n > 1e5 {
        return Err(too_large(table.n));
    }
    let network = Network::new(&table)?;
    let [effect, plain] = association_sizes(&table, level);
    let observed: f64 = table.counts.iter().map(|&x| -ln_factorial(x)).sum();
    let ln_p = network.ln_no_likelier(observed + SAME)?;
    let statistic = exp(network.scale + observed);
    let method = "Fisher's exact test (Freeman-Halton)";
    Ok(TestResult {
        more_effects: vec![plain],
        n_used: table.n as usize,
        ..TestResult::new(method, "probability of the table", statistic, ln_p, effect)
    })
}

fn too_large(found: f64) -> StatsError {
    StatsError::OutOfRange {
        what: "size of the table (counts or steps of the exact test)",
        found,
        expected: "small enough to walk all tables: take the chi-square or the G test",
    }
}

fn ln_factorial(x: f64) -> f64 {
    ln_gamma(x + 1.0)
}

/// All ways to fill the table, column after column. A node is what is left of each row, in falling order.
struct Network {
    stages: Vec<Stage>,
    /// `ln` of the probability of a table whose cells have `sum(-ln x!) = 0`.
    scale: f64,
}

/// The nodes before a column is filled.
struct Stage {
    nodes: Vec<Node>,
}

struct Node {
    edges: Vec<Edge>,
    /// The likeliest and the unlikeliest way to the end, as `sum(-ln x!)`.
    likeliest: f64,
    unlikeliest: f64,
    /// `ln` of the sum over all ways to the end.
    total: f64,
}

/// A way to fill a column: the node after it, its `sum(-ln x!)`, and how many fillings are alike.
struct Edge {
    to: usize,
    weight: f64,
    n: f64,
}

impl Network {
    fn new(table: &Table) -> Result<Self, StatsError> {
        let (rows, columns) = if table.rows.len() <= table.columns.len() {
            (&table.rows, &table.columns)
        } else {
            (&table.columns, &table.rows)
        };
        let whole = |totals: &[f64]| totals.iter().map(|&t| t as u32).collect::<Vec<u32>>();
        let (mut left, mut columns) = (whole(rows), whole(columns));
        left.sort_unstable_by(|a, b| b.cmp(a));
        columns.sort_unstable();
        let ln_factorials: Vec<f64> = (0..=table.n as usize).map(|x| ln_factorial(x as f64)).collect();
        let of = |totals: &[u32]| totals.iter().map(|&t| ln_factorials[t as usize]).sum::<f64>();
        let scale = of(&left) + of(&columns) - ln_factorials[table.n as usize];
        let mut stages = Vec::new();
        let mut waiting = vec![left];
        let mut n_steps = 0;
        for (place, &column) in columns.iter().enumerate() {
            let (stage, next) = Stage::fill(&waiting, column, &ln_factorials, &mut n_steps)?;
            let totals = waiting.iter().map(|left| {
                let n_left: u32 = left.iter().sum();
                ln_factorials[n_left as usize] - of(left) - of(&columns[place..])
            });
            stages.push(stage.with_totals(totals));
            waiting = next;
        }
        let mut network = Self { stages, scale };
        network.bound();
        Ok(network)
    }

    /// Finds the likeliest and the unlikeliest way from each node, from the end back.
    fn bound(&mut self) {
        let mut after: Vec<(f64, f64)> = vec![(0.0, 0.0)];
        for stage in self.stages.iter_mut().rev() {
            for node in &mut stage.nodes {
                let ends = node.edges.iter().map(|edge| {
                    let (likeliest, unlikeliest) = after[edge.to];
                    (edge.weight + likeliest, edge.weight + unlikeliest)
                });
                (node.likeliest, node.unlikeliest) = ends
                    .fold((f64::NEG_INFINITY, f64::INFINITY), |(most, least), (a, b)| {
                        (most.max(a), least.min(b))
                    });
            }
            after = stage
                .nodes
                .iter()
                .map(|node| (node.likeliest, node.unlikeliest))
                .collect();
        }
    }

    /// `ln` of the probability of all tables with `sum(-ln x!) <= limit`.
    fn ln_no_likelier(&self, limit: f64) -> Result<f64, StatsError> {
        let mut done = Vec::new();
        let mut n_steps = 0_usize;
        // ways so far: node, sum(-ln x!), and how many
        let mut ways = vec![(0_usize, 0.0_f64, 1.0_f64)];
        for stage in &self.stages {
            let mut next = Vec::new();
            for &(place, past, n) in &ways {
                let node = &stage.nodes[place];
                if past + node.likeliest <= limit {
                    done.push(ln(n) + self.scale + past + node.total);
                } else if past + node.unlikeliest <= limit {
                    n_steps += node.edges.len();
                    if n_steps > 5 * MOST_STEPS || next.len() > MOST_STEPS {
                        return Err(too_large(n_steps as f64));
                    }
                    let on = node
                        .edges
                        .iter()
                        .map(|edge| (edge.to, past + edge.weight, n * edge.n));
                    next.extend(on);
                }
            }
            ways = merged(next);
        }
        Ok(log_sum_exp(&done).min(0.0))
    }
}

/// Ways to one node that are equally likely, up to rounding, are one.
fn merged(mut ways: Vec<(usize, f64, f64)>) -> Vec<(usize, f64, f64)> {
    ways.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)));
    ways.chunk_by(|a, b| a.0 == b.0 && b.1 - a.1 < 1e-10)
        .map(|alike| (alike[0].0, alike[0].1, alike.iter().map(|way| way.2).sum()))
        .collect()
}

impl Stage {
    /// Fills a column from each of the nodes; returns the nodes after it as well.
    fn fill(
        waiting: &[Vec<u32>],
        column: u32,
        ln_factorials: &[f64],
        n_steps: &mut usize,
    ) -> Result<(Self, Vec<Vec<u32>>), StatsError> {
        let mut places: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
        let mut nodes = Vec::new();
        for left in waiting {
            let mut ways = Vec::new();
            let mut filling = Filling {
                left: left.clone(),
                ln_factorials,
                most: MOST_STEPS.saturating_sub(*n_steps),
                ways: Vec::new(),
            };
            filling.row(0, column, 0.0);
            *n_steps += filling.ways.len();
            if *n_steps >= MOST_STEPS {
                return Err(too_large(*n_steps as f64));
            }
            for (after, weight) in filling.ways {
                let n_known = places.len();
                let to = *places.entry(after).or_insert(n_known);
                ways.push((to, weight, 1.0));
            }
            let edges = merged(ways)
                .into_iter()
                .map(|(to, weight, n)| Edge { to, weight, n })
                .collect();
            nodes.push(Node {
                edges,
                likeliest: 0.0,
                unlikeliest: 0.0,
                total: 0.0,
            });
        }
        let mut next = vec![Vec::new(); places.len()];
        for (left, place) in places {
            next[place] = left;
        }
        Ok((Self { nodes }, next))
    }

    fn with_totals(mut self, totals: impl Iterator<Item = f64>) -> Self {
        for (node, total) in self.nodes.iter_mut().zip(totals) {
            node.total = total;
        }
        self
    }
}

/// The ways to spread a column over the rows.
struct Filling<'a> {
    left: Vec<u32>,
    ln_factorials: &'a [f64],
    most: usize,
    ways: Vec<(Vec<u32>, f64)>,
}

impl Filling<'_> {
    fn row(&mut self, row: usize, rest: u32, weight: f64) {
        if self.ways.len() >= self.most {
            return;
        }
        if row == self.left.len() {
            let mut after = self.left.clone();
            after.sort_unstable_by(|a, b| b.cmp(a));
            self.ways.push((after, weight));
            return;
        }
        let below: u32 = self.left[row + 1..].iter().sum();
        let room = self.left[row];
        for x in rest.saturating_sub(below)..=rest.min(room) {
            self.left[row] = room - x;
            self.row(row + 1, rest - x, weight - self.ln_factorials[x as usize]);
        }
        self.left[row] = room;
    }
}
