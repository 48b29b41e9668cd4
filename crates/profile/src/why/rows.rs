//! The rows that are compared.

use super::coding::{Coded, MISSING};
use super::question::{Metric, Options};
use super::{Caveat, WhyError};
use crate::ProfileError;
use crate::cells::Cells;
use crate::target::Target;
use table::Table;

/// Fewest rows of a period.
const FEWEST: usize = 30;
/// Fewer clusters than this are worth a word.
const FEW_CLUSTERS: usize = 20;

/// Rows that have a period and everything that the metric needs, those of a cluster side by side.
#[derive(Debug)]
pub(super) struct Rows {
    /// The row of the table.
    pub(super) original: Vec<u32>,
    /// 0 before, 1 after.
    pub(super) period: Vec<u8>,
    /// What is added up: weight times value, or numerator.
    pub(super) sum: Vec<f64>,
    /// What it is divided by: weight, or weight times denominator.
    pub(super) size: Vec<f64>,
    /// The cluster of each row, ascending; empty if every row stands for itself.
    pub(super) cluster: Vec<u32>,
    pub(super) n_units: usize,
    /// Whether all sizes are 1.
    pub(super) is_plain: bool,
}

impl Rows {
    pub(super) fn of(
        table: &Table,
        period: &[Option<bool>],
        metric: &Metric,
        options: &Options,
    ) -> Result<(Rows, Vec<Caveat>), WhyError> {
        if period.len() != table.n_rows() {
            return Err(WhyError::PeriodLength {
                found: period.len(),
                expected: table.n_rows(),
            });
        }
        let weights = match &options.weight {
            Some(column) => Some(sizes(table, column, "weight")?),
            None => None,
        };
        let (sums, sizes) = measures(table, metric, weights)?;
        let is_used =
            |row: &usize| period[*row].is_some() && sums.at(*row).is_finite() && sizes.at(*row).is_finite();
        let mut kept: Vec<usize> = (0..table.n_rows()).filter(is_used).collect();
        let clusters = match &options.cluster {
            Some(column) => Some(clusters(table, column, &mut kept)?),
            None => None,
        };
        let rows = Rows {
            original: kept.iter().map(|row| *row as u32).collect(),
            period: kept
                .iter()
                .map(|row| u8::from(period[*row] == Some(true)))
                .collect(),
            sum: kept.iter().map(|row| sums.at(*row)).collect(),
            size: kept.iter().map(|row| sizes.at(*row)).collect(),
            n_units: clusters.as_ref().map_or(kept.len(), |clusters| {
                clusters.last().map_or(0, |last| *last as usize + 1)
            }),
            cluster: clusters.unwrap_or_default(),
            is_plain: matches!(sizes, Column::One),
        };
        rows.check(metric)?;
        let n_rows = period.iter().flatten().count();
        let caveats = rows.caveats(n_rows);
        Ok((rows, caveats))
    }

    pub(super) fn n(&self) -> usize {
        self.period.len()
    }

    /// The cluster of a row, or the row itself.
    #[inline]
    pub(super) fn unit(&self, row: usize) -> usize {
        self.cluster.get(row).map_or(row, |cluster| *cluster as usize)
    }

    fn check(&self, metric: &Metric) -> Result<(), WhyError> {
        for (period, name) in [(0, "before"), (1, "after")] {
            let of = || (0..self.n()).filter(move |row| self.period[*row] == period);
            let found = of().count();
            if found < FEWEST {
                return Err(WhyError::TooFewRows {
                    period: name,
                    found,
                    expected: FEWEST,
                });
            }
            if of().map(|row| self.size[row]).sum::<f64>() <= 0.0 {
                let what = match metric {
                    Metric::Ratio { .. } => "denominators",
                    _ => "weights",
                };
                return Err(WhyError::NoValue {
                    period: name,
                    what,
                    n_rows: found,
                });
            }
        }
        Ok(())
    }

    fn caveats(&self, n_rows: usize) -> Vec<Caveat> {
        let mut caveats = vec![Caveat::NotCausal];
        if self.cluster.is_empty() {
            caveats.push(Caveat::RowsAlone);
        }
        if self.n() < n_rows {
            caveats.push(Caveat::LeftOut {
                n: (n_rows - self.n()) as u64,
                n_rows: n_rows as u64,
            });
        }
        if !self.cluster.is_empty() && self.n_units < FEW_CLUSTERS {
            caveats.push(Caveat::FewClusters {
                n: self.n_units as u64,
            });
        }
        caveats
    }
}

