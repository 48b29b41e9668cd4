use super::drawn::{Pool, add};
use super::{Law, Summary};
use crate::math::sqrt;
use crate::random::Lanes;
use crate::sum::mean;
use crate::{StatsError, check};

/// How rows make units.
#[derive(Clone, Copy)]
pub(super) enum Grouping<'a> {
    Rows,
    Clusters(&'a [u32]),
    Blocks(usize),
}

/// Sums over each unit, from which the summary of any set of units follows.
pub(super) struct UnitSums<const M: usize> {
    /// What is drawn; a series ends with one shorter block.
    pools: Vec<Pool<M>>,
    /// What is left out in turn.
    parts: Vec<[f64; M]>,
    total: [f64; M],
    form: Form,
}

/// How a summary follows from sums.
#[derive(Clone, Copy)]
struct Form {
    summary: Summary,
    /// What was taken off the first column before summing.
    centre: f64,
}

/// The sums that a summary needs, with a count of rows unless each unit is one.
pub(super) fn boxed(
    columns: &[Vec<f64>],
    summary: Summary,
    grouping: Grouping<'_>,
) -> Result<Box<dyn Law>, StatsError> {
    let counted = !matches!(grouping, Grouping::Rows);
    // about their means, so that squares lose nothing
    let centre = |k: usize| columns.get(k).map_or(0.0, |column| mean(column));
    let (x0, y0) = (centre(0), centre(1));
    let (x, y) = (
        |row: usize| columns[0][row] - x0,
        |row: usize| columns[1][row] - y0,
    );
    let (n, of) = (columns[0].len(), Form::of(summary, x0));
    Ok(match (summary, counted) {
        (Summary::Mean | Summary::Quantile(_), false) => UnitSums::boxed(n, |row| [x(row)], grouping, of)?,
        (Summary::Mean | Summary::Quantile(_), true) => {
            UnitSums::boxed(n, |row| [1.0, x(row)], grouping, of)?
        }
        (Summary::StandardDeviation | Summary::Variance, false) => {
            UnitSums::boxed(n, |row| [x(row), x(row) * x(row)], grouping, of)?
        }
        (Summary::StandardDeviation | Summary::Variance, true) => {
            UnitSums::boxed(n, |row| [1.0, x(row), x(row) * x(row)], grouping, of)?
        }
        (Summary::Correlation, _) => {
            let products = |row| {
                let (x, y) = (x(row), y(row));
                [1.0, x, y, x * x, y * y, x * y]
            };
            UnitSums::boxed(n, products, grouping, of)?
        }
        (Summary::Ratio, _) => UnitSums::boxed(n, |row| [columns[0][row], columns[1][row]], grouping, of)?,
    })
}

impl Form {
    fn of(summary: Summary, centre: f64) -> Self {
        Self { summary, centre }
    }

    /// The summary of `n_units` units with these sums.
    fn value(&self, sums: &[f64], n_units: usize) -> Option<f64> {
        let value = match (self.summary, sums) {
            (Summary::Mean, &[x]) => self.centre + x / n_units as f64,
            (Summary::Mean, &[n, x]) => self.centre + x / n,
            (Summary::StandardDeviation, &[x, xx]) => sqrt(variance(n_units as f64, x, xx)),
            (Summary::StandardDeviation, &[n, x, xx]) => sqrt(variance(n, x, xx)),
            (Summary::Variance, &[x, xx]) => variance(n_units as f64, x, xx),
            (Summary::Variance, &[n, x, xx]) => variance(n, x, xx),
            (Summary::Correlation, &[n, x, y, xx, yy, xy]) => {
                let (sxx, syy, sxy) = (xx - x * x / n, yy - y * y / n, xy - x * y / n);
                (sxy / sqrt(sxx * syy)).clamp(-1.0, 1.0)
            }
            (Summary::Ratio, &[top, bottom]) => top / bottom,
            _ => return None,
        };
        value.is_finite().then_some(value)
    }
}

fn variance(n: f64, x: f64, xx: f64) -> f64 {
    (xx - x * x / n).max(0.0) / (n - 1.0)
}

