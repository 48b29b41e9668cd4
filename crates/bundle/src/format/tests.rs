#![allow(clippy::unwrap_used)]
use crate::model::{SplitRule, TreeEnsemble, TreeNode, TreeParts};
use crate::{
    Baseline, Bundle, BundleError, Calibration, Card, Draft, Evaluation, IntervalGroup, IntervalGroups,
    IntervalMethod, Intervals, Lineage, Link, Model, ScoreOptions, Task,
};
use prepare::contract::Contract;
use prepare::recipe::RecipeBuilder;
use table::Table;
use table::read::{Format, Options, from_bytes};

pub(crate) fn rows() -> Table {
    let row = |i: usize| format!("{},{}\n", i % 13, ["a", "b"][i % 2]);
    let text = "x,c\n".to_owned() + &(0..60).map(row).collect::<String>();
    from_bytes(text.as_bytes(), Format::Csv, "t", &Options::default())
        .unwrap()
        .table
}

/// A tree that asks a number, then a category.
pub(crate) fn bundle() -> Bundle {
    let leaf = |value, cover| TreeNode::Leaf { value, cover };
    let split = |feature, rule, left, right, cover| TreeNode::Split {
        feature,
        rule,
        missing_left: true,
        left,
        right,
        cover,
    };
    let nodes = [
        split(0, SplitRule::AtMost(5.5), 1, 2, 60.0),
        leaf(-40, 28.0),
        split(1, SplitRule::AnyOf(vec![1]), 3, 4, 32.0),
        leaf(25, 16.0),
        leaf(7, 16.0),
    ];
    let mut parts = TreeParts::new(10, vec![0, 3], vec![3]);
    parts.push_tree(0, &nodes).unwrap();
    let table = rows();
    Bundle::build(Draft {
        name: "m".into(),
        task: Task::Binary {
            target: "y".into(),
            negative: "no".into(),
            positive: "yes".into(),
        },
        private: Vec::new(),
        recipe: RecipeBuilder::default().fit(&table, None).unwrap().recipe,
        contract: Contract::default(),
        model: Model::Trees(TreeEnsemble::from_parts(parts).unwrap()),
        link: Link::Sigmoid { slope: 1.0 },
        calibration: Calibration::Platt {
            slope: 1.5,
            intercept: 0.1,
        },
        intervals: None,
        decision: None,
        evaluation: Evaluation::default(),
        baseline: Baseline::of(&table, &[]).unwrap(),
        lineage: Lineage::default(),
        card: Card::default(),
    })
    .unwrap()
}

#[test]
fn golden_rows_that_would_fill_the_memory_are_refused_by_their_lengths() {
    let cells = vec!["null"; 1_000_000].join(",");
    let long = with_envelope(|text| {
        let at = text.find("\"columns\":[{\"integer\":[").unwrap();
        let end = at + text[at..].find(']').unwrap();
        let head = "\"columns\":[{\"integer\":[";
        format!("{}{head}{cells}{}", &text[..at], &text[end..])
    });
    let error = Bundle::from_bytes(&long, "m").unwrap_err().to_string();
    assert!(error.contains("at most 16"), "{error}");
}

#[test]
fn a_contract_that_cannot_be_applied_is_found_when_the_bundle_is_built() {
    use prepare::contract::{Action, ColumnRule, Rule};
    let mut draft = (*bundle()).clone();
    draft.contract.columns.push(ColumnRule {
        column: "x".into(),
        rule: Rule::Matches("[0-9]".into()),
        action: Action::Flag,
        declared: true,
    });
    assert!(Bundle::build(draft).unwrap_err().to_string().contains("`x`"));
}

/// The file with its envelope changed as text and hashed anew, so that only the meaning is wrong.
fn with_envelope(change: impl Fn(String) -> String) -> Vec<u8> {
    changed(&bundle(), change)
}

