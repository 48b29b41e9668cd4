//! The verdict, the final fit on all rows, and the bundle.

use super::candidates::{names, trainer};
use super::evaluate::OutOfFoldRecord;
use super::intervals::{ask_for_group, fitted as fitted_intervals};
use super::target::Lesson;
use crate::ProjectError;
use crate::file::{Decide, Project, SplitBy};
use bundle::{Baseline, Bundle, Card, Draft, Driver, Lineage, Shape, Task};
use learn::judge::{Contender, judge};
use learn::{Context, Training};
use prepare::contract::{Action, ColumnRule, Contract, Rule};
use prepare::recipe::{Dropped, Recipe};
use std::collections::BTreeSet;

/// Judges the candidates and builds the bundle of the best one.
pub(crate) fn assemble(
    project: &Project,
    lesson: &Lesson<'_>,
    records: Vec<(String, OutOfFoldRecord)>,
    contract: &Contract,
    private: &[String],
) -> Result<Bundle, ProjectError> {
    let method = records
        .first()
        .map(|(_, record)| record.method.clone())
        .unwrap_or_default();
    let contenders: Vec<Contender> = records
        .into_iter()
        .map(|(trainer, record)| Contender {
            trainer,
            out_of_fold: record.into_out_of_fold(),
        })
        .collect();
    let weights = lesson.weights.as_deref();
    let verdict = judge(
        &contenders,
        &lesson.target,
        weights,
        lesson.decision_rule(),
        &method,
        lesson.seed,
    )?;
    let chosen = &contenders[verdict.chosen].trainer;
    let (trainer, parameters) = trainer(project, lesson, chosen)?;
    let mut fitted = lesson.fit_recipe(&lesson.rows, weights)?;
    ask_for_group(&mut fitted.recipe, lesson);
    let features = fitted.recipe.apply(&lesson.rows)?;
    let data = Training {
        features: &features,
        target: &lesson.target,
        weights: lesson.training_weights.as_deref(),
        names: &names(&fitted.recipe),
    };
    let context = Context {
        n_threads: lesson.n_threads,
        ..Context::new(lesson.seed)
    };
    let model = trainer.fit(&data, &context)?;
    let mut evaluation = verdict.evaluation;
    evaluation.drivers =
        learn::drivers::drivers(&model, &fitted.recipe, &features).map_err(learn::LearnError::from)?;
    // Effects name levels and ranges, and evaluations travel.
    hide(&mut evaluation.drivers, &fitted.recipe, private);
    let aligned = fitted.recipe.align(&lesson.rows)?;
    let out_of_fold = &contenders[verdict.chosen].out_of_fold;
    let (intervals, check) = fitted_intervals(project, lesson, out_of_fold, &aligned)?.unzip();
    evaluation.take_up(check);
    let baseline = Baseline::of(&aligned, &verdict.margins)?;
    let input_names: Vec<String> = fitted
        .recipe
        .inputs
        .iter()
        .map(|input| input.name.clone())
        .collect();
    let mut contract = contract.restricted_to(&input_names);
    contract
        .columns
        .extend(learnt_rules(&fitted.recipe, &baseline, private));
    let draft = Draft {
        name: lesson.section.name.value.clone(),
        task: lesson.task.clone(),
        private: private
            .iter()
            .filter(|name| input_names.contains(name))
            .cloned()
            .collect(),
        contract,
        model,
        link: verdict.link,
        calibration: verdict.calibration,
        intervals,
        decision: verdict.decision,
        evaluation,
        baseline,
        lineage: lineage(lesson, chosen, parameters),
        card: card(lesson, &fitted.dropped),
        recipe: fitted.recipe,
    };
    Ok(Bundle::build(draft)?)
}

/// Takes the effects from drivers that show values of `private` columns.
pub(crate) fn hide(drivers: &mut [Driver], recipe: &Recipe, private: &[String]) {
    let shown = drivers
        .iter_mut()
        .filter(|driver| shows_any(recipe, &driver.feature, private));
    shown.for_each(|driver| driver.effects.clear());
}

/// Whether the values of a feature are those of one of `columns`, or made from them.
pub(crate) fn shows_any(recipe: &Recipe, feature: &str, columns: &[String]) -> bool {
    let Some(feature) = recipe.features.iter().find(|other| other.name == feature) else {
        return false;
    };
    let mut read = BTreeSet::from([feature.column.clone()]);
    // Features may read those before them.
    for derived in recipe.derived.iter().rev() {
        if read.contains(&derived.name) {
            read.extend(prepare::expression::columns_of(&derived.expression));
        }
    }
    columns.iter().any(|column| read.contains(column))
}

