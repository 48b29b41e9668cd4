#![allow(clippy::unwrap_used)]
use super::*;
use std::path::Path;

fn read(text: &str) -> Result<Project, Problems> {
    let environment = |name: &str| (name == "HERE").then(|| "/data".to_owned());
    parse(
        Path::new("p/spanwise.toml"),
        text,
        &Overrides::default(),
        &environment,
    )
}

fn check(text: &str, expected: &[&str]) {
    let problems = read(text).unwrap_err().to_string();
    let lines: Vec<&str> = problems.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{problems}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.contains(expected), "expected `{expected}` in `{line}`");
    }
}

#[test]
fn the_smallest_project_has_defaults_for_everything() {
    let project = read("[data.rows]\nsource = \"rows.csv\"\n[model.m]\ntarget = \"y\"\n").unwrap();
    assert_eq!((project.seed, project.memory_bytes), (7, 2 << 30));
    let model = &project.models[0];
    assert_eq!(
        (model.data.value.as_str(), model.n_folds, model.decide),
        ("rows", 5, Decide::Half)
    );
    let Origin::File(path) = &project.data[0].origin else {
        panic!("a file")
    };
    assert_eq!(path.value, Path::new("p/rows.csv"));
}

#[test]
fn every_kind_of_section_is_read() {
    let text = r#"
[project]
name = "n"
seed = 3
memory = "512MiB"
[data.a]
source = "${HERE}/a.csv"
key = "id"
private = ["mail"]
types = { zip = "text" }
[data.b]
sql = "SELECT * FROM a"
[expect.a]
x = { min = 0, max = 9.5, required = true, null_share = 0.1, action = "flag" }
"*" = { min_rows = 10 }
[question.q]
outcome = "y"
by = "g"
[model.m]
target = "y"
time = "day"
decide = { capacity = 0.1 }
[model.m.features]
z = "x * 2"
a = "z + 1"
[model.m.params]
rounds = 50
[report.r]
title = "t"
[service.s]
model = "m@champion"
address = "127.0.0.1:9000"
[monitor.w]
model = "m"
window = "2h"
false_alarms = "2 per 3 days"
"#;
    let project = read(text).unwrap();
    assert_eq!((project.seed, project.memory_bytes), (3, 512 << 20));
    let Origin::File(path) = &project.data[0].origin else {
        panic!("a file")
    };
    assert_eq!(path.value, Path::new("/data/a.csv"));
    assert_eq!(project.data[0].options.kinds["zip"], table::Kind::Text);
    assert_eq!(
        (
            project.expect[0].contract.columns.len(),
            project.expect[0].contract.table.len()
        ),
        (3, 2)
    );
    let features: Vec<&str> = project.models[0]
        .features
        .iter()
        .map(|(name, _)| name.value.as_str())
        .collect();
    assert_eq!(features, ["z", "a"], "in the order of the file");
    assert_eq!(project.models[0].data.value, "b", "the last table");
    assert_eq!(project.monitors[0].window_s, 7200);
    assert!((project.monitors[0].false_alarms_per_s - 2.0 / (3.0 * 86_400.0)).abs() < 1e-15);
}

#[test]
fn problems_come_together_with_line_column_and_the_nearest_name() {
    check(
        "[data.rows]\nsorce = \"x\"\n",
        &[
            ":1:7: [data.rows]: found neither",
            ":2:1: [data.rows]: found unknown key `sorce`",
        ],
    );
    check(
        "[data.rows]\nsource = 3\nkey = true\n",
        &[
            ":1:7",
            ":2:10: [data.rows].source: found the number 3, expected a text",
            ":3:7",
        ],
    );
    check("[dta.rows]\nsource = \"x\"\n", &["did you mean `data`?"]);
    check(
        "[data.r]\nsource = \"x\"\n[model.m]\ntarget = \"y\"\ndata = \"s\"\n",
        &[":5:8: [model.m].data: found `s`, expected one of `r`"],
    );
    check(
        "[data.r]\nsource = \"x\"\n[model.m]\n",
        &[":3:8: [model.m]: found no `target`"],
    );
    check(
        "[data.r]\nsource = \"x\"\n[expect.r]\nc = { mni = 1, matches = \"(\" }\n",
        &["did you mean `min`?", "a regular expression"],
    );
    check(
        "[data.r]\nsource = \"${NO}/x\"\n",
        &["no environment variable `NO`"],
    );
    check(
        "[data.r]\nsource = \"x\"\n[model.m]\ntarget = \"y\"\n[model.m.features]\na = \"lenght(x)\"\nb = \"x +\"\n",
        &["did you mean `length`?", "cannot read the expression"],
    );
    check(
        "[data.r]\nsource = \"x\"\n[monitor.m]\nwindow = \"soon\"\n",
        &["such as \"7d\""],
    );
    check("", &["no `[data.NAME]`"]);
}

