//! The trainers that are tried for a section.

use crate::ProjectError;
use crate::file::{ModelSection, Problem, Project};
use learn::{Baseline, ParameterError, Trainer, boost, linear};

/// The trainers by name: the one asked for, or all three.
pub(crate) fn candidates(section: &ModelSection) -> Vec<&'static str> {
    match section.trainer.as_ref().map(|trainer| trainer.value.as_str()) {
        Some("boost") => vec!["boost"],
        Some("linear") => vec!["linear"],
        Some("baseline") => vec!["baseline"],
        _ => vec!["boost", "linear", "baseline"],
    }
}

/// A trainer, and all its parameters as texts.
pub(super) type Candidate = (Box<dyn Trainer>, Vec<(String, String)>);

/// The trainer called `name` with the section's parameters, and all its parameters as texts.
///
/// With several candidates, parameters belong to `boost`.
pub(super) fn trainer(
    project: &Project,
    section: &ModelSection,
    name: &str,
) -> Result<Candidate, ProjectError> {
    let asked = section
        .trainer
        .as_ref()
        .map_or("boost", |trainer| trainer.value.as_str());
    let params = if asked == name {
        section.params.as_slice()
    } else {
        &[]
    };
    let refuse = |span: std::ops::Range<usize>, error: &ParameterError| {
        let problem = Problem::new(
            format!("[model.{}.params]", section.name.value),
            error.to_string(),
            "a known parameter within its range",
            span,
        );
        ProjectError::File(project.problems(vec![problem]))
    };
    let whole = section.name.span.clone();
    match name {
        "boost" => {
            let mut settings = boost::Params::default();
            for (key, value) in params {
                settings
                    .set(&key.value, value)
                    .map_err(|error| refuse(key.span.clone(), &error))?;
            }
            let texts = named(boost::Params::PARAMETERS, &settings.values());
            Ok((
                Box::new(settings.check().map_err(|error| refuse(whole, &error))?),
                texts,
            ))
        }
        "linear" => {
            let mut settings = linear::Params::default();
            for (key, value) in params {
                settings
                    .set(&key.value, value)
                    .map_err(|error| refuse(key.span.clone(), &error))?;
            }
            let texts = named(linear::Params::PARAMETERS, &settings.values());
            Ok((
                Box::new(settings.check().map_err(|error| refuse(whole, &error))?),
                texts,
            ))
        }
        _ => match params.first() {
            Some((key, _)) => {
                let problem = Problem::new(
                    format!("[model.{}.params]", section.name.value),
                    format!("`{}`", key.value),
                    "no parameter for `baseline`",
                    key.span.clone(),
                );
                Err(ProjectError::File(project.problems(vec![problem])))
            }
            None => Ok((Box::new(Baseline), Vec::new())),
        },
    }
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
