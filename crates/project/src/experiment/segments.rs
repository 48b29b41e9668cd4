//! For whom: the primary effect among the units of each segment.

use super::judge::{Asked, Span};
use super::measured::Measured;
use super::units::Units;
use crate::ProjectError;
use crate::question::{Groups, groups};
use serde::{Deserialize, Serialize};
use stats::experiment::{Correction, Difference, segments};
use table::Table;

/// The primary effect of one treatment over the values of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentsRecord {
    /// The column.
    pub column: String,
    /// The treatment.
    pub treatment: String,
    /// The segments.
    pub segments: Vec<SegmentRecord>,
    /// The p-value of effects that differ between segments at all (Cochran's Q).
    pub p_differ: f64,
    /// Segments too small or without spread, of which nothing is said.
    pub left_out: Vec<String>,
}

/// One segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentRecord {
    /// Its name.
    pub name: String,
    /// Units of both arms.
    pub n: u64,
    /// Treatment minus control.
    pub effect: Span,
    /// The p-value.
    pub p_value: f64,
    /// The same, corrected over the segments (Benjamini-Hochberg).
    pub p_adjusted: f64,
    /// Whether there is an effect, among few false ones.
    pub found: bool,
}

/// The value of each unit, by its first row; none where it is missing or too rare to be named.
pub(super) fn of_units(units: &Units, table: &Table, column: &str) -> Result<Groups, ProjectError> {
    let of_rows = groups(table, column)?;
    let mut codes = vec![None; units.n()];
    for (row, unit) in units.rows.iter().zip(&units.of_row) {
        let code = &mut codes[*unit as usize];
        *code = code.or(of_rows.codes[*row]);
    }
    Ok(Groups {
        names: of_rows.names,
        codes,
    })
}

/// The primary effect of `treatment` in every segment of a column; none where fewer than two have an answer.
pub(super) fn segmented(
    asked: &Asked<'_>,
    measured: &Measured<'_>,
    (column, groups): (&str, &Groups),
    (treatment, name): (usize, &str),
    is_in: &dyn Fn(usize, usize) -> bool,
    rate: f64,
) -> Result<Option<SegmentsRecord>, ProjectError> {
    let (mut found, mut names, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for (code, segment) in (0u32..).zip(&groups.names) {
        let within = |unit: usize, arm: usize| groups.codes[unit] == Some(code) && is_in(unit, arm);
        let pair = measured.pair(&|unit| within(unit, 0), &|unit| within(unit, treatment), None);
        match pair
            .ok()
            .and_then(|pair| asked.compare(&pair, Difference::Absolute).ok())
        {
            Some(compared) => {
                names.push(segment.clone());
                found.push(compared);
            }
            None => left_out.push(segment.clone()),
        }
    }
    if found.len() < 2 {
        return Ok(None);
    }
    let comparisons: Vec<_> = found.iter().map(|compared| compared.comparison.clone()).collect();
    let judged = segments(&comparisons, Correction::BenjaminiHochberg, rate, 1.0 - rate)?;
    let record = |(position, compared): (usize, &super::judge::Compared)| SegmentRecord {
        name: names[position].clone(),
        n: compared.comparison.n_control + compared.comparison.n_treatment,
        effect: [
            compared.interval.value,
            compared.interval.low,
            compared.interval.high,
        ],
        p_value: compared.comparison.p_value,
        p_adjusted: judged.adjusted_p_values[position],
        found: judged.found[position],
    };
    Ok(Some(SegmentsRecord {
        column: column.to_owned(),
        treatment: name.to_owned(),
        segments: found.iter().enumerate().map(record).collect(),
        p_differ: judged.p_value,
        left_out,
    }))
}