#[test]
fn passwords_come_from_the_environment_as_they_are() {
    let environment = |name: &str| match name {
        "NAME" => Some("m:e".to_owned()),
        "WORD" => Some("a/b?c@d%40".to_owned()),
        "BOTH" => Some("me:a/b@".to_owned()),
        "HOST" => Some("host:5/db?table=t".to_owned()),
        _ => None,
    };
    let source = |source: &str| {
        let text = format!("[data.r]\nsource = \"{source}\"\n[model.m]\ntarget = \"y\"\n");
        let project = parse(
            Path::new("p/spanwise.toml"),
            &text,
            &Overrides::default(),
            &environment,
        );
        project.map(|project| match project.data[0].origin.clone() {
            Origin::Source(source) => source.value,
            _ => panic!("a source"),
        })
    };
    let same = |text: &str, expected: &str| {
        let expected = query::source::Source::of(expected, Path::new("p")).unwrap();
        assert!(source(text).unwrap() == expected, "{text}");
    };
    same(
        "postgres://${NAME}:${WORD}@${HOST}",
        "postgres://m%3Ae:a%2Fb%3Fc%40d%2540@host:5/db?table=t",
    );
    same("postgres://${BOTH}@host/db", "postgres://me:a%2Fb%40@host/db");
    for text in [
        "postgres://me:secret@host/db",
        "postgres://me:pa?secret@host/db",
        "postgres://me:pa/secret@host/db",
        "postgres://host/db?user=me&password=secret",
        "postgres://host/db?table=t&password=secret",
    ] {
        let found = source(text).unwrap_err().to_string();
        assert!(
            found.contains("a password in the file") && !found.contains("secret"),
            "{found}"
        );
    }
    assert!(source("postgres://host/db?password=${WORD}").is_ok());
}

#[test]
fn files_to_be_scored_are_named_with_what_becomes_of_them() {
    let project = read(
        "[data.r]\nsource = \"x\"\n[model.m]\ndata = \"r\"\ntarget = \"y\"\n[score.m]\ninput = [\"in\"]\n[score.daily]\nmodel = \"m@champion\"\ninput = [\"a.csv\", \"b/*\"]\nout = \"o\"\nformat = \"parquet\"\nkeep = [\"k\"]\nreasons = 3\n",
    )
    .unwrap();
    let [own, daily] = project.scores.as_slice() else {
        panic!("{:?}", project.scores)
    };
    assert_eq!(
        (own.model.value.as_str(), own.out.as_path()),
        ("m", std::path::Path::new("scores/m"))
    );
    assert_eq!(
        (daily.inputs.len(), daily.n_reasons, daily.format.as_deref()),
        (2, 3, Some("parquet"))
    );
    let text = read("[data.r]\nsource = \"x\"\n[score.s]\nmodel = \"n\"\nformat = \"xlsx\"\n");
    let text = text.unwrap_err().to_string();
    for told in ["[score.s].input: found none", "[score.s].format: found \"xlsx\""] {
        assert!(text.contains(told), "{text}");
    }
    let text = read("[data.r]\nsource = \"x\"\n[score.s]\nmodel = \"n\"\ninput = [\"a.csv\"]\n");
    let text = text.unwrap_err().to_string();
    assert!(text.contains("[score.s].model"), "{text}");
}

#[test]
fn names_that_would_leave_the_folder_or_hide_are_refused_where_they_stand() {
    for kind in [
        "data", "expect", "question", "model", "report", "service", "score", "monitor",
    ] {
        let text = read(&format!("[{kind}.\"../../evil\"]\n"))
            .unwrap_err()
            .to_string();
        assert!(
            text.contains(&format!(
                ":1:{}: [{kind}.\"../../evil\"]: found the character '/'",
                kind.len() + 3
            )),
            "{text}"
        );
    }
    let name_of = |name: &str| format!("[data.{name:?}]\nsource = \"x\"\n");
    for bad in ["", ".hidden", "a b", "a\\b", &"x".repeat(101)] {
        let text = read(&name_of(bad)).unwrap_err().to_string();
        assert!(text.contains("a name of 1 to 100 letters"), "{text}");
    }
    for good in ["Kunden_2024-1.v2", "überblick", "1"] {
        assert!(read(&name_of(good)).is_ok(), "{good}");
    }
}

#[test]
fn numbers_outside_their_range_are_refused_where_they_stand() {
    let check_one =
        |text: &str, expected: &str| check(&format!("[data.r]\nsource = \"x\"\n{text}"), &[expected]);
    check_one(
        "[monitor.m]\nmodel = \"m\"\nfloor = 1.5\n",
        ":5:9: [monitor.m].floor: found 1.5, expected an effect size",
    );
    check_one(
        "[monitor.m]\nmodel = \"m\"\nfalse_alarms = \"-1 per -2 days\"\n",
        ":5:16: [monitor.m].false_alarms",
    );
    check_one(
        "[expect.r]\nx = { min = 3, max = 2.5 }\n",
        ":4:22: [expect.r].x.max: found 2.5, expected at least the smallest allowed, 3",
    );
    check_one(
        "[expect.r]\n\"*\" = { min_rows = 3, max_rows = 2 }\n",
        ":4:34: [expect.r].*.max_rows: found 2",
    );
    let model =
        read("[data.r]\nsource = \"x\"\n[model.m]\ntarget = \"y\"\n[model.m.params]\nrounds = 0x1_0\n")
            .unwrap();
    assert_eq!(model.models[0].params[0].1, learn::Value::Whole(16));
}

