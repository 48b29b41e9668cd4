//! The same bits from every way in: batch, one by one, all in one, JSON, binary, rows, columns, files.

use crate::client::{Answer, serve, serve_with, with_log};
use crate::forms;
use crate::sample::{self, Columns};
use bundle::{Scores, Task};
use serde_json::{Value, json};
use std::sync::Arc;
use table::Table;
use table::arrow::array::{Array, StringArray};
use table::arrow::compute::cast;
use table::read::Format;

fn expected(bundle: &bundle::Bundle, rows: &Table) -> Scores {
    bundle.score(rows, &Default::default()).unwrap()
}

fn margins(scores: &Scores) -> Vec<u64> {
    scores.margins.iter().map(|margin| margin.to_bits()).collect()
}

fn of_rows(answer: &Answer, key: &str) -> Vec<u64> {
    let rows = answer.ok()["predictions"].as_array().unwrap().clone();
    forms::bits(&rows.iter().map(|row| row[key].clone()).collect::<Vec<_>>())
}

#[test]
fn every_way_in_gives_the_margins_of_batch_scoring() {
    let running = serve(sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]));
    let rows = sample::rows(Columns::EveryKind, 300, 2);
    let scores = expected(&running.bundle, &rows);
    let batch = margins(&scores);
    assert!(
        100 < batch.iter().collect::<std::collections::BTreeSet<_>>().len(),
        "the rows must differ"
    );

    let infer = "/v2/models/churn/infer";
    let all = running.post(infer, &forms::tensors(&rows)).ok();
    assert_eq!(forms::bits(&forms::output(&all, "margin")), batch);
    let probabilities: Vec<u64> = scores.probabilities.iter().map(|p| p.to_bits()).collect();
    assert_eq!(forms::bits(&forms::output(&all, "probability")), probabilities);

    let (body, length) = forms::binary(&rows);
    let length = length.to_string();
    let binary = running.send(
        "POST",
        infer,
        &[("inference-header-content-length", &length)],
        &body,
    );
    assert_eq!(binary_output(&binary, "margin"), batch);
    assert_eq!(binary_output(&binary, "probability"), probabilities);

    for form in [
        json!({ "dataframe_records": forms::records(&rows) }),
        json!({ "instances": forms::records(&rows) }),
        json!({ "inputs": rows.names().iter().map(|n| (n.clone(), forms::column(&rows, n))).collect::<serde_json::Map<_, _>>() }),
    ] {
        assert_eq!(of_rows(&running.post("/invocations", &form), "margin"), batch);
    }
    let csv = sample::csv(Columns::EveryKind, 300, 2);
    let answer = running.send(
        "POST",
        "/invocations",
        &[("content-type", "text/csv")],
        csv.as_bytes(),
    );
    assert_eq!(of_rows(&answer, "margin"), batch);
    let parquet = table::write::to_bytes(&rows, table::read::Format::Parquet).unwrap();
    let answer = running.send(
        "POST",
        "/invocations",
        &[("content-type", "application/vnd.apache.parquet")],
        &parquet,
    );
    assert_eq!(of_rows(&answer, "margin"), batch);
    let answer = running.post(
        "/v1/models/churn:predict",
        &json!({ "instances": forms::records(&rows) }),
    );
    assert_eq!(of_rows(&answer, "margin"), batch);
    let answer = running.post(
        "/v1/models/churn:explain",
        &json!({ "instances": forms::records(&rows) }),
    );
    assert_eq!(of_rows(&answer, "margin"), batch);

    for row in 0..60 {
        let one = rows.slice(row, 1);
        let json = running.post(infer, &forms::tensors(&one)).ok();
        assert_eq!(forms::bits(&forms::output(&json, "margin")), batch[row..=row]);
        let (body, length) = forms::binary(&one);
        let length = length.to_string();
        let answer = running.send(
            "POST",
            infer,
            &[("inference-header-content-length", &length)],
            &body,
        );
        assert_eq!(binary_output(&answer, "margin"), batch[row..=row]);
        let instances = json!({ "instances": [forms::record(&rows, row)] });
        assert_eq!(
            of_rows(&running.post("/v1/models/churn:predict", &instances), "margin"),
            batch[row..=row]
        );
    }
}