fn changed(bundle: &Bundle, change: impl Fn(String) -> String) -> Vec<u8> {
    let bytes = bundle.to_bytes();
    let length = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let body = &bytes[(64 + length).next_multiple_of(64)..];
    let envelope = change(String::from_utf8(bytes[64..64 + length].to_vec()).unwrap()).into_bytes();
    let mut file = bytes[..12].to_vec();
    file.extend((envelope.len() as u32).to_le_bytes());
    file.extend(blake3::hash(&envelope).as_bytes());
    file.resize(64, 0);
    file.extend(envelope);
    file.resize(file.len().next_multiple_of(64), 0);
    file.extend(body);
    file
}

fn error(bytes: Vec<u8>) -> String {
    match Bundle::from_bytes(&bytes, "x.bundle") {
        Ok(_) => "it was believed".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_written_is_read_and_written_again_alike() {
    let first = bundle();
    let again = Bundle::from_bytes(&first.to_bytes(), "x").unwrap();
    assert_eq!((again.hash(), again.to_bytes()), (first.hash(), first.to_bytes()));
    assert_eq!(
        bundle().hash(),
        first.hash(),
        "the same parts give the same bytes"
    );
    let score = |bundle: &Bundle| bundle.score(&rows(), &ScoreOptions::default()).unwrap();
    assert_eq!(score(&again), score(&first));
    assert_eq!(table::Hash::of(&first.to_bytes()), first.hash());
}

#[test]
fn every_cut_and_every_flipped_byte_is_refused() {
    let bytes = bundle().to_bytes();
    for cut in (0..bytes.len()).step_by(7) {
        assert!(Bundle::from_bytes(&bytes[..cut], "x").is_err(), "cut at {cut}");
    }
    for at in (0..bytes.len()).step_by(11) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x21;
        assert!(Bundle::from_bytes(&changed, "x").is_err(), "flipped at {at}");
    }
    assert!(error([bytes, vec![0]].concat()).contains("the end"));
}

#[test]
fn sizes_that_lie_are_refused_before_anything_is_reserved() {
    let mut bytes = bundle().to_bytes();
    bytes[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(error(bytes).contains("the manifest"));
    for lie in ["18446744073709551615", "9223372036854775807", "4294967296"] {
        let text =
            with_envelope(|text| text.replacen("\"size_bytes\":8", &format!("\"size_bytes\":{lie}"), 1));
        assert!(error(text).contains("section"), "{lie}");
        let text = with_envelope(|text| text.replacen("\"offset\":64", &format!("\"offset\":{lie}"), 1));
        assert!(error(text).contains("offset"), "{lie}");
    }
    assert!(
        error(with_envelope(|text| text.replacen(
            "\"offset\":64",
            "\"offset\":0",
            1
        )))
        .contains("offset 0"),
        "an overlap"
    );
    assert!(
        error(with_envelope(|text| text.replacen(
            "\"element\":\"i64\"",
            "\"element\":\"f32\"",
            1
        )))
        .contains("`f32`")
    );
}

#[test]
fn names_that_lie_are_refused() {
    let twice = with_envelope(|text| text.replacen("model.base", "model.value", 1));
    assert!(error(twice).contains("the name twice"));
    let unknown = with_envelope(|text| text.replacen("model.base", "model.code", 1));
    assert!(error(unknown).contains("model.base"));
    assert!(
        error(with_envelope(|text| text.replacen(
            "\"kind\":\"trees\"",
            "\"kind\":\"pickle\"",
            1
        )))
        .contains("kind `pickle`")
    );
    assert!(
        error(with_envelope(|text| text.replacen(
            "{\"manifest\":{",
            "{\"manifest\":{\"run\":\"rm\",",
            1
        )))
        .contains("unknown field")
    );
}

#[test]
fn parts_that_do_not_fit_each_other_are_refused() {
    let fewer = with_envelope(|text| text.replacen("\"levels\":[\"a\",\"b\"]", "\"levels\":[\"a\"]", 1));
    assert!(error(fewer).contains("levels of `c`"));
    let slope = with_envelope(|text| text.replacen("\"slope\":1.5", "\"slope\":-1.5", 1));
    assert!(error(slope).contains("calibration"));
    let golden = with_envelope(|text| text.replacen("\"margins\":[", "\"margins\":[1.5,", 1));
    assert!(error(golden).contains("golden rows"));
    let grid = with_envelope(|text| text.replacen("\"grid_exponent\":10", "\"grid_exponent\":11", 1));
    assert!(
        error(grid).contains("golden rows"),
        "the margins are half of what was promised"
    );
    let kind = with_envelope(|text| text.replacen("\"kind\":\"integer\"", "\"kind\":\"code\"", 1));
    assert!(error(kind).contains("kind `code`"));
}

#[test]
fn deep_nesting_and_huge_numbers_are_refused_not_followed() {
    let deep = with_envelope(|text| {
        text.replacen(
            "\"derived\":[]",
            &format!(
                "\"derived\":[{{\"name\":\"d\",\"expression\":{}\"null\"{}}}]",
                "{\"is_null\":".repeat(100_000),
                "}".repeat(100_000)
            ),
            1,
        )
    });
    let found = error(deep);
    assert!(
        found.contains("recursion limit"),
        "{}",
        &found[..found.len().min(300)]
    );
    assert!(
        error(with_envelope(|text| text.replacen(
            "\"slope\":1.5",
            "\"slope\":1e999",
            1
        )))
        .contains("the manifest")
    );
    assert!(
        error(with_envelope(|text| text.replacen(
            "\"slope\":1.5",
            "\"slope\":null",
            1
        )))
        .contains("the manifest")
    );
}

#[test]
fn a_draft_whose_parts_do_not_fit_is_no_bundle() {
    let sound = bundle();
    let mut draft = Draft::clone(&sound);
    draft.task = Task::Classes {
        target: "y".into(),
        classes: vec!["a".into(), "b".into(), "c".into()],
    };
    assert!(matches!(Bundle::build(draft), Err(BundleError::Format { .. })));
    let mut draft = Draft::clone(&sound);
    draft.recipe.features.pop();
    assert!(matches!(Bundle::build(draft), Err(BundleError::Format { .. })));
}

#[test]
fn a_bundle_of_version_one_is_read_and_keeps_its_hash() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/bundles/v1");
    // Loading answers the golden rows, bit for bit.
    let old = Bundle::load(&folder.join("churn.bundle")).unwrap();
    let hash = std::fs::read_to_string(folder.join("churn.hash")).unwrap();
    assert_eq!(old.hash().to_hex(), hash.trim());
    assert_eq!(old.to_bytes()[8], 1);
    assert_eq!(Bundle::build(Draft::clone(&old)).unwrap().to_bytes()[8], 1);
}

#[test]
fn bundles_of_version_two_are_read_and_answer_as_they_did() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/bundles/v2");
    for name in ["sigmoid", "sigmoid_f32", "softmax", "exp"] {
        let old = Bundle::load(&folder.join(format!("{name}.bundle"))).unwrap();
        assert_eq!((old.to_bytes()[8], old.calibration), (2, Calibration::None));
        let newer = Bundle::build(Draft::clone(&old)).unwrap();
        assert_eq!(newer.to_bytes()[8], 3);
        let path = folder.join(format!("{name}.csv"));
        let told = table::read::open(&path, &Options::default()).unwrap().table;
        for bundle in [old, newer] {
            let scores = bundle.score(&told, &ScoreOptions::default()).unwrap();
            let found = scores.to_table(&bundle.task).unwrap();
            for column in ["margin", "probability", "prediction"] {
                let of_column = |table: &Table| {
                    let names = table.names().into_iter().filter(|name| name.starts_with(column));
                    names
                        .map(|name| crate::baseline::numbers(table, &name).unwrap())
                        .collect::<Vec<_>>()
                };
                assert_eq!(of_column(&found), of_column(&told), "{name} {column}");
            }
        }
    }
}

