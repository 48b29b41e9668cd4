#![allow(clippy::unwrap_used)]
use std::fmt::Write;
use std::path::Path;

use bundle::{Bundle, Calibration, DecisionRule, IntervalMethod, Link, ScoreOptions, Task};
use stats::random::Draw;

use crate::file::{Overrides, load};
use crate::{Clock, Observer, ProjectError, RunRecord, run};

/// Time stands still.
struct Still;

impl Clock for Still {
    fn now_micros(&self) -> i64 {
        1_000_000
    }
}

impl Observer for Still {
    fn started(&self, _step: &str, _done: usize, _total: usize) {}
    fn finished(&self, _step: &str, _cached: bool, _done: usize, _total: usize) {}
}

/// 600 rows of two numbers, a category, a query, a number and a rare yes; the last row is unlike the others.
fn rows() -> String {
    let mut draw = Draw::new(8, 0);
    let mut text = "a,b,colour,session,amount,relevance,left\n".to_owned();
    for row in 0..600 {
        let (a, b) = (draw.normal(), draw.uniform());
        let (a, b) = if row == 599 { (14.0, 9.0) } else { (a, b) };
        let colour = ["red", "green", "blue"][draw.below(3) as usize];
        let value = a + if colour == "red" { 1.0 } else { 0.0 } + 0.5 * draw.normal();
        let left = if 1.6 < value { "Yes" } else { "No" };
        let relevance = (value + 1.0).clamp(0.0, 3.0) as u32;
        writeln!(
            text,
            "{a:.4},{b:.4},{colour},s{},{value:.4},{relevance},{left}",
            row / 12
        )
        .unwrap();
    }
    text
}

fn project(folder: &Path, model: &str) -> Result<RunRecord, ProjectError> {
    std::fs::write(folder.join("rows.csv"), rows()).unwrap();
    let text = format!(
        "[project]\nname = \"p\"\n[data.rows]\nsource = \"rows.csv\"\n[model.m]\n{model}\n[report.m]\n"
    );
    std::fs::write(folder.join("spanwise.toml"), text).unwrap();
    run(
        &load(&folder.join("spanwise.toml"), &Overrides::default())?,
        &Still,
        &Still,
    )
}

/// The bundle that a model section leads to, with the story told about it.
fn learnt(folder: &Path, model: &str) -> (RunRecord, Bundle, String) {
    let record = project(folder, model).unwrap();
    let bundle = Bundle::load(&record.models["m"].bundle.path).unwrap();
    let story = std::fs::read_to_string(record.story.as_ref().unwrap()).unwrap();
    (record, bundle, story)
}

fn refused(model: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), model).unwrap_err().to_string()
}

fn table() -> table::Table {
    let (format, options) = (table::read::Format::Csv, table::read::Options::default());
    table::read::from_bytes(rows().as_bytes(), format, "rows", &options)
        .unwrap()
        .table
}

#[test]
fn forests_are_named_in_the_project_file_and_their_margins_are_shares() {
    for trainer in ["forest", "extra_trees"] {
        let folder = tempfile::tempdir().unwrap();
        let model = format!(
            "target = \"left\"\ntrainer = \"{trainer}\"\nexclude = [\"amount\", \"relevance\", \"session\"]\nparams = {{ trees = 30 }}"
        );
        let (record, bundle, _) = learnt(folder.path(), &model);
        assert_eq!(
            (record.models["m"].trainer.as_str(), bundle.link),
            (trainer, Link::Share)
        );
        assert!(matches!(bundle.calibration, Calibration::Platt { .. }));
        assert!(0.8 < record.models["m"].metrics["auc"].value);
        let told = bundle.lineage.parameters.iter().find(|(name, _)| name == "trees");
        assert_eq!(told.unwrap().1, "30");
    }
    let error = refused("target = \"left\"\ntrainer = \"forest\"\nparams = { tree = 30 }");
    assert!(
        error.contains("unknown parameter `tree`; did you mean `trees`?"),
        "{error}"
    );
    let error = refused("target = \"left\"\ntrainer = \"extra_tree\"");
    assert!(error.contains("did you mean `extra_trees`?"), "{error}");
}