/// Frames hold days and times as either or as texts; what is logged of them has one kind.
#[test]
fn days_and_times_come_in_several_forms() {
    let running = serve_with(
        sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]),
        with_log(serve::LogMode::Audit),
    );
    let rows = sample::rows(Columns::EveryKind, 50, 2);
    let batch = margins(&expected(&running.bundle, &rows));
    let as_text = |table: &Table, name: &str| {
        let cells = table.column(name).unwrap();
        let texts = (0..cells.len()).map(|row| table::write::cell_text(cells.as_ref(), row));
        let texts: StringArray = texts.collect();
        table.with_column(name, Arc::new(texts)).unwrap()
    };
    let texts = as_text(&as_text(&rows, "joined"), "seen");
    let days = rows.column("joined").unwrap();
    let times = cast(&days, &table::Kind::Time.data_type()).unwrap();
    let times = rows.with_column("joined", times).unwrap();
    for table in [&rows, &texts, &times] {
        for (format, content_type) in [
            (Format::Parquet, "application/vnd.apache.parquet"),
            (Format::Csv, "text/csv"),
        ] {
            let body = table::write::to_bytes(table, format).unwrap();
            let answer = running.send("POST", "/invocations", &[("content-type", content_type)], &body);
            assert_eq!(of_rows(&answer, "margin"), batch);
        }
    }
    let bad = table::write::to_bytes(&texts, Format::Csv).unwrap();
    let bad = String::from_utf8(bad).unwrap().replace("2024-03-", "2024-33-");
    let answer = running.send(
        "POST",
        "/invocations",
        &[("content-type", "text/csv")],
        bad.as_bytes(),
    );
    assert!(
        answer.refused(400).contains("column `seen`, row 0"),
        "{}",
        answer.text()
    );
    let folder = running.folder;
    running.server.stop().unwrap();
    let paths = bundle::log::files(&folder.path().join("log")).unwrap();
    assert!(
        paths.len() == 1 && paths[0].extension().unwrap() == "parquet",
        "{paths:?}"
    );
    assert_eq!(bundle::log::read(&paths[0]).unwrap()[0].n_rows(), 300);
}

/// A large body goes another way through the server, with more threads.
#[test]
fn large_requests_give_the_same_bits() {
    let running = serve(sample::bundle(Columns::Simple, sample::binary(), vec![], &[]));
    let rows = sample::rows(Columns::Simple, 40_000, 3);
    let body = forms::tensors(&rows);
    assert!(1 << 20 < body.to_string().len());
    let answer = running.post("/v2/models/churn/infer", &body).ok();
    assert_eq!(
        forms::bits(&forms::output(&answer, "margin")),
        margins(&expected(&running.bundle, &rows))
    );
}

#[test]
fn classes_and_numbers_have_their_own_outputs() {
    let classes = Task::Classes {
        target: "t".into(),
        classes: vec!["a".into(), "b".into(), "c".into()],
    };
    let running = serve(sample::bundle(Columns::Simple, classes, vec![], &[]));
    let rows = sample::rows(Columns::Simple, 40, 2);
    let scores = expected(&running.bundle, &rows);
    let answer = running
        .post("/v2/models/churn/infer", &forms::tensors(&rows))
        .ok();
    for (class, name) in ["margin_a", "margin_b", "margin_c"].iter().enumerate() {
        let of_class: Vec<u64> = scores
            .margins
            .iter()
            .skip(class)
            .step_by(3)
            .map(|m| m.to_bits())
            .collect();
        assert_eq!(forms::bits(&forms::output(&answer, name)), of_class);
    }
    let explained = running
        .post(
            "/v1/models/churn:explain",
            &json!({ "instances": [forms::record(&rows, 0)] }),
        )
        .ok();
    let row = &explained["predictions"][0];
    let sum = row["contributions"]["b"]
        .as_object()
        .unwrap()
        .values()
        .fold(row["base"]["b"].as_f64().unwrap(), |sum, c| {
            sum + c.as_f64().unwrap()
        });
    assert_eq!(sum.to_bits(), scores.margins[1].to_bits());

    let number = Task::Regression { target: "t".into() };
    let running = serve(sample::bundle(Columns::Simple, number, vec![], &[]));
    let answer = running.post("/invocations", &json!({ "instances": forms::records(&rows) }));
    let scores = expected(&running.bundle, &rows);
    assert_eq!(of_rows(&answer, "prediction"), margins(&scores));
    assert_eq!(answer.ok()["predictions"][0].as_object().unwrap().len(), 2);
}

fn binary_output(answer: &Answer, name: &str) -> Vec<u64> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    let length: usize = answer
        .header("inference-header-content-length")
        .unwrap()
        .parse()
        .unwrap();
    let head: Value = serde_json::from_slice(&answer.body[..length]).unwrap();
    let mut rest = &answer.body[length..];
    for output in head["outputs"].as_array().unwrap() {
        let (bytes, after) =
            rest.split_at(output["parameters"]["binary_data_size"].as_u64().unwrap() as usize);
        if output["name"] == name {
            return bytes
                .chunks_exact(8)
                .map(|chunk| u64::from_le_bytes(chunk.try_into().unwrap()))
                .collect();
        }
        rest = after;
    }
    panic!("no {name} in {head}")
}
