//! Several versions of a model: swapped, sharing requests, shadowing.

use crate::client::{Running, serve_with};
use crate::forms;
use crate::sample::{self, Columns};
use bundle::{Bundle, Calibration, Draft, ScoreOptions};
use serde_json::{Value, json};
use serve::{Config, Finder, Model, Role};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SOON: Duration = Duration::from_millis(20);

fn champion() -> Bundle {
    sample::bundle(Columns::Simple, sample::binary(), vec![], &[])
}

/// The same model with other probabilities.
fn other(intercept: f64) -> Bundle {
    let slope = 0.7;
    let calibration = Calibration::Platt { slope, intercept };
    Bundle::build(Draft {
        calibration,
        ..Draft::clone(&champion())
    })
    .unwrap()
}

fn model(version: &str, path: PathBuf, role: Role) -> Model {
    let name = "churn".into();
    Model {
        name,
        version: version.into(),
        path,
        role,
        ..Model::default()
    }
}

/// Adds `bundle` as `version` in a role.
fn beside(version: &'static str, bundle: &Bundle, role: Role) -> impl FnOnce(&mut Config, &TempDir) {
    let bundle = bundle.clone();
    move |config, folder| {
        let path = folder.path().join(format!("{version}.bundle"));
        bundle.save(&path).unwrap();
        config.models.push(model(version, path, role));
    }
}

fn body() -> Value {
    forms::tensors(&sample::rows(Columns::Simple, 3, 5))
}

fn probabilities(bundle: &Bundle) -> Vec<f64> {
    let rows = sample::rows(Columns::Simple, 3, 5);
    bundle
        .score(&rows, &ScoreOptions::default())
        .unwrap()
        .probabilities
        .clone()
}

