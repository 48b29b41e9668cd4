//! How a model's answers go with one feature.

use super::gather;
use super::record::EffectRecord;
use crate::ProjectError;
use bundle::inspect::{accumulated_local_effects, partial_dependence};
use bundle::{Bundle, BundleError, ScoreOptions, Stop, Task};
use prepare::Features;
use prepare::recipe::Encoding;
use stats::interval::mean_t;

/// Bins of a number along which answers are told.
const N_BINS: usize = 20;

/// The model as a function from features to one answer a row.
pub(super) struct Ask<'a> {
    pub(super) bundle: &'a Bundle,
    pub(super) output: usize,
    pub(super) scoring: ScoreOptions,
    pub(super) stop: Stop<'a>,
}

impl Ask<'_> {
    fn answers(&self, features: &Features) -> Result<Vec<f64>, BundleError> {
        let margins = self.bundle.margins_until(features, &self.scoring, self.stop)?;
        Ok(self.answers_at(&margins))
    }

    pub(super) fn answers_at(&self, margins: &[f64]) -> Vec<f64> {
        let (answers, n) = match &self.bundle.task {
            Task::Binary { .. } => (self.bundle.probabilities(margins), 1),
            Task::Classes { classes, .. } => (self.bundle.probabilities(margins), classes.len()),
            Task::Quantiles { levels, .. } => (self.bundle.predictions(margins), levels.len()),
            _ => (self.bundle.predictions(margins), 1),
        };
        answers.into_iter().skip(self.output).step_by(n).collect()
    }
}

/// How answers go with one feature; `None` for one that does not vary among the rows.
pub(super) fn effect(
    ask: &Ask<'_>,
    features: &Features,
    feature: usize,
    level: f64,
) -> Result<Option<EffectRecord>, ProjectError> {
    let asked = |features: &Features| ask.answers(features);
    let local = match accumulated_local_effects(asked, features, feature, N_BINS, level) {
        Err(BundleError::Inspect { .. }) => return Ok(None),
        found => found?,
    };
    let partial = partial_dependence(asked, features, feature, &local.at)?;
    let n_places = local.at.len();
    let of_place = |place: usize| -> Vec<f64> {
        partial
            .each
            .iter()
            .skip(place)
            .step_by(n_places)
            .copied()
            .collect()
    };
    let mean = |place: usize| -> Result<[f64; 3], stats::StatsError> {
        mean_t(&of_place(place), level).map(|found| [found.value, found.low, found.high])
    };
    let labels = match &ask.bundle.recipe.features[feature].encoding {
        Encoding::Category { levels } => local
            .at
            .iter()
            .map(|code| gather::level_name(levels, *code as u32))
            .collect(),
        _ => Vec::new(),
    };
    Ok(Some(EffectRecord {
        labels,
        accumulated: (0..n_places)
            .map(|at| [local.value[at], local.low[at], local.high[at]])
            .collect(),
        partial: (0..n_places).map(mean).collect::<Result<_, _>>()?,
        at: local.at,
        n: local.n,
        n_missing: local.n_missing,
    }))
}

/// The position of the class or level whose answers are explained.
pub(super) fn output(bundle: &Bundle, asked: Option<&str>) -> Result<usize, ProjectError> {
    let names: Vec<String> = match &bundle.task {
        Task::Binary { positive, .. } => vec![positive.clone()],
        Task::Classes { classes, .. } => classes.clone(),
        Task::Quantiles { levels, .. } => levels.iter().map(f64::to_string).collect(),
        _ => Vec::new(),
    };
    let Some(asked) = asked else { return Ok(0) };
    names.iter().position(|name| name == asked).ok_or_else(|| {
        let expected = match names.is_empty() {
            true => "none: the model has one answer".to_owned(),
            false => format!(
                "one of {}",
                table::quoted_list(names.iter().map(String::as_str), 12)
            ),
        };
        ProjectError::data("the output", format!("`{asked}`"), expected)
    })
}

/// What is answered, in words.
pub(super) fn answer_words(task: &Task, output: usize) -> String {
    match task {
        Task::Binary { target, positive, .. } => format!("probability that {target} is {positive}"),
        Task::Classes { target, classes } => format!("probability that {target} is {}", classes[output]),
        Task::Regression { target } => target.clone(),
        Task::Quantiles { target, levels } => format!("quantile of {target} at {}", levels[output]),
        Task::Ranking { target, .. } => format!("score by {target}"),
        Task::Anomaly => "anomaly score".to_owned(),
    }
}
