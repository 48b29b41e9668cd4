//! The prediction log and the counters.

use crate::client::{NOW, Running, serve_with, with_log};
use crate::forms;
use crate::sample::{self, Columns};
use serde_json::json;
use serve::LogMode;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use table::Table;
use table::write::cell_text;

const INFER: &str = "/v2/models/churn/infer";

fn running(mode: LogMode) -> Running {
    serve_with(
        sample::bundle(Columns::EveryKind, sample::binary(), vec![], &["charges"]),
        with_log(mode),
    )
}

fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    bundle::log::files(&folder.join("log")).unwrap()
}

fn logged(folder: &std::path::Path) -> Vec<Table> {
    files(folder)
        .iter()
        .flat_map(|path| bundle::log::read(path).unwrap())
        .collect()
}

fn n_rows(tables: &[Table]) -> usize {
    tables.iter().map(Table::n_rows).sum()
}

#[test]
fn answers_are_logged_without_private_columns_and_compacted_at_the_end() {
    let running = running(LogMode::Sampled);
    let rows = sample::rows(Columns::EveryKind, 50, 4);
    let mut body = forms::tensors(&rows);
    body["id"] = json!("q-1");
    let answer = running.post(INFER, &body).ok();
    running
        .post("/invocations", &json!({ "instances": [forms::record(&rows, 0)] }))
        .ok();
    running
        .post("/invocations", &json!({ "instances": [[1]] }))
        .refused(400);
    let hash = running.bundle.hash();
    running.server.stop().unwrap();
    let paths = files(running.folder.path());
    assert_eq!(paths.len(), 1);
    let name = paths[0].file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(name, format!("{}-{NOW:016}-000000.parquet", hash.short()));
    let table = Table::concat(&logged(running.folder.path())).unwrap();
    assert_eq!(table.n_rows(), 51);
    let text = |name: &str, row: usize| cell_text(table.column(name).unwrap().as_ref(), row);
    assert_eq!(text("request", 0).as_deref(), Some("q-1"));
    assert_eq!(text("bundle", 0), Some(hash.to_hex()));
    let margins: Vec<_> = (0..50)
        .map(|row| json!(text("margin", row).unwrap().parse::<f64>().unwrap()))
        .collect();
    assert_eq!(
        forms::bits(&margins),
        forms::bits(&forms::output(&answer, "margin"))
    );
    assert!(table.column("in.charges").is_err(), "private");
    assert_eq!(table.kind("in.tenure"), Some(table::Kind::Integer));
    let window = (0..51).map(|row| text("in.plan", row)).collect::<Vec<_>>();
    assert_eq!(
        window[..50],
        (0..50)
            .map(|row| cell_text(rows.column("plan").unwrap().as_ref(), row))
            .collect::<Vec<_>>()
    );
}

#[test]
fn refused_rows_are_counted_in_the_log_without_their_values() {
    let rule = sample::rule(
        "tenure",
        prepare::contract::Rule::Max(100.0),
        prepare::contract::Action::Default,
    );
    let running = serve_with(
        sample::bundle(Columns::EveryKind, sample::binary(), vec![rule], &[]),
        with_log(LogMode::Sampled),
    );
    let rows = sample::rows(Columns::EveryKind, 5, 4);
    let mut body = forms::tensors(&rows);
    body["inputs"][0]["data"] = json!([1, 987_654, 2, 987_655, 3]);
    running.post(INFER, &body).refused(400);
    running
        .post("/invocations", &json!({ "instances": [["secret"]] }))
        .refused(400);
    running.text(INFER, "{").refused(400);
    running.get("/v2/nowhere").refused(404);
    let hash = running.bundle.hash().to_hex();
    running.server.stop().unwrap();
    assert_eq!(n_rows(&logged(running.folder.path())), 0, "no answers");
    let refused = Table::concat(&bundle::log::refused(&running.folder.path().join("log")).unwrap()).unwrap();
    let of = |name: &str| -> Vec<String> {
        let cells = refused.column(name).unwrap();
        (0..refused.n_rows())
            .map(|row| cell_text(cells.as_ref(), row).unwrap())
            .collect()
    };
    assert_eq!(of("n_rows"), ["2", "1", "1"]);
    assert_eq!(of("bundle"), [hash.as_str(); 3]);
    assert_eq!(of("reason")[0], "column `tenure` breaks max");
    let all = format!("{:?}", of("reason"));
    assert!(!all.contains("secret") && !all.contains("98765"), "{all}");
}

