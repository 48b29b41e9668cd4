//! Prediction intervals as a section asks for them.

use super::target::Lesson;
use crate::ProjectError;
use crate::file::{IntervalSection, ModelSection, Problem, Project, SplitBy};
use crate::lineage::Lineage;
use bundle::intervals::{can_group, group_texts};
use bundle::{IntervalCheck, IntervalMethod, Intervals, Task};
use learn::intervals::{Grouping, Wish, fit};
use learn::{LearnError, OutOfFold};
use prepare::recipe::{Input, Recipe};
use std::ops::Range;
use table::Table;

/// Refuses intervals where no number is told, and groups that a bundle must not or cannot name.
pub(super) fn check(
    project: &Project,
    section: &ModelSection,
    lineage: &Lineage,
    task: &Task,
    rows: &Table,
) -> Result<(), ProjectError> {
    let Some(intervals) = &section.intervals else {
        return Ok(());
    };
    if IntervalMethod::of(task).is_none() {
        let found = match task {
            Task::Quantiles { .. } => "a single quantile".to_owned(),
            task => format!("a {} task", task.word()),
        };
        let expected = "a number to predict, or two quantiles of it and more";
        return Err(refuse(
            project,
            section,
            found,
            expected,
            intervals.level.span.clone(),
        ));
    }
    let fault = intervals.by.as_ref().and_then(|by| {
        let fault = group_fault(project, section, lineage, &by.value, rows)?;
        Some((by, fault))
    });
    match fault {
        None => Ok(()),
        Some((by, (found, expected))) => Err(refuse(project, section, found, expected, by.span.clone())),
    }
}

fn group_fault(
    project: &Project,
    section: &ModelSection,
    lineage: &Lineage,
    column: &str,
    rows: &Table,
) -> Option<(String, &'static str)> {
    let data = &section.data.value;
    if lineage.private(project, data).contains(column) {
        let expected = "a column that is not private: the bundle names its groups";
        return Some((format!("the private column `{column}`"), expected));
    }
    if lineage.keys(project, data).contains(column) {
        return Some((format!("the key `{column}`"), "a column that many rows share"));
    }
    let is_target = section
        .target
        .as_ref()
        .is_some_and(|target| target.value == column);
    if is_target {
        let expected = "a column that a caller sends";
        return Some((format!("the target `{column}`"), expected));
    }
    let kind = rows.kind(column)?;
    let input = Input {
        name: column.to_owned(),
        kind: kind.name().to_owned(),
    };
    let found = format!("`{column}`, a column of {kind}");
    (!can_group(&input)).then_some((found, "a column of text, truths or whole numbers"))
}

/// Lets callers send the column of groups, if the model does not ask for it anyway.
pub(super) fn ask_for_group(recipe: &mut Recipe, lesson: &Lesson<'_>) {
    let by = lesson
        .section
        .intervals
        .as_ref()
        .and_then(|intervals| intervals.by.as_ref());
    let Some(by) = by.filter(|by| recipe.inputs.iter().all(|input| input.name != by.value)) else {
        return;
    };
    if let Some(kind) = lesson.rows.kind(&by.value) {
        recipe.inputs.push(Input {
            name: by.value.clone(),
            kind: kind.name().to_owned(),
        });
    }
}

/// Intervals by what the chosen trainer said of rows that it had not learnt from; `rows` are aligned to the recipe.
pub(super) fn fitted(
    project: &Project,
    lesson: &Lesson<'_>,
    out_of_fold: &OutOfFold,
    rows: &Table,
) -> Result<Option<(Intervals, IntervalCheck)>, ProjectError> {
    let Some(IntervalSection { level, by }) = &lesson.section.intervals else {
        return Ok(None);
    };
    let groups = by.as_ref().map(|by| group_texts(rows, &by.value)).transpose()?;
    let wish = Wish {
        level: level.value,
        by: by.as_ref().zip(groups.as_ref()).map(|(by, of_row)| Grouping {
            column: &by.value,
            of_row,
        }),
        goes_forward: matches!(lesson.section.split, SplitBy::Time(_)),
    };
    match fit(out_of_fold, &lesson.target, lesson.weights.as_deref(), &wish) {
        Ok(found) => Ok(Some(found)),
        Err(LearnError::Intervals { found, needed, .. }) => Err(refuse(
            project,
            lesson.section,
            format!("{found} rows that other folds predicted"),
            &format!("at least {needed} for the level {}, by weight", level.value),
            level.span.clone(),
        )),
        Err(error) => Err(error.into()),
    }
}

fn refuse(
    project: &Project,
    section: &ModelSection,
    found: String,
    expected: &str,
    span: Range<usize>,
) -> ProjectError {
    let offender = format!("[model.{}].intervals", section.name.value);
    ProjectError::File(project.problems(vec![Problem::new(offender, found, expected, span)]))
}
