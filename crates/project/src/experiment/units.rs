//! From rows to the units of an experiment, and what is wrong with them.

use crate::ProjectError;
use crate::file::{ExperimentSection, Problem, Project};
use stats::experiment::{Exposures, Mismatch, assignment_mismatch, exposures};
use std::collections::HashMap;
use table::arrow::array::Array;
use table::write::cell_text;
use table::{Kind, Table};

/// The units of a table.
pub(super) struct Units {
    /// The rows that name a unit and an arm.
    pub(super) rows: Vec<usize>,
    /// The unit of each of them.
    pub(super) of_row: Vec<u32>,
    /// Each unit's arm, by its first row.
    pub(super) arms: Vec<u32>,
    /// Units seen in several arms, or shown what was not theirs: what they did cannot be put down to one arm.
    pub(super) is_mixed: Vec<bool>,
    /// Rows without a unit or an arm.
    pub(super) n_nameless: u64,
    /// Who was seen where.
    pub(super) exposures: Exposures,
    /// What was shown against what was assigned.
    pub(super) mismatch: Option<Mismatch>,
    /// Units of which a row was shown what was not theirs.
    pub(super) n_mismatched_units: u64,
}

impl Units {
    pub(super) fn of(
        project: &Project,
        section: &ExperimentSection,
        table: &Table,
    ) -> Result<Units, ProjectError> {
        let assigned = arms_of_rows(project, section, table)?;
        let named = unit_codes(section, table)?;
        let shown = shown_of_rows(section, table)?;
        let (mut rows, mut of_row, mut row_arms) = (Vec::new(), Vec::new(), Vec::new());
        for (row, (arm, unit)) in assigned.iter().zip(&named.codes).enumerate() {
            if let (Some(arm), Some(unit)) = (arm, unit) {
                rows.push(row);
                of_row.push(*unit);
                row_arms.push(*arm);
            }
        }
        let n_arms = section.arms.len();
        let exposures = exposures(&of_row, named.n, &row_arms, n_arms)?;
        let mut units = Units {
            arms: vec![0; named.n],
            is_mixed: vec![false; named.n],
            n_nameless: (table.n_rows() - rows.len()) as u64,
            mismatch: None,
            n_mismatched_units: 0,
            exposures,
            rows,
            of_row,
        };
        units.mark_arms(&row_arms);
        if let Some(shown) = shown {
            units.mark_mismatches(&row_arms, &shown, n_arms)?;
        }
        Ok(units)
    }

    /// The units of earlier rows, which know no arms yet.
    pub(super) fn without_arms(section: &ExperimentSection, table: &Table) -> Result<Units, ProjectError> {
        let named = unit_codes(section, table)?;
        let rows: Vec<usize> = (0..table.n_rows())
            .filter(|row| named.codes[*row].is_some())
            .collect();
        let of_row: Vec<u32> = named.codes.iter().flatten().copied().collect();
        Ok(Units {
            arms: vec![0; named.n],
            is_mixed: vec![false; named.n],
            n_nameless: (table.n_rows() - rows.len()) as u64,
            exposures: exposures(&of_row, named.n, &vec![0; of_row.len()], 1)?,
            mismatch: None,
            n_mismatched_units: 0,
            rows,
            of_row,
        })
    }

    pub(super) fn n(&self) -> usize {
        self.arms.len()
    }

    fn mark_arms(&mut self, row_arms: &[u32]) {
        let mut seen = vec![false; self.n()];
        for (unit, arm) in self.of_row.iter().zip(row_arms) {
            let unit = *unit as usize;
            if !seen[unit] {
                (seen[unit], self.arms[unit]) = (true, *arm);
            }
            self.is_mixed[unit] |= self.arms[unit] != *arm;
        }
    }

    /// `shown` is each row's arm by what was shown; a value of no arm counts as another one.
    fn mark_mismatches(
        &mut self,
        row_arms: &[u32],
        shown: &[u32],
        n_arms: usize,
    ) -> Result<(), ProjectError> {
        let shown: Vec<u32> = self.rows.iter().map(|row| shown[*row]).collect();
        let found = assignment_mismatch(row_arms, &shown, n_arms + 1)?;
        let mut is_mismatched = vec![false; self.n()];
        for (unit, (arm, shown)) in self.of_row.iter().zip(row_arms.iter().zip(&shown)) {
            is_mismatched[*unit as usize] |= arm != shown;
        }
        self.n_mismatched_units = is_mismatched.iter().filter(|is| **is).count() as u64;
        self.is_mixed
            .iter_mut()
            .zip(is_mismatched)
            .for_each(|(mixed, mismatched)| *mixed |= mismatched);
        self.mismatch = Some(found);
        Ok(())
    }
}

