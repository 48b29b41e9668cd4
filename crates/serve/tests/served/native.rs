//! Our own protocol: rows and answers in every form, wishes, and what does not fit.

use crate::client::{Answer, Running, serve};
use crate::forms;
use crate::sample::{self, Columns};
use prepare::contract::{Action, Rule};
use serde_json::{Value, json};
use std::sync::Arc;
use table::arrow::array::{
    ArrayRef, AsArray, DictionaryArray, Float32Array, Int8Array, Int32Array, LargeStringArray, ListArray,
    RecordBatch, StringViewArray, UInt64Array,
};
use table::arrow::compute::cast;
use table::arrow::datatypes::{DataType, Float64Type, Int32Type, TimeUnit};
use table::arrow::ipc::reader::StreamReader;
use table::arrow::ipc::writer::StreamWriter;
use table::read::{Format, Options, from_bytes};
use table::{Kind, Table};

const PREDICT: &str = "/v1/models/churn:predict";
const EXPLAIN: &str = "/v1/models/churn:explain";
pub const STREAM: &str = "application/vnd.apache.arrow.stream";
const FILE: &str = "application/vnd.apache.arrow.file";
const PARQUET: &str = "application/vnd.apache.parquet";

pub fn arrow_stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

pub fn read_arrow(bytes: &[u8]) -> Table {
    let batches = StreamReader::try_new(bytes, None).unwrap();
    let tables: Vec<Table> = batches
        .map(|batch| Table::from_batch(batch.unwrap()).unwrap())
        .collect();
    Table::concat(&tables).unwrap()
}

fn ask(running: &Running, path: &str, content: &str, accept: &str, body: &[u8]) -> Answer {
    running.send(
        "POST",
        path,
        &[("content-type", content), ("accept", accept)],
        body,
    )
}

/// The numbers of a column of an answer, in whichever form it is.
fn numbers(answer: &Answer, name: &str) -> Vec<u64> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let content = answer.header("content-type").unwrap();
    let format = match content {
        "application/json" => {
            return forms::bits(&of_rows(answer.json()["predictions"].as_array().unwrap(), name));
        }
        "application/jsonlines" => {
            let rows: Vec<Value> = answer
                .text()
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            return forms::bits(&of_rows(&rows, name));
        }
        STREAM | FILE => Format::Arrow,
        PARQUET => Format::Parquet,
        _ => Format::Csv,
    };
    let table = from_bytes(&answer.body, format, "answer", &Options::default())
        .unwrap()
        .table;
    let column = table.column(name).unwrap();
    column
        .as_primitive::<Float64Type>()
        .values()
        .iter()
        .map(|value| value.to_bits())
        .collect()
}

fn of_rows(rows: &[Value], name: &str) -> Vec<Value> {
    rows.iter().map(|row| row[name].clone()).collect()
}

#[test]
fn every_form_of_rows_and_answers_has_the_same_bits() {
    let running = serve(sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]));
    let rows = sample::rows(Columns::EveryKind, 300, 2);
    let scores = running.bundle.score(&rows, &Default::default()).unwrap();
    let expected = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    let lines: String = (0..300)
        .map(|row| format!("{}\n", forms::record(&rows, row)))
        .collect();
    let bodies = [
        (
            "application/json",
            json!({ "rows": forms::records(&rows) }).to_string().into_bytes(),
        ),
        ("application/x-ndjson", lines.into_bytes()),
        (
            "text/csv; header=present",
            sample::csv(Columns::EveryKind, 300, 2).into_bytes(),
        ),
        (
            STREAM,
            arrow_stream(&[
                rows.slice(0, 100).batch().clone(),
                rows.slice(100, 200).batch().clone(),
            ]),
        ),
        (FILE, table::write::to_bytes(&rows, Format::Arrow).unwrap()),
        (PARQUET, table::write::to_bytes(&rows, Format::Parquet).unwrap()),
    ];
    for (content, body) in &bodies {
        for accept in [
            "*/*",
            "application/json",
            "application/jsonlines",
            "text/csv",
            STREAM,
            FILE,
            PARQUET,
        ] {
            let answer = ask(&running, PREDICT, content, accept, body);
            assert_eq!(
                numbers(&answer, "margin"),
                expected(&scores.margins),
                "{content} {accept}"
            );
            assert_eq!(numbers(&answer, "probability"), expected(&scores.probabilities));
            let found = answer.header("content-type").unwrap().split(';').next().unwrap();
            let asked = if accept == "*/*" {
                content.split(';').next().unwrap()
            } else {
                accept
            };
            assert_eq!(
                found,
                asked.replace("x-ndjson", "jsonlines"),
                "the form of the rows, or as asked"
            );
        }
    }
    let invocations = ask(&running, "/invocations", STREAM, PARQUET, &bodies[3].1);
    assert_eq!(numbers(&invocations, "margin"), expected(&scores.margins));
    assert!(
        ask(&running, PREDICT, STREAM, "image/png", &bodies[3].1)
            .refused(406)
            .contains("image/png")
    );
    assert!(
        ask(&running, PREDICT, "text/html", "*/*", b"")
            .refused(415)
            .contains(STREAM)
    );
}