#[test]
fn a_link_and_the_link_of_an_older_calibration_do_not_stand_together() {
    let mut both = with_envelope(|text| {
        let old = "\"calibration\":{\"platt\":{\"slope\":1.5,\"intercept\":0.1}}";
        let source = "\"calibration\":{\"source\":{\"link\":\"identity\",\"precision\":\"f64\"}}";
        assert!(text.contains(old));
        text.replacen(old, source, 1)
    });
    both[8] = 2;
    assert!(error(both).contains("in the precision of the model"));
    let link = with_envelope(|text| text.replacen("\"private\"", "\"link\":\"exp\",\"private\"", 1));
    assert!(
        error(link).contains("the format version"),
        "version 1 knows no link"
    );
}

/// The same tree as a number, with intervals for each `c`.
fn with_intervals() -> Bundle {
    let group = |value: &str, quantile| IntervalGroup {
        value: value.to_owned(),
        quantile,
    };
    let by = IntervalGroups {
        column: "c".to_owned(),
        groups: vec![group("a", 0.25), group("b", 1.5)],
    };
    let mut draft = Draft::clone(&bundle());
    draft.task = Task::Regression { target: "y".into() };
    (draft.link, draft.calibration) = (Link::Identity, Calibration::None);
    draft.intervals = Some(Intervals {
        level: 0.9,
        method: IntervalMethod::Split,
        quantile: 0.75,
        by: Some(by),
    });
    Bundle::build(draft).unwrap()
}