#[test]
fn amounts_are_answered_as_amounts_and_not_as_logarithms() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bundle, _) = learnt(
        folder.path(),
        "target = \"relevance\"\ntask = \"regression\"\ntrainer = \"boost\"\nexclude = [\"amount\", \"left\", \"session\"]\nparams = { loss = \"poisson\", rounds = 40 }",
    );
    assert_eq!(bundle.link, Link::Exp);
    let scores = bundle.score(&table(), &ScoreOptions::default()).unwrap();
    let mean = scores.predictions.iter().sum::<f64>() / 600.0;
    let wanted = bundle::baseline::numbers(&table(), "relevance")
        .unwrap()
        .iter()
        .sum::<f64>()
        / 600.0;
    assert!((mean - wanted).abs() < 0.1, "{mean} {wanted}");
}

#[test]
fn quantiles_are_judged_by_their_loss_and_coverage_and_never_cross() {
    let folder = tempfile::tempdir().unwrap();
    let (record, bundle, story) = learnt(
        folder.path(),
        "target = \"amount\"\nexclude = [\"relevance\", \"left\", \"session\"]\nparams = { loss = \"quantile\", quantiles = [0.1, 0.5, 0.9], rounds = 60 }",
    );
    let metrics = &record.models["m"].metrics;
    assert!(metrics["pinball"].low < metrics["pinball"].value);
    let covered = metrics["coverage_0.1_to_0.9"];
    assert!(
        (0.6..0.9).contains(&covered.value) && covered.low < covered.high,
        "{covered:?}"
    );
    assert!(metrics["coverage_0.1"].value < metrics["coverage_0.5"].value);
    assert!(matches!(&bundle.task, Task::Quantiles { levels, .. } if levels == &[0.1, 0.5, 0.9]));
    let scored = bundle.score(&table(), &ScoreOptions::default()).unwrap();
    assert!(scored.predictions.chunks(3).all(|row| row.is_sorted()));
    let names = scored.to_table(&bundle.task).unwrap().names();
    assert_eq!(names[3..], ["quantile_0.1", "quantile_0.5", "quantile_0.9"]);
    assert!(story.contains("pinball loss"));
}

#[test]
fn rankings_are_split_by_query_and_judged_by_ndcg() {
    let folder = tempfile::tempdir().unwrap();
    let (record, bundle, story) = learnt(
        folder.path(),
        "task = \"ranking\"\ntarget = \"relevance\"\nquery = \"session\"\nexclude = [\"amount\", \"left\"]\nparams = { rounds = 30 }",
    );
    let model = &record.models["m"];
    assert_eq!(
        (model.task.as_str(), model.trainer.as_str()),
        ("ranking", "boost")
    );
    assert!(model.method.contains("each query together"));
    let ndcg = model.metrics["ndcg_at_10"];
    assert!(
        0.8 < ndcg.value && ndcg.low < ndcg.value && ndcg.value < ndcg.high,
        "{ndcg:?}"
    );
    let baseline = model
        .candidates
        .iter()
        .find(|other| other.trainer == "baseline")
        .unwrap();
    assert!(baseline.difference.as_ref().unwrap().high < 0.0);
    assert!(!bundle.recipe.inputs.iter().any(|input| input.name == "session"));
    assert!(story.contains("NDCG"));
    let error = refused("task = \"ranking\"\ntarget = \"relevance\"");
    assert!(error.contains("no `query`"), "{error}");
    let error =
        refused("task = \"ranking\"\ntarget = \"relevance\"\nquery = \"session\"\ngroup = \"colour\"");
    assert!(error.contains("neither for ranking"), "{error}");
}

