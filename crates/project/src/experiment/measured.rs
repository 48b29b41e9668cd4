//! A metric of every unit, and what each arm makes of it.

use super::units::{Units, numbers};
use crate::ProjectError;
use crate::file::{ExperimentSection, MetricKind, MetricSection};
use stats::experiment::{
    Arm, Outcome, Sums, cap_at, cuped, post_stratify, quantile_arm, quantile_arm_of_events,
};
use table::Table;
use table::arrow::array::Array;
use table::write::cell_text;

/// Strata smaller than this in an arm are put together.
const LEAST_OF_STRATUM: usize = 30;

/// A metric's values.
pub(super) struct Measured<'m> {
    pub(super) metric: &'m MetricSection,
    /// A column or two of the outcome, a value for each unit; for a quantile a value for each row.
    outcome: Vec<Vec<f64>>,
    /// Covariates, a value for each unit.
    covariates: Vec<Vec<f64>>,
    /// The unit of each row, for a quantile.
    of_row: Vec<u32>,
}

/// Two arms ready to be compared.
pub(super) struct Pair {
    pub(super) control: Arm,
    pub(super) treatment: Arm,
    /// The share of the variance that covariates left.
    pub(super) variance_ratio: Option<f64>,
}

/// Which units are looked at.
pub(super) type Select<'s> = &'s dyn Fn(usize) -> bool;

