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
use prepare::recipe::{Encoding, MIN_SEEN, Recipe};
use prepare::{FeatureColumn, Features, MISSING_CODE};
use table::{Hash, Hashing};

/// The most rows that are summarised for the baseline; more are thinned evenly.
pub(super) const MAX_SUMMARISED: usize = 50_000;

/// Rows are explained for the drivers as long as they ask for fewer nodes than this together.
const MAX_EXPLAINED_NODES: usize = 5_000_000;

/// What is made a bundle of.
pub(super) struct Made<'a> {
    pub(super) aim: &'a Aim,
    pub(super) target: String,
    pub(super) name: String,
    pub(super) learnt: Learnt,
    pub(super) model: Model,
    pub(super) link: Link,
    pub(super) decision: Option<Decision>,
    pub(super) intervals: Option<Found>,
    /// What the model went on from.
    pub(super) before: Option<&'a Bundle>,
    pub(super) seed: u64,
}

/// What a bundle keeps of the rows that were learnt from.
pub(super) struct Learnt {
    pub(super) recipe: Recipe,
    pub(super) n_rows: usize,
    /// Some rows, spread evenly.
    pub(super) summarised: Features,
    /// Rows that are explained for the drivers.
    pub(super) explained: Features,
    /// The hash of all cells, column by column.
    pub(super) data: Hash,
}

impl Learnt {
    pub(super) fn of(rows: &Rows, n_held_out: usize, model: &Model) -> Learnt {
        Learnt {
            recipe: rows.recipe.clone(),
            n_rows: rows.features.n_rows - n_held_out,
            summarised: rows.sample(MAX_SUMMARISED),
            explained: rows.sample(n_explained(model)),
            data: hash(&rows.features),
        }
    }
}

pub(super) fn bundle(estimator: &Estimator, made: Made<'_>) -> Result<Bundle, ProjectError> {
    let Learnt { recipe, .. } = &made.learnt;
    let baseline = baseline(&made.learnt);
    // What the bundle before kept to itself, and what it refused, holds on.
    let private = made.before.map_or(Vec::new(), |before| before.private.clone());
    let mut contract = made
        .before
        .map_or(Contract::default(), |before| before.contract.clone());
    contract.columns.retain(|rule| rule.declared);
    contract
        .columns
        .extend(crate::train::learnt_rules(recipe, &baseline, &private));
    let mut evaluation = Evaluation {
        drivers: drivers(&made.model, recipe, &made.learnt.explained).map_err(LearnError::from)?,
        ..Evaluation::default()
    };
    crate::train::hide(&mut evaluation.drivers, recipe, &private);
    let (lineage, card) = (lineage(estimator, &made), card(&made));
    let intervals = made.intervals.map(|(intervals, check, method)| {
        evaluation.method = method;
        evaluation.n_rows = check.n_rows;
        evaluation.level = learn::judge::LEVEL;
        evaluation.take_up(Some(check));
        intervals
    });
    let draft = Draft {
        task: made.aim.task(&made.target, estimator.trainer.levels()),
        private,
        contract,
        link: made.link,
        calibration: Calibration::None,
        intervals,
        decision: made.decision,
        evaluation,
        baseline,
        lineage,
        card,
        name: made.name,
        model: made.model,
        recipe: made.learnt.recipe,
    };
    Ok(Bundle::build(draft)?)
}

/// How many rows are explained for the drivers.
pub(super) fn n_explained(model: &Model) -> usize {
    let n_nodes = match model {
        Model::Trees(trees) => trees.parts().feature.len(),
        Model::Linear(_) | Model::Constant(_) => 1,
    };
    (MAX_EXPLAINED_NODES / n_nodes.max(1)).clamp(100, learn::drivers::MAX_ROWS)
}

/// The second of two classes is decided for where it is more probable than the first, as scikit-learn expects: not where
/// both are as probable. An anomaly is what scores higher than one half, or is among the share expected.
pub(super) fn decision(lesson: &Lesson, model: &Model, link: Link) -> Result<Option<Decision>, ProjectError> {
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

/// The columns of some rows; parts of dates and derived columns are left out.
fn baseline(learnt: &Learnt) -> Baseline {
    let features = learnt.recipe.features.iter().zip(&learnt.summarised.columns);
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
        let is_input = learnt
            .recipe
            .inputs
            .iter()
            .any(|input| input.name == feature.column);
        is_input.then(|| ColumnBaseline {
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

fn lineage(estimator: &Estimator, made: &Made<'_>) -> Lineage {
    let before = made
        .before
        .map(|before| ("continue_from".to_owned(), before.hash().to_hex()));
    Lineage {
        producer: concat!("spanwise ", env!("CARGO_PKG_VERSION")).to_owned(),
        data: made.learnt.data.to_hex(),
        n_rows: made.learnt.n_rows as u64,
        project: String::new(),
        trainer: estimator.name.to_owned(),
        parameters: estimator.parameters.iter().cloned().chain(before).collect(),
        seed: made.seed,
    }
}

/// The hash of all cells, column by column.
fn hash(features: &Features) -> Hash {
    let mut cells = CellHash::new(features.columns.len());
    cells.take(features);
    cells.hash()
}

/// The hash of cells that come part after part.
pub(super) struct CellHash(Vec<Hashing>);

impl CellHash {
    pub(super) fn new(n_columns: usize) -> CellHash {
        CellHash(vec![Hashing::default(); n_columns])
    }

    pub(super) fn take(&mut self, features: &Features) {
        for (hash, column) in self.0.iter_mut().zip(&features.columns) {
            let bytes: Vec<u8> = match column {
                FeatureColumn::Number(values) => {
                    values.iter().flat_map(|value| value.to_le_bytes()).collect()
                }
                FeatureColumn::Category { codes, .. } => {
                    codes.iter().flat_map(|code| code.to_le_bytes()).collect()
                }
            };
            hash.update(&bytes);
        }
    }

    pub(super) fn hash(&self) -> Hash {
        let digits: Vec<String> = self.0.iter().map(|column| column.hash().to_hex()).collect();
        Hash::of_parts(digits.iter().map(String::as_bytes))
    }
}

fn card(made: &Made<'_>) -> Card {
    let target = &made.target;
    let purpose = match made.aim {
        Aim::Classes { names, .. } => {
            format!("The probability of each of {} values of `{target}`.", names.len())
        }
        Aim::Numbers(_) => format!("The expected `{target}`, or what the loss says of it."),
        Aim::Ranks { .. } => format!("The order of the rows of a query by `{target}`."),
        Aim::Anomalies => "How unlike the training rows a row is.".to_owned(),
    };
    let mut caveats = vec![
        "Contributions say what the model looks at, not what would happen if a value were changed."
            .to_owned(),
        "Fitted by a caller of the library; how good it is on new rows was not measured here.".to_owned(),
    ];
    caveats.extend(made.before.map(|before| {
        format!(
            "It goes on from the bundle {}, whose trees are its first.",
            before.hash().short()
        )
    }));
    Card {
        purpose,
        caveats,
        left_out: Vec::new(),
    }
}