#[test]
fn anomalies_need_no_target_and_are_flagged_at_the_share_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (record, bundle, story) = learnt(
        folder.path(),
        "task = \"anomaly\"\nexclude = [\"amount\", \"relevance\", \"left\", \"session\"]\ncontamination = 0.02",
    );
    let model = &record.models["m"];
    assert_eq!(
        (model.task.as_str(), model.trainer.as_str()),
        ("anomaly", "isolation")
    );
    let flagged = model.metrics["flagged"];
    assert!(
        (0.01..=0.02).contains(&flagged.value) && flagged.low < flagged.high,
        "{flagged:?}"
    );
    assert!(model.metrics["score_median"].value < model.metrics["score_p99"].value);
    assert!(matches!(
        bundle.decision.as_ref().unwrap().rule,
        DecisionRule::Capacity { share: 0.02 }
    ));
    let scores = bundle
        .score(
            &table(),
            &ScoreOptions {
                n_reasons: 2,
                ..ScoreOptions::default()
            },
        )
        .unwrap();
    assert_eq!(scores.decisions[599], 1);
    assert!(
        scores.predictions[..599]
            .iter()
            .all(|score| *score < scores.predictions[599])
    );
    assert_eq!(scores.reasons.as_ref().unwrap()[599][0].feature, "a");
    let names = scores.to_table(&bundle.task).unwrap().names();
    assert_eq!(names, ["margin", "score", "decision", "reasons"]);
    assert!(story.contains("unlike the others"));
    let error = refused("task = \"anomaly\"\ntarget = \"left\"");
    assert!(error.contains("no target for anomalies"), "{error}");
    let error = refused("target = \"left\"\ncontamination = 0.1");
    assert!(error.contains("no contamination but for"), "{error}");
}

#[test]
fn weighted_classes_are_found_more_often_and_calibrated_to_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let usual = "target = \"left\"\ntrainer = \"boost\"\nexclude = [\"amount\", \"relevance\", \"session\"]\nparams = { rounds = 30 }";
    let (_, plain, _) = learnt(folder.path(), usual);
    for class_weight in ["\"balanced\"", "{ Yes = 6.0 }"] {
        let folder = tempfile::tempdir().unwrap();
        let (_, weighted, _) = learnt(folder.path(), &format!("{usual}\nclass_weight = {class_weight}"));
        let scores = |bundle: &Bundle| bundle.score(&table(), &ScoreOptions::default()).unwrap();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let [before, after] = [scores(&plain), scores(&weighted)];
        assert!(mean(&before.margins) + 0.3 < mean(&after.margins));
        assert!((mean(&before.probabilities) - mean(&after.probabilities)).abs() < 0.03);
    }
    let error = refused("target = \"left\"\nclass_weight = { yes = 2 }");
    assert!(
        error.contains("`yes`") && error.contains("`No`, `Yes`"),
        "{error}"
    );
    let error = refused("target = \"left\"\nclass_weight = \"even\"");
    assert!(
        error.contains("`even`") && error.contains("`balanced`"),
        "{error}"
    );
    let error = refused("target = \"amount\"\nclass_weight = \"balanced\"");
    assert!(error.contains("a class to weigh"), "{error}");
}

#[test]
fn a_model_goes_on_from_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let usual = "target = \"left\"\ntrainer = \"boost\"\nexclude = [\"amount\", \"relevance\", \"session\"]\nparams = { rounds = 10 }";
    let (record, first, _) = learnt(folder.path(), usual);
    std::fs::copy(
        &record.models["m"].bundle.path,
        folder.path().join("first.bundle"),
    )
    .unwrap();
    let going_on = format!("{usual}\ncontinue_from = \"first.bundle\"");
    let (_, second, _) = learnt(folder.path(), &going_on);
    let n_trees = |bundle: &Bundle| match &bundle.model {
        bundle::Model::Trees(trees) => trees.n_trees(),
        _ => 0,
    };
    assert_eq!((n_trees(&first), n_trees(&second)), (10, 20));
    assert_eq!(first.recipe, second.recipe);
    assert!(
        second
            .card
            .caveats
            .iter()
            .any(|caveat| caveat.contains("goes on from the bundle"))
    );
    let other = going_on
        .replace("\"left\"\ntrainer", "\"amount\"\ntrainer")
        .replace("\"amount\", \"rel", "\"left\", \"rel");
    let error = project(folder.path(), &other).unwrap_err().to_string();
    assert!(error.contains("a bundle of another task"), "{error}");
    let error = refused("target = \"left\"\ntrainer = \"linear\"\ncontinue_from = \"first.bundle\"");
    assert!(error.contains("which alone goes on"), "{error}");
}

