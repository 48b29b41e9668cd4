//! How well the model knows, what it looks at, and what to do with it.

use super::{about_intervals, fact, with_interval};
use crate::explain::{self, FeatureRecord};
use bundle::{Bundle, DecisionRule, Evaluation, Metric, Task};
use report::{
    Bar, Bars, Chart, Effect, Effects, Evidence, Format, HeatMap, Lines, Reliability, ReliabilityBin,
    Section, Series, Story,
};

/// The most features whose effects are drawn.
const MOST_EFFECTS: usize = 3;

/// The pictures of how good a model is and what drives it, as its story shows them: `reliability`, `roc`, `confusion`,
/// `drivers`, `effects-of-FEATURE` and `gains`.
#[must_use]
pub fn model_charts(bundle: &Bundle) -> Vec<(String, Chart)> {
    let evaluation = &bundle.evaluation;
    let own = [
        ("reliability", reliability(evaluation)),
        ("roc", roc(evaluation)),
        ("confusion", confusion(bundle)),
        ("drivers", strengths(bundle)),
    ];
    let effects = effects(bundle).map(|(feature, chart)| (format!("effects-of-{feature}"), chart));
    own.into_iter()
        .filter_map(|(name, chart)| Some((name.to_owned(), chart?)))
        .chain(effects)
        .chain(gains(evaluation).map(|chart| ("gains".to_owned(), chart)))
        .collect()
}

pub(super) fn tell(
    story: &mut Story,
    bundle: &Bundle,
    summary: &[FeatureRecord],
    query: Option<String>,
    of_model: &str,
) {
    let evaluation = &bundle.evaluation;
    story.lead.push(quality_sentence(bundle));
    story.lead.extend(about_intervals::sentence(bundle));
    story.sections.push(quality(bundle, of_model));
    story.sections.extend(drivers(bundle, summary, of_model));
    if let Some(decision) = decision(bundle, of_model) {
        story.lead.extend(
            decision
                .answer
                .split_inclusive(". ")
                .next()
                .map(|first| first.trim().to_owned()),
        );
        story.sections.push(decision);
    }
    for metric in &evaluation.metrics {
        let value = with_interval(&format_of(&metric.name), metric.value, metric.low, metric.high);
        story.appendix.push(fact(
            words(&metric.name),
            value,
            query.clone(),
            &bundle.lineage.data,
            &evaluation.method,
        ));
    }
    story.appendix.push(fact(
        "Bundle",
        bundle.hash().short(),
        query,
        &bundle.lineage.data,
        &bundle.lineage.trainer,
    ));
}

/// The rows that a model was judged by.
fn judged_by(bundle: &Bundle) -> &'static str {
    match goes_on(bundle) {
        true => "rows that the model it goes on from may have seen",
        false => "rows it had not seen",
    }
}

/// Whether the model was trained on top of another, which may know the rows that this one is judged by.
fn goes_on(bundle: &Bundle) -> bool {
    bundle
        .lineage
        .parameters
        .iter()
        .any(|(name, _)| name == "continue_from")
}

/// Whether the model beats the baseline beyond chance, as far as they were compared.
fn beats_guessing(evaluation: &Evaluation) -> bool {
    let mut candidates = evaluation.candidates.iter();
    let Some(baseline) = candidates.find(|candidate| candidate.trainer == "baseline") else {
        return true;
    };
    let is_clear = |difference: &Metric| 0.0 < difference.low * difference.high;
    !baseline.chosen && baseline.difference.as_ref().is_none_or(is_clear)
}

fn metric<'e>(evaluation: &'e Evaluation, name: &str) -> Option<&'e Metric> {
    evaluation.metrics.iter().find(|metric| metric.name == name)
}

fn quality_sentence(bundle: &Bundle) -> String {
    match beats_guessing(&bundle.evaluation) {
        true => quality_in_words(bundle),
        false => format!(
            "The model is no better than guessing. {}",
            quality_in_words(bundle)
        ),
    }
}

