//! The trainers that are tried for a section.

use super::target::Lesson;
use crate::ProjectError;
use crate::continuing::{Obstacle, check_loss};
use crate::file::{ModelSection, Problem, Project, TaskWord};
use learn::Trainer;
use learn::trainers::{Fault, Made, find};

/// The trainers by name: the one asked for, or all that are tried for such a task.
pub(crate) fn candidates(section: &ModelSection) -> Vec<&str> {
    match (&section.trainer, section.task) {
        (Some(trainer), _) => vec![&trainer.value],
        (None, Some(TaskWord::Anomaly)) => vec!["isolation"],
        (None, _) if section.continue_from.is_some() => vec!["boost"],
        (None, Some(TaskWord::Ranking)) => vec!["boost", "baseline"],
        // Other trainers tell no quantiles.
        (None, _) if !levels(section).is_empty() => vec!["boost"],
        (None, _) => vec!["boost", "linear", "baseline"],
    }
}

/// The levels of the quantiles that the section's trainer tells; none if it tells none.
pub(crate) fn levels(section: &ModelSection) -> Vec<f64> {
    let made = made(section, asked(section), &[]);
    made.map_or(Vec::new(), |made| made.trainer.levels().to_vec())
}

/// A trainer, and all its parameters as texts.
pub(super) type Candidate = (Box<dyn Trainer>, Vec<(String, String)>);

/// The trainer called `name` with the section's parameters, and all its parameters as texts; it goes on from the bundle
/// that the lesson goes on from.
pub(super) fn trainer(project: &Project, lesson: &Lesson<'_>, name: &str) -> Result<Candidate, ProjectError> {
    let section = lesson.section;
    let decided = if name == "boost" { &lesson.decided[..] } else { &[] };
    let Made { trainer, values } = made(section, name, decided).map_err(|fault| {
        let at_fault = fault
            .position
            .and_then(|position| Some(&section.params.get(position)?.0));
        let problem = Problem::new(
            format!("[model.{}.params]", section.name.value),
            fault.error.to_string(),
            format!("a known parameter of `{name}` within its range"),
            at_fault.map_or(section.name.span.clone(), |key| key.span.clone()),
        );
        ProjectError::File(project.problems(vec![problem]))
    })?;
    let parameters = find(name).map_or(&[][..], |spec| spec.parameters);
    let parameters = named(parameters, &values);
    let Some(before) = &lesson.before else {
        return Ok((trainer, parameters));
    };
    let link = trainer.link(&lesson.target);
    check_loss(before, link, &parameters, "params = { loss = ... }").map_err(
        |Obstacle { found, expected }| {
            let offender = format!("[model.{}].continue_from", section.name.value);
            let from = section.continue_from.as_ref();
            let span = from.map_or(&section.name.span, |from| &from.span);
            ProjectError::File(project.problems(vec![Problem::new(offender, found, expected, span.clone())]))
        },
    )?;
    Ok((trainer.after(&before.model)?, parameters))
}

/// The trainer that a section's parameters belong to.
pub(super) fn asked(section: &ModelSection) -> &str {
    match (&section.trainer, section.task) {
        (Some(trainer), _) => &trainer.value,
        (None, Some(TaskWord::Anomaly)) => "isolation",
        (None, _) => "boost",
    }
}

/// A trainer with the section's parameters, if they are its own, and those that a search decided.
fn made(section: &ModelSection, name: &str, decided: &[(String, learn::Value)]) -> Result<Made, Fault> {
    let params = if asked(section) == name {
        section.params.as_slice()
    } else {
        &[]
    };
    let settings: Vec<(&str, &learn::Value)> = params
        .iter()
        .map(|(key, value)| (key.value.as_str(), value))
        .chain(decided.iter().map(|(name, value)| (name.as_str(), value)))
        .collect();
    let spec = find(name).expect("names are checked when the file is read");
    spec.make(&settings)
}

/// The names of a recipe's features.
pub(crate) fn names(recipe: &prepare::recipe::Recipe) -> Vec<String> {
    recipe
        .features
        .iter()
        .map(|feature| feature.name.clone())
        .collect()
}

/// All parameters as texts, by name.
pub(crate) fn named(parameters: &[learn::Parameter], values: &[learn::Value]) -> Vec<(String, String)> {
    let text = |value: &learn::Value| match value {
        learn::Value::Text(word) => word.clone(),
        value => value.to_string(),
    };
    parameters
        .iter()
        .zip(values)
        .map(|(parameter, value)| (parameter.name.to_owned(), text(value)))
        .collect()
}
