#![allow(clippy::unwrap_used)]
use prepare::{FeatureColumn, Features};

use super::*;
use crate::{Calibration, Link, Task};

/// A tree that asks a number with zero missing, then a set of codes.
const LIGHTGBM: &str = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\n\
objective=binary sigmoid:2\nfeature_names=age city\nfeature_infos=[0:9] 0:1:3\ntree_sizes=300\n\n\
Tree=0\nnum_leaves=3\nnum_cat=1\nsplit_feature=0 1\nsplit_gain=1 1\nthreshold=2.5 0\ndecision_type=6 1\nleft_child=-1 -2\n\
right_child=1 -3\nleaf_value=0.1 0.2 -0.3\nleaf_weight=1 1 1\nleaf_count=5 3 2\ninternal_value=0 0\ninternal_weight=0 0\n\
internal_count=10 5\ncat_boundaries=0 1\ncat_threshold=10\nis_linear=0\nshrinkage=1\n\n\nend of trees\n\nparameters:\nend of parameters\n";

fn xgboost() -> String {
    let tree = r#"{"base_weights":[0,0,0],"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[],
        "default_left":[1,0,0],"id":0,"left_children":[1,-1,-1],"loss_changes":[1E0,0E0,0E0],"parents":[2147483647,0,0],
        "right_children":[2,-1,-1],"split_conditions":[5E-1,-1E-1,2.5E-1],"split_indices":[1,0,0],"split_type":[0,0,0],
        "sum_hessian":[4E0,1E0,3E0],"tree_param":{"num_deleted":"0","num_feature":"2","num_nodes":"3","size_leaf_vector":"1"}}"#;
    format!(
        r#"{{"learner":{{"attributes":{{}},"feature_names":[],"feature_types":[],"gradient_booster":{{"model":{{
        "gbtree_model_param":{{"num_parallel_tree":"1","num_trees":"2"}},"tree_info":[0,0],"trees":[{tree},{tree}]}},"name":"gbtree"}},
        "learner_model_param":{{"base_score":"[5E-1]","boost_from_average":"1","num_class":"0","num_feature":"2","num_target":"1"}},
        "objective":{{"name":"binary:logistic","reg_loss_param":{{"scale_pos_weight":"1"}}}}}},"version":[3,2,0]}}"#
    )
}

fn numbers(columns: &[&[f64]]) -> Features {
    Features {
        n_rows: columns[0].len(),
        columns: columns
            .iter()
            .map(|values| FeatureColumn::Number(values.to_vec()))
            .collect(),
    }
}