#[test]
fn sampled_rows_are_on_disk_within_200_ms() {
    let running = running(LogMode::Sampled);
    running
        .post(INFER, &forms::tensors(&sample::rows(Columns::EveryKind, 5, 4)))
        .ok();
    let started = Instant::now();
    while files(running.folder.path()).is_empty() || n_rows(&logged(running.folder.path())) < 5 {
        // Ten times what is promised: the machine may be busy.
        assert!(started.elapsed() < Duration::from_secs(2));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn audited_rows_are_on_disk_before_the_answer() {
    let running = running(LogMode::Audit);
    let rows = sample::rows(Columns::EveryKind, 400, 4);
    std::thread::scope(|scope| {
        for start in 0..8 {
            let (running, rows) = (&running, &rows);
            scope.spawn(move || {
                for step in 0..10 {
                    let name = format!("{start}-{step}");
                    let mut body = forms::tensors(&rows.slice(start * 10 + step, 1));
                    body["id"] = json!(name);
                    running.post(INFER, &body).ok();
                    let found = logged(running.folder.path()).iter().any(|table| {
                        let column = table.column("request").unwrap();
                        (0..table.n_rows())
                            .any(|row| cell_text(column.as_ref(), row).as_deref() == Some(name.as_str()))
                    });
                    assert!(found, "{name} was answered and is not on disk");
                }
            });
        }
    });
    assert_eq!(n_rows(&logged(running.folder.path())), 80);
}

#[test]
fn an_answer_that_cannot_be_audited_is_not_given() {
    let running = running(LogMode::Audit);
    // A file where the folder was: no segment can be made there.
    std::fs::remove_dir(running.folder.path().join("log")).unwrap();
    std::fs::write(running.folder.path().join("log"), b"").unwrap();
    let body = forms::tensors(&sample::rows(Columns::EveryKind, 3, 4));
    assert!(
        running
            .post(INFER, &body)
            .refused(503)
            .contains("could not be recorded")
    );
    assert!(
        running
            .get("/metrics")
            .text()
            .contains("spanwise_prediction_log_failed_rows_total 3\n")
    );
}

#[test]
fn requests_are_counted_by_model_route_and_status() {
    let running = running(LogMode::Off);
    let body = forms::tensors(&sample::rows(Columns::EveryKind, 5, 4));
    running.post(INFER, &body).ok();
    running.post(INFER, &body).ok();
    running.text(INFER, "{").refused(400);
    running.post("/v2/models/no/infer", &body).refused(404);
    running.get("/v2/nowhere").refused(404);
    let answer = running.get("/metrics");
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    let page = answer.text();
    let labels = "protocol=\"open_inference\",route=\"infer\"";
    for line in [
        format!("spanwise_inference_requests_total{{model=\"churn\",version=\"3\",{labels},code=\"200\"}} 2"),
        format!("spanwise_inference_requests_total{{model=\"churn\",version=\"3\",{labels},code=\"400\"}} 1"),
        format!("spanwise_inference_requests_total{{model=\"\",version=\"\",{labels},code=\"404\"}} 1"),
        "spanwise_inference_request_duration_seconds_bucket{model=\"churn\",version=\"3\",route=\"infer\",le=\"+Inf\"} 3".to_owned(),
        "spanwise_inference_request_duration_seconds_count{model=\"churn\",version=\"3\",route=\"infer\"} 3".to_owned(),
        "spanwise_inference_rows_total{model=\"churn\",version=\"3\"} 10".to_owned(),
        "spanwise_refused_at_door_total 1".to_owned(),
        format!("spanwise_model_loaded_info{{model=\"churn\",version=\"3\",bundle=\"{}\"}} 1", running.bundle.hash().to_hex()),
    ] {
        assert!(page.lines().any(|found| found == line), "no {line} in\n{page}");
    }
    let stats = running.get("/v2/models/churn/stats").ok();
    assert_eq!(stats["model_stats"][0]["inference_count"], 10);
    assert_eq!(stats["model_stats"][0]["inference_stats"]["success"]["count"], 2);
    assert_eq!(stats["model_stats"][0]["inference_stats"]["fail"]["count"], 1);
    assert_eq!(running.get("/v2/models/stats").ok(), stats);
}