fn quality_in_words(bundle: &Bundle) -> String {
    let Some(first) = bundle.evaluation.metrics.first() else {
        return bundle.card.purpose.clone();
    };
    let value = with_interval(&format_of(&first.name), first.value, first.low, first.high);
    let judged_by = judged_by(bundle);
    match &bundle.task {
        Task::Binary { target, positive, .. } => format!(
            "Given a row where {target} is {positive} and one where it is not, the model ranks the first higher in {value} of all cases, on {judged_by}."
        ),
        Task::Regression { target } => {
            format!("The model misses {target} by {value} (root mean square), on {judged_by}.")
        }
        Task::Classes { target, .. } => format!(
            "The model of {target} has a {} of {value}, on {judged_by}.",
            words(&first.name)
        ),
        Task::Quantiles { target, levels } => {
            let ends = [levels.first(), levels.last()].map(|level| level.copied().unwrap_or_default());
            let covered = metric(
                &bundle.evaluation,
                &format!("coverage_{}_to_{}", ends[0], ends[1]),
            );
            let covered = covered.map(|covered| {
                format!(
                    " It lies between the outermost two in {} of all cases, of {} hoped for.",
                    with_interval(&Format::Percent, covered.value, covered.low, covered.high),
                    Format::Percent.value(ends[1] - ends[0])
                )
            });
            format!(
                "The model tells quantiles of {target} at a mean pinball loss of {value}, on {judged_by}.{}",
                covered.unwrap_or_default()
            )
        }
        Task::Ranking { target, query } => format!(
            "The model puts the rows of a {query} into an order by {target} that is worth {value} of the best one (NDCG of the first 10), on {}.",
            if goes_on(bundle) {
                judged_by
            } else {
                "queries it had not seen"
            }
        ),
        Task::Anomaly => {
            let threshold = bundle
                .decision
                .as_ref()
                .map_or(0.5, |decision| decision.threshold);
            format!(
                "From a score of {} on a row is flagged as unlike the others: {value} of rows that the model had not seen.",
                report::format_number(threshold)
            )
        }
    }
}

