//! The same bundle gives the same bits on every path.

use crate::support::{Served, demo, shared, write};
use bundle::{Bundle, ScoreOptions};
use serde_json::Value;
use std::path::Path;
use table::Table;
use table::read::{Format, Options};
use tempfile::TempDir;

fn bits(margins: &[f64]) -> Vec<u64> {
    margins.iter().map(|margin| margin.to_bits()).collect()
}

/// The bits of all numbers that a bundle answers with, row by row.
fn answers(bundle: &Bundle, rows: &Table, options: &ScoreOptions) -> Vec<Vec<u64>> {
    let scored = bundle
        .score(rows, options)
        .unwrap()
        .to_table(&bundle.task)
        .unwrap();
    let numbers = numbers(bundle);
    let columns: Vec<Vec<f64>> = numbers
        .iter()
        .map(|name| bundle::baseline::numbers(&scored, name).unwrap())
        .collect();
    (0..rows.n_rows())
        .map(|row| columns.iter().map(|column| column[row].to_bits()).collect())
        .collect()
}

/// The columns of numbers among the answers.
fn numbers(bundle: &Bundle) -> Vec<String> {
    let mut names = bundle.output_names();
    names.retain(|name| name != "decision");
    names
}

/// Answers through batch on 1 and 2 threads, blocks of 1, 7 and 4096, HTTP row by row and at once.
fn check_paths(bundle_path: &Path, rows: &Table, n_one_by_one: usize) {
    let bundle = Bundle::load(bundle_path).unwrap();
    let score = |block_rows, n_threads| {
        let options = ScoreOptions {
            block_rows,
            n_threads,
            n_reasons: 0,
        };
        answers(&bundle, rows, &options)
    };
    let expected = score(4096, 1);
    for (block, threads) in [(1, 1), (7, 1), (1, 2), (7, 2), (4096, 2)] {
        assert_eq!(
            score(block, threads),
            expected,
            "blocks of {block} on {threads} threads"
        );
    }
    let reread = Bundle::from_bytes(&bundle.to_bytes(), "again").unwrap();
    assert_eq!(reread.hash(), bundle.hash());

    let folder = TempDir::new().unwrap();
    let served = Served::start(folder.path(), &[bundle_path.to_str().unwrap()]);
    let ask = |rows: &Table| -> Vec<Vec<u64>> {
        let lines = table::write::to_bytes(rows, Format::JsonLines).unwrap();
        let records: Vec<Value> = lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        let names: Vec<String> = rows.names();
        let data: Vec<Vec<Value>> = records
            .iter()
            .map(|record| {
                names
                    .iter()
                    .map(|name| record.get(name).cloned().unwrap_or(Value::Null))
                    .collect()
            })
            .collect();
        let body = serde_json::json!({ "dataframe_split": { "columns": names, "data": data } });
        let (status, text) = served.post("/invocations", "application/json", body.to_string().as_bytes());
        assert_eq!(status, 200, "{text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["predictions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let bits = |name: &String| row[name].as_f64().unwrap().to_bits();
                numbers(&bundle).iter().map(bits).collect()
            })
            .collect()
    };
    assert_eq!(ask(rows), expected, "HTTP in one request");
    for row in 0..n_one_by_one.min(rows.n_rows()) {
        assert_eq!(
            ask(&rows.slice(row, 1)),
            expected[row..row + 1],
            "HTTP, row {row} alone"
        );
    }
    served.stop();
}

#[test]
fn demo_margins_are_the_same_bits_on_every_path() {
    let demo = demo();
    let options = project::scoring::options_for(&Bundle::load(&demo.bundle()).unwrap());
    let rows = table::read::open(&demo.path().join("later.csv"), &options)
        .unwrap()
        .table;
    check_paths(&demo.bundle(), &rows, 200);
}

#[test]
fn telco_margins_are_the_same_bits_on_every_path_for_all_rows() {
    let Some(telco) = crate::telco::run() else { return };
    let rows = table::read::open(
        &shared("data/churn/telco_customer_churn.csv").unwrap(),
        &Options::default(),
    )
    .unwrap()
    .table;
    assert_eq!(rows.n_rows(), 7043);
    check_paths(&telco.path().join("out/churn.bundle"), &rows, 7043);
}