/// Numbers of all rows of the table, or 1 throughout.
enum Column {
    One,
    Of(Vec<f64>),
}

impl Column {
    fn at(&self, row: usize) -> f64 {
        match self {
            Column::One => 1.0,
            Column::Of(numbers) => numbers[row],
        }
    }

    fn times(self, weights: Option<&Vec<f64>>) -> Column {
        match (self, weights) {
            (column, None) => column,
            (Column::One, Some(weights)) => Column::Of(weights.clone()),
            (Column::Of(numbers), Some(weights)) => {
                Column::Of(numbers.iter().zip(weights).map(|(x, w)| x * w).collect())
            }
        }
    }
}

/// What is added up, and what it is divided by.
fn measures(table: &Table, metric: &Metric, weights: Option<Vec<f64>>) -> Result<(Column, Column), WhyError> {
    let (sum, size) = match metric {
        Metric::Count => (Column::One, Column::One),
        Metric::Sum { column } | Metric::Mean { column } => {
            (Column::Of(numbers(table, column, "metric")?), Column::One)
        }
        Metric::Rate { column, positive } => (
            Column::Of(flags(table, column, positive.as_deref())?),
            Column::One,
        ),
        Metric::Ratio {
            numerator,
            denominator,
        } => (
            Column::Of(numbers(table, numerator, "numerator")?),
            Column::Of(sizes(table, denominator, "denominator")?),
        ),
    };
    Ok((sum.times(weights.as_ref()), size.times(weights.as_ref())))
}

/// The numbers of a column, NaN where missing.
fn numbers(table: &Table, column: &str, role: &'static str) -> Result<Vec<f64>, WhyError> {
    let array = table.column(column)?;
    let kind = table.kind(column).map_or("nothing", |kind| kind.name());
    match (Cells::of(&array), kind) {
        (Cells::Numbers(numbers), "integer" | "number") => Ok(numbers),
        _ => Err(WhyError::NotNumbers {
            role,
            column: column.to_owned(),
            found: kind,
        }),
    }
}

fn sizes(table: &Table, column: &str, role: &'static str) -> Result<Vec<f64>, WhyError> {
    let sizes = numbers(table, column, role)?;
    match sizes.iter().position(|size| *size < 0.0) {
        None => Ok(sizes),
        Some(row) => Err(WhyError::Negative {
            role,
            column: column.to_owned(),
            found: sizes[row],
            row: row + 1,
        }),
    }
}

/// 1 for the class, 0 for others, NaN where missing. The class is found among one row for each value.
fn flags(table: &Table, column: &str, positive: Option<&str>) -> Result<Vec<f64>, WhyError> {
    let coded = Coded::of(&table.column(column)?);
    let firsts = table.select(&[column])?.take(&coded.first)?;
    match Target::of(&firsts, column, positive)? {
        Target::Flag(flags) => Ok(coded
            .codes
            .iter()
            .map(|code| match code {
                &MISSING => f64::NAN,
                code => flags[*code as usize].map_or(f64::NAN, |is_it| f64::from(u8::from(is_it))),
            })
            .collect()),
        _ => Err(WhyError::Profile(ProfileError::ManyClasses {
            column: column.to_owned(),
            found: coded.first.len(),
        })),
    }
}

/// Sorts the rows by cluster, and numbers the clusters in that order. A missing cell is a cluster of its own.
fn clusters(table: &Table, column: &str, kept: &mut [usize]) -> Result<Vec<u32>, WhyError> {
    let coded = Coded::of(&table.column(column)?);
    kept.sort_by_key(|row| coded.codes[*row]);
    let mut clusters = Vec::with_capacity(kept.len());
    let mut last = 0_u32;
    for (place, row) in kept.iter().enumerate() {
        let code = coded.codes[*row];
        let is_new = place > 0 && (code == MISSING || code != coded.codes[kept[place - 1]]);
        last += u32::from(is_new);
        clusters.push(last);
    }
    Ok(clusters)
}