fn quality(bundle: &Bundle, of_model: &str) -> Section {
    let evaluation = &bundle.evaluation;
    let rows = evaluation.metrics.iter().map(|metric| {
        let format = format_of(&metric.name);
        vec![
            words(&metric.name),
            format.value(metric.value),
            format!("{} to {}", format.value(metric.low), format.value(metric.high)),
        ]
    });
    let mut evidence = vec![Evidence::Table {
        caption: format!(
            "Measured on {} rows that the model{} had not seen: {}.{}",
            report::format_count(evaluation.n_rows),
            if goes_on(bundle) { "'s own trees" } else { "" },
            evaluation.method,
            bundle.decision.as_ref().map_or(String::new(), |decision| {
                format!(
                    " What is counted of decisions is counted at a {}.",
                    match bundle.task {
                        Task::Anomaly => format!("score of {}", report::format_number(decision.threshold)),
                        _ => format!("probability of {}", report::format_percent(decision.threshold)),
                    }
                )
            })
        ),
        header: ["Metric", "Value", "95% interval"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }];
    evidence.extend(about_intervals::by_group(bundle));
    let pictures = [reliability(evaluation), roc(evaluation), confusion(bundle)];
    evidence.extend(pictures.into_iter().flatten().map(Evidence::Chart));
    evidence.extend(comparison(evaluation));
    Section {
        id: format!("quality-{}", bundle.name),
        question: match &bundle.task {
            Task::Binary { target, positive, .. } => {
                format!("How well can it be foreseen that {target} is {positive}{of_model}?")
            }
            Task::Anomaly => format!("Which rows are unlike the others{of_model}?"),
            Task::Ranking { query, .. } => {
                format!("How well are the rows of a {query} put in order{of_model}?")
            }
            task => format!("How well can {} be foreseen{of_model}?", task.target()),
        },
        answer: [Some(quality_sentence(bundle)), about_intervals::sentence(bundle)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
        evidence,
        caveats: bundle.card.caveats.clone(),
        next_step: None,
    }
}

fn reliability(evaluation: &Evaluation) -> Option<Chart> {
    if evaluation.reliability.is_empty() {
        return None;
    }
    let bins = evaluation.reliability.iter().map(|bin| ReliabilityBin {
        predicted: bin.predicted,
        observed: bin.observed,
        low: bin.low,
        high: bin.high,
        n: bin.n,
    });
    let chart = Chart::new(
        "Can the probabilities be taken at their word?",
        Reliability { bins: bins.collect() },
    );
    Some(
        chart.caption(
            "Each point is a tenth of the rows. On the diagonal, what was predicted is what happened.",
        ),
    )
}

fn roc(evaluation: &Evaluation) -> Option<Chart> {
    if evaluation.roc.len() < 2 {
        return None;
    }
    let series = Series {
        name: "model".to_owned(),
        points: evaluation.roc.clone(),
        band: Vec::new(),
        dashed: false,
    };
    let lines = Lines::roc(vec![series]);
    Some(
        Chart::new("How many are found at how many false alarms", lines).caption("The diagonal is guessing."),
    )
}

/// How often each class was decided for each.
fn confusion(bundle: &Bundle) -> Option<Chart> {
    let counts = &bundle.evaluation.confusion;
    if counts.is_empty() {
        return None;
    }
    let classes: Vec<String> = bundle.task.classes().into_iter().map(str::to_owned).collect();
    let are_counts = counts.iter().flatten().all(|weight| weight.fract() == 0.0);
    let what = if are_counts { "Rows" } else { "The weight of rows" };
    let decided = bundle.decision.as_ref().map_or(String::new(), |decision| {
        format!(", from {} on", report::format_percent(decision.threshold))
    });
    let title = format!("Decisions by what {} was", bundle.task.target());
    Some(
        Chart::new(title, HeatMap::confusion(&classes, counts)).caption(format!(
            "{what} of each class by the class decided for{decided}; the darker, the larger the share of the class."
        )),
    )
}

fn gains(evaluation: &Evaluation) -> Option<Chart> {
    if evaluation.gains.is_empty() {
        return None;
    }
    let series = Series {
        name: "model".to_owned(),
        points: evaluation.gains.clone(),
        band: Vec::new(),
        dashed: false,
    };
    let lines = Lines::gains(vec![series]);
    Some(
        Chart::new("How far a list of the likeliest reaches", lines)
            .caption("The diagonal is a list in random order."),
    )
}

fn comparison(evaluation: &Evaluation) -> Option<Evidence> {
    if evaluation.candidates.len() < 2 {
        return None;
    }
    let rows = evaluation.candidates.iter().map(|candidate| {
        let format = format_of(&candidate.metric.name);
        let apart = match format {
            Format::Percent => Format::Points,
            _ => Format::Signed,
        };
        let difference = candidate.difference.as_ref().map_or(String::new(), |difference| {
            with_interval(&apart, difference.value, difference.low, difference.high)
        });
        vec![
            candidate.trainer.clone(),
            with_interval(
                &format,
                candidate.metric.value,
                candidate.metric.low,
                candidate.metric.high,
            ),
            if candidate.chosen {
                "chosen".to_owned()
            } else {
                difference
            },
            candidate.p_value.map_or("–".to_owned(), report::format_p_value),
        ]
    });
    let name = evaluation
        .candidates
        .first()
        .map(|candidate| words(&candidate.metric.name))
        .unwrap_or_default();
    Some(Evidence::Table {
        caption: "What was tried on the same folds; differences are paired, row by row, to the chosen one."
            .to_owned(),
        header: vec![
            "Trainer".to_owned(),
            name,
            "Difference".to_owned(),
            "p".to_owned(),
        ],
        rows: rows.collect(),
    })
}

/// The mean size of contributions, largest first.
fn strengths(bundle: &Bundle) -> Option<Chart> {
    let drivers = &bundle.evaluation.drivers;
    drivers.first()?;
    let bars = drivers
        .iter()
        .take(12)
        .map(|driver| Bar::new(driver.feature.clone(), driver.strength));
    let chart = Chart::new(
        "How much each feature moves the prediction",
        Bars {
            items: bars.collect(),
            axis: "mean size of the contribution".to_owned(),
            ..Bars::default()
        },
    );
    Some(chart.caption(format!(
        "Mean size of the exact Shapley contribution to the margin, over training rows ({} at most, evenly spread).",
        report::format_count(learn::drivers::MAX_ROWS as u64)
    )))
}

/// What the strongest features do to the first margin, by level or range.
fn effects(bundle: &Bundle) -> impl Iterator<Item = (&str, Chart)> {
    let on = match &bundle.task {
        Task::Classes { classes, .. } => classes.first().map_or(String::new(), |class| {
            format!(" to {} = {class}", bundle.task.target())
        }),
        _ => String::new(),
    };
    let shown = bundle.evaluation.drivers.iter().take(MOST_EFFECTS);
    shown
        .filter(|driver| 1 < driver.effects.len())
        .map(move |driver| {
            let items = driver
                .effects
                .iter()
                .map(|effect| Effect::new(effect.group.clone(), effect.mean, effect.n));
            let effects = Effects {
                items: items.collect(),
                below: "lowers the prediction".to_owned(),
                above: "raises the prediction".to_owned(),
                format: Format::Signed,
            };
            let title = format!("What {} does{on}", driver.feature);
            (driver.feature.as_str(), Chart::new(title, effects))
        })
}

fn drivers(bundle: &Bundle, summary: &[FeatureRecord], of_model: &str) -> Option<Section> {
    let drivers = &bundle.evaluation.drivers;
    let first = drivers.first()?;
    let rows = (!summary.is_empty()).then(|| explain::summary(summary));
    let pictures = strengths(bundle).into_iter().chain(rows);
    let evidence = pictures
        .chain(effects(bundle).map(|(_, chart)| chart))
        .map(Evidence::Chart);
    let others: Vec<&str> = drivers
        .iter()
        .skip(1)
        .take(2)
        .map(|driver| driver.feature.as_str())
        .collect();
    let behind = if others.is_empty() {
        String::new()
    } else {
        format!(", then at {}", others.join(" and "))
    };
    Some(Section {
        id: format!("drivers-{}", bundle.name),
        question: format!("What does the model look at{of_model}?"),
        answer: format!("Most at {}{behind}.", first.feature),
        evidence: evidence.collect(),
        caveats: vec![
            "Contributions add up to the model's margin exactly. They explain the model, not the world."
                .to_owned(),
        ],
        next_step: None,
    })
}

fn decision(bundle: &Bundle, of_model: &str) -> Option<Section> {
    let decision = bundle.decision.as_ref()?;
    let Task::Binary { target, positive, .. } = &bundle.task else {
        return None;
    };
    let threshold = report::format_percent(decision.threshold);
    let evaluation = &bundle.evaluation;
    let found = metric(evaluation, "recall").map(|recall| {
        format!(
            " It finds {} of them.",
            with_interval(&Format::Percent, recall.value, recall.low, recall.high)
        )
    });
    let hits = metric(evaluation, "precision").map(|precision| {
        format!(
            " Of those acted on, {} are right.",
            with_interval(&Format::Percent, precision.value, precision.low, precision.high)
        )
    });
    let answer = match decision.rule {
        DecisionRule::Half => {
            format!("Act on every row for which {target} is more likely {positive} than not.")
        }
        DecisionRule::Money { gain, cost } => {
            let profit = metric(evaluation, "profit_per_row").map(|profit| {
                format!(
                    " That earns {} per row.",
                    with_interval(&Format::Number, profit.value, profit.low, profit.high)
                )
            });
            format!(
                "Act on everyone whose probability is at least {threshold}: acting costs {} and brings {} when right. {}",
                report::format_number(cost),
                report::format_number(gain),
                profit.unwrap_or_default().trim_start()
            )
        }
        DecisionRule::Capacity { share } => format!(
            "Act on the likeliest {}, which are those from a probability of {threshold} on.",
            report::format_percent(share)
        ),
    };
    let is_useful = beats_guessing(evaluation);
    Some(Section {
        id: format!("decision-{}", bundle.name),
        question: format!("Whom should we act on{of_model}?"),
        answer: match is_useful {
            true => format!(
                "{}{}{}",
                answer.trim_end(),
                found.unwrap_or_default(),
                hits.unwrap_or_default()
            ),
            false => "On nobody by this model. It knows no more than guessing does.".to_owned(),
        },
        evidence: gains(evaluation).into_iter().map(Evidence::Chart).collect(),
        caveats: vec!["Whether acting changes anything can only be learnt from an experiment.".to_owned()],
        next_step: Some(match is_useful {
            true => format!(
                "Score current rows with `spanwise score`, act on those decided `{positive}`, and keep a random part untouched to measure what acting brings."
            ),
            false => "Look for columns that know more about the outcome, or for more rows.".to_owned(),
        }),
    })
}

/// How a metric is read.
fn format_of(name: &str) -> Format {
    match name {
        "auc" | "accuracy" | "precision" | "recall" | "f1" | "average_precision" | "calibration_error"
        | "flagged" | "ndcg" | "ndcg_at_10" => Format::Percent,
        name if name.starts_with("coverage") || name.starts_with("interval_coverage") => Format::Percent,
        _ => Format::Number,
    }
}

/// A metric's name in words.
fn words(name: &str) -> String {
    match name {
        "auc" => "Ranking right (AUC)",
        "average_precision" => "Average precision",
        "log_loss" => "Log loss",
        "brier" => "Brier score",
        "calibration_error" => "Calibration error",
        "accuracy" => "Decided right (accuracy)",
        "precision" => "Right among those acted on (precision)",
        "recall" => "Found among positives (recall)",
        "f1" => "F1",
        "profit_per_row" => "Profit per row",
        "rmse" => "Root mean square error",
        "mae" => "Mean absolute error",
        "r2" => "Variance explained (R²)",
        "mean_error" => "Mean error",
        "pinball" => "Pinball loss, mean over levels",
        "ndcg_at_10" => "Order of the first 10 (NDCG)",
        "ndcg" => "Order of all (NDCG)",
        "flagged" => "Share flagged",
        "score_median" => "Score, median",
        "score_p90" => "Score that one in ten exceeds",
        "score_p99" => "Score that one in a hundred exceeds",
        other => return about_intervals::words(other).unwrap_or_else(|| words_of_level(other)),
    }
    .to_owned()
}

/// The name of a metric of a level or two in words, such as `coverage_0.1_to_0.9`.
fn words_of_level(name: &str) -> String {
    match name.split_once('_') {
        Some(("pinball", level)) => format!("Pinball loss at {level}"),
        Some(("coverage", levels)) => match levels.split_once("_to_") {
            Some((low, high)) => format!("Values between {low} and {high} (coverage)"),
            None => format!("Values up to {levels} (coverage)"),
        },
        _ => name.to_owned(),
    }
}
