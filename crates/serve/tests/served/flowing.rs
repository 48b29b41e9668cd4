//! Bodies beyond the limit, answered while they come.

use crate::client::{self, Answer, Running, serve_with, with_log};
use crate::forms;
use crate::native::{STREAM, arrow_stream, read_arrow};
use crate::sample::{self, Columns};
use prepare::contract::{Action, Rule};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use table::Table;
use table::arrow::array::{AsArray, RecordBatch};
use table::arrow::datatypes::Float64Type;

const PREDICT: &str = "/v1/models/churn:predict";
const LIMIT: usize = 100_000;
const LINES: &str = "application/jsonlines";

fn running() -> Running {
    let rules = vec![sample::rule("charges", Rule::Max(1000.0), Action::Refuse)];
    serve_with(
        sample::bundle(Columns::Simple, sample::binary(), rules, &[]),
        |config, folder| {
            config.limits.max_body_bytes = LIMIT;
            config.limits.max_rows = 1000;
            with_log(serve::LogMode::Audit)(config, folder);
        },
    )
}

fn send(running: &Running, content: &str, accept: &str, body: &[u8]) -> Answer {
    running.send(
        "POST",
        PREDICT,
        &[("content-type", content), ("accept", accept)],
        body,
    )
}

/// A body that came in chunks, and whether it came to its end.
fn dechunked(answer: &Answer) -> (Vec<u8>, bool) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    let (mut rest, mut whole) = (answer.body.as_slice(), Vec::new());
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return (whole, true);
        }
        let Some(chunk) = rest.get(end + 2..end + 2 + length) else {
            break;
        };
        whole.extend(chunk);
        rest = rest.get(end + 4 + length..).unwrap_or_default();
    }
    (whole, false)
}

fn lines(rows: &Table) -> String {
    (0..rows.n_rows())
        .map(|row| format!("{}\n", forms::record(rows, row)))
        .collect()
}

fn batches(rows: &Table, n: usize) -> Vec<RecordBatch> {
    (0..rows.n_rows())
        .step_by(n)
        .map(|at| rows.slice(at, n).batch().clone())
        .collect()
}

fn margins(running: &Running, rows: &Table) -> Vec<u64> {
    let scores = running.bundle.score(rows, &Default::default()).unwrap();
    scores.margins.iter().map(|margin| margin.to_bits()).collect()
}

fn of_table(table: &Table) -> Vec<u64> {
    let column = table.column("margin").unwrap();
    column
        .as_primitive::<Float64Type>()
        .values()
        .iter()
        .map(|value| value.to_bits())
        .collect()
}

fn of_lines(body: &[u8]) -> (Vec<u64>, Option<Value>) {
    let text = std::str::from_utf8(body).unwrap();
    let mut rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let error = rows.pop_if(|row| row.get("error").is_some());
    (
        rows.iter()
            .map(|row| row["margin"].as_f64().unwrap().to_bits())
            .collect(),
        error,
    )
}

#[test]
fn large_bodies_are_answered_in_their_order() {
    let running = running();
    let rows = sample::rows(Columns::Simple, 5000, 2);
    let expected = margins(&running, &rows);
    let text = lines(&rows);
    let stream = arrow_stream(&batches(&rows, 700));
    assert!(LIMIT < text.len() && LIMIT < stream.len());
    for (content, body) in [(LINES, text.as_bytes()), (STREAM, &stream)] {
        for accept in [LINES, STREAM, "text/csv"] {
            let (answer, is_whole) = dechunked(&send(&running, content, accept, body));
            assert!(is_whole);
            let found = match accept {
                LINES => {
                    let (found, error) = of_lines(&answer);
                    assert_eq!(error, None);
                    found
                }
                STREAM => of_table(&read_arrow(&answer)),
                _ => of_table(
                    &table::read::from_bytes(&answer, table::read::Format::Csv, "a", &Default::default())
                        .unwrap()
                        .table,
                ),
            };
            let differ = found.iter().zip(&expected).position(|(one, other)| one != other);
            assert_eq!((found.len(), differ), (5000, None), "{content} {accept}");
        }
    }
    // forms that have no parts, and rows that come in none
    for (content, accept, body) in [
        (LINES, "application/json", text.as_bytes()),
        (STREAM, "application/vnd.apache.parquet", &stream),
        ("text/csv", LINES, text.as_bytes()),
    ] {
        assert!(
            send(&running, content, accept, body)
                .refused(413)
                .contains("100000 bytes")
        );
    }
    let folder = running.folder;
    running.server.stop().unwrap();
    let logged: usize = bundle::log::files(&folder.path().join("log"))
        .unwrap()
        .iter()
        .flat_map(|path| bundle::log::read(path).unwrap())
        .map(|table| table.n_rows())
        .sum();
    assert_eq!(logged, 6 * 5000);
}

