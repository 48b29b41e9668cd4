//! Reads files as `table::read::open` does and prints what came out, for `bench/dirty.py`.
//!
//! `read FILE...` prints one JSON object a file and line: `{"names": [...], "rows": [[...]], "complaints": [...],
//! "guesses": [...]}` or `{"error": "..."}`. `read --time FILE` prints the milliseconds that each of five readings took.

#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;
use table::read::{Options, Read, open};
use table::write::cell_text;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, files)) if first == "--time" => files.iter().for_each(|file| time(Path::new(file))),
        _ => arguments
            .iter()
            .for_each(|file| println!("{}", told(Path::new(file)))),
    }
}

fn time(path: &Path) {
    for _ in 0..5 {
        let start = Instant::now();
        let read = open(path, &Options::default());
        let millis = start.elapsed().as_millis();
        match read {
            Ok(read) => println!(
                "{millis} ms, {} rows, {} columns, {} complaints, hash {}",
                read.table.n_rows(),
                read.table.n_columns(),
                read.complaints.iter().count(),
                read.table.hash()
            ),
            Err(error) => println!("{error}"),
        }
    }
}

fn told(path: &Path) -> serde_json::Value {
    match open(path, &Options::default()) {
        Ok(read) => told_of(&read),
        Err(error) => serde_json::json!({ "error": error.to_string() }),
    }
}

fn told_of(read: &Read) -> serde_json::Value {
    let columns = read.table.batch().columns();
    let rows: Vec<Vec<Option<String>>> = (0..read.table.n_rows())
        .map(|row| {
            columns
                .iter()
                .map(|column| cell_text(column.as_ref(), row))
                .collect()
        })
        .collect();
    let complaints: Vec<String> = read.complaints.iter().map(ToString::to_string).collect();
    serde_json::json!({
        "names": read.table.names(),
        "kinds": read.table.columns().iter().map(|(_, kind)| kind.name()).collect::<Vec<_>>(),
        "rows": rows,
        "complaints": complaints,
        "guesses": read.guesses,
    })
}