#[test]
fn wishes_choose_the_columns() {
    let rules = vec![sample::rule("charges", Rule::Max(50.0), Action::Flag)];
    let running = serve(sample::bundle(Columns::Simple, sample::binary(), rules, &[]));
    let rows = sample::rows(Columns::Simple, 30, 4);
    let ask_json = |path: &str, wish: Value| {
        let mut body = json!({ "rows": forms::records(&rows) });
        body.as_object_mut()
            .unwrap()
            .extend(wish.as_object().unwrap().clone());
        running.post(path, &body)
    };
    let keys = |answer: &Answer| {
        answer.ok()["predictions"][0]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&ask_json(PREDICT, json!({}))),
        ["decision", "margin", "probability"]
    );
    let wish = json!({ "reasons": 2, "decision": false, "broken": true, "intervals": false });
    let chosen = ask_json(PREDICT, wish);
    assert_eq!(keys(&chosen), ["broken", "margin", "probability", "reasons"]);
    assert!(
        chosen.ok()["predictions"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["reasons"].as_array().unwrap().len() == 2)
    );
    let broken = of_rows(chosen.ok()["predictions"].as_array().unwrap(), "broken");
    assert!(
        broken.iter().any(Value::is_null) && broken.iter().any(|cell| cell == "`charges` breaks max = 50")
    );

    let body = arrow_stream(&[rows.batch().clone()]);
    let path = format!("{EXPLAIN}?reasons=1&broken=false");
    let explained = read_arrow(&ask(&running, &path, STREAM, STREAM, &body).body);
    let features = running.bundle.recipe.features.iter();
    let contributions: Vec<String> = features
        .map(|feature| format!("contribution_{}", feature.name))
        .collect();
    let names = [
        &["margin", "probability", "decision", "base"].map(String::from)[..],
        &contributions,
        &["reasons".into()],
    ];
    assert_eq!(explained.names(), names.concat());
    let number = |name: &str, row: usize| {
        explained
            .column(name)
            .unwrap()
            .as_primitive::<Float64Type>()
            .value(row)
    };
    for row in 0..30 {
        let sum = contributions
            .iter()
            .fold(number("base", row), |sum, name| sum + number(name, row));
        assert_eq!(sum.to_bits(), number("margin", row).to_bits());
    }
    let in_json = ask_json(EXPLAIN, json!({ "reasons": 1 })).ok();
    let old = running
        .post(
            EXPLAIN,
            &json!({ "instances": forms::records(&rows), "n_reasons": 1 }),
        )
        .ok();
    assert_eq!(in_json, old, "the same answer as in KServe's words");

    for (wish, expected) in [
        (json!({ "reason": 3 }), "did you mean `reasons`?"),
        (json!({ "reasons": "3" }), "expected a whole number"),
        (json!({ "decision": 1 }), "expected true or false"),
        (json!({ "intervals": true }), "model `churn` has none"),
        (
            json!({ "instances": [] }),
            "exactly one of `instances` and `rows`",
        ),
    ] {
        let sentence = ask_json(PREDICT, wish).refused(400);
        assert!(sentence.contains(expected), "{sentence}");
    }
}

