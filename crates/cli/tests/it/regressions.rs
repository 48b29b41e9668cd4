//! What broke once, one test each.

use crate::support::{Ended, json, run, write};
use std::path::Path;
use tempfile::TempDir;

/// 300 rows with a number, a whole number of two values, a category, a rare text, a day, a time, and a target.
fn rows() -> String {
    let row = |i: usize| {
        let x = (i * 7919 % 1009) as f64 / 100.0;
        let yes = (i * 31 + i / 7) % 10 < 3 + 4 * (i % 2);
        format!(
            "u{i},{x},{},{},2020-01-{:02},2021-02-03T{:02}:30:00Z,{}\n",
            i % 2,
            ["a", "b", "c"][i % 3],
            i % 28 + 1,
            i % 24,
            if yes { "Yes" } else { "No" }
        )
    };
    "id,x,senior,plan,day,seen,y\n".to_owned() + &(0..300).map(row).collect::<String>()
}

const DATA: &str = "[data.d]\nsource = \"d.csv\"\nkey = \"id\"\n";
const MODEL: &str = "[model.m]\ntrainer = \"linear\"\ntarget = \"y\"\npositive = \"Yes\"\n";

fn project(text: &str) -> TempDir {
    project_of(&rows(), text)
}

fn project_of(rows: &str, text: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "d.csv", rows);
    write(folder.path(), "spanwise.toml", text);
    folder
}

