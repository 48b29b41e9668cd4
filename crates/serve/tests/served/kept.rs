//! What of the answers is logged, and what becomes of its files.

use crate::client::{NOW, Running, serve_with};
use crate::forms;
use crate::sample::{self, Columns};
use serde_json::json;
use serve::{Config, Finder, LogMode, Logging, Model, ServeError};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use table::Table;
use table::write::cell_text;

fn running(logging: Logging) -> Running {
    let bundle = sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]);
    serve_with(bundle, |config, folder| {
        config.log = Some((folder.path().join("log"), LogMode::Sampled));
        config.logging = logging;
    })
}

/// Asks for one row under each of these names.
fn ask(running: &Running, names: impl Iterator<Item = String>) {
    let rows = sample::rows(Columns::EveryKind, 1, 4);
    let body = json!({ "instances": [forms::record(&rows, 0)] }).to_string();
    for name in names {
        let headers = [
            ("content-type", "application/json"),
            ("x-request-id", name.as_str()),
        ];
        assert_eq!(
            running
                .send("POST", "/invocations", &headers, body.as_bytes())
                .status,
            200
        );
    }
}

fn texts(log: &Path, column: &str) -> Vec<String> {
    let of_table = |table: &Table| -> Vec<String> {
        let cells = table.column(column).unwrap();
        (0..table.n_rows())
            .map(|row| cell_text(cells.as_ref(), row).unwrap_or_default())
            .collect()
    };
    bundle::log::answers(log)
        .unwrap()
        .iter()
        .flat_map(of_table)
        .collect()
}

#[test]
fn a_share_of_requests_is_logged_by_their_names() {
    let names = || (0..300).map(|number| format!("q-{number}"));
    let running = running(Logging {
        share: 0.3,
        ..Logging::default()
    });
    ask(&running, names());
    let page = running.get("/metrics").text();
    let Running { server, folder, .. } = running;
    server.stop().unwrap();
    let log = folder.path().join("log");
    let mut expected: Vec<String> = names()
        .filter(|name| bundle::log::is_sampled(name, 0.3))
        .collect();
    let mut found = texts(&log, "request");
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert!(texts(&log, "share").iter().all(|share| share == "0.3"));
    let left_out = format!(
        "spanwise_prediction_log_left_out_rows_total {}\n",
        300 - expected.len()
    );
    assert!(page.contains(&left_out), "{page}");
}

#[test]
fn a_masked_input_is_a_hash_or_nothing() {
    for secret in [Some("hush"), None] {
        let running = running(Logging {
            mask: vec!["plan".into()],
            mask_secret: secret.map(str::to_owned),
            ..Logging::default()
        });
        ask(&running, (0..3).map(|number| format!("q-{number}")));
        let Running { server, folder, .. } = running;
        server.stop().unwrap();
        let log = folder.path().join("log");
        let table = &bundle::log::answers(&log).unwrap()[0];
        assert!(table.column("in.plan").is_err() && table.column("in.tenure").is_ok());
        assert_eq!(table.column("masked.plan").is_ok(), secret.is_some());
        if secret.is_some() {
            let hashes = texts(&log, "masked.plan");
            assert!(
                hashes.iter().all(|hash| hash.len() == 32 && *hash == hashes[0]),
                "{hashes:?}"
            );
        }
    }
}