/// 1,500 rows whose noise is four times as large in segment `big` as in `small`, by day; a few are of segment `rare`.
fn uneven(folder: &Path) {
    let mut draw = Draw::new(21, 0);
    let mut text = "x,segment,flag,size,day,secret,amount\n".to_owned();
    for row in 0..1500 {
        let is_big = draw.below(3) == 0;
        let segment = match (row % 200, is_big) {
            (0, _) => "rare",
            (_, true) => "big",
            _ => "small",
        };
        let x = draw.uniform();
        let amount = 5.0 * x + if is_big { 4.0 } else { 1.0 } * draw.normal();
        let day = format!("2024-{:02}-{:02}", 1 + row / 150, 1 + row % 28);
        writeln!(
            text,
            "{x:.4},{segment},{is_big},{},{day},s{},{amount:.4}",
            row % 3,
            row % 5
        )
        .unwrap();
    }
    std::fs::write(folder.join("rows.csv"), text).unwrap();
}

const UNEVEN: &str = "target = \"amount\"\ntrainer = \"boost\"\nparams = { rounds = 40 }\n";

fn on_uneven(folder: &Path, model: &str) -> Result<(RunRecord, Bundle, String), ProjectError> {
    on_threads(folder, model, 2)
}

fn on_threads(
    folder: &Path,
    model: &str,
    n_threads: usize,
) -> Result<(RunRecord, Bundle, String), ProjectError> {
    uneven(folder);
    let text = format!(
        "[project]\nname = \"p\"\n[data.rows]\nsource = \"rows.csv\"\nprivate = [\"secret\"]\n[model.m]\n{model}\n[report.m]\n"
    );
    std::fs::write(folder.join("spanwise.toml"), text).unwrap();
    let overrides = Overrides {
        n_threads: Some(n_threads),
        ..Overrides::default()
    };
    let project = load(&folder.join("spanwise.toml"), &overrides)?;
    let record = run(&project, &Still, &Still)?;
    let bundle = Bundle::load(&record.models["m"].bundle.path).unwrap();
    let story = std::fs::read_to_string(record.story.as_ref().unwrap()).unwrap();
    Ok((record, bundle, story))
}

#[test]
fn intervals_are_fitted_on_the_folds_checked_and_told_about() {
    let folder = tempfile::tempdir().unwrap();
    let model = format!("{UNEVEN}exclude = [\"day\", \"flag\", \"segment\", \"secret\"]\n");
    let (_, plain, _) = on_uneven(folder.path(), &model).unwrap();
    let (record, bundle, story) = on_uneven(folder.path(), &format!("{model}intervals = 0.9")).unwrap();
    assert_eq!(plain.golden().margins, bundle.golden().margins);
    assert_eq!((plain.to_bytes()[8], bundle.to_bytes()[8]), (1, 4));
    let intervals = bundle.intervals.as_ref().unwrap();
    assert_eq!((intervals.level, intervals.method), (0.9, IntervalMethod::Split));
    let metrics = &record.models["m"].metrics;
    let coverage = metrics["interval_coverage_0.9"];
    assert!(coverage.low < 0.9 && 0.9 < coverage.high, "{coverage:?}");
    assert!((metrics["interval_width_0.9"].value - 2.0 * intervals.quantile).abs() < 0.3);
    assert!(story.contains("The 90% intervals held"), "{story}");
    assert!(!story.contains("less than promised"));

    // The model does not see the segment, and yet a caller sends it.
    let by = format!("{model}intervals = {{ level = 0.9, by = \"segment\" }}");
    let (_, grouped, story) = on_uneven(folder.path(), &by).unwrap();
    assert!(
        grouped
            .recipe
            .features
            .iter()
            .all(|feature| feature.column != "segment")
    );
    let groups = grouped.intervals.as_ref().unwrap().by.as_ref().unwrap();
    let named: Vec<&str> = groups.groups.iter().map(|group| group.value.as_str()).collect();
    assert_eq!(named, ["big", "small"], "eight rows are too few to be named");
    assert!(2.0 * groups.quantile("small").unwrap() < groups.quantile("big").unwrap());
    let check = grouped.evaluation.intervals.as_ref().unwrap();
    for group in &check.groups {
        assert!(group.coverage.low < 0.9 && 0.9 < group.coverage.high, "{group:?}");
    }
    assert!(story.contains("intervals hold by segment") && !story.contains("rare"));
    let again = tempfile::tempdir().unwrap();
    let (_, other, _) = on_threads(again.path(), &by, 1).unwrap();
    assert_eq!(other.hash(), grouped.hash());
}