impl<const M: usize> UnitSums<M> {
    fn boxed(
        n_rows: usize,
        row: impl Fn(usize) -> [f64; M],
        grouping: Grouping<'_>,
        form: Form,
    ) -> Result<Box<dyn Law>, StatsError> {
        let rows: Vec<[f64; M]> = (0..n_rows).map(row).collect();
        let total = sum(&rows);
        let (pools, parts) = match grouping {
            Grouping::Rows => (vec![Pool::new(rows.clone(), n_rows)], rows),
            Grouping::Clusters(codes) => {
                let clusters = clusters(&rows, codes);
                (vec![Pool::new(clusters.clone(), clusters.len())], clusters)
            }
            Grouping::Blocks(length) => blocks(&rows, length)?,
        };
        check::at_least("units", parts.len(), 2)?;
        Ok(Box::new(Self {
            pools,
            parts,
            total,
            form,
        }))
    }

    fn n_units(&self) -> usize {
        self.pools.iter().map(|pool| pool.n_draws()).sum()
    }
}

impl<const M: usize> Law for UnitSums<M> {
    fn value(&self) -> Option<f64> {
        self.form.value(&self.total, self.n_units())
    }

    fn resampled(&self, seed: u64, stream: u64, n: usize) -> Vec<Option<f64>> {
        let (mut lanes, n_units) = (Lanes::new(seed, stream), self.n_units());
        let next = |_| {
            let mut sums = [0.0; M];
            for pool in &self.pools {
                add(&mut sums, &pool.drawn_sums(&mut lanes));
            }
            self.form.value(&sums, n_units)
        };
        (0..n).map(next).collect()
    }

    fn without_each(&self) -> Vec<f64> {
        let without = |part: &[f64; M]| {
            let rest: [f64; M] = std::array::from_fn(|k| self.total[k] - part[k]);
            self.form.value(&rest, self.n_units() - 1)
        };
        self.parts.iter().filter_map(without).collect()
    }
}

fn sum<const M: usize>(rows: &[[f64; M]]) -> [f64; M] {
    std::array::from_fn(|k| {
        let mut sum = crate::sum::Compensated::default();
        rows.iter().for_each(|row| sum.add(row[k]));
        sum.value()
    })
}

/// The sums of each cluster, in the order in which clusters are first seen.
fn clusters<const M: usize>(rows: &[[f64; M]], codes: &[u32]) -> Vec<[f64; M]> {
    let mut place_of = std::collections::HashMap::new();
    let mut clusters: Vec<[f64; M]> = Vec::new();
    for (row, code) in rows.iter().zip(codes) {
        let place = *place_of.entry(code).or_insert(clusters.len());
        if place == clusters.len() {
            clusters.push([0.0; M]);
        }
        for (sum, value) in clusters[place].iter_mut().zip(row) {
            *sum += value;
        }
    }
    clusters
}

/// Where blocks are drawn from with how many of them, and the blocks side by side.
type Series<const M: usize> = (Vec<Pool<M>>, Vec<[f64; M]>);

/// Blocks from every row on, going round; as many whole ones as fit, and one of the rest.
fn blocks<const M: usize>(rows: &[[f64; M]], length: usize) -> Result<Series<M>, StatsError> {
    let n = rows.len();
    if !(1..=n / 2).contains(&length) {
        return Err(StatsError::OutOfRange {
            what: "length of blocks",
            found: length as f64,
            expected: "from 1 to half of the rows",
        });
    }
    let of = |start: usize, length: usize| {
        let block: Vec<[f64; M]> = (start..start + length).map(|row| rows[row % n]).collect();
        sum(&block)
    };
    let all = |length: usize| (0..n).map(|start| of(start, length)).collect::<Vec<[f64; M]>>();
    let mut pools = vec![Pool::new(all(length), n / length)];
    if !n.is_multiple_of(length) {
        pools.push(Pool::new(all(n % length), 1));
    }
    let side_by_side = (0..n)
        .step_by(length)
        .map(|start| of(start, length.min(n - start)));
    Ok((pools, side_by_side.collect()))
}
