//! Bundles that SQL asks: files, and versions that a project knows.

use crate::file::Project;
use crate::run::Places;
use ::query::{Model, Models};
use bundle::log::told;
use bundle::{Bundle, ScoreOptions, Scores};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::arrow::array::{Float64Array, StringArray};
use table::{Kind, Table};

/// A bundle that answers rows of a query.
#[derive(Debug)]
struct Asked(Bundle);

/// Finds models by name: a file that ends in `.bundle` (relative to the project or the current folder), or
/// `MODEL[@ALIAS or @VERSION]` of the project.
pub(super) fn models(project: Option<&Project>) -> Models {
    let known = project.map(|project| (Places::of(project), project.root()));
    Arc::new(move |name| {
        let path = match &known {
            _ if name.ends_with(".bundle") => {
                let folder = known.as_ref().map_or(Path::new(""), |(_, folder)| folder);
                Ok(folder.join(name))
            }
            Some((places, _)) => of_project(places, name),
            None => Err(format!(
                "`{name}`: found no project, expected a file that ends in .bundle; hint: --project DIR"
            )),
        }?;
        let bundle = Bundle::load(&path).map_err(|error| error.to_string())?;
        Ok(Arc::new(Asked(bundle)) as Arc<dyn Model>)
    })
}

fn of_project(places: &Places, name: &str) -> Result<PathBuf, String> {
    let registry = places
        .registry_for_reading("the query")
        .map_err(|error| error.to_string())?;
    Ok(registry.resolve(name).map_err(|error| error.to_string())?.path)
}

impl Asked {
    fn scores(&self, rows: &Table) -> Result<Scores, String> {
        self.0
            .score(rows, &ScoreOptions::default())
            .map_err(|error| error.to_string())
    }
}

impl Model for Asked {
    fn inputs(&self) -> Vec<(String, Kind)> {
        let inputs = self.0.recipe.inputs.iter();
        inputs
            .filter_map(|input| Some((input.name.clone(), input.kind()?)))
            .collect()
    }

    fn decides(&self) -> bool {
        !self.0.task.classes().is_empty()
    }

    // a row that breaks a declared rule is told nothing of, as in batch scoring it is set apart
    fn predict(&self, rows: &Table) -> Result<Float64Array, String> {
        let scores = self.scores(rows)?;
        let answers = told(&self.0.task, &scores).answers;
        let answers = answers.into_iter().zip(scores.kept());
        Ok(answers
            .map(|(answer, is_kept)| is_kept.then_some(answer))
            .collect())
    }

    fn decide(&self, rows: &Table) -> Result<StringArray, String> {
        let scores = self.scores(rows)?;
        let decisions = told(&self.0.task, &scores).decisions;
        let decisions = decisions.into_iter().zip(scores.kept());
        Ok(decisions
            .map(|(decision, is_kept)| decision.filter(|_| is_kept))
            .collect())
    }
}
