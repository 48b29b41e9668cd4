//! Which columns are looked at.

use super::answer::Cells;
use super::dimension::Dimension;
use super::question::{Metric, Options};
use super::rows::Rows;
use super::{Caveat, WhyError};
use crate::work::in_order;
use table::{Kind, Table};

/// Rows that show whether two columns may cut alike.
const GLANCE: usize = 20_000;
/// Two columns are one if each tells the other in so many rows, and so much better than its most frequent level does.
const ALIKE: (f64, f64) = (0.99, 0.9);
/// A column tells the periods apart if so many rows have a level of one period alone.
const TELLS: f64 = 0.9;
/// New or gone levels that are named in a caveat.
const MOST_NAMED: usize = 5;

/// Dimensions to look at, and those that say the same.
#[derive(Debug, Default)]
pub(super) struct Axes {
    pub(super) dimensions: Vec<Dimension>,
    pub(super) twins: Vec<Dimension>,
    pub(super) caveats: Vec<Caveat>,
}

impl Axes {
    pub(super) fn of(
        table: &Table,
        metric: &Metric,
        options: &Options,
        rows: &Rows,
    ) -> Result<Axes, WhyError> {
        let columns = columns(table, metric, options)?;
        let built = in_order(&columns, options.n_threads, |(name, kind)| {
            Ok::<_, WhyError>(Dimension::of(name, *kind, &table.column(name)?, rows))
        });
        let mut axes = Axes::default();
        for ((name, _), built) in columns.iter().zip(built) {
            match built? {
                Ok(dimension) => axes.take(dimension, rows),
                Err(meaning) if options.dimensions.contains(name) => {
                    axes.caveats.push(Caveat::NotADimension {
                        column: name.clone(),
                        meaning: meaning.name(),
                    })
                }
                Err(_) => {}
            }
        }
        Ok(axes)
    }

    fn take(&mut self, dimension: Dimension, rows: &Rows) {
        if let Some(caveat) = useless(&dimension) {
            self.caveats.extend(caveat);
            return;
        }
        if let Some(other) = self
            .dimensions
            .iter()
            .find(|other| is_alike(other, &dimension, rows.n()))
        {
            self.caveats.push(Caveat::SameAs {
                column: dimension.column.clone(),
                other: other.column.clone(),
            });
            self.twins.push(dimension);
            return;
        }
        self.caveats.extend(new_or_gone(&dimension));
        self.dimensions.push(dimension);
    }
}

/// The columns that may be looked at, in order; those asked for must be there.
fn columns(table: &Table, metric: &Metric, options: &Options) -> Result<Vec<(String, Kind)>, WhyError> {
    for name in options.dimensions.iter().chain(&options.exclude) {
        table.column(name)?;
    }
    let mut reserved = metric.columns();
    reserved.extend(options.weight.as_deref());
    let is_free =
        |name: &str| !reserved.contains(&name) && !options.exclude.iter().any(|other| other == name);
    let all = table.columns();
    let chosen: Vec<(String, Kind)> = match options.dimensions.is_empty() {
        true => all
            .into_iter()
            .filter(|(name, _)| options.cluster.as_deref() != Some(name))
            .collect(),
        false => {
            let kind = |name: &String| all.iter().find(|(other, _)| other == name).cloned();
            options.dimensions.iter().filter_map(kind).collect()
        }
    };
    Ok(chosen.into_iter().filter(|(name, _)| is_free(name)).collect())
}

/// Why a dimension cannot explain anything, if it cannot.
fn useless(dimension: &Dimension) -> Option<Option<Caveat>> {
    let column = || dimension.column.clone();
    if dimension.levels.len() < 2 {
        return Some(None);
    }
    let n = |period: usize| dimension.levels.iter().map(|level| level.n[period]).sum::<u64>();
    for (period, name) in [(0, "before"), (1, "after")] {
        let missing = dimension
            .levels
            .iter()
            .find(|level| level.cells == Cells::Missing);
        if missing.is_some_and(|missing| missing.n[period] == n(period)) {
            return Some(Some(Caveat::EmptyInOnePeriod {
                column: column(),
                period: name,
            }));
        }
    }
    let apart: u64 = dimension
        .levels
        .iter()
        .filter(|level| level.n.contains(&0))
        .map(|level| level.n[0] + level.n[1])
        .sum();
    let tells = apart as f64 >= TELLS * (n(0) + n(1)) as f64;
    tells.then(|| Some(Caveat::TellsPeriod { column: column() }))
}

fn new_or_gone(dimension: &Dimension) -> Option<Caveat> {
    let only = |period: usize| {
        let levels = dimension
            .levels
            .iter()
            .filter(|level| level.is_named && level.n[1 - period] == 0);
        let word = |words: &str| words.trim_start_matches("is ").to_owned();
        levels
            .map(|level| word(&level.words))
            .take(MOST_NAMED)
            .collect::<Vec<_>>()
    };
    let (gone, new) = (only(0), only(1));
    (!gone.is_empty() || !new.is_empty()).then(|| Caveat::NewOrGone {
        column: dimension.column.clone(),
        new,
        gone,
    })
}

/// Whether each of two columns tells the other.
fn is_alike(a: &Dimension, b: &Dimension, n: usize) -> bool {
    // Rows may be sorted, so that those of a glance are spread.
    let step = (n / GLANCE).max(1);
    let tells = |step: usize| tells(a, b, n, step) && tells_back(a, b, n, step);
    tells(step) && (step == 1 || tells(1))
}

fn tells_back(a: &Dimension, b: &Dimension, n: usize, step: usize) -> bool {
    tells(b, a, n, step)
}

fn tells(a: &Dimension, b: &Dimension, n: usize, step: usize) -> bool {
    let width = b.levels.len();
    let mut counts = vec![0_u32; a.levels.len() * width];
    for row in (0..n).step_by(step) {
        counts[a.codes[row] as usize * width + b.codes[row] as usize] += 1;
    }
    let seen = counts.iter().sum::<u32>() as f64;
    let told: u32 = counts
        .chunks(width)
        .map(|levels| levels.iter().max().copied().unwrap_or(0))
        .sum();
    let of_level = |level: usize| counts.iter().skip(level).step_by(width).sum::<u32>();
    let most = (0..width).map(of_level).max().unwrap_or(0) as f64;
    let told = told as f64;
    told >= ALIKE.0 * seen && told - most >= ALIKE.1 * (seen - most)
}
