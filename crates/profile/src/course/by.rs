//! The course in each level of a column.

use super::Series;
use super::grid::{Grid, Raw};
use crate::ColumnProfile;
use crate::pass::{Level, Pass};
use crate::work::in_order;

/// Levels told.
const MOST_LEVELS: usize = 20;

/// The course in each of the most frequent levels of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ByLevel {
    /// The column.
    pub column: String,
    /// Its levels, most frequent first, at most 20; rows without a level are in none.
    pub levels: Vec<LevelCourse>,
    /// Levels that are not told; at least so many where [`ByLevel::is_cut`].
    pub n_left_out: u64,
    /// Whether there were more levels than could be followed: one that came late may be more frequent than those told.
    pub is_cut: bool,
    /// Columns of numbers that were not followed.
    pub n_columns_left_out: usize,
}

/// The course in one level.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelCourse {
    /// The level.
    pub name: String,
    /// Its rows.
    pub n_rows: u64,
    /// Its rows by stretch, then columns of numbers, as in [`Course::series`](super::Course::series); their trends, changes and
    /// odd stretches hold for all series of the table and of all levels together.
    pub series: Vec<Series>,
}

impl ByLevel {
    /// What each series shows by itself, not yet held together.
    pub(super) fn of(
        grid: &Grid,
        pass: &Pass,
        columns: &[ColumnProfile],
        level: f64,
        n_threads: usize,
    ) -> Option<ByLevel> {
        let levels = pass.levels.as_ref()?;
        let told: Vec<&Level> = levels.in_order().into_iter().take(MOST_LEVELS).collect();
        let raw: Vec<(usize, Raw)> = told
            .iter()
            .enumerate()
            .flat_map(|(at, level)| {
                let series = grid.series_of(level, levels, columns);
                series.into_iter().map(move |raw| (at, raw))
            })
            .collect();
        let found = in_order(&raw, n_threads, |(at, (column, values))| {
            (*at, Series::of(column.clone(), values, level))
        });
        let course = |level: &&Level| LevelCourse {
            name: level.name.clone(),
            n_rows: level.n_rows,
            series: Vec::new(),
        };
        let mut by = ByLevel {
            column: pass.columns[levels.column].name.clone(),
            levels: told.iter().map(course).collect(),
            n_left_out: (levels.in_order().len() - told.len()) as u64 + levels.n_left(),
            is_cut: 0 < levels.n_left(),
            n_columns_left_out: levels.n_columns_left,
        };
        found
            .into_iter()
            .for_each(|(at, series)| by.levels[at].series.push(series));
        Some(by)
    }
}