/// What was learnt about each input: its kind, and the usual range of numbers. Such rules only flag.
pub(crate) fn learnt_rules(recipe: &Recipe, baseline: &Baseline, private: &[String]) -> Vec<ColumnRule> {
    let rule = |column: &str, rule| ColumnRule {
        column: column.to_owned(),
        rule,
        action: Action::Flag,
        declared: false,
    };
    let mut rules = Vec::new();
    for input in &recipe.inputs {
        let column = baseline.columns.iter().find(|column| column.name == input.name);
        let is_number = matches!(input.kind.as_str(), "integer" | "number");
        if let Some(Shape::Number(numbers)) = column.map(|column| &column.shape)
            && let Some((low, high)) = numbers.usual_range()
            && is_number
            && !private.contains(&input.name)
        {
            rules.push(rule(&input.name, Rule::Min(low)));
            rules.push(rule(&input.name, Rule::Max(high)));
        }
    }
    rules
}

fn lineage(lesson: &Lesson<'_>, trainer: &str, parameters: Vec<(String, String)>) -> Lineage {
    // Spans say where things stand in the file, which is no part of what the section means.
    let section = lesson.section;
    let meaning = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {} {:?} {:?} {:?}",
        section.target.as_ref().map(|column| &column.value),
        section.query.as_ref().map(|column| &column.value),
        section.contamination,
        section.class_weights(),
        section.trainer.as_ref().map(|trainer| &trainer.value),
        section.exclude.iter().map(|name| &name.value).collect::<Vec<_>>(),
        section.n_folds,
        section.decide,
        section
            .features
            .iter()
            .map(|(_, derived)| derived)
            .collect::<Vec<_>>(),
        section
            .params
            .iter()
            .map(|(key, value)| (&key.value, value))
            .collect::<Vec<_>>(),
    );
    let meaning = meaning + &section.interval_meaning();
    Lineage {
        producer: concat!("spanwise ", env!("CARGO_PKG_VERSION")).to_owned(),
        data: lesson.rows.hash().to_hex(),
        n_rows: lesson.rows.n_rows() as u64,
        project: table::Hash::of(meaning.as_bytes()).to_hex(),
        trainer: trainer.to_owned(),
        parameters: parameters
            .into_iter()
            .chain(
                lesson
                    .before
                    .as_ref()
                    .map(|before| ("continue_from".to_owned(), before.hash().to_hex())),
            )
            .collect(),
        seed: lesson.seed,
    }
}

fn card(lesson: &Lesson<'_>, dropped: &[Dropped]) -> Card {
    let purpose = match &lesson.task {
        Task::Binary { target, positive, .. } => format!("The probability that `{target}` is `{positive}`."),
        Task::Classes { target, classes } => format!(
            "The probability of each of {} values of `{target}`.",
            classes.len()
        ),
        Task::Regression { target } => format!("The expected `{target}`."),
        Task::Quantiles { target, levels } => format!(
            "The `{target}` that it will not exceed with a probability of {}.",
            levels.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
        ),
        Task::Ranking { target, query } => {
            format!("The order of the rows of each `{query}` by `{target}`, the best first.")
        }
        Task::Anomaly => "How unlike the training rows a row is.".to_owned(),
    };
    let mut caveats = vec![
        "Contributions say what the model looks at, not what would happen if a value were changed."
            .to_owned(),
        "The evaluation holds for rows like those of the training table; watch for drift.".to_owned(),
    ];
    if let Some(before) = &lesson.before {
        caveats.push(format!(
            "It goes on from the bundle {}, which may have learnt from rows that it is judged by; they look easier than fresh ones.",
            before.hash().short()
        ));
    }
    if !lesson.decided.is_empty() {
        caveats.push(
            "Its parameters were searched on the rows that it is judged by; its figures may look a little better than on fresh ones."
                .to_owned(),
        );
    }
    if let SplitBy::Group(column) = &lesson.section.split {
        caveats.push(format!(
            "Folds keep the rows of one `{0}` together, but intervals and p-values take rows as independent: where those of one `{0}` are alike, the doubt is larger than told.",
            column.value
        ));
    }
    if let Some(intervals) = &lesson.section.intervals {
        let level = report::format_level(intervals.level.value);
        let each = match &intervals.by {
            Some(by) => format!("of each `{}` that was seen often", by.value),
            None => "like those of the training table".to_owned(),
        };
        caveats.push(format!(
            "Its intervals are meant to hold {level} of rows {each}, on average and not for every kind of row; they were fitted on errors of models that learnt from fewer rows, which are a little larger.",
        ));
    }
    if lesson.training_weights != lesson.weights {
        caveats.push(
            "Its classes were weighted in training; probabilities are calibrated to the rows as they are."
                .to_owned(),
        );
    }
    if 0 < lesson.n_without_target {
        caveats.push(format!(
            "{} rows without a target were left out.",
            lesson.n_without_target
        ));
    }
    if let (Decide::Money { .. }, Task::Binary { .. }) = (lesson.section.decide, &lesson.task) {
        caveats.push("The profit assumes that acting on a positive row always brings the gain.".to_owned());
    }
    let left_out = dropped
        .iter()
        .map(|dropped| (dropped.column.clone(), dropped.reason.clone()))
        .collect();
    Card {
        purpose,
        caveats,
        left_out,
    }
}
