//! Tables too large to be held at once.

use prepare::{FeatureColumn, Features};

use crate::LearnError;

/// A table that comes part after part, the same each time that it is gone through.
///
/// Only one part is held at a time: what a training keeps is a byte a cell.
pub trait Parts: Sync {
    /// The columns without rows: which are numbers, which categories, and of how many levels.
    fn columns(&self) -> Features;

    /// Hands out the parts in the order of rows; what `take` refuses ends it.
    ///
    /// # Errors
    /// What `take` says, or why a part cannot be had.
    fn each(&self, take: &mut dyn FnMut(&Features) -> Result<(), LearnError>) -> Result<(), LearnError>;
}

/// Goes through the parts with the number of the first row of each, and checks them on the way.
pub(crate) fn go_through(
    parts: &dyn Parts,
    n_rows: usize,
    mut take: impl FnMut(usize, &Features),
) -> Result<(), LearnError> {
    let columns = parts.columns().columns;
    let mut first = 0;
    parts.each(&mut |part: &Features| {
        check(part, &columns, first)?;
        if n_rows < first + part.n_rows {
            return Err(too_many(first + part.n_rows, n_rows));
        }
        take(first, part);
        first += part.n_rows;
        Ok(())
    })?;
    match first == n_rows {
        true => Ok(()),
        false => Err(too_many(first, n_rows)),
    }
}

fn too_many(found: usize, expected: usize) -> LearnError {
    LearnError::Parts {
        problem: format!("have {found} rows together, expected {expected}, as the target has"),
    }
}

fn check(part: &Features, columns: &[FeatureColumn], first: usize) -> Result<(), LearnError> {
    let problem = |problem: String| Err(LearnError::Parts { problem });
    if part.columns.len() != columns.len() {
        let (found, expected) = (part.columns.len(), columns.len());
        return problem(format!(
            "have {found} columns from row {first} on, expected {expected}"
        ));
    }
    for (number, (column, known)) in part.columns.iter().zip(columns).enumerate() {
        if column.len() != part.n_rows || kind(column) != kind(known) {
            let (found, expected) = (kind(column), kind(known));
            let n_rows = part.n_rows;
            return problem(format!(
                "have {found} of {} rows in column {number} from row {first} on, expected {expected} of {n_rows}",
                column.len(),
            ));
        }
        crate::trainer::check_column(column, first)?;
    }
    Ok(())
}

fn kind(column: &FeatureColumn) -> String {
    match column {
        FeatureColumn::Number(_) => "numbers".to_owned(),
        FeatureColumn::Category { n_levels, .. } => format!("codes of {n_levels} levels"),
    }
}