/// Each row's arm; a value that is no arm of the plan is refused.
fn arms_of_rows(
    project: &Project,
    section: &ExperimentSection,
    table: &Table,
) -> Result<Vec<Option<u32>>, ProjectError> {
    let cells = table.column(&section.arm.value)?;
    let mut counts = vec![0u64; section.arms.len()];
    let mut strange: Option<(String, u64)> = None;
    let mut codes = Vec::with_capacity(cells.len());
    for row in 0..cells.len() {
        let Some(text) = cell_text(cells.as_ref(), row) else {
            codes.push(None);
            continue;
        };
        let found = section.arms.iter().position(|arm| arm.value == text);
        match found {
            Some(arm) => counts[arm] += 1,
            None => match &mut strange {
                Some((first, n)) if *first == text => *n += 1,
                Some(_) => {}
                None => strange = Some((text, 1)),
            },
        }
        codes.push(found.map(|arm| arm as u32));
    }
    check_arms(project, section, &counts, strange)?;
    Ok(codes)
}

fn check_arms(
    project: &Project,
    section: &ExperimentSection,
    counts: &[u64],
    strange: Option<(String, u64)>,
) -> Result<(), ProjectError> {
    let name = &section.name.value;
    let column = &section.arm.value;
    let empty = section.arms.iter().zip(counts).position(|(_, n)| *n == 0);
    let known = || section.arms.iter().map(|arm| arm.value.as_str());
    let expected = format!(
        "the arms {}; leave others out with `sql`",
        table::quoted_list(known(), 12)
    );
    let problem = match (strange, empty) {
        (None, None) => return Ok(()),
        // a misspelt arm of the plan is found by the one of the data that is near it
        (Some((text, n)), Some(arm)) => {
            let key = if arm == 0 { "control" } else { "treatments" };
            let found = format!(
                "`{}` in no row of `{column}`, and {text:?} in {n}",
                section.arms[arm].value
            );
            let span = section.arms[arm].span.clone();
            Problem::new(
                format!("[experiment.{name}].{key}"),
                found,
                "the values of the column",
                span,
            )
            .did_you_mean(&section.arms[arm].value, [text.as_str()])
        }
        (Some((text, n)), None) => {
            let found = format!("{text:?} in {n} rows of `{column}`");
            Problem::new(
                format!("[experiment.{name}].treatments"),
                found,
                expected,
                section.arm.span.clone(),
            )
            .did_you_mean(&text, known())
        }
        (None, Some(arm)) => {
            let found = format!("no row of the arm `{}`", section.arms[arm].value);
            let span = section.arms[arm].span.clone();
            Problem::new(
                format!("[experiment.{name}].arm"),
                found,
                "units in every arm",
                span,
            )
        }
    };
    Err(project.problems(vec![problem]).into())
}

struct Codes {
    codes: Vec<Option<u32>>,
    n: usize,
}

fn unit_codes(section: &ExperimentSection, table: &Table) -> Result<Codes, ProjectError> {
    let Some(unit) = &section.unit else {
        let n = table.n_rows();
        return Ok(Codes {
            codes: (0..n as u32).map(Some).collect(),
            n,
        });
    };
    let cells = table.column(&unit.value)?;
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut codes = Vec::with_capacity(cells.len());
    for row in 0..cells.len() {
        let next = known.len() as u32;
        codes.push(cell_text(cells.as_ref(), row).map(|text| *known.entry(text).or_insert(next)));
    }
    Ok(Codes {
        codes,
        n: known.len(),
    })
}

/// Each row's arm by what was shown; one past the last where that is no arm's.
fn shown_of_rows(section: &ExperimentSection, table: &Table) -> Result<Option<Vec<u32>>, ProjectError> {
    let Some(agree) = &section.agree else {
        return Ok(None);
    };
    let cells = table.column(&agree.column.value)?;
    let code = |row| {
        let text = cell_text(cells.as_ref(), row);
        let arm = agree
            .shown
            .iter()
            .position(|shown| Some(&shown.value) == text.as_ref());
        arm.unwrap_or(agree.shown.len()) as u32
    };
    Ok(Some((0..cells.len()).map(code).collect()))
}

/// A column as numbers, NaN where a cell is missing.
pub(super) fn numbers(table: &Table, column: &str) -> Result<Vec<f64>, ProjectError> {
    let kind = table.kind(column).unwrap_or(Kind::Text);
    if !kind.is_numeric() && kind != Kind::Boolean {
        return Err(ProjectError::data(
            format!("column `{column}`"),
            format!("a column of {kind}"),
            "numbers",
        ));
    }
    let cells = table.column(column)?;
    let mut present = bundle::baseline::numbers(table, column)?.into_iter();
    let value = |row| if cells.is_valid(row) { present.next() } else { None };
    Ok((0..cells.len())
        .map(value)
        .map(|x| x.unwrap_or(f64::NAN))
        .collect())
}