/// Every Arrow type that can hold a kind without loss.
#[test]
fn columns_of_every_type_become_the_inputs() {
    let running = serve(sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]));
    let rows = sample::rows(Columns::EveryKind, 50, 2);
    let scores = running.bundle.score(&rows, &Default::default()).unwrap();
    let bits: Vec<u64> = scores.margins.iter().map(|margin| margin.to_bits()).collect();
    // from UTC: what has no zone would be taken for local time
    let utc = |unit| DataType::Timestamp(unit, Some("UTC".into()));
    let types = [
        (
            "tenure",
            vec![
                DataType::Int8,
                DataType::UInt16,
                DataType::Int32,
                DataType::UInt64,
                DataType::Float32,
                DataType::Float16,
            ],
        ),
        ("charges", vec![DataType::Float64]),
        (
            "plan",
            vec![
                DataType::LargeUtf8,
                DataType::Utf8View,
                DataType::Dictionary(DataType::Int8.into(), DataType::Utf8.into()),
                DataType::Dictionary(DataType::UInt32.into(), DataType::LargeUtf8.into()),
            ],
        ),
        ("senior", vec![DataType::Int8, DataType::Float64]),
        (
            "joined",
            vec![
                DataType::Date64,
                DataType::Timestamp(TimeUnit::Second, None),
                DataType::Utf8,
            ],
        ),
        (
            "seen",
            vec![
                DataType::Timestamp(TimeUnit::Nanosecond, None),
                DataType::Timestamp(TimeUnit::Millisecond, Some("Europe/Oslo".into())),
                DataType::LargeUtf8,
            ],
        ),
    ];
    for (name, types) in types {
        for data_type in types {
            let cells = match (&data_type, rows.kind(name)) {
                (DataType::Utf8 | DataType::LargeUtf8, Some(Kind::Time)) => {
                    let cells = rows.column(name).unwrap();
                    let texts = (0..50).map(|row| table::write::cell_text(cells.as_ref(), row));
                    cast(
                        &(Arc::new(texts.collect::<LargeStringArray>()) as ArrayRef),
                        &data_type,
                    )
                    .unwrap()
                }
                (DataType::Timestamp(unit, Some(_)), _) => {
                    let instants = cast(&rows.column(name).unwrap(), &utc(*unit)).unwrap();
                    cast(&instants, &data_type).unwrap()
                }
                _ => cast(&rows.column(name).unwrap(), &data_type).unwrap(),
            };
            let body = arrow_stream(&[with(rows.batch(), name, cells)]);
            let answer = ask(&running, PREDICT, STREAM, "application/json", &body);
            assert_eq!(numbers(&answer, "margin"), bits, "{name} as {data_type}");
        }
    }
}

fn with(batch: &RecordBatch, name: &str, cells: ArrayRef) -> RecordBatch {
    let schema = batch.schema();
    let columns = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| match field.name() == name {
            true => (field.name().clone(), Arc::clone(&cells)),
            false => (field.name().clone(), Arc::clone(column)),
        });
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn columns_that_do_not_fit_are_refused_by_name() {
    let running = serve(sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]));
    let rows = sample::rows(Columns::EveryKind, 3, 2);
    let refused = |batch: &RecordBatch| {
        ask(
            &running,
            PREDICT,
            STREAM,
            "*/*",
            &arrow_stream(std::slice::from_ref(batch)),
        )
        .refused(400)
    };
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)]), Some([Some(2)]), None]);
    let dictionary: DictionaryArray<Int32Type> = vec!["a", "b", "a"].into_iter().collect();
    let cases: Vec<(&str, ArrayRef, &[&str])> = vec![
        (
            "charges",
            Arc::new(lists),
            &["column `charges`", "List", "expected a finite number"],
        ),
        (
            "charges",
            Arc::new(dictionary),
            &["column `charges`, row 0", "the text `a`", "a finite number"],
        ),
        (
            "charges",
            Arc::new(Float32Array::from(vec![1.0, f32::INFINITY, 2.0])),
            &["column `charges`, row 1"],
        ),
        (
            "charges",
            Arc::new(UInt64Array::from(vec![1, 2, u64::MAX])),
            &["column `charges`, row 2"],
        ),
        (
            "tenure",
            Arc::new(Float32Array::from(vec![1.0, 2.5, 3.0])),
            &["column `tenure`, row 1", "the number 2.5"],
        ),
        (
            "plan",
            Arc::new(Int8Array::from(vec![1, 2, 3])),
            &["column `plan`", "a column of integer", "expected a text"],
        ),
        (
            "seen",
            Arc::new(Int32Array::from(vec![1, 2, 3])),
            &["column `seen`", "the number 1", "a time as text"],
        ),
    ];
    for (name, cells, expected) in cases {
        let sentence = refused(&with(rows.batch(), name, cells));
        assert!(expected.iter().all(|part| sentence.contains(part)), "{sentence}");
    }
    let missing = refused(rows.select(&["tenure", "plan"]).unwrap().batch());
    assert!(
        missing.contains("no column `charges`; the model needs `tenure`, `charges`"),
        "{missing}"
    );
    let twice: Vec<(String, ArrayRef)> = [rows.batch(), rows.batch()]
        .iter()
        .flat_map(|batch| rows.names().into_iter().zip(batch.columns().to_vec()))
        .collect();
    assert!(refused(&RecordBatch::try_from_iter(twice).unwrap()).contains("twice"));
    let nothing = rows.slice(0, 0);
    assert!(refused(nothing.batch()).contains("found 0 rows"));
    // what the model does not know is not looked at
    let more = with(rows.batch(), "tenure", rows.column("tenure").unwrap());
    let extra: Vec<(String, ArrayRef)> = more
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .zip(more.columns().to_vec())
        .chain([(
            "other".to_owned(),
            Arc::new(StringViewArray::from(vec!["x"; 3])) as ArrayRef,
        )])
        .collect();
    let body = arrow_stream(&[RecordBatch::try_from_iter(extra).unwrap()]);
    assert_eq!(ask(&running, PREDICT, STREAM, "*/*", &body).status, 200);
}

