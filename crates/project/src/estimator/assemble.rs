//! From a model to its bundle.

use super::intervals::Found;
use super::{Aim, Estimator, Lesson, Rows};
use crate::ProjectError;
use bundle::{
    Baseline, Bundle, Calibration, Card, CategoryBaseline, ColumnBaseline, Decision, DecisionRule, Draft,
    Evaluation, Lineage, Link, Model, NumberBaseline, Shape,
};
use learn::LearnError;
use learn::drivers::drivers;
use prepare::contract::Contract;
use prepare::recipe::{Encoding, MIN_SEEN};
use prepare::{FeatureColumn, Features, MISSING_CODE};
use table::Hash;

/// The most rows that are summarised for the baseline; more are thinned evenly.
const MAX_SUMMARISED: usize = 50_000;

/// Rows are explained for the drivers as long as they ask for fewer nodes than this together.
const MAX_EXPLAINED_NODES: usize = 5_000_000;

pub(super) fn bundle(
    estimator: &Estimator,
    lesson: Lesson,
    model: Model,
    link: Link,
    found: Option<Found>,
    seed: u64,
) -> Result<Bundle, ProjectError> {
    let recipe = lesson.rows.recipe.clone();
    let baseline = baseline(&lesson.rows);
    let contract = Contract {
        columns: crate::train::learnt_rules(&recipe, &baseline, &[]),
        ..Contract::default()
    };
    let explained = lesson.rows.sample(n_explained(&model));
    let mut evaluation = Evaluation {
        drivers: drivers(&model, &recipe, &explained).map_err(LearnError::from)?,
        ..Evaluation::default()
    };
    let intervals = found.map(|(intervals, check, method)| {
        evaluation.method = method;
        evaluation.n_rows = check.n_rows;
        evaluation.level = learn::judge::LEVEL;
        evaluation.take_up(Some(check));
        intervals
    });
    let draft = Draft {
        task: lesson.aim.task(&lesson.target, estimator.trainer.levels()),
        private: Vec::new(),
        contract,
        link,
        calibration: Calibration::None,
        intervals,
        decision: decision(&lesson, &model, link)?,
        evaluation,
        baseline,
        lineage: lineage(estimator, &lesson, seed),
        card: card(&lesson),
        name: lesson.name,
        model,
        recipe,
    };
    Ok(Bundle::build(draft)?)
}

fn n_explained(model: &Model) -> usize {
    let n_nodes = match model {
        Model::Trees(trees) => trees.parts().feature.len(),
        Model::Linear(_) | Model::Constant(_) => 1,
    };
    (MAX_EXPLAINED_NODES / n_nodes.max(1)).clamp(100, learn::drivers::MAX_ROWS)
}

/// The second of two classes is decided for where it is more probable than the first, as scikit-learn expects: not where
/// both are as probable. An anomaly is what scores higher than one half, or is among the share expected.
fn decision(lesson: &Lesson, model: &Model, link: Link) -> Result<Option<Decision>, ProjectError> {
    let more_than_half = Decision {
        threshold: 0.5_f64.next_up(),
        rule: DecisionRule::Half,
    };
    Ok(match (&lesson.aim, lesson.contamination) {
        (Aim::Classes { names, .. }, _) if names.len() == 2 => Some(more_than_half),
        (Aim::Anomalies, None) => Some(more_than_half),
        (Aim::Anomalies, Some(share)) => {
            let margins = model
                .all_margins(&lesson.rows.features)
                .map_err(LearnError::from)?;
            let scores: Vec<f64> = margins.iter().map(|margin| link.answer(*margin)).collect();
            Some(DecisionRule::Capacity { share }.decide(&scores))
        }
        _ => None,
    })
}

/// The columns of some rows; parts of dates are left out.
fn baseline(rows: &Rows) -> Baseline {
    let sample = rows.sample(MAX_SUMMARISED);
    let features = rows.recipe.features.iter().zip(&sample.columns);
    let column = |(feature, column): (&prepare::recipe::Feature, &FeatureColumn)| {
        let (n_missing, shape) = match (column, &feature.encoding) {
            (FeatureColumn::Number(values), Encoding::Number) => {
                let present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
                let n_missing = values.len() - present.len();
                (n_missing, Shape::Number(NumberBaseline::of(&present)))
            }
            (FeatureColumn::Category { codes, .. }, Encoding::Category { levels }) => {
                let n_missing = codes.iter().filter(|code| **code == MISSING_CODE).count();
                (n_missing, Shape::Category(levels_seen(codes, levels)))
            }
            _ => return None,
        };
        Some(ColumnBaseline {
            name: feature.column.clone(),
            n: column.len() as u64,
            n_missing: n_missing as u64,
            shape,
        })
    };
    Baseline {
        columns: features.filter_map(column).collect(),
        margin: None,
    }
}

fn levels_seen(codes: &[u32], levels: &[String]) -> CategoryBaseline {
    let mut counts = vec![0; levels.len()];
    let mut other = 0;
    for code in codes.iter().filter(|code| **code != MISSING_CODE) {
        match counts.get_mut(*code as usize) {
            Some(count) => *count += 1,
            None => other += 1,
        }
    }
    let named = levels.iter().cloned().zip(counts);
    let (levels, rare): (Vec<_>, Vec<_>) = named.partition(|(_, count)| MIN_SEEN <= *count);
    other += rare.iter().map(|(_, count)| count).sum::<u64>();
    CategoryBaseline { levels, other }
}

fn lineage(estimator: &Estimator, lesson: &Lesson, seed: u64) -> Lineage {
    Lineage {
        producer: concat!("spanwise ", env!("CARGO_PKG_VERSION")).to_owned(),
        data: hash(&lesson.rows.features).to_hex(),
        n_rows: (lesson.rows.features.n_rows - lesson.n_held_out) as u64,
        project: String::new(),
        trainer: estimator.name.to_owned(),
        parameters: estimator.parameters.clone(),
        seed,
    }
}

/// The hash of all cells, column by column.
fn hash(features: &Features) -> Hash {
    let bytes = |column: &FeatureColumn| -> Vec<u8> {
        match column {
            FeatureColumn::Number(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            FeatureColumn::Category { codes, .. } => {
                codes.iter().flat_map(|code| code.to_le_bytes()).collect()
            }
        }
    };
    let columns: Vec<Hash> = features
        .columns
        .iter()
        .map(|column| Hash::of(&bytes(column)))
        .collect();
    let digits: Vec<String> = columns.iter().map(|hash| hash.to_hex()).collect();
    Hash::of_parts(digits.iter().map(String::as_bytes))
}

fn card(lesson: &Lesson) -> Card {
    let target = &lesson.target;
    let purpose = match &lesson.aim {
        Aim::Classes { names, .. } => {
            format!("The probability of each of {} values of `{target}`.", names.len())
        }
        Aim::Numbers(_) => format!("The expected `{target}`, or what the loss says of it."),
        Aim::Ranks { .. } => format!("The order of the rows of a query by `{target}`."),
        Aim::Anomalies => "How unlike the training rows a row is.".to_owned(),
    };
    Card {
        purpose,
        caveats: vec![
            "Contributions say what the model looks at, not what would happen if a value were changed."
                .to_owned(),
            "Fitted by a caller of the library; how good it is on new rows was not measured here.".to_owned(),
        ],
        left_out: Vec::new(),
    }
}