#[test]
fn quantiles_become_intervals_that_are_narrower_than_those_of_one_width() {
    let folder = tempfile::tempdir().unwrap();
    let model =
        "target = \"amount\"\nexclude = [\"day\", \"secret\"]\nintervals = 0.9\ntrainer = \"boost\"\n";
    let quantile = format!(
        "{model}params = {{ loss = \"quantile\", quantiles = [0.05, 0.5, 0.95], rounds = 60, learning_rate = 0.1 }}"
    );
    let (_, cqr, story) = on_uneven(folder.path(), &quantile).unwrap();
    let (_, split, _) = on_uneven(folder.path(), &format!("{model}params = {{ rounds = 40 }}")).unwrap();
    let checks = [&cqr, &split].map(|bundle| bundle.evaluation.intervals.clone().unwrap());
    for check in &checks {
        assert!(check.coverage.low < 0.9 && 0.9 < check.coverage.high, "{check:?}");
    }
    assert!(checks[0].width.high < checks[1].width.low, "{checks:?}");
    assert_eq!(cqr.intervals.as_ref().unwrap().method, IntervalMethod::Cqr);
    assert!(story.contains("The 90% intervals held"));
}

#[test]
fn intervals_go_forward_in_time_with_the_folds() {
    let folder = tempfile::tempdir().unwrap();
    let model = format!("{UNEVEN}time = \"day\"\nexclude = [\"secret\"]\nintervals = 0.8");
    let (record, bundle, _) = on_uneven(folder.path(), &model).unwrap();
    assert!(record.models["m"].method.contains("forward in time"));
    let check = bundle.evaluation.intervals.as_ref().unwrap();
    assert!(
        check.n_rows < bundle.evaluation.n_rows && bundle.evaluation.n_rows < 1500,
        "neither the rows before the first step nor those of the step itself: {check:?}"
    );
    assert!(check.coverage.low < 0.8 && 0.8 < check.coverage.high, "{check:?}");
}

#[test]
fn intervals_that_cannot_be_are_refused_where_they_stand() {
    let refused = |more: &str, words: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let error = on_uneven(folder.path(), &format!("{UNEVEN}{more}"))
            .unwrap_err()
            .to_string();
        for word in words {
            assert!(error.contains(word), "expected `{word}` in {error}");
        }
    };
    let by = |column: &str| format!("intervals = {{ level = 0.9, by = \"{column}\" }}");
    refused(
        "intervals = 0.9995",
        &[
            ":10:13:",
            "found 1200 rows that other folds predicted",
            "at least 1999",
        ],
    );
    refused(
        &by("secret"),
        &["[model.m].intervals", "the private column `secret`"],
    );
    refused(&by("amount"), &["the target `amount`"]);
    refused(
        &by("x"),
        &["`x`, a column of number", "text, truths or whole numbers"],
    );
    refused(
        &by("segmant"),
        &["no column `segmant`", "did you mean `segment`?"],
    );
    let classes = "target = \"segment\"\npositive = \"big\"\nexclude = [\"secret\"]\nintervals = 0.9";
    let folder = tempfile::tempdir().unwrap();
    let error = on_uneven(folder.path(), classes).unwrap_err().to_string();
    assert!(
        error.contains("a classification task") || error.contains("in 8 rows"),
        "{error}"
    );
    let flag = "target = \"flag\"\nexclude = [\"secret\"]\nintervals = 0.9";
    let error = on_uneven(folder.path(), flag).unwrap_err().to_string();
    assert!(error.contains("a classification task"), "{error}");
    let median = "target = \"amount\"\nintervals = 0.9\nparams = { loss = \"quantile\", quantiles = [0.5] }";
    let error = on_uneven(folder.path(), median).unwrap_err().to_string();
    assert!(error.contains("a single quantile"), "{error}");
}