fn lightgbm_error(from: &str, to: &str) -> String {
    assert!(LIGHTGBM.contains(from), "{from}");
    let text = LIGHTGBM.replacen(from, to, 1);
    match lightgbm_text(text.as_bytes(), &ImportOptions::default()) {
        Ok(_) => "it was believed".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn xgboost_error(from: &str, to: &str) -> String {
    assert!(xgboost().contains(from), "{from}");
    match xgboost_json(
        xgboost().replacen(from, to, 1).as_bytes(),
        &ImportOptions::default(),
    ) {
        Ok(_) => "it was believed".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_lightgbm_model_answers_by_its_rules() {
    let bundle = import(LIGHTGBM.as_bytes(), &ImportOptions::default()).unwrap();
    assert_eq!(bundle.recipe.inputs[1].name, "city");
    assert!(matches!(bundle.task, Task::Binary { .. }));
    assert_eq!(
        (bundle.link, bundle.calibration),
        (Link::Sigmoid { slope: 2.0 }, Calibration::None)
    );
    // decision_type 6: zero is missing and goes left; codes 1 and 3 go left.
    let ages = [2.5, 2.6, 0.0, f64::NAN, 9.0, 9.0, 9.0, 9.0, -1.0];
    let cities = [0.0, 1.0, 0.0, 0.0, 3.0, 3.9, -0.5, f64::NAN, 0.0];
    let margins = bundle.model.all_margins(&numbers(&[&ages, &cities])).unwrap();
    assert_eq!(margins, [0.1, 0.2, 0.1, 0.1, 0.2, 0.2, -0.3, -0.3, 0.1]);
}

#[test]
fn an_xgboost_model_answers_by_its_rules() {
    let bundle = import(xgboost().as_bytes(), &ImportOptions::default()).unwrap();
    assert_eq!(bundle.recipe.inputs[1].name, "Column_1");
    let below = f64::from(0.5f32.next_down());
    let x = [0.5, below, f64::NAN, 0.499_999_999];
    let margins = bundle.model.all_margins(&numbers(&[&[0.0; 4], &x])).unwrap();
    let (low, high) = (f64::from(-0.1f32 + -0.1f32), 0.5);
    // The last one is 0.5 as `f32`.
    assert_eq!(margins, [high, low, low, high]);
}

#[test]
fn an_imported_bundle_is_read_again_and_has_the_newer_version() {
    for text in [LIGHTGBM.to_owned(), xgboost()] {
        let bundle = import(text.as_bytes(), &ImportOptions::default()).unwrap();
        assert_eq!(bundle.to_bytes()[8], 3);
        let again = Bundle::from_bytes(&bundle.to_bytes(), "again").unwrap();
        assert_eq!(again.hash(), bundle.hash());
        assert_eq!(
            import(text.as_bytes(), &ImportOptions::default()).unwrap().hash(),
            bundle.hash()
        );
        let mut older = bundle.to_bytes();
        older[8] = 2;
        assert!(
            Bundle::from_bytes(&older, "older")
                .unwrap_err()
                .to_string()
                .contains("the format version")
        );
    }
}

#[test]
fn classes_are_named_if_the_caller_knows_them() {
    let named = |classes: &[&str]| {
        let classes = Some(classes.iter().map(|class| (*class).to_owned()).collect());
        let options = ImportOptions {
            classes,
            ..ImportOptions::default()
        };
        lightgbm_text(LIGHTGBM.as_bytes(), &options)
    };
    assert_eq!(named(&["no", "yes"]).unwrap().task.classes(), ["no", "yes"]);
    assert!(
        named(&["no"])
            .unwrap_err()
            .to_string()
            .contains("2 different names")
    );
    assert!(named(&["no", "no"]).is_err());
}

#[test]
fn lightgbm_files_that_lie_are_refused_with_line_and_key() {
    for (from, to, expected) in [
        ("version=v4", "version=v9", "line 2, `version`: found v9"),
        ("left_child=-1 -2", "left_child=0 -2", "a node is reached twice"),
        ("left_child=-1 -2", "left_child=1 -2", "a node is reached twice"),
        (
            "left_child=-1 -2",
            "left_child=-1 -9",
            "line 19, `left_child`: found -9",
        ),
        ("right_child=1 -3", "right_child=7 -3", "`right_child`: found 7"),
        (
            "num_leaves=3",
            "num_leaves=18446744073709551615",
            "`leaf_value`: found 3 numbers",
        ),
        ("num_leaves=3", "num_leaves=0", "a positive number"),
        (
            "num_cat=1",
            "num_cat=18446744073709551615",
            "`cat_boundaries`: found 2 numbers",
        ),
        ("cat_boundaries=0 1", "cat_boundaries=1 0", "rising"),
        (
            "cat_boundaries=0 1",
            "cat_boundaries=0 9",
            "`cat_threshold`: found 1 numbers",
        ),
        ("threshold=2.5 0", "threshold=2.5 4", "the position of a set"),
        ("threshold=2.5 0", "threshold=nan 0", "a finite number"),
        ("threshold=2.5 0", "threshold=x 0", "found `x`"),
        ("leaf_value=0.1", "leaf_value=nan", "a finite number"),
        ("decision_type=6 1", "decision_type=12 1", "missing type"),
        ("split_feature=0 1", "split_feature=0 9", "feature 9"),
        (
            "split_feature=0 1",
            "split_feature=0 0",
            "a number at some splits and a category at others",
        ),
        (
            "max_feature_idx=1",
            "max_feature_idx=18446744073709551615",
            "2 names",
        ),
        (
            "num_tree_per_iteration=1",
            "num_tree_per_iteration=0",
            "num_tree_per_iteration",
        ),
        (
            "num_tree_per_iteration=1",
            "num_tree_per_iteration=2",
            "2 beside 1 trees",
        ),
        ("is_linear=0", "is_linear=1", "a linear tree cannot be imported"),
        (
            "objective=binary",
            "objective=sorcery",
            "the objective `sorcery` cannot be imported",
        ),
        (
            "objective=binary sigmoid:2",
            "objective=multiclass num_class:1",
            "with 1 outputs",
        ),
        ("feature_names=age city", "feature_names=age age", "`age` twice"),
        ("leaf_count=5 3 2", "leaf_count=5 -3 2", "cover"),
        ("end of trees", "end of it", "`end of trees`"),
        ("num_leaves=3", "num_cat=3", "again"),
    ] {
        let found = lightgbm_error(from, to);
        assert!(found.contains(expected), "{to}: {found}");
    }
}

#[test]
fn xgboost_files_that_lie_are_refused_with_their_key() {
    for (from, to, expected) in [
        (
            "\"left_children\":[1,-1,-1]",
            "\"left_children\":[0,-1,-1]",
            "a node is reached twice",
        ),
        (
            "\"left_children\":[1,-1,-1]",
            "\"left_children\":[2,-1,-1]",
            "a node is reached twice",
        ),
        (
            "\"left_children\":[1,-1,-1]",
            "\"left_children\":[9,-1,-1]",
            "trees[0].left_children: found 9",
        ),
        (
            "\"left_children\":[1,-1,-1]",
            "\"left_children\":[]",
            "right_children: found a list of 3 numbers",
        ),
        (
            "\"split_indices\":[1,0,0]",
            "\"split_indices\":[7,0,0]",
            "feature 7",
        ),
        (
            "\"split_type\":[0,0,0]",
            "\"split_type\":[1,0,0]",
            "codes of node 0",
        ),
        ("\"tree_info\":[0,0]", "\"tree_info\":[0,5]", "tree_output"),
        ("\"tree_info\":[0,0]", "\"tree_info\":[0]", "expected 2 numbers"),
        (
            "\"num_feature\":\"2\"",
            "\"num_feature\":\"2000000000\"",
            "at most 1048576",
        ),
        (
            "\"num_target\":\"1\"",
            "\"num_target\":\"2\"",
            "a model of 2 targets",
        ),
        ("[5E-1]", "[5E-1,1E-1]", "expected 1 or 1 numbers"),
        (
            "[5E-1]",
            "1E0",
            "a number that `binary:logistic` has a margin for",
        ),
        (
            "\"gbtree\"",
            "\"gblinear\"",
            "the booster `gblinear` cannot be imported",
        ),
        (
            "binary:logistic",
            "binary:hinge",
            "the objective `binary:hinge` cannot be imported",
        ),
        ("\"sum_hessian\":[4E0", "\"sum_hessian\":[-4E0", "cover"),
        (
            "\"size_leaf_vector\":\"1\"",
            "\"size_leaf_vector\":\"3\"",
            "vectors at its leaves",
        ),
    ] {
        let from = if from == "\"num_feature\":\"2\"" {
            "\"num_feature\":\"2\",\"num_target\""
        } else {
            from
        };
        let to = if to.contains("2000000000") {
            "\"num_feature\":\"2000000000\",\"num_target\""
        } else {
            to
        };
        let found = xgboost_error(from, to);
        assert!(found.contains(expected), "{to}: {found}");
    }
}

#[test]
fn broken_json_and_deep_nesting_are_refused() {
    for text in [
        "{",
        "{\"a\"",
        "{\"a\":",
        "[1,",
        "{\"a\":1} x",
        "{\"a\":\"\\",
        "{\"learner\":1}",
        "{\"a\":1e}",
    ] {
        assert!(
            xgboost_json(text.as_bytes(), &ImportOptions::default()).is_err(),
            "{text}"
        );
    }
    let deep = "[".repeat(1_000_000);
    let error = xgboost_json(deep.as_bytes(), &ImportOptions::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("less nesting"), "{error}");
    assert!(xgboost_ubj(deep.as_bytes(), &ImportOptions::default()).is_err());
}

#[test]
fn ubjson_lists_of_every_form_are_read_and_sizes_are_not_believed() {
    let parse = |bytes: &[u8]| ubjson::parse(bytes);
    let list = |numbers: &[f64]| value::Value::Numbers(numbers.to_vec());
    assert_eq!(
        parse(b"[$d#U\x02\x3f\x80\0\0\xbf\0\0\0").unwrap(),
        list(&[1.0, -0.5])
    );
    assert_eq!(parse(b"[$L#i\x01\0\0\0\0\0\0\0\x07").unwrap(), list(&[7.0]));
    assert_eq!(parse(b"[#i\x02i\xffU\xff").unwrap(), list(&[-1.0, 255.0]));
    assert_eq!(parse(b"[NTNF]").unwrap(), list(&[1.0, 0.0]));
    let map = parse(b"{L\0\0\0\0\0\0\0\x01aSi\x02ok}").unwrap();
    assert_eq!(
        map,
        value::Value::Map(vec![("a".to_owned(), value::Value::Text("ok".to_owned()))])
    );
    for lie in [
        &b"[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff"[..],
        b"[$d#l\x7f\xff\xff\xff\0",
        b"[#L\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"[$Z#L\0\xff\xff\xff\xff\xff\xff\xff",
        b"{#L\0\xff\xff\xff\xff\xff\xff\xff",
        b"SL\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"Si\xff",
        b"[$d",
        b"x",
        b"",
    ] {
        assert!(parse(lie).is_err(), "{}", lie.escape_ascii());
    }
}

#[test]
fn every_cut_of_a_file_is_refused_or_sound_but_never_a_panic() {
    let json = xgboost();
    for cut in (0..json.len()).step_by(3) {
        assert!(xgboost_json(&json.as_bytes()[..cut], &ImportOptions::default()).is_err());
    }
    for cut in 0..LIGHTGBM.find("end of trees").unwrap() {
        assert!(lightgbm_text(&LIGHTGBM.as_bytes()[..cut], &ImportOptions::default()).is_err());
    }
}

#[test]
fn kinds_are_told_apart_by_their_first_bytes() {
    assert_eq!(detect(LIGHTGBM.as_bytes()).unwrap(), SourceFormat::LightgbmText);
    assert_eq!(detect(xgboost().as_bytes()).unwrap(), SourceFormat::XgboostJson);
    assert_eq!(
        detect(b"{L\0\0\0\0\0\0\0\x07learner").unwrap(),
        SourceFormat::XgboostUbj
    );
    for (bytes, expected) in [
        (&b"binf"[..], "old binary"),
        (b"\x80\x04", "pickle"),
        (b"PK", "something else"),
    ] {
        assert!(detect(bytes).unwrap_err().to_string().contains(expected));
    }
}