#[test]
fn intervals_travel_and_only_they_need_the_fourth_version() {
    let bundle = with_intervals();
    assert_eq!(bundle.to_bytes()[8], 4);
    let mut without = Draft::clone(&bundle);
    without.intervals = None;
    assert_eq!(Bundle::build(without).unwrap().to_bytes()[8], 1);
    let again = Bundle::from_bytes(&bundle.to_bytes(), "x").unwrap();
    assert_eq!(
        (&again.intervals, again.hash()),
        (&bundle.intervals, bundle.hash())
    );
    let scores = again.score(&rows(), &ScoreOptions::default()).unwrap();
    for (row, [low, high]) in scores.intervals.as_ref().unwrap().iter().enumerate() {
        let reach = if row % 2 == 0 { 0.25 } else { 1.5 };
        let told = scores.predictions[row];
        assert_eq!((*low, *high), (told - reach, told + reach), "row {row}");
    }
    let names = scores.to_table(&again.task).unwrap().names();
    assert_eq!(names, ["margin", "prediction", "interval_low", "interval_high"]);
    assert_eq!(names, again.output_names());
    let golden = &again.golden().intervals;
    let widths = golden.iter().map(|[low, high]| (high - low).to_bits());
    let n_widths = widths.collect::<std::collections::BTreeSet<_>>().len();
    assert!(
        2 < n_widths,
        "both groups are among the golden rows, and rows of neither"
    );
}

