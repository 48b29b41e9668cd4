//! `spanwise train`: files in, a bundle out.

use crate::support::{ended, json, run, spanwise, write};
use tempfile::TempDir;

/// Two files of the same columns, 200 rows each.
fn files() -> TempDir {
    let folder = TempDir::new().unwrap();
    let row = |i: usize| {
        let x = (i * 7919 % 1009) as f64 / 100.0;
        let plan = ["a", "b", "c"][i % 3];
        let demand = 2.0 * x + (i % 3) as f64;
        format!(
            "{x},{plan},{},{demand},{}\n",
            1 + i % 2,
            if 10.0 < demand { "high" } else { "low" }
        )
    };
    for (name, rows) in [("one.csv", 0..200), ("two.csv", 200..400)] {
        let text = "x,plan,w,demand,size\n".to_owned() + &rows.map(row).collect::<String>();
        write(folder.path(), name, &text);
    }
    folder
}

#[test]
fn files_become_a_bundle_that_scores_and_does_not_depend_on_threads() {
    let folder = files();
    let train = |out: &str, threads: &str| {
        let arguments = [
            "train",
            "one.csv",
            "two.csv",
            "--target",
            "demand",
            "--weight",
            "w",
            "--set",
            "rounds=60",
            "--set",
            "monotone={x=1}",
            "--threads",
            threads,
            "--out",
            out,
        ];
        json(folder.path(), &arguments)
    };
    let told = train("one.bundle", "1");
    assert_eq!(told["n_rows"], 400);
    assert_eq!(told["task"], "regression");
    assert_eq!(told["bundle"], train("two.bundle", "2")["bundle"]);
    let scored = run(
        folder.path(),
        &["score", "one.bundle", "one.csv", "--keep", "demand"],
    );
    assert_eq!(scored.code, 0, "{}", scored.stderr);
    let lines: Vec<&str> = scored.stdout.lines().collect();
    let place = |name: &str| {
        lines[0]
            .split(',')
            .position(|column| column.contains(name))
            .unwrap()
    };
    let (truth, told) = (place("demand"), place("prediction"));
    let off = |line: &&str| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[truth].parse::<f64>().unwrap() - cells[told].parse::<f64>().unwrap()).abs()
    };
    let furthest = lines[1..].iter().map(off).fold(0.0, f64::max);
    assert!(furthest < 3.0, "{furthest}");
}

/// The machine's widest vectors, and none.
#[test]
fn the_width_of_vectors_never_changes_a_bundle_or_a_score() {
    let folder = files();
    let made = |target: &str, vectors: &str| {
        let out = format!("{target}-{vectors}.bundle");
        let run = |arguments: &[&str]| {
            let mut command = spanwise();
            command
                .env("SPANWISE_VECTORS", vectors)
                .current_dir(folder.path());
            let ended = ended(command.args(arguments).output().unwrap());
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            ended.stdout
        };
        let set = [
            "--set",
            "rounds=20",
            "--set",
            "gradients=packed",
            "--set",
            "max_leaves=64",
        ];
        let files = ["train", "one.csv", "two.csv", "--target", target, "--out", &out];
        run(&[&files[..], &set].concat());
        let scores = run(&["score", &out, "one.csv"]);
        (std::fs::read(folder.path().join(&out)).unwrap(), scores)
    };
    for target in ["demand", "size", "plan"] {
        assert!(made(target, "wide") == made(target, "narrow"), "{target}");
    }
}

#[test]
fn classes_are_told_of_text() {
    let folder = files();
    let arguments = [
        "train", "one.csv", "--target", "size", "--set", "rounds=5", "--out", "m.bundle",
    ];
    assert_eq!(json(folder.path(), &arguments)["task"], "classification");
}

#[test]
fn what_cannot_be_learnt_is_said_and_writes_nothing() {
    let folder = files();
    let cases: [(&[&str], i32, &[&str]); 5] = [
        (&["--target", "demnd"], 3, &["`demnd`", "did you mean `demand`"]),
        (
            &["--target", "demand", "--set", "ronds=3"],
            2,
            &["`ronds`", "did you mean `rounds`"],
        ),
        (&["--target", "demand", "--set", "rounds"], 2, &["NAME=VALUE"]),
        (
            &["--target", "plan", "--task", "regression"],
            3,
            &["`plan`", "numbers"],
        ),
        (
            &["--target", "demand", "--weight", "plan"],
            3,
            &["`plan`", "numbers"],
        ),
    ];
    for (more, code, words) in cases {
        let mut arguments = vec!["train", "one.csv", "--out", "m.bundle"];
        arguments.extend(more);
        let ended = run(folder.path(), &arguments);
        assert_eq!(ended.code, code, "{more:?} {}", ended.stderr);
        for word in words {
            assert!(
                ended.stderr.contains(word),
                "expected `{word}` in {}",
                ended.stderr
            );
        }
        assert!(!folder.path().join("m.bundle").exists());
    }
    let ended = run(
        folder.path(),
        &["train", "one.csv", "--target", "demand", "--out", "one.csv"],
    );
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}
