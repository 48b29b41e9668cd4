//! *What is in this file, and can I trust it?* A profile of a table as a page, as lines of a terminal, as JSON.

mod card;
mod course;
mod differences;
mod page;
mod personal;
mod pictures;
mod plan;
mod proposal;
mod record;
mod write;

pub use course::told;
pub use differences::difference;
pub use write::append;

use crate::ProjectError;
use profile::course::Link;
use profile::{ColumnProfile, Comparison, Meaning, Options, Profile, Profiler};
use report::{Format, format_count, format_number, format_percent};
use std::path::{Path, PathBuf};
use table::read::Blocks;
use table::{Complaints, Kind, Table, TableError};

/// What was found in a table, and in what it differs from another.
#[derive(Clone, Debug)]
pub struct Explored {
    /// What was looked at, such as the file's name.
    pub name: String,
    /// What the table holds.
    pub profile: Profile,
    /// Which segments stand behind the surest changes and odd stretches of its course; `None` where rows came in several parts,
    /// of which none is held.
    pub links: Option<Vec<Link>>,
    /// The file, where one was read.
    pub source: Option<PathBuf>,
    /// What was asked.
    pub asked: Options,
    /// What was found out while reading, one sentence each.
    pub guesses: Vec<String>,
    /// What was repaired while reading.
    pub complaints: Complaints,
    /// In what the table differs from another: the other's name and the differences, the other being the first.
    pub against: Option<(String, Comparison)>,
}

/// A table to be explored, with its name.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    rows: Rows,
}

#[derive(Clone, Debug)]
enum Rows {
    Held(Table),
    File(PathBuf, table::read::Options),
}

impl Source {
    /// A table at hand.
    #[must_use]
    pub fn of(name: &str, table: Table) -> Source {
        Source {
            name: name.to_owned(),
            rows: Rows::Held(table),
        }
    }

    /// A file, or what a URI names, which is read when it is explored: at once where it is small, else block by block.
    #[must_use]
    pub fn open(path: &Path, options: &table::read::Options) -> Source {
        Source {
            name: crate::sources::title(path),
            rows: Rows::File(path.to_owned(), options.clone()),
        }
    }

    /// One pass over the rows; `progress` is told how many there have been.
    fn pass(&self, options: &Options, progress: &dyn Fn(u64)) -> Result<Passed, ProjectError> {
        // a file without a part is refused, so that this one never answers
        let mut profiler = Profiler::new(&[], &Options::default())?;
        let mut rows = None;
        let mut take = |part: Part| -> Result<(), ProjectError> {
            match part {
                Part::Columns(columns) => (profiler, rows) = (Profiler::new(&columns, options)?, None),
                Part::Rows(table) => {
                    let is_first = profiler.n_rows() == 0;
                    profiler.see(table.batch())?;
                    progress(profiler.n_rows());
                    rows = is_first.then_some(table);
                }
            }
            Ok(())
        };
        let read = match &self.rows {
            Rows::Held(table) => {
                take(Part::Columns(table.columns()))?;
                take(Part::Rows(table.clone()))?;
                Blocks::default()
            }
            Rows::File(path, options) => {
                let local = query::source::Source::of_path(path)?.fetch(options)?;
                beside(&local, options, &mut take)?
            }
        };
        Ok(Passed { profiler, read, rows })
    }
}

/// What a pass over the rows leaves.
struct Passed {
    profiler: Profiler,
    read: Blocks,
    /// All rows, where they came in one part.
    rows: Option<Table>,
}

/// A part of a file.
enum Part {
    /// What its columns are; all rows begin anew.
    Columns(Vec<(String, Kind)>),
    /// The next rows.
    Rows(Table),
}

/// Reads a file on a thread of its own, a block ahead of whoever takes its parts.
fn beside(
    local: &query::source::Local,
    options: &table::read::Options,
    take: &mut dyn FnMut(Part) -> Result<(), ProjectError>,
) -> Result<Blocks, ProjectError> {
    std::thread::scope(|scope| {
        let (parts, received) = std::sync::mpsc::sync_channel(1);
        let reader = scope.spawn(move || {
            let send = |part| parts.send(part).map_err(|_| Unread::Unwanted);
            local.in_blocks(
                options,
                |columns| send(Part::Columns(columns.to_vec())),
                |table| send(Part::Rows(table.clone())),
            )
        });
        let taken = received.into_iter().try_for_each(take);
        let read = reader
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken?;
        match read {
            Ok(read) => Ok(read),
            Err(Unread::Refused(error)) => Err(error.into()),
            Err(Unread::Unwanted) => Ok(Blocks::default()),
        }
    })
}

/// Why a file was not read to its end.
enum Unread {
    Refused(TableError),
    /// Nobody takes its parts any more, for a reason that is told there.
    Unwanted,
}

impl From<TableError> for Unread {
    fn from(error: TableError) -> Unread {
        Unread::Refused(error)
    }
}