#[test]
fn broken_toml_is_reported_where_it_breaks() {
    let problems = read("[data.r]\nsource = \"x\nkey = \"k\"\n").unwrap_err();
    assert_eq!(problems.position(problems.list[0].span.start).0, 2, "{problems}");
}

#[test]
fn every_declared_key_is_known_to_the_reader_and_described() {
    for spec in KEYS {
        assert!(!spec.help.is_empty() && spec.help.ends_with('.'), "{}", spec.key);
        assert!(reference_page().contains(&format!("`{}`", spec.key)));
    }
}

#[test]
fn intervals_are_a_level_or_a_level_and_groups() {
    let with = |text: &str| format!("[data.r]\nsource = \"x\"\n[model.m]\ntarget = \"y\"\n{text}\n");
    let read = |text: &str| read(&with(text)).unwrap().models.remove(0).intervals.unwrap();
    let plain = read("intervals = 0.9");
    assert_eq!((plain.level.value, plain.by), (0.9, None));
    let grouped = read("task = \"regression\"\nintervals = { level = 0.8, by = \"g\" }");
    assert_eq!(
        (grouped.level.value, grouped.by.unwrap().value),
        (0.8, "g".to_owned())
    );
    let check = |text: &str, expected: &str| check(&with(text), &[expected]);
    check(
        "intervals = 90",
        ":5:13: [model.m].intervals: found 90, expected a share of rows above 0 and below 1",
    );
    check("intervals = 0", "found 0, expected a share");
    check(
        "intervals = \"wide\"",
        "found the text \"wide\", expected a number or a table",
    );
    check(
        "intervals = { level = 1.0 }",
        ":5:23: [model.m].intervals.level: found 1",
    );
    check(
        "intervals = { by = \"g\" }",
        "[model.m].intervals: found no level",
    );
    check(
        "intervals = { level = 0.9, bi = \"g\" }",
        "unknown key `bi`, expected `level`, and `by` if groups have intervals of their own; hint: did you mean `by`?",
    );
    check(
        "task = \"classification\"\nintervals = 0.9",
        "found task = \"classification\", expected a number to predict",
    );
    check(
        "intervals = 0.9\ncontinue_from = \"m.bundle\"",
        "found `continue_from` beside it, expected one of the two",
    );
}

const EXPERIMENT: &str = r#"
[data.a]
source = "a.csv"
[experiment.e]
arm = "arm"
control = "old"
treatments = ["new"]
detect = { relative = 0.05 }
baseline = { share = 0.12 }
[experiment.e.metrics.bought]
kind = "proportion"
"#;

#[test]
fn an_experiment_is_read_with_its_defaults() {
    let project = read(EXPERIMENT).unwrap();
    let section = &project.experiments[0];
    assert_eq!(
        (section.data.value.as_str(), section.alpha, section.power),
        ("a", 0.05, 0.8)
    );
    assert_eq!(
        (section.allocation.as_slice(), section.monitoring),
        (&[1.0, 1.0][..], MonitoringWord::Fixed)
    );
    assert_eq!(section.primary().column.value, "bought");
    assert_eq!(section.detect, Detect::Relative(0.05));
}

#[test]
fn a_wrong_experiment_is_refused_at_its_place() {
    let with = |wrong: &str, right: &str| EXPERIMENT.replace(right, wrong);
    check(
        &with("detect = { relativ = 0.05 }", "detect = { relative = 0.05 }"),
        &[
            "8:10: [experiment.e].detect: found none or both",
            "8:12: [experiment.e].detect: found unknown key `relativ`, expected one of `absolute`, `relative`; hint: did you mean `relative`?",
        ],
    );
    check(
        &with("kind = \"proportoin\"", "kind = \"proportion\""),
        &["did you mean `proportion`?"],
    );
    check(
        &with("treatments = [\"old\"]", "treatments = [\"new\"]"),
        &["7:15"],
    );
    check(
        &with("kind = \"mean\"\nat = 0.5", "kind = \"proportion\""),
        &["found `at` of a mean"],
    );
    check(
        &with("monitoring = { looks = 1 }\narm =", "arm ="),
        &["`looks` from 2 to 50"],
    );
    check(
        &with(
            "agree = { column = \"c\", old = \"x\", newer = \"y\" }\narm =",
            "arm =",
        ),
        &["nothing for the arm `new`", "did you mean `new`?"],
    );
    check(
        &with("allocation = { old = 0, new = 1 }\narm =", "arm ="),
        &["a number above 0"],
    );
    check(&with("alpha = 0.7\narm =", "arm ="), &["above 0 and below 0.5"]);
    check(
        &with("primary = \"bougt\"\narm =", "arm ="),
        &["did you mean `bought`?"],
    );
    check(
        &with("baseline = { data = \"b\" }", "baseline = { share = 0.12 }"),
        &["[experiment.e].baseline.data"],
    );
    check(
        &with("covariates = [\"x\"]\nstrata = \"y\"\narm =", "arm ="),
        &["one of the two"],
    );
}