/// The probabilities answered to [`body`], and the version that answers say.
fn asked(running: &Running, path: &str, headers: &[(&str, &str)]) -> (Vec<f64>, String) {
    let headers = [headers, &[("content-type", "application/json")]].concat();
    let answer = running.send("POST", path, &headers, body().to_string().as_bytes());
    let told = answer.ok();
    let version = told["model_version"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("x-spanwise-version"), Some(version.as_str()));
    let outputs = told["outputs"].as_array().unwrap().clone();
    let output = outputs
        .iter()
        .find(|output| output["name"] == "probability")
        .unwrap();
    (serde_json::from_value(output["data"].clone()).unwrap(), version)
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn metric(running: &Running, line: &str) -> f64 {
    let page = running.get("/metrics").text();
    let found = page
        .lines()
        .find_map(|found| found.strip_prefix(line)?.trim().parse().ok());
    found.unwrap_or(0.0)
}

#[test]
fn a_challenger_answers_its_share_of_keys_and_the_same_ones_always() {
    let second = other(0.5);
    let role = Role::Challenger { share: 0.3 };
    let running = serve_with(champion(), beside("4", &second, role));
    let infer = "/v2/models/churn/infer";
    let mut n_challenged = 0;
    for key in 0..200 {
        let key = key.to_string();
        let (found, version) = asked(&running, infer, &[("x-spanwise-key", &key)]);
        let expected = if version == "4" { &second } else { &running.bundle };
        assert_eq!(found, probabilities(expected), "an answer is of one version");
        n_challenged += usize::from(version == "4");
        if key.len() == 1 {
            // whatever else names the request
            let again = asked(
                &running,
                infer,
                &[("x-spanwise-key", &key), ("x-request-id", "7")],
            );
            assert_eq!(again, (found, version));
        }
    }
    // 60 expected, four standard errors of 6.5
    assert!((34..=86).contains(&n_challenged), "{n_challenged}");
    // who names a version gets it
    for (version, bundle) in [("3", &running.bundle), ("4", &second)] {
        let (found, told) = asked(
            &running,
            &format!("/v2/models/churn/versions/{version}/infer"),
            &[],
        );
        assert_eq!((told.as_str(), found), (version, probabilities(bundle)));
    }
    let n_counted: f64 = ["3", "4"]
        .iter()
        .map(|version| {
            metric(
                &running,
                &format!("spanwise_inference_rows_total{{model=\"churn\",version=\"{version}\"}}"),
            )
        })
        .sum();
    assert_eq!(n_counted, 3.0 * 212.0);
}

#[test]
fn requests_without_a_key_are_shared_by_their_name_or_by_chance() {
    let role = Role::Challenger { share: 0.5 };
    let running = serve_with(champion(), beside("4", &other(0.5), role));
    let told = |headers: &[(&str, &str)]| asked(&running, "/v2/models/churn/infer", headers).1;
    let by_name = told(&[("x-request-id", "one")]);
    assert!((0..5).all(|_| told(&[("x-request-id", "one")]) == by_name));
    let by_chance: Vec<String> = (0..40).map(|_| told(&[])).collect();
    assert!(
        ["3", "4"]
            .iter()
            .all(|version| by_chance.iter().any(|told| told == version))
    );
}

#[test]
fn a_shadow_is_asked_what_the_champion_answered_and_answers_nobody() {
    let second = other(0.5);
    let running = serve_with(champion(), beside("4", &second, Role::Shadow));
    for _ in 0..5 {
        let (found, version) = asked(&running, "/v2/models/churn/infer", &[]);
        assert_eq!((found, version.as_str()), (probabilities(&running.bundle), "3"));
    }
    // what is asked of the shadow itself is compared with nobody
    asked(&running, "/v2/models/churn/versions/4/infer", &[]);
    let told = || running.get("/v1/models/churn/shadows").ok();
    until("15 rows are compared", || told()["shadows"][0]["rows"] == 15);
    let told = told();
    assert_eq!(
        (&told["champion"], &told["shadows"][0]["version"]),
        (&json!("3"), &json!("4"))
    );
    let differences: Vec<f64> = probabilities(&second)
        .iter()
        .zip(probabilities(&running.bundle))
        .map(|(theirs, given)| theirs - given)
        .collect();
    let mean = differences.iter().sum::<f64>() / 3.0;
    let found = &told["shadows"][0]["difference"];
    assert!(
        (found["value"].as_f64().unwrap() - mean).abs() < 1e-12,
        "{found} {mean}"
    );
    let interval = stats::interval::mean_t(&differences.repeat(5), 0.95).unwrap();
    assert!(
        (found["low"].as_f64().unwrap() - interval.low).abs() < 1e-9,
        "{found} {interval:?}"
    );
    let largest = differences.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
    assert_eq!(told["shadows"][0]["largest_difference"], json!(largest));
    assert_eq!(
        metric(
            &running,
            "spanwise_shadow_rows_total{model=\"churn\",version=\"4\"}"
        ),
        15.0
    );
}

#[test]
fn a_shadow_that_needs_other_columns_fails_alone() {
    let needs_more = sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]);
    let running = serve_with(champion(), beside("4", &needs_more, Role::Shadow));
    asked(&running, "/v2/models/churn/infer", &[]);
    let told = || running.get("/v1/models/churn/shadows").ok()["shadows"][0].clone();
    until("3 rows have failed", || told()["failed_rows"] == 3);
    assert_eq!(
        (&told()["rows"], &told()["difference"]),
        (&json!(0), &Value::Null)
    );
}

#[test]
fn other_bytes_in_the_same_file_are_served_and_unsound_ones_are_not() {
    let running = serve_with(champion(), |config, _| config.watch = Some(SOON));
    let path = running.folder.path().join("a.bundle");
    let told = || asked(&running, "/v2/models/churn/infer", &[]).0;
    let second = other(0.5);
    second.save(&path).unwrap();
    until("the new bytes are served", || told() == probabilities(&second));
    std::fs::write(&path, b"SPANWISE but no bundle").unwrap();
    until("that is noticed", || {
        0.0 < metric(&running, "spanwise_model_swaps_total{outcome=\"failed\"}")
    });
    assert_eq!(told(), probabilities(&second));
    std::fs::remove_file(&path).unwrap();
    std::thread::sleep(3 * SOON);
    assert_eq!(
        told(),
        probabilities(&second),
        "a file that is gone may come back"
    );
    let third = other(-0.5);
    third.save(&path).unwrap();
    until("it came back", || told() == probabilities(&third));
}

