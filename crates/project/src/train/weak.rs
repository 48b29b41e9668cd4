//! Where the chosen candidate was weak on the rows that folds kept from it.

use super::evaluate::OutOfFoldRecord;
use super::target::Lesson;
use crate::ProjectError;
use crate::file::SplitBy;
use crate::weak::{FEWEST_ROWS, WeakOptions, WeakRecord, of_margins};
use bundle::{Bundle, Task};

/// The weak slices of the rows that were tested; none where rows have no truth of their own, or are too few.
///
/// Rows count by the model's weights, and those of one group, which stay in one fold, may move together.
///
/// Probabilities are those of the bundle's calibration, whose two numbers were fitted on all of these rows.
pub(crate) fn weak_of_folds(
    lesson: &Lesson<'_>,
    bundle: &Bundle,
    records: &[(String, OutOfFoldRecord)],
    private: &[String],
) -> Result<Option<WeakRecord>, ProjectError> {
    let chosen = records.iter().find(|(name, _)| *name == bundle.lineage.trainer);
    let Some((_, record)) = chosen.filter(|_| !matches!(bundle.task, Task::Ranking { .. } | Task::Anomaly))
    else {
        return Ok(None);
    };
    let per_row: Vec<Option<Vec<f64>>> = record
        .margins
        .chunks_exact(record.n_outputs.max(1))
        .map(|row| row.iter().copied().collect())
        .collect();
    let tested: Vec<usize> = (0..per_row.len()).filter(|row| per_row[*row].is_some()).collect();
    if tested.len() < FEWEST_ROWS {
        return Ok(None);
    }
    let margins: Vec<f64> = per_row.into_iter().flatten().flatten().collect();
    let cluster = match &lesson.section.split {
        SplitBy::Group(column) => Some(column.value.clone()),
        _ => None,
    };
    let options = WeakOptions {
        exclude: private.to_vec(),
        weight: lesson.section.weight.as_ref().map(|column| column.value.clone()),
        cluster,
        ..WeakOptions::default()
    };
    let mut found = of_margins(bundle, &lesson.rows.take(&tested)?, &margins, &options)?;
    found.held_out = true;
    Ok(Some(found))
}
