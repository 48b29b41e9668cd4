//! Folds as the section asks for them.

use super::target::{Lesson, texts};
use crate::ProjectError;
use crate::file::SplitBy;
use learn::Target;
use learn::split::{self, Fold};
use table::read::instant_of;

/// The folds and how they were made, for people.
pub(super) fn folds(lesson: &Lesson<'_>, seed: u64) -> Result<(Vec<Fold>, String), ProjectError> {
    let n = lesson.section.n_folds;
    match &lesson.section.split {
        SplitBy::Target => by_target(lesson, n, seed),
        SplitBy::Group(column) => {
            let groups: Vec<u64> = texts(&lesson.rows, &column.value)?
                .iter()
                .map(|text| stats::sketch::hash_bytes(text.as_bytes()))
                .collect();
            let folds = split::grouped(&groups, n, seed)?;
            Ok((
                folds,
                format!(
                    "{n} folds that keep each `{}` together, seed {seed}",
                    column.value
                ),
            ))
        }
        SplitBy::Time(column) => {
            let times: Option<Vec<i64>> = texts(&lesson.rows, &column.value)?
                .iter()
                .map(|text| instant_of(text))
                .collect();
            let times = times.ok_or_else(|| {
                ProjectError::data(
                    format!("the time column `{}`", column.value),
                    "a cell that is missing or no day or time",
                    "a day or time in each row",
                )
            })?;
            let folds = split::expanding(&times, n, 0)?;
            Ok((
                folds,
                format!(
                    "{n} steps forward in time along `{}`, each tested on what comes next",
                    column.value
                ),
            ))
        }
    }
}

fn by_target(lesson: &Lesson<'_>, n: usize, seed: u64) -> Result<(Vec<Fold>, String), ProjectError> {
    if let Target::Ranks { query, .. } = &lesson.target {
        let queries: Vec<u64> = query.iter().map(|&query| u64::from(query)).collect();
        let method = format!("{n} folds that keep the rows of each query together, seed {seed}");
        return Ok((split::grouped(&queries, n, seed)?, method));
    }
    let method = match &lesson.target {
        Target::Nothing(_) => format!("{n} folds of rows drawn, seed {seed}"),
        _ => format!("{n} folds with equal shares of the target, seed {seed}"),
    };
    Ok((split::stratified(&lesson.target, n, seed)?, method))
}