impl<'m> Measured<'m> {
    pub(super) fn of(
        section: &ExperimentSection,
        metric: &'m MetricSection,
        units: &Units,
        table: &Table,
    ) -> Result<Measured<'m>, ProjectError> {
        let of_rows = columns(metric, table)?;
        let is_quantile = matches!(metric.kind, MetricKind::Quantile { .. });
        let kept = |column: &Vec<f64>| units.rows.iter().map(|row| column[*row]).collect::<Vec<f64>>();
        let outcome: Vec<Vec<f64>> = of_rows.iter().map(kept).collect();
        let is_share = matches!(metric.kind, MetricKind::Proportion);
        let of_units =
            |column: &Vec<f64>| gathered(units, column, if is_share { f64::max } else { |a, b| a + b });
        let cut = |column: Vec<f64>| {
            metric
                .cap
                .map_or(column.clone(), |cap| cap_at(&column, cap).values)
        };
        let covariates = match is_quantile {
            true => Vec::new(),
            false => covariates(section, units, table)?,
        };
        Ok(Measured {
            metric,
            covariates,
            of_row: if is_quantile {
                units.of_row.clone()
            } else {
                Vec::new()
            },
            outcome: match is_quantile {
                true => outcome,
                false => outcome
                    .iter()
                    .map(of_units)
                    .enumerate()
                    .map(|(n, column)| if n == 0 { cut(column) } else { column })
                    .collect(),
            },
        })
    }

    /// Whether a unit's outcome is missing; of a quantile nothing is said.
    pub(super) fn is_missing(&self, unit: usize) -> bool {
        self.of_row.is_empty() && self.outcome.iter().any(|column| column[unit].is_nan())
    }

    /// The arm of the selected units without adjustment.
    pub(super) fn arm(&self, select: Select<'_>) -> Result<Arm, ProjectError> {
        match self.metric.kind {
            MetricKind::Quantile { at } => self.quantile(select, at),
            MetricKind::Proportion => {
                let column = &self.outcome[0];
                let present = || (0..column.len()).filter(|unit| select(*unit));
                let (n, successes) = present().fold((0, 0), |(n, successes), unit| match column[unit] {
                    x if x.is_nan() => (n, successes),
                    x => (n + 1, successes + u64::from(x > 0.0)),
                });
                let n_dropped = present().count() as u64 - n;
                Ok(Arm {
                    n_dropped,
                    ..Arm::of_proportion(successes, n)?
                })
            }
            _ => Ok(Arm::of_sums(&self.sums(select, false)?, self.kind())?),
        }
    }

    /// Both arms, adjusted by covariates or strata if the plan has them.
    pub(super) fn pair(
        &self,
        control: Select<'_>,
        treatment: Select<'_>,
        strata: Option<&[u32]>,
    ) -> Result<Pair, ProjectError> {
        let is_quantile = matches!(self.metric.kind, MetricKind::Quantile { .. });
        if let (Some(strata), false) = (strata, is_quantile) {
            return self.stratified(control, treatment, strata);
        }
        if self.covariates.is_empty() {
            return Ok(Pair {
                control: self.arm(control)?,
                treatment: self.arm(treatment)?,
                variance_ratio: None,
            });
        }
        let adjusted = cuped(
            &self.sums(control, true)?,
            &self.sums(treatment, true)?,
            self.kind(),
        )?;
        Ok(Pair {
            control: adjusted.control,
            treatment: adjusted.treatment,
            variance_ratio: Some(adjusted.variance_ratio),
        })
    }

    fn stratified(
        &self,
        control: Select<'_>,
        treatment: Select<'_>,
        strata: &[u32],
    ) -> Result<Pair, ProjectError> {
        let strata = large_enough(strata, control, treatment);
        let n = strata.iter().copied().max().map_or(0, |last| last + 1);
        let of = |select: Select<'_>| -> Result<Vec<Sums>, ProjectError> {
            (0..n)
                .map(|stratum| self.sums(&|unit| strata[unit] == stratum && select(unit), false))
                .collect()
        };
        let [control, treatment] = post_stratify(&of(control)?, &of(treatment)?, self.kind())?;
        Ok(Pair {
            control,
            treatment,
            variance_ratio: None,
        })
    }

    fn kind(&self) -> Outcome {
        match self.metric.kind {
            MetricKind::Ratio { .. } => Outcome::Ratio,
            _ => Outcome::Mean,
        }
    }

    fn sums(&self, select: Select<'_>, with_covariates: bool) -> Result<Sums, ProjectError> {
        let covariates = with_covariates.then_some(&self.covariates).into_iter().flatten();
        let columns: Vec<&Vec<f64>> = self.outcome.iter().chain(covariates).collect();
        let mut sums = Sums::new(columns.len());
        let mut row = vec![0.0; columns.len()];
        for unit in (0..columns[0].len()).filter(|unit| select(*unit)) {
            row.iter_mut()
                .zip(&columns)
                .for_each(|(cell, column)| *cell = column[unit]);
            sums.add(&row)?;
        }
        Ok(sums)
    }

    fn quantile(&self, select: Select<'_>, at: f64) -> Result<Arm, ProjectError> {
        let rows = || (0..self.of_row.len()).filter(|row| select(self.of_row[*row] as usize));
        let values: Vec<f64> = rows().map(|row| self.outcome[0][row]).collect();
        let units: Vec<u32> = rows().map(|row| self.of_row[row]).collect();
        let n_units = units.iter().copied().max().map_or(0, |last| last as usize + 1);
        let mut seen = vec![false; n_units];
        let repeats = units
            .iter()
            .any(|unit| std::mem::replace(&mut seen[*unit as usize], true));
        if !repeats {
            return Ok(quantile_arm(&values, at)?);
        }
        let mut codes = vec![u32::MAX; n_units];
        let mut next = 0;
        let dense: Vec<u32> = units
            .iter()
            .map(|unit| {
                let code = &mut codes[*unit as usize];
                if *code == u32::MAX {
                    (*code, next) = (next, next + 1);
                }
                *code
            })
            .collect();
        Ok(quantile_arm_of_events(&values, &dense, next as usize, at)?)
    }
}

/// The metric's columns, a value for each row of the table.
fn columns(metric: &MetricSection, table: &Table) -> Result<Vec<Vec<f64>>, ProjectError> {
    let first = match metric.kind {
        MetricKind::Proportion => vec![successes(metric, table)?],
        _ => vec![numbers(table, &metric.column.value)?],
    };
    match &metric.kind {
        MetricKind::Ratio { per } => Ok([first, vec![numbers(table, &per.value)?]].concat()),
        _ => Ok(first),
    }
}