#[test]
fn an_error_in_the_midst_ends_the_answer_visibly() {
    let running = running();
    let rows = sample::rows(Columns::Simple, 5000, 2);
    let expected = margins(&running, &rows);
    let bad = lines(&rows).replacen("\"charges\"", "\"charges\":1e9,\"other\"", 4000);
    let first = send(&running, LINES, LINES, bad.as_bytes());
    assert!(
        first.refused(400).contains("charges"),
        "what is wrong at once is a refusal"
    );

    let text: Vec<String> = lines(&rows).lines().map(str::to_owned).collect();
    let mut late = text.clone();
    late[3500] = "{\"tenure\": \"x\"}".to_owned();
    let (answer, is_whole) = dechunked(&send(&running, LINES, LINES, late.join("\n").as_bytes()));
    let (found, error) = of_lines(&answer);
    let error = error.expect("a last line tells of the error");
    assert!(
        is_whole
            && error["error"]
                .as_str()
                .unwrap()
                .contains("column `tenure`, row 500"),
        "{error}"
    );
    assert_eq!(
        (found.as_slice(), error["n_rows"].as_u64()),
        (&expected[..3000], Some(3000))
    );

    let stream = arrow_stream(&batches(&rows, 700));
    let cut = &stream[..stream.len() - 9000];
    let (answer, is_whole) = dechunked(&send(&running, STREAM, STREAM, cut));
    assert!(!is_whole, "the connection is cut");
    assert!(
        table::arrow::ipc::reader::StreamReader::try_new(answer.as_slice(), None)
            .unwrap()
            .count()
            < 8
    );
    let large = arrow_stream(&[batches(&rows, 700), vec![rows.batch().clone()]].concat());
    assert!(
        !dechunked(&send(&running, STREAM, STREAM, &large)).1,
        "a batch of too many rows"
    );
    assert_eq!(running.get("/ping").status, 200);
}

/// A caller who is slow is waited for, one who says nothing is not.
#[test]
fn rows_may_come_slowly() {
    let running = serve_with(
        sample::bundle(Columns::Simple, sample::binary(), vec![], &[]),
        |config, _| {
            config.limits.max_body_bytes = 1000;
            config.limits.max_rows = 10;
            config.limits.head_timeout_ms = 300;
            config.limits.timeout_ms = 1000;
        },
    );
    let rows = sample::rows(Columns::Simple, 100, 2);
    let text = lines(&rows);
    let slow = |n_parts: usize, pause_ms: u64, end: usize| {
        let mut stream = TcpStream::connect(running.server.address()).unwrap();
        let head = client::head("POST", PREDICT, &[("content-type", LINES)], text.len());
        stream.write_all(&head).unwrap();
        for part in text.as_bytes()[..end].chunks(text.len() / n_parts) {
            stream.write_all(part).unwrap();
            std::thread::sleep(Duration::from_millis(pause_ms));
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    };
    let answer = slow(8, 200, text.len());
    let answer = String::from_utf8(answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.matches("\"margin\"").count() == 100,
        "{answer}"
    );
    let silent = String::from_utf8(slow(2, 0, text.len() / 2)).unwrap();
    assert!(
        silent.starts_with("HTTP/1.1 504") || silent.contains("took longer than 1000 ms"),
        "{silent}"
    );
}