#[test]
fn a_version_without_a_masked_input_is_not_logged() {
    let bundle = sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]);
    let now: Arc<Mutex<Vec<Model>>> = Arc::default();
    let asked = Arc::clone(&now);
    let finder: Finder = Arc::new(move |_| Some(asked.lock().unwrap().clone()));
    let running = serve_with(bundle, |config, folder| {
        // the same column by another name: here one that the other version has not got
        let later = sample::bundle(Columns::Simple, sample::binary(), vec![], &[]);
        later.save(&folder.path().join("later.bundle")).unwrap();
        now.lock().unwrap().clone_from(&config.models);
        config.finder = Some(finder);
        config.log = Some((folder.path().join("log"), LogMode::Sampled));
        config.logging.mask = vec!["plan".into(), "churn:senior".into()];
        config.admin_key = Some("boss".into());
    });
    ask(&running, ["first".to_owned()].into_iter());
    let page = |running: &Running| running.get("/metrics").text();
    let dropped = |n: u64| format!("spanwise_prediction_log_dropped_rows_total {n}\n");
    assert!(page(&running).contains(&dropped(0)));
    let simple = sample::rows(Columns::Simple, 1, 4);
    let body = json!({ "instances": [forms::record(&simple, 0)] }).to_string();
    let headers = [("content-type", "application/json"), ("x-request-id", "second")];
    let path = running.folder.path().join("later.bundle");
    now.lock().unwrap().iter_mut().for_each(|model| {
        (model.version, model.path) = ("4".into(), path.clone());
    });
    let admin = [("authorization", "Bearer boss")];
    let loaded = running.send("POST", "/v2/repository/models/churn/load", &admin, b"");
    assert_eq!(loaded.status, 200);
    let answer = running.send("POST", "/invocations", &headers, body.as_bytes());
    assert_eq!(
        (answer.status, answer.header("x-spanwise-version")),
        (200, Some("4"))
    );
    assert!(page(&running).contains(&dropped(1)));
    let Running { server, folder, .. } = running;
    server.stop().unwrap();
    assert_eq!(texts(&folder.path().join("log"), "request"), ["first"]);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bundle");
    sample::bundle(Columns::Simple, sample::binary(), vec![], &[])
        .save(&path)
        .unwrap();
    let start = |logging: Logging, mode: LogMode| {
        let model = Model {
            name: "churn".into(),
            version: "1".into(),
            path: path.clone(),
            ..Model::default()
        };
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), vec![model]);
        config.log = Some((folder.path().join("log"), mode));
        config.logging = logging;
        serve::start(config, Arc::new(|| NOW)).map(drop).unwrap_err()
    };
    let mask = |column: &str| Logging {
        mask: vec![column.to_owned()],
        ..Logging::default()
    };
    let error = start(mask("plann"), LogMode::Sampled);
    assert!(
        matches!(error, ServeError::Mask { .. }) && error.to_string().contains("did you mean `plan`?"),
        "{error}"
    );
    let error = start(mask("chrun:plan"), LogMode::Sampled).to_string();
    assert!(
        error.contains("no model `chrun`") && error.contains("did you mean `churn`?"),
        "{error}"
    );
    let share = |share| Logging {
        share,
        ..Logging::default()
    };
    for (logging, mode) in [
        (share(0.0), LogMode::Sampled),
        (share(1.5), LogMode::Sampled),
        (share(f64::NAN), LogMode::Sampled),
        (share(0.5), LogMode::Audit),
    ] {
        let error = start(logging, mode);
        assert!(matches!(error, ServeError::Sample { .. }), "{error}");
    }
}

#[test]
fn files_of_a_service_before_become_a_day_while_the_next_one_writes() {
    let logging = || Logging {
        merge_every: Duration::from_millis(20),
        merge_from: 1,
        ..Logging::default()
    };
    let first = running(logging());
    ask(&first, (0..20).map(|number| format!("a-{number}")));
    let Running {
        server,
        folder,
        bundle,
    } = first;
    server.stop().unwrap();
    let log = folder.path().join("log");
    let second = serve_with(bundle, |config, _| {
        config.log = Some((log.clone(), LogMode::Audit));
        config.logging = logging();
    });
    ask(&second, (0..5).map(|number| format!("b-{number}")));
    let begin = Instant::now();
    let day = log.join(format!("{}-2023-11-14.parquet", second.bundle.hash().short()));
    while !day.exists() {
        assert!(begin.elapsed() < Duration::from_secs(20), "no file of the day");
        std::thread::sleep(Duration::from_millis(5));
    }
    ask(&second, (5..10).map(|number| format!("b-{number}")));
    // the open segment is left alone
    let mut found = texts(&log, "request");
    second.server.stop().unwrap();
    for mut all in [std::mem::take(&mut found), texts(&log, "request")] {
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 30, "{all:?}");
    }
    assert_eq!(texts(&log, "request").len(), 30);
}
