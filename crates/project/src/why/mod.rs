//! *Why did the number change?* Asked of a project's table or of files at hand, told as a section of a story.

mod asked;
mod period;
mod record;
mod tell;

pub use asked::{Asked, MetricWord};
pub use period::Periods;
pub use record::{ChangeRecord, EffectRecord, FindingRecord, LevelRecord, PeriodRecord, ShiftRecord};
pub use tell::{answer, charts, effect_words, page, section};

use crate::ProjectError;
use crate::file::{Problem, Project, WhySection};
use crate::lineage::Lineage;
use crate::question::Refusal;
use crate::records::from_json;
use crate::run::{Places, check_tables, healing};
use crate::{Clock, columns, steps};
use profile::why::{WhyError, why, why_between};
use std::collections::BTreeSet;
use table::Table;
use workflow::{Observer, Outcome, Store};

/// Asks of one table, or of two where `before` is the other.
///
/// # Errors
/// What the caller makes of a [`Refusal`] by `refuse`; [`ProjectError`] where the metric or its columns cannot be asked about.
pub fn ask(
    asked: &Asked,
    name: &str,
    ask: Option<&str>,
    table: &Table,
    before: Option<&Table>,
    refuse: &dyn Fn(Refusal) -> ProjectError,
) -> Result<ChangeRecord, ProjectError> {
    let metric = asked.metric().map_err(refuse)?;
    asked.check_columns().map_err(refuse)?;
    let found = match (before, &asked.periods) {
        (Some(before), None) => why_between(before, table, &metric, &asked.options)?,
        (None, Some(periods)) => {
            let of_rows = periods.of(table).map_err(refuse)?;
            let mut options = asked.options.clone();
            options.exclude.push(periods.by.clone());
            why(table, &of_rows, &metric, &options)?
        }
        (Some(_), Some(_)) => {
            return Err(refuse(Refusal {
                key: "by",
                found: "another table and periods of this one".to_owned(),
                expected: "one of them".to_owned(),
            }));
        }
        (None, None) => {
            return Err(refuse(Refusal {
                key: "by",
                found: "no column".to_owned(),
                expected: "the column that tells the periods or groups apart, or another table".to_owned(),
            }));
        }
    };
    if [found.before.metric.value, found.after.metric.value]
        .iter()
        .any(|value| !value.is_finite())
    {
        return Err(refuse(Refusal {
            key: "of",
            found: "numbers whose sum is not finite".to_owned(),
            expected: "numbers that can be added up".to_owned(),
        }));
    }
    let sentence = ask.map_or_else(|| asked.sentence(), str::to_owned);
    Ok(ChangeRecord::new(name, &sentence, asked, &found))
}

/// The private columns of all tables that a section is about.
pub(crate) fn private(project: &Project, section: &WhySection, lineage: &Lineage) -> BTreeSet<String> {
    let tables = [Some(&section.data), section.before_data.as_ref()];
    let private = |name: &crate::file::Located<String>| lineage.private(project, &name.value);
    tables.into_iter().flatten().flat_map(private).collect()
}

/// Asks one section of a project; private columns are never looked at.
pub(crate) fn of_section(
    project: &Project,
    section: &WhySection,
    lineage: &Lineage,
    table: &Table,
    before: Option<&Table>,
) -> Result<ChangeRecord, ProjectError> {
    let mut asked = section.asked.clone();
    let private = private(project, section, lineage);
    let named = [
        ("by", asked.periods.as_ref().map(|periods| &periods.by)),
        (
            "of",
            asked.of.as_ref().filter(|_| asked.metric == MetricWord::Rate),
        ),
    ];
    let hidden = named
        .into_iter()
        .find(|(_, column)| column.is_some_and(|column| private.contains(column)));
    let dimension = asked
        .options
        .dimensions
        .iter()
        .find(|column| private.contains(*column));
    let hidden = hidden.map(|(key, _)| key).or(dimension.map(|_| "dimensions"));
    if let Some(key) = hidden {
        let offender = format!("[why.{}].{key}", section.name.value);
        let expected = "a column whose values may be told";
        let problem = Problem::new(offender, "a private column", expected, section.place(key));
        return Err(ProjectError::File(project.problems(vec![problem])));
    }
    asked.options.exclude.extend(private);
    asked.options.seed = project.seed;
    asked.options.n_threads = project.n_threads;
    let refuse = |Refusal { key, found, expected }: Refusal| {
        let offender = format!("[why.{}].{key}", section.name.value);
        let problem = Problem::new(offender, found, expected, section.place(key));
        ProjectError::File(project.problems(vec![problem]))
    };
    ask(
        &asked,
        &section.name.value,
        Some(&section.ask),
        table,
        before,
        &refuse,
    )
}

/// Asks the sections `[why.*]` of a project called `names`, all of them if there is none, in the order of the file.
///
/// # Errors
/// [`ProjectError::NoSuchSection`] with the nearest name; [`ProjectError`].
pub fn of_project(
    project: &Project,
    names: &[String],
    observer: &dyn Observer,
    clock: &dyn Clock,
) -> Result<Vec<ChangeRecord>, ProjectError> {
    let known: Vec<&str> = project
        .changes
        .iter()
        .map(|section| section.name.value.as_str())
        .collect();
    let missing = names.iter().find(|name| !known.contains(&name.as_str()));
    if missing.is_some() || known.is_empty() {
        return Err(ProjectError::NoSuchSection {
            kind: "why",
            found: match known.is_empty() {
                true => "no `[why.*]`".to_owned(),
                false => table::quoted_list(known.iter().copied(), 12),
            },
            nearest: missing
                .and_then(|name| table::nearest(name, known.iter().copied()))
                .map(str::to_owned),
            name: missing.cloned(),
        });
    }
    let mut records = healing(|| once(project, observer, clock))?;
    records.retain(|record| names.is_empty() || names.contains(&record.name));
    Ok(records)
}

fn once(
    project: &Project,
    observer: &dyn Observer,
    clock: &dyn Clock,
) -> Result<Vec<ChangeRecord>, ProjectError> {
    let store = Store::new(&Places::of(project).cache());
    let tables = steps::tables(project)?.run(&store, observer)?;
    let lineage = Lineage::of(project, &tables)?;
    columns::check(project, &lineage)?;
    check_tables(project, &tables, clock.now_micros())?;
    let outcome = steps::changes(project, &lineage)?.run(&store, observer)?;
    answers(project, &outcome)
}

/// What the steps left.
pub(crate) fn answers(project: &Project, outcome: &Outcome) -> Result<Vec<ChangeRecord>, ProjectError> {
    let read = |section: &WhySection| -> Result<ChangeRecord, ProjectError> {
        let step = steps::change_step(section);
        Ok(from_json(&outcome.read(&step, "record")?, &step)?)
    };
    project.changes.iter().map(read).collect()
}

impl From<WhyError> for ProjectError {
    fn from(error: WhyError) -> ProjectError {
        match error {
            WhyError::Table(error) => error.into(),
            error => ProjectError::Why(error),
        }
    }
}