/// A finder that says what stands in `now`.
fn finder(now: &Arc<Mutex<Option<Vec<Model>>>>) -> Finder {
    let now = Arc::clone(now);
    Arc::new(move |_| now.lock().unwrap().clone())
}

#[test]
fn what_is_to_be_served_now_is_taken_up_and_let_go() {
    let now: Arc<Mutex<Option<Vec<Model>>>> = Arc::default();
    let asks = finder(&now);
    let running = serve_with(champion(), |config, folder| {
        (config.finder, config.watch) = (Some(asks), Some(SOON));
        for (name, intercept) in [("b", 0.5), ("c", -0.5)] {
            other(intercept)
                .save(&folder.path().join(format!("{name}.bundle")))
                .unwrap();
        }
    });
    let path = |name: &str| running.folder.path().join(format!("{name}.bundle"));
    let versions = || running.get("/v2/models/churn").ok()["versions"].clone();
    // nobody can say: what is there stays
    until("that is noticed", || {
        0.0 < metric(&running, "spanwise_model_swaps_total{outcome=\"failed\"}")
    });
    assert_eq!(versions(), json!(["3"]));
    let first = model("3", path("a"), Role::Listed);
    let says = |models: &[Model]| *now.lock().unwrap() = Some(models.to_vec());
    let challenger = Role::Challenger { share: 0.5 };
    says(&[
        first.clone(),
        model("4", path("b"), challenger),
        model("5", path("c"), Role::Shadow),
    ]);
    until("they are taken up", || versions() == json!(["3", "4", "5"]));
    // the challenger is the champion now
    says(&[model("4", path("b"), Role::Listed), first.clone()]);
    until("they change places", || versions() == json!(["4", "3"]));
    assert_eq!(asked(&running, "/v2/models/churn/infer", &[]).1, "4");
    // one that is not sound takes nobody's place
    std::fs::write(path("c"), b"no bundle").unwrap();
    says(&[model("6", path("c"), Role::Listed)]);
    until("the other is let go", || versions() == json!(["4"]));
    assert_eq!(asked(&running, "/v2/models/churn/infer", &[]).1, "4");
}

#[test]
fn swaps_under_load_fail_nobody_and_mix_no_answers() {
    let now: Arc<Mutex<Option<Vec<Model>>>> = Arc::default();
    let asks = finder(&now);
    let running = serve_with(champion(), |config, folder| {
        (config.finder, config.watch) = (Some(asks), Some(Duration::from_millis(1)));
        other(0.5).save(&folder.path().join("b.bundle")).unwrap();
    });
    let path = |name: &str| running.folder.path().join(format!("{name}.bundle"));
    let both = [
        (
            model("3", path("a"), Role::Listed),
            probabilities(&running.bundle),
        ),
        (model("4", path("b"), Role::Listed), probabilities(&other(0.5))),
    ];
    let (is_over, n_asked) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_over.load(Relaxed) {
                    let (found, version) = asked(&running, "/v2/models/churn/infer", &[]);
                    let (_, expected) = both.iter().find(|(model, _)| model.version == version).unwrap();
                    assert_eq!(&found, expected);
                    n_asked.fetch_add(1, Relaxed);
                }
            });
        }
        let swapped = || metric(&running, "spanwise_model_swaps_total{outcome=\"done\"}");
        for swap in 0..100_usize {
            *now.lock().unwrap() = Some(vec![both[swap % 2].0.clone()]);
            until("it is swapped", || swap as f64 <= swapped());
        }
        is_over.store(true, Relaxed);
    });
    assert!(100 < n_asked.load(Relaxed));
}