#[test]
fn intervals_that_lie_are_refused() {
    let refused = |from: &str, to: &str, words: &str| {
        let file = changed(&with_intervals(), |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let error = error(file);
        assert!(error.contains(words), "{to}: {error}");
    };
    refused("\"level\":0.9", "\"level\":1.5", "the level 1.5");
    refused("\"level\":0.9", "\"level\":null", "the manifest");
    refused("\"method\":\"split\"", "\"method\":\"cqr\"", "cqr intervals");
    refused("\"method\":\"split\"", "\"method\":\"exec\"", "the manifest");
    refused("\"quantile\":0.75", "\"quantile\":-0.75", "the quantile -0.75");
    refused("\"quantile\":0.75", "\"quantile\":1e999", "the manifest");
    refused("\"quantile\":1.5", "\"quantile\":-1.5", "the quantile -1.5");
    refused("\"quantile\":1.5", "\"quantile\":1.25", "end of an interval");
    refused(
        "\"by\":{\"column\":\"c\"",
        "\"by\":{\"column\":\"d\"",
        "an input of the recipe",
    );
    refused(
        "\"by\":{\"column\":\"c\"",
        "\"by\":{\"column\":\"x\"",
        "end of an interval",
    );
    refused("{\"value\":\"a\"", "{\"value\":\"c\"", "out of order");
    refused("{\"value\":\"a\"", "{\"value\":\"b\"", "out of order");
    refused("{\"value\":\"a\"", "{\"code\":1,\"value\":\"a\"", "unknown field");
    refused("\"private\":[]", "\"private\":[\"c\"]", "not private");
    let many: String = (0..2000)
        .map(|i| format!("{{\"value\":\"{i:05}\",\"quantile\":1}},"))
        .collect();
    refused("\"groups\":[", &format!("\"groups\":[{many}"), "2002 groups");
    let no_golden = changed(&with_intervals(), |text| {
        let (before, after) = text.split_once(",\"intervals\":[[").unwrap();
        let (_, after) = after.split_once("]]").unwrap();
        format!("{before}{after}")
    });
    assert!(error(no_golden).contains("0 intervals"));
    let mut older = with_intervals().to_bytes();
    older[8] = 3;
    assert!(error(older).contains("the format version"));
}

#[test]
fn counts_of_decisions_travel_and_only_they_need_the_fifth_version() {
    let mut draft = Draft::clone(&bundle());
    draft.evaluation.confusion = vec![vec![8.0, 1.5], vec![2.0, 4.0]];
    let counted = Bundle::build(draft.clone()).unwrap();
    assert_eq!((counted.to_bytes()[8], bundle().to_bytes()[8]), (5, 1));
    let again = Bundle::from_bytes(&counted.to_bytes(), "x").unwrap();
    assert_eq!(again.evaluation.confusion, draft.evaluation.confusion);
    let mut older = counted.to_bytes();
    older[8] = 4;
    assert!(error(older).contains("the format version"));
    for wrong in [
        vec![vec![1.0, 2.0]],
        vec![vec![1.0], vec![2.0]],
        vec![vec![1.0, -2.0], vec![0.0, 1.0]],
    ] {
        draft.evaluation.confusion = wrong;
        assert!(
            Bundle::build(draft.clone())
                .unwrap_err()
                .to_string()
                .contains("counts of decisions")
        );
    }
    draft.evaluation.confusion = vec![vec![1.0, 2.0], vec![0.0, 1.0]];
    draft.task = Task::Regression { target: "y".into() };
    (draft.link, draft.calibration, draft.decision) = (Link::Identity, Calibration::None, None);
    assert!(
        Bundle::build(draft)
            .unwrap_err()
            .to_string()
            .contains("counts of decisions")
    );
}

#[test]
fn a_file_that_ends_early_is_told_so() {
    let bytes = bundle().to_bytes();
    let n_manifest = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    // somewhere in the zeros behind the manifest, which some of its lengths do not need
    let end = 64 + n_manifest;
    if !end.is_multiple_of(64) {
        let found = error(bytes[..end].to_vec());
        assert!(found.contains("the end of the file"), "{found}");
    }
    let found = error(bytes[..bytes.len() - 3].to_vec());
    assert!(found.contains("section `model."), "{found}");
}

#[cfg(unix)]
#[test]
fn a_bundle_may_come_out_of_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let poured = |bytes: Vec<u8>| {
        let path = path.clone();
        std::thread::spawn(move || std::fs::write(path, bytes))
    };
    let first = bundle();
    let pouring = poured(first.to_bytes());
    assert_eq!(Bundle::load(&path).unwrap().hash(), first.hash());
    pouring.join().unwrap().unwrap();
    // what does not begin as a bundle does is not read to its end
    let pouring = poured(vec![b'x'; 1 << 20]);
    let refusal = Bundle::load(&path).unwrap_err().to_string();
    assert!(refusal.contains("the first bytes"), "{refusal}");
    assert!(pouring.join().unwrap().is_err(), "it was read to its end");
}