fn trained(text: &str) -> (TempDir, bundle::Bundle) {
    let folder = project(text);
    let ended = run(folder.path(), &["run"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let bundle = bundle::Bundle::load(&folder.path().join("out/m.bundle")).unwrap();
    (folder, bundle)
}

fn scored(folder: &Path, file: &str) -> Ended {
    let ended = run(folder, &["score", "out/m.bundle", file, "--keep", "id"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended
}

fn refused(text: &str, code: i32, words: &[&str]) {
    let folder = project(text);
    let ended = run(folder.path(), &["run"]);
    assert_eq!(ended.code, code, "{}", ended.stderr);
    for word in words {
        assert!(
            ended.stderr.contains(word),
            "expected `{word}` in: {}",
            ended.stderr
        );
    }
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[test]
fn one_of_on_a_column_of_whole_numbers_can_be_scored() {
    let (folder, _) = trained(&format!(
        "{DATA}[expect.d]\nsenior = {{ one_of = [\"0\", \"1\"] }}\n{MODEL}"
    ));
    scored(folder.path(), "d.csv");
    write(
        folder.path(),
        "e.csv",
        &rows()
            .lines()
            .take(3)
            .map(|l| format!("{l}\n"))
            .collect::<String>()
            .replace(",1,b,", ",2,b,"),
    );
    let ended = scored(folder.path(), "e.csv");
    assert!(
        ended.stderr.contains("1 of 2 rows break the contract"),
        "{}",
        ended.stderr
    );
}

#[test]
fn nobody_worth_acting_on_is_a_profit_of_nothing() {
    let (_folder, bundle) = trained(&format!("{DATA}{MODEL}decide = {{ gain = 10, cost = 20 }}\n"));
    let profit = bundle
        .evaluation
        .metrics
        .iter()
        .find(|metric| metric.name == "profit_per_row")
        .unwrap();
    assert_eq!((profit.value, profit.low, profit.high), (0.0, 0.0, 0.0));
}

#[test]
fn features_may_not_read_the_target_keys_or_what_is_excluded() {
    let with =
        |features: &str| format!("{DATA}{MODEL}exclude = [\"plan\"]\n[model.m.features]\n{features}\n");
    refused(
        &with("l = \"CASE WHEN y = 'Yes' THEN 1 ELSE 0 END\""),
        2,
        &["[model.m].features.l", "`y`, the target", "spanwise.toml:10:5"],
    );
    refused(&with("a = \"length(id)\""), 2, &["`id`, a key"]);
    refused(
        &with("a = \"plan || 'x'\"\nb = \"length(a)\""),
        2,
        &[
            "features.a",
            "features.b",
            "`a`, a feature of a column that is excluded",
        ],
    );
    refused(&with("y = \"x + 1\""), 2, &["the name of the target"]);
}

#[test]
fn long_expressions_are_refused_at_once_or_load_again() {
    let sum = |n: usize| vec!["x"; n].join(" + ");
    let with = |expression: &str| format!("{DATA}{MODEL}[model.m.features]\nf = \"{expression}\"\n");
    refused(&with(&sum(80)), 2, &["too many operators in each other"]);
    refused(&with(&sum(30_000)), 2, &["words and signs"]);
    trained(&with(&sum(50)));
    trained(&with(&vec!["plan = 'a'"; 300].join(" OR ")));
}

#[test]
fn features_that_hide_a_column_are_scored() {
    for features in [
        "senior = \"CAST(senior AS text)\"",
        "a = \"x + 1\"\nx = \"senior * 2\"",
    ] {
        let (folder, bundle) = trained(&format!("{DATA}{MODEL}[model.m.features]\n{features}\n"));
        let kinds: Vec<(&str, &str)> = bundle
            .recipe
            .inputs
            .iter()
            .map(|input| (input.name.as_str(), input.kind.as_str()))
            .collect();
        assert!(
            kinds.contains(&("senior", "integer")) && kinds.contains(&("x", "number")),
            "{kinds:?}"
        );
        scored(folder.path(), "d.csv");
    }
}

#[test]
fn empty_text_is_missing_in_every_format() {
    let (folder, _) = trained(&format!("{DATA}{MODEL}"));
    let some = rows()
        .lines()
        .take(6)
        .map(|l| format!("{l}\n"))
        .collect::<String>();
    let blank = some.replace(",a,", ",,").replace(",b,", ",  ,");
    let csv = write(folder.path(), "e.csv", &blank);
    let read = table::read::open(&csv, &table::read::Options::default())
        .unwrap()
        .table;
    assert_eq!(read.column("plan").unwrap().null_count(), 4);
    // The same rows with blanks that are there.
    use table::arrow::array::{Array, AsArray, StringArray};
    let plan = read.column("plan").unwrap();
    let plan = plan
        .as_string::<i32>()
        .iter()
        .map(|text| Some(text.unwrap_or("")));
    let plan = std::sync::Arc::new(plan.collect::<StringArray>());
    let table = read.with_column("plan", plan).unwrap();
    let expected = scored(folder.path(), "e.csv").stdout;
    for file in ["e.parquet", "e.arrow"] {
        table::write::save(&table, &folder.path().join(file)).unwrap();
        assert_eq!(scored(folder.path(), file).stdout, expected, "{file}");
    }
}

#[test]
fn a_class_seen_a_few_times_is_named_only_if_the_project_names_it() {
    let text = rows();
    let rare = text.lines().enumerate().map(|(i, line)| match i {
        1..=6 => line.replace(",Yes", ",rare").replace(",No", ",rare") + "\n",
        _ => format!("{line}\n"),
    });
    let rare: String = rare.collect();
    let text = format!("{DATA}[model.m]\ntarget = \"y\"\ntrainer = \"linear\"\n");
    let ended = run(project_of(&rare, &text).path(), &["run"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("the class `rare` in 6 rows")
            && ended.stderr.contains("at least 10 rows of each class"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_weight_does_not_make_a_single_row_nameable() {
    let weighted: String = rows()
        .lines()
        .enumerate()
        .map(|(i, line)| match i {
            0 => format!("{line},w\n"),
            1 => format!("{},50\n", line.replace(",a,", ",SECRETPLAN,")),
            _ => format!("{line},1\n"),
        })
        .collect();
    let folder = project_of(&weighted, &format!("{DATA}{MODEL}weight = \"w\"\n"));
    json(folder.path(), &["run"]);
    let bytes = std::fs::read(folder.path().join("out/m.bundle")).unwrap();
    assert!(!bytes.windows(10).any(|window| window == b"SECRETPLAN"));
}

#[test]
fn a_source_that_unpacks_to_more_than_memory_is_refused() {
    let folder = TempDir::new().unwrap();
    let table = table::read::from_bytes(
        format!("id,y\n{}", "1,Yes\n".repeat(400_000)).as_bytes(),
        table::read::Format::Csv,
        "t",
        &table::read::Options::default(),
    );
    table::write::save(&table.unwrap().table, &folder.path().join("d.csv.gz")).unwrap();
    write(
        folder.path(),
        "spanwise.toml",
        "[project]\nmemory = \"1MiB\"\n[data.d]\nsource = \"d.csv.gz\"\n[model.m]\ntarget = \"y\"\n",
    );
    let ended = run(folder.path(), &["run"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("larger than 1048576 bytes") && ended.stderr.contains("`memory`"),
        "{}",
        ended.stderr
    );
}

#[test]
fn query_says_what_it_leaves_out() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "t.csv", "id,x\n1,\"a\n2,b\n");
    let ended = run(
        folder.path(),
        &["query", "SELECT count(*) AS n FROM t", "--file", "t.csv"],
    );
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("`t.csv`: 1 quote was never closed"),
        "{}",
        ended.stderr
    );
}

#[test]
fn groups_compared_by_rank_are_told_by_their_medians() {
    let row = |i: usize| {
        // `a` has the larger mean by a few giants, `b` the larger values.
        let value = match (i % 2, i % 40) {
            (0, 0) => 1_000.0,
            (0, _) => 1.0 + (i % 7) as f64 / 10.0,
            _ => 3.0 + (i % 7) as f64 / 10.0,
        };
        format!("u{i},{},{value}\n", ["a", "b"][i % 2])
    };
    let rows = "id,g,v\n".to_owned() + &(0..200).map(row).collect::<String>();
    let folder = project_of(
        &rows,
        &format!("{DATA}[question.q]\noutcome = \"v\"\nby = \"g\"\n"),
    );
    let record = json(folder.path(), &["run"]);
    assert_eq!(record["questions"][0]["by_rank"], true);
    let ended = run(folder.path(), &["run"]);
    assert!(
        ended
            .stdout
            .contains("There is a difference: the median `v` is 3.3 for b"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_model_that_knows_nothing_advises_nothing() {
    let row = |i: usize| format!("u{i},{},{}\n", i * 7919 % 101, ["Yes", "No"][i * i / 7 % 2]);
    let rows = "id,x,y\n".to_owned() + &(0..300).map(row).collect::<String>();
    let model = "[model.m]\ntarget = \"y\"\npositive = \"Yes\"\nparams = { rounds = 5 }\ndecide = { gain = 3, cost = 1 }\n";
    let folder = project_of(&rows, &format!("{DATA}{model}"));
    assert_eq!(run(folder.path(), &["run"]).code, 0);
    let story = std::fs::read_to_string(folder.path().join("out/story.html")).unwrap();
    assert!(story.contains("no better than guessing") && story.contains("On nobody by this model"));
    assert!(!story.contains("Act on everyone"));
}

#[test]
fn nothing_is_written_over_what_is_read() {
    let (folder, _) = trained(&format!("{DATA}{MODEL}"));
    let before = std::fs::read(folder.path().join("d.csv")).unwrap();
    for command in [
        &["score", "out/m.bundle", "d.csv", "--out", "d.csv"][..],
        &["score", "out/m.bundle", "d.csv", "--out", "./out/../d.csv"],
        &["query", "SELECT 1 AS one", "--out", "d.csv"],
        &[
            "query",
            "-f",
            "d=d.csv",
            "SELECT 1 AS one FROM d",
            "--out",
            "d.csv",
        ],
        &["export", "out/m.bundle", "--out", "out/m.bundle"],
    ] {
        let ended = run(folder.path(), command);
        assert_eq!(ended.code, 2, "{command:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("expected another file"), "{}", ended.stderr);
    }
    assert!(before == std::fs::read(folder.path().join("d.csv")).unwrap());
    bundle::Bundle::load(&folder.path().join("out/m.bundle")).unwrap();
}

#[test]
fn training_goes_on_only_from_margins_that_mean_the_same() {
    let number = |loss: &str, more: &str| {
        format!(
            "{DATA}[model.m]\ntrainer = \"boost\"\ntask = \"regression\"\ntarget = \"x\"\n{more}params = {{ rounds = 5, loss = \"{loss}\" }}\n"
        )
    };
    let positive = rows().replace(",0,", ",0.5,");
    let folder = project_of(&positive, &number("tweedie", ""));
    assert_eq!(run(folder.path(), &["run"]).code, 0);
    std::fs::copy(
        folder.path().join("out/m.bundle"),
        folder.path().join("first.bundle"),
    )
    .unwrap();
    let from = "continue_from = \"first.bundle\"\n";
    for (text, word) in [
        (number("squared", from), "a bundle of the loss `tweedie`"),
        (
            number("tweedie", &format!("{from}exclude = [\"plan\"]\n")),
            "`plan`, which the bundle",
        ),
    ] {
        write(folder.path(), "spanwise.toml", &text);
        let ended = run(folder.path(), &["run"]);
        assert!(ended.code != 0 && ended.stderr.contains(word), "{}", ended.stderr);
    }
    write(folder.path(), "spanwise.toml", &number("tweedie", from));
    assert_eq!(run(folder.path(), &["run"]).code, 0);
    let story = std::fs::read_to_string(folder.path().join("out/story.html")).unwrap();
    assert!(story.contains("rows that the model it goes on from may have seen"));
}

#[test]
fn anomalies_are_not_decided_by_money() {
    let text = format!("{DATA}[model.m]\ntask = \"anomaly\"\ndecide = {{ gain = 3, cost = 1 }}\n");
    refused(&text, 2, &["[model.m].decide", "a score is no probability"]);
}

#[test]
fn what_a_uri_names_is_told_by_its_title() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "my rows.csv", &rows().replacen("\n", "\n,,\n", 1));
    let uri = format!("file://{}/my%20rows.csv", folder.path().display());
    let asked = [
        "why", "-f", &uri, "--metric", "mean", "--of", "x", "--by", "senior", "--before", "0", "--after", "1",
    ];
    let told = json(folder.path(), &asked).to_string();
    assert!(told.contains("my rows") && !told.contains("%20"), "{told}");
    let new = run(folder.path(), &["new", &uri, "--target", "y", "--into", "p"]);
    assert_eq!(new.code, 0, "{}", new.stderr);
    let text = std::fs::read_to_string(folder.path().join("p/spanwise.toml")).unwrap();
    assert!(text.contains("[data.my_rows]") && text.contains(&uri), "{text}");
    let asked = run(
        &folder.path().join("p"),
        &["query", "SELECT count(*) AS n FROM my_rows"],
    );
    assert_eq!(asked.code, 0, "{}", asked.stderr);
    let asked = run(
        folder.path(),
        &["query", "SELECT count(*) AS n FROM \"my rows\"", "-f", &uri],
    );
    assert!(asked.stderr.contains("`my rows.csv`: "), "{}", asked.stderr);
}

#[test]
fn a_store_without_keys_says_which_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_spanwise"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    // The place where machines of Amazon's own are given their keys; nobody answers at this one.
    command.env("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9");
    let ended = command
        .args(["explore", "s3://bucket/rows.csv", "--no-page"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success());
    assert!(
        said.contains("no key in the environment; hint: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        "{said}"
    );
    assert!(!said.contains("127.0.0.1"), "{said}");
}
