//! *What does the model look at, and what does it make of it?* Contributions of all features over the rows of a table, and
//! how answers go with the main ones.

mod effects;
mod gather;
mod pictures;
mod record;
mod tell;

pub use gather::{Contributed, contributed};
pub(crate) use pictures::summary;
pub use pictures::{accumulated, charts, contributions, importance, partial};
pub use record::{
    BinRecord, BoxRecord, CellsRecord, CloseRecord, EffectRecord, ExplainRecord, FeatureRecord,
};
pub use tell::{answer, lines, page};

use crate::ProjectError;
use bundle::{Bundle, Explanation, ScoreOptions, Stop, Task};
use effects::{Ask, answer_words, effect, output};
use prepare::Features;
use prepare::contract::{Action, check_rows};
use table::Table;

/// Rows that are explained; more are thinned evenly.
pub const MOST_ROWS: usize = 2000;

/// What to look at.
#[derive(Clone, Debug)]
pub struct ExplainOptions {
    /// Features to look at closely; the `n_features` strongest if empty.
    pub features: Vec<String>,
    /// How many features to look at closely where none are named.
    pub n_features: usize,
    /// The class or the level of a quantile whose answers are explained; the first if `None`.
    pub output: Option<String>,
    /// The confidence level of the intervals.
    pub level: f64,
    /// Threads for scoring; results do not depend on it.
    pub n_threads: usize,
}

impl Default for ExplainOptions {
    fn default() -> ExplainOptions {
        ExplainOptions {
            features: Vec::new(),
            n_features: 5,
            output: None,
            level: 0.95,
            n_threads: 1,
        }
    }
}

/// Explains a model by the rows of `table` that keep its contract, at most 2,000 of them, evenly taken.
///
/// Contributions are exact Shapley values of the margin; accumulated local effects and partial dependence are told in the
/// unit of the answers: the probability of the positive class or of `output`, the number, the score. Values of private
/// columns, and of what is made from them, are not shown.
///
/// # Errors
/// [`ProjectError::Data`]: a feature or an output that there is not, fewer than two rows, a level out of range; else as
/// [`Bundle::score`]; [`ModelError::Stopped`](bundle::ModelError::Stopped).
pub fn explain(
    bundle: &Bundle,
    table: &Table,
    options: &ExplainOptions,
    stop: Stop<'_>,
) -> Result<ExplainRecord, ProjectError> {
    if !(0.0 < options.level && options.level < 1.0) {
        let expected = "a number above 0 and below 1, such as 0.95";
        return Err(ProjectError::data("`level`", options.level.to_string(), expected));
    }
    check_features(bundle, &options.features)?;
    let output = output(bundle, options.output.as_deref())?;
    let (features, n_broken) = rows(bundle, table)?;
    let scoring = ScoreOptions {
        n_threads: options.n_threads.max(1),
        ..ScoreOptions::default()
    };
    let found = bundle.explain_until(&features, &scoring, stop)?;
    let margins = bundle.margins_until(&features, &scoring, stop)?;
    let ask = Ask {
        bundle,
        output,
        scoring,
        stop,
    };
    let answers = ask.answers_at(&margins);
    let mut record = ExplainRecord {
        model: bundle.name.clone(),
        target: bundle.task.target().to_owned(),
        answer: answer_words(&bundle.task, output),
        is_share: matches!(bundle.task, Task::Binary { .. } | Task::Classes { .. }),
        level: options.level,
        n_rows: table.n_rows() as u64 - n_broken,
        n_explained: features.n_rows as u64,
        n_broken,
        mean: stats::sum::mean(&answers),
        features: contributed(&all_of(bundle, &features, &found, output), options.level)?,
    };
    look_closely(&mut record, &ask, &features, options)?;
    Ok(record)
}