#[test]
fn intervals_are_the_same_bits_on_every_path() {
    for intervals in [
        "0.9",
        "{ level = 0.8, by = \"c\" }",
        "{ level = 0.8, by = \"k\" }",
    ] {
        for params in [
            "rounds = 20",
            "loss = \"quantile\", quantiles = [0.2, 0.8], rounds = 20",
        ] {
            let folder = TempDir::new().unwrap();
            let row = |i: u32| {
                let (x, k) = (i * 37 % 101, i % 3);
                let y = f64::from(x) / 7.0 + f64::from((1 + k) * (i * 7919 % 23)) / 3.0;
                format!("{x}.5,{},{k},{y}\n", ["a", "b", ""][(i % 3) as usize])
            };
            write(
                folder.path(),
                "rows.csv",
                &("x,c,k,y\n".to_owned() + &(0..400).map(row).collect::<String>()),
            );
            let project = format!(
                "[data.rows]\nsource = \"rows.csv\"\n[model.m]\ntarget = \"y\"\ntrainer = \"boost\"\nexclude = [\"k\"]\nintervals = {intervals}\nparams = {{ {params} }}\n"
            );
            write(folder.path(), "spanwise.toml", &project);
            crate::support::json(folder.path(), &["run"]);
            let path = folder.path().join("out/m.bundle");
            let bundle = Bundle::load(&path).unwrap();
            let later = "x,c,k\n1,a,0\n50.5,b,1\n99,new,2\n,,\n33,b,7\n-5,a,1\n";
            let mut options = project::scoring::options_for(&bundle);
            options.kinds.insert("k".to_owned(), table::Kind::Integer);
            let rows = table::read::from_bytes(later.as_bytes(), Format::Csv, "t", &options)
                .unwrap()
                .table;
            check_paths(&path, &rows, 6);

            // The command line writes what is scored in process.
            write(folder.path(), "later.csv", later);
            let told = crate::support::json(folder.path(), &["score", "out/m.bundle", "later.csv"]);
            let expected = answers(&bundle, &rows, &ScoreOptions::default());
            for (row, expected) in told["rows"].as_array().unwrap().iter().zip(&expected) {
                let bits = |name: &String| row[name].as_f64().unwrap().to_bits();
                assert_eq!(numbers(&bundle).iter().map(bits).collect::<Vec<u64>>(), *expected);
                assert!(row["interval_low"].as_f64().unwrap() <= row["interval_high"].as_f64().unwrap());
            }
        }
    }
}

#[test]
fn repeated_rows_and_weights_give_the_same_margins() {
    let mut once = "x,c,w,y\n".to_owned();
    let mut repeated = "x,c,y\n".to_owned();
    for i in 0..400u32 {
        let (x, c, w) = (i * 37 % 101, ["a", "b", "c"][(i % 3) as usize], 1 + i % 3);
        let y = if (x + i * 13 % 29) % 101 < 40 { "yes" } else { "no" };
        once.push_str(&format!("{x},{c},{w},{y}\n"));
        (0..w).for_each(|_| repeated.push_str(&format!("{x},{c},{y}\n")));
    }
    let train = |text: &str, weight: &str| {
        let folder = TempDir::new().unwrap();
        write(folder.path(), "rows.csv", text);
        let project = format!(
            "[data.rows]\nsource = \"rows.csv\"\n[model.m]\ntarget = \"y\"\npositive = \"yes\"\ntrainer = \"boost\"\n{weight}[model.m.params]\ngradients = \"exact\"\nrow_sample = 1.0\n"
        );
        write(folder.path(), "spanwise.toml", &project);
        crate::support::json(folder.path(), &["run"]);
        let bundle = Bundle::load(&folder.path().join("out/m.bundle")).unwrap();
        let rows = table::read::from_bytes(
            b"x,c\n1,a\n50,b\n99,c\n,\n33,new\n",
            Format::Csv,
            "t",
            &Options::default(),
        )
        .unwrap()
        .table;
        bits(&bundle.score(&rows, &ScoreOptions::default()).unwrap().margins)
    };
    assert_eq!(train(&once, "weight = \"w\"\n"), train(&repeated, ""));
}

#[test]
fn contributions_add_up_to_the_margin_bit_for_bit() {
    let demo = demo();
    let bundle = Bundle::load(&demo.bundle()).unwrap();
    let rows = table::read::open(
        &demo.path().join("later.csv"),
        &project::scoring::options_for(&bundle),
    )
    .unwrap()
    .table;
    let scores = bundle
        .score(
            &rows,
            &ScoreOptions {
                n_reasons: 3,
                ..ScoreOptions::default()
            },
        )
        .unwrap();
    let explanation = scores.explanation.unwrap();
    for (row, margin) in scores.margins.iter().enumerate() {
        let contributions = explanation.contributions_of(row, 0);
        let forwards = contributions.iter().fold(explanation.base[row], |sum, c| sum + c);
        let backwards = contributions.iter().rev().fold(0.0, |sum, c| sum + c) + explanation.base[row];
        assert_eq!(
            (forwards.to_bits(), backwards.to_bits()),
            (margin.to_bits(), margin.to_bits())
        );
    }
}
