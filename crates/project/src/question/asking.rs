//! Asking the questions of a project, without its models.

use super::{QuestionRecord, correct};
use crate::file::Project;
use crate::lineage::Lineage;
use crate::records::from_json;
use crate::run::{Places, check_tables, healing};
use crate::{Clock, ProjectError, columns, steps};
use workflow::{Observer, Outcome, Store};

/// Answers the questions of a project called `names`, all of them if there is none, in the order of the file.
///
/// Tables are made first if they are not known. P-values are corrected over all questions of the project, as by
/// [`run`](crate::run()), whichever are told.
///
/// # Errors
/// [`ProjectError::NoSuchSection`] with the nearest name; [`ProjectError`].
pub fn of_project(
    project: &Project,
    names: &[String],
    observer: &dyn Observer,
    clock: &dyn Clock,
) -> Result<Vec<QuestionRecord>, ProjectError> {
    check_names(project, names)?;
    let mut records = healing(|| once(project, observer, clock))?;
    records.retain(|record| names.is_empty() || names.contains(&record.name));
    Ok(records)
}

fn check_names(project: &Project, names: &[String]) -> Result<(), ProjectError> {
    let known = || {
        project
            .questions
            .iter()
            .map(|question| question.name.value.as_str())
    };
    let missing = names
        .iter()
        .find(|name| known().all(|known| known != name.as_str()));
    let name = match missing {
        Some(name) => Some(name.clone()),
        None if project.questions.is_empty() => None,
        None => return Ok(()),
    };
    Err(ProjectError::NoSuchSection {
        kind: "question",
        found: match known().next() {
            Some(_) => table::quoted_list(known(), 12),
            None => "no `[question.*]`".to_owned(),
        },
        nearest: name
            .as_deref()
            .and_then(|name| table::nearest(name, known()))
            .map(str::to_owned),
        name,
    })
}

fn once(
    project: &Project,
    observer: &dyn Observer,
    clock: &dyn Clock,
) -> Result<Vec<QuestionRecord>, ProjectError> {
    let store = Store::new(&Places::of(project).cache());
    let tables = steps::tables(project)?.run(&store, observer)?;
    let lineage = Lineage::of(project, &tables)?;
    columns::check(project, &lineage)?;
    check_tables(project, &tables, clock.now_micros())?;
    let outcome = steps::questions(project, &lineage)?.run(&store, observer)?;
    answers(project, &outcome)
}

/// What the steps left, with p-values corrected over all questions.
pub(crate) fn answers(project: &Project, outcome: &Outcome) -> Result<Vec<QuestionRecord>, ProjectError> {
    let read = |question| -> Result<QuestionRecord, ProjectError> {
        let step = steps::question_step(question);
        Ok(from_json(&outcome.read(&step, "record")?, &step)?)
    };
    let mut records: Vec<QuestionRecord> = project.questions.iter().map(read).collect::<Result<_, _>>()?;
    correct(&mut records)?;
    Ok(records)
}