/// The features of a bundle by their contributions to the first margin over rows that are known to fit, at most 2,000 of
/// them, without a close look.
pub(crate) fn summarised(bundle: &Bundle, rows: &Table) -> Result<Vec<FeatureRecord>, ProjectError> {
    if rows.n_rows() < 2 {
        return Ok(Vec::new());
    }
    let thinned = thinned(&(0..rows.n_rows()).collect::<Vec<usize>>());
    let features = bundle.recipe.apply(&rows.take(&thinned)?)?;
    let found = bundle.explain(&features, &ScoreOptions::default())?;
    let mut told = contributed(&all_of(bundle, &features, &found, 0), 0.95)?;
    told.iter_mut().for_each(|feature| feature.close = None);
    Ok(told)
}

/// What each feature adds to one margin.
fn all_of<'a>(
    bundle: &'a Bundle,
    features: &'a Features,
    found: &Explanation,
    output: usize,
) -> Vec<Contributed<'a>> {
    let of_feature = |position: usize| -> Vec<f64> {
        let of_row = |row| found.contributions_of(row, output)[position];
        (0..found.n_rows).map(of_row).collect()
    };
    let recipe = &bundle.recipe;
    let named = recipe.features.iter().enumerate().take(found.n_features);
    named
        .map(|(position, feature)| Contributed {
            position,
            name: feature.name.clone(),
            contributions: of_feature(position),
            column: Some(&features.columns[position]),
            encoding: Some(&feature.encoding),
            is_hidden: crate::train::shows_any(recipe, &feature.name, &bundle.private),
        })
        .collect()
}

/// Adds how answers go with the features to be looked at closely, and takes away what is not asked for.
fn look_closely(
    record: &mut ExplainRecord,
    ask: &Ask<'_>,
    features: &Features,
    options: &ExplainOptions,
) -> Result<(), ProjectError> {
    let mut n_left = options.n_features;
    for feature in &mut record.features {
        let is_asked = match options.features.is_empty() {
            true => 0 < n_left,
            false => options.features.contains(&feature.name),
        };
        feature.close = feature.close.take().filter(|_| is_asked);
        if let Some(close) = &mut feature.close {
            n_left = n_left.saturating_sub(1);
            close.effect = effect(ask, features, close.position, options.level)?;
        }
    }
    Ok(())
}

/// At most 2,000 of some rows, evenly.
fn thinned(rows: &[usize]) -> Vec<usize> {
    let n = rows.len().min(MOST_ROWS);
    (0..n).map(|place| rows[place * rows.len() / n]).collect()
}

/// The rows that keep the contract, thinned evenly, and how many do not.
fn rows(bundle: &Bundle, table: &Table) -> Result<(Features, u64), ProjectError> {
    let aligned = bundle.recipe.align(table)?;
    let report = check_rows(&bundle.contract, &aligned)?;
    let mut broken = report.reasons(Action::Quarantine);
    broken.extend(report.reasons(Action::Refuse));
    let kept: Vec<usize> = (0..table.n_rows())
        .filter(|row| !broken.contains_key(row))
        .collect();
    if kept.len() < 2 {
        let found = format!("{} rows that keep the contract", kept.len());
        return Err(ProjectError::data("the table", found, "at least 2"));
    }
    let thinned = thinned(&kept);
    Ok((
        bundle.recipe.apply(&aligned.take(&thinned)?)?,
        broken.len() as u64,
    ))
}

fn check_features(bundle: &Bundle, asked: &[String]) -> Result<(), ProjectError> {
    let names = || bundle.recipe.features.iter().map(|feature| feature.name.as_str());
    let Some(unknown) = asked
        .iter()
        .find(|asked| names().all(|name| name != asked.as_str()))
    else {
        return Ok(());
    };
    let near = table::nearest(unknown, names()).map_or(String::new(), |near| format!("; is it `{near}`?"));
    let expected = format!("one of {}{near}", table::quoted_list(names(), 12));
    Err(ProjectError::data(
        "the features",
        format!("`{unknown}`"),
        expected,
    ))
}

#[cfg(test)]
mod tests;