/// Explores a table, beside another where there is one; `progress` is told how many rows have been seen.
///
/// # Errors
/// [`ProjectError::Table`]: a file cannot be read; [`ProjectError::Profile`]: the target or key is no column, or the target
/// has no values.
pub fn explore(
    source: &Source,
    against: Option<&Source>,
    options: &Options,
    progress: &dyn Fn(u64),
) -> Result<Explored, ProjectError> {
    let passed = source.pass(options, progress)?;
    let against = match against {
        None => None,
        Some(other) => {
            let plain = Options {
                target: None,
                key: None,
                time: None,
                by: None,
                ..options.clone()
            };
            let before = other.pass(&plain, progress)?.profiler;
            Some((
                other.name.clone(),
                profile::compare(&before, &passed.profiler, options.level)?,
            ))
        }
    };
    let profile = passed.profiler.finish()?;
    let links = match (&profile.course, &passed.rows) {
        (Some(course), Some(rows)) => Some(course.links(rows, options.level, options.n_threads.max(1))),
        (Some(_), None) => None,
        (None, _) => Some(Vec::new()),
    };
    Ok(Explored {
        name: source.name.clone(),
        source: match &source.rows {
            Rows::File(path, _) => Some(path.clone()),
            Rows::Held(_) => None,
        },
        asked: options.clone(),
        guesses: guesses(passed.read.guesses, &profile, options),
        links,
        profile,
        complaints: passed.read.complaints,
        against,
    })
}

/// What was found out while reading, and why there is no course of levels where one was asked for.
fn guesses(mut read: Vec<String>, profile: &Profile, options: &Options) -> Vec<String> {
    if let (Some(by), None) = (&options.by, &profile.course) {
        read.push(format!(
            "no course by `{by}`: there are too few stretches of time, expected 24 days, weeks or months and more"
        ));
    }
    read
}

impl Explored {
    /// The findings as one HTML page.
    #[must_use]
    pub fn to_html(&self) -> String {
        page::page(self).to_html()
    }

    /// The pictures of the page, each with a name of its own, columns first.
    #[must_use]
    pub fn charts(&self) -> Vec<(String, report::Chart)> {
        pictures::all(self)
    }

    /// The findings for machines; numbers that are not finite are null.
    #[must_use]
    pub fn as_json(&self) -> serde_json::Value {
        record::as_json(self)
    }

    /// The lines of a project file that hold the table to what it is today, under this name: to be read and changed.
    #[must_use]
    pub fn plan(&self, name: &str) -> String {
        let rules = plan::expect(&self.profile, name, &plan::Spared::default());
        match plan::renamed(&self.complaints).as_slice() {
            [] => rules,
            renamed => {
                let names = table::quoted_list(renamed.iter().map(String::as_str), 5);
                format!(
                    "# {names}: the file has the name without its number more than once; [data.{}] needs `renames = true`\n{rules}",
                    plan::key(name)
                )
            }
        }
    }

    /// A whole plan, which `spanwise run` takes as it stands: `[data.NAME]` with what had to be found out of the file at
    /// `source`, `[expect.NAME]`, and `[model.NAME]` where there is a target; reasons stand beside as comments.
    ///
    /// Values of columns that look private are not told, nor are levels seen fewer than 10 times.
    #[must_use]
    pub fn whole_plan(&self, name: &str, source: &str) -> String {
        proposal::propose(self, name, source)
    }
}

/// A column's values in a few words: range and median of numbers and days, frequent levels, forms of texts.
#[must_use]
pub fn spread(column: &ColumnProfile) -> String {
    let format = format_of(column);
    match (&column.numbers, &column.levels, &column.texts) {
        (Some(numbers), ..) if column.meaning != Meaning::Flag => format!(
            "{} to {}, median {}",
            format.value(numbers.min),
            format.value(numbers.max),
            format.value(numbers.quantiles[3])
        ),
        (_, Some(levels), _) => {
            let short = |text: &str| match text.chars().count() {
                0..=24 => text.to_owned(),
                _ => format!("{}…", text.chars().take(23).collect::<String>()),
            };
            let share =
                |count: u64| format_percent(count as f64 / (column.n - column.n_missing).max(1) as f64);
            let top = levels
                .top
                .iter()
                .take(3)
                .map(|(text, count)| format!("{} {}", short(text), share(*count)));
            top.collect::<Vec<_>>().join(", ")
        }
        (_, None, Some(texts)) => match texts.forms.first() {
            Some((form, share)) if *share > 0.5 => format!("like {form}"),
            _ => format!(
                "texts of {} to {} bytes",
                format_count(texts.shortest as u64),
                format_count(texts.longest as u64)
            ),
        },
        _ => String::new(),
    }
}

/// How a column's numbers are written.
pub(super) fn format_of(column: &ColumnProfile) -> Format {
    match column.kind {
        Kind::Date | Kind::Time => Format::Date,
        _ => Format::Number,
    }
}

/// An estimate of a count: `about 1.2m (1.1m to 1.3m)`, or the count itself where it is exact.
#[must_use]
pub fn count(estimate: stats::Estimate) -> String {
    if estimate.low == estimate.high {
        return format_count(estimate.value.round() as u64);
    }
    format!(
        "about {} ({} to {})",
        format_number(estimate.value.round()),
        format_number(estimate.low.round()),
        format_number(estimate.high.round())
    )
}