/// SageMaker's forms without names: arrays and sparse lines are in the order of the inputs.
#[test]
fn arrays_and_sparse_lines_have_the_same_bits() {
    let running = serve(sample::bundle(Columns::One, sample::binary(), vec![], &[]));
    let values = [10.25, 60.5, f64::NAN, 99.0];
    let lines: String = values
        .iter()
        .map(|value| {
            format!(
                "{{\"charges\": {}}}\n",
                if value.is_nan() {
                    "null".into()
                } else {
                    value.to_string()
                }
            )
        })
        .collect();
    let expected = numbers(
        &ask(
            &running,
            PREDICT,
            "application/jsonlines",
            "*/*",
            lines.as_bytes(),
        ),
        "margin",
    );
    for (descr, order, shape) in [
        ("<f8", "False", "(4,)"),
        ("<f8", "True", "(4, 1)"),
        ("<f4", "False", "(4, 1)"),
        (">f8", "False", "(4, 1)"),
        ("<f2", "False", "(4,)"),
    ] {
        let head = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        let mut body = [
            b"\x93NUMPY\x01\x00".as_slice(),
            &(head.len() as u16).to_le_bytes(),
            head.as_bytes(),
        ]
        .concat();
        for value in values {
            match descr {
                "<f8" => body.extend(value.to_le_bytes()),
                ">f8" => body.extend(value.to_be_bytes()),
                "<f4" => body.extend((value as f32).to_le_bytes()),
                // halves of these, IEEE 754
                _ => body.extend(
                    match value {
                        10.25 => 0x4920u16,
                        60.5 => 0x5390,
                        99.0 => 0x5630,
                        _ => 0x7e00,
                    }
                    .to_le_bytes(),
                ),
            }
        }
        for path in [PREDICT, "/invocations"] {
            let answer = ask(&running, path, "application/x-npy", "application/json", &body);
            assert_eq!(numbers(&answer, "margin"), expected, "{descr} {shape}");
        }
        for cut in [3, 8, 11, body.len() - 1] {
            assert_eq!(
                ask(&running, PREDICT, "application/x-npy", "*/*", &body[..cut]).status,
                400,
                "{cut}"
            );
        }
    }
    let sparse = "1 0:10.25\n0 0:60.5 # a remark\n\n0\n0:99\n";
    let answer = ask(
        &running,
        "/invocations",
        "text/libsvm",
        "application/json",
        sparse.as_bytes(),
    );
    assert_eq!(numbers(&answer, "margin"), expected);
    for (lines, expected) in [
        ("1 1:2", "an index from 0 to 0"),
        ("1 0:x", "found `x`, expected a number"),
        ("1 0:1 0:2", "stands twice"),
        ("1 2 0:3", "expected index:value"),
        ("", "found 0 rows"),
    ] {
        let answer = ask(&running, PREDICT, "text/libsvm", "*/*", lines.as_bytes());
        let sentence = answer.refused(400);
        assert!(sentence.contains(expected), "{sentence}");
    }
}