/// 1 for a success, 0 for none, NaN where it is not known.
fn successes(metric: &MetricSection, table: &Table) -> Result<Vec<f64>, ProjectError> {
    let cells = table.column(&metric.column.value)?;
    let what = || format!("metric `{}`, column `{}`", metric.name.value, metric.column.value);
    let mut n_found = 0;
    let values = (0..cells.len()).map(|row| {
        let Some(text) = cell_text(cells.as_ref(), row) else {
            return Ok(f64::NAN);
        };
        let is_success = match &metric.positive {
            Some(positive) => text == positive.value,
            None => match text.as_str() {
                "1" | "1.0" | "true" => true,
                "0" | "0.0" | "false" => false,
                _ => {
                    return Err(ProjectError::data(
                        what(),
                        "other values than 0 and 1",
                        "`positive`, the value that is a success",
                    ));
                }
            },
        };
        n_found += u64::from(is_success);
        Ok(f64::from(u8::from(is_success)))
    });
    let values: Vec<f64> = values.collect::<Result<_, _>>()?;
    match &metric.positive {
        Some(positive) if n_found == 0 => Err(ProjectError::data(
            what(),
            format!("no row with `{}`", positive.value),
            "a value of the column as `positive`",
        )),
        _ => Ok(values),
    }
}

/// The rows of each unit put together; NaN for one without any value.
fn gathered(units: &Units, column: &[f64], together: fn(f64, f64) -> f64) -> Vec<f64> {
    let mut values = vec![f64::NAN; units.n()];
    for (unit, x) in units.of_row.iter().zip(column).filter(|(_, x)| !x.is_nan()) {
        let value = &mut values[*unit as usize];
        *value = if value.is_nan() { *x } else { together(*value, *x) };
    }
    values
}

/// What was known before stands in every row of a unit alike: the first one tells.
fn covariates(
    section: &ExperimentSection,
    units: &Units,
    table: &Table,
) -> Result<Vec<Vec<f64>>, ProjectError> {
    let of_units = |name: &String| -> Result<Vec<f64>, ProjectError> {
        let column = numbers(table, name)?;
        let rows: Vec<f64> = units.rows.iter().map(|row| column[*row]).collect();
        Ok(gathered(units, &rows, |first, _| first))
    };
    section
        .covariates
        .iter()
        .map(|column| of_units(&column.value))
        .collect()
}

/// Strata numbered without gaps; those too small in an arm are one.
fn large_enough(strata: &[u32], control: Select<'_>, treatment: Select<'_>) -> Vec<u32> {
    let n = strata.iter().copied().max().map_or(0, |last| last as usize + 1);
    let mut counts = vec![[0usize; 2]; n];
    for (unit, stratum) in strata.iter().enumerate() {
        counts[*stratum as usize][0] += usize::from(control(unit));
        counts[*stratum as usize][1] += usize::from(treatment(unit));
    }
    let is_large = |counts: &[usize; 2]| counts.iter().all(|n| *n >= LEAST_OF_STRATUM);
    let n_large = counts.iter().filter(|counts| is_large(counts)).count() as u32;
    let small = counts.iter().filter(|counts| !is_large(counts));
    let rest = small.fold([0, 0], |sum, counts| [sum[0] + counts[0], sum[1] + counts[1]]);
    // the few that are left of all small ones go to the first
    let of_small = if rest.iter().all(|n| 2 <= *n) { n_large } else { 0 };
    let mut next = 0;
    let number: Vec<u32> = counts
        .iter()
        .map(|counts| match is_large(counts) {
            true => {
                next += 1;
                next - 1
            }
            false => of_small,
        })
        .collect();
    strata.iter().map(|stratum| number[*stratum as usize]).collect()
}
