#![allow(clippy::unwrap_used)]
use super::*;
use crate::estimator::{Aim, Categories, Estimator, Lesson, Rows};
use learn::{Context, Value};
use stats::random::Draw;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, AsArray, Float64Array, StringArray};

/// Numbers `a`, which rises the target, and `b`, which goes with it and means nothing; a category `c` whose last level counts.
fn made(n: usize) -> Table {
    let mut draw = Draw::new(3, 0);
    let a: Vec<f64> = (0..n).map(|_| draw.normal()).collect();
    let b: Vec<f64> = a.iter().map(|a| a + 0.1 * draw.normal()).collect();
    let c: Vec<&str> = (0..n).map(|_| ["k", "l", "m"][draw.below(3) as usize]).collect();
    let y: Vec<f64> = (0..n)
        .map(|row| 2.0 * a[row] + if c[row] == "m" { 1.0 } else { 0.0 })
        .collect();
    let columns: Vec<(String, ArrayRef)> = vec![
        ("a".to_owned(), Arc::new(Float64Array::from(a))),
        ("b".to_owned(), Arc::new(Float64Array::from(b))),
        ("c".to_owned(), Arc::new(StringArray::from(c))),
        ("y".to_owned(), Arc::new(Float64Array::from(y))),
    ];
    Table::new(columns).unwrap()
}

fn learnt(is_class: bool) -> (Bundle, Table) {
    let table = made(3_000);
    let y = bundle::baseline::numbers(&table, "y").unwrap();
    let aim = match is_class {
        false => Aim::Numbers(y),
        true => Aim::Classes {
            names: vec!["no".to_owned(), "yes".to_owned()],
            codes: y.iter().map(|y| u32::from(0.0 < *y)).collect(),
        },
    };
    let lesson = Lesson {
        rows: Rows::of_batch(
            table.select(&["a", "b", "c"]).unwrap().batch(),
            &Categories::ByType,
            None,
        )
        .unwrap(),
        aim,
        weights: None,
        n_held_out: 0,
        contamination: None,
        intervals: None,
        interval_groups: None,
        before: None,
        name: "made".to_owned(),
        target: "y".to_owned(),
    };
    let bundle = Estimator::new("boost", &[("rounds".to_owned(), Value::Whole(60))])
        .unwrap()
        .fit(lesson, &Context::new(1))
        .unwrap();
    (bundle, table)
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    bundle::baseline::numbers(table, name).unwrap()
}

fn texts<'a>(table: &'a Table, name: &str) -> Vec<&'a str> {
    let column = table.batch().column_by_name(name).unwrap();
    column.as_string::<i32>().iter().flatten().collect()
}

fn numbers_of(value: f64, n: usize) -> ArrayRef {
    Arc::new(Float64Array::from(vec![value; n]))
}

fn texts_of(value: &str, n: usize) -> ArrayRef {
    Arc::new(StringArray::from(vec![value; n]))
}

/// `table` with another column of the name.
fn with(table: &Table, name: &str, column: ArrayRef) -> Table {
    let columns = ["a", "b", "c"].map(|known| match known == name {
        true => (known.to_owned(), Arc::clone(&column)),
        false => (
            known.to_owned(),
            Arc::clone(table.batch().column_by_name(known).unwrap()),
        ),
    });
    Table::new(columns.to_vec()).unwrap()
}

fn predicted(bundle: &Bundle, table: &Table) -> Vec<f64> {
    let scores = bundle.score(table, &ScoreOptions::default()).unwrap();
    let table = scores.to_table(&bundle.task).unwrap();
    numbers(&table, "prediction")
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn told(bundle: &Bundle, table: &Table, options: &ExplainOptions) -> Result<ExplainRecord, ProjectError> {
    explain(bundle, table, options, &|| false)
}

#[test]
fn the_features_that_matter_are_told_with_what_they_do() {
    let (bundle, table) = learnt(false);
    let thinned = told(&bundle, &table, &ExplainOptions::default()).unwrap();
    assert_eq!(
        (thinned.n_rows, thinned.n_explained, thinned.n_broken),
        (3_000, 2_000, 0)
    );
    let table = table.take(&(0..2_000).collect::<Vec<_>>()).unwrap();
    let found = told(&bundle, &table, &ExplainOptions::default()).unwrap();
    assert_eq!(found.n_explained, 2_000);
    assert_eq!(
        (found.features[0].name.as_str(), found.answer.as_str()),
        ("a", "y")
    );
    let rows = |feature: &FeatureRecord| feature.bins.iter().map(|bin| bin.n).sum::<u64>();
    assert!(found.features.iter().all(|feature| rows(feature) == 2_000));
    // high values rise the margin
    let places: Vec<f64> = found.features[0]
        .bins
        .iter()
        .filter_map(|bin| bin.place)
        .collect();
    assert!(places[0] < 0.05 && 0.95 < places[places.len() - 1], "{places:?}");
    let effect = found.features[0].close.as_ref().unwrap().effect.as_ref().unwrap();
    // what the model itself says of rows that are moved, bin by bin
    let a: Vec<f64> = numbers(&table, "a");
    let mut steps = 0.0;
    for bin in 1..effect.at.len() {
        let (low, high) = (effect.at[bin - 1], effect.at[bin]);
        let rows = (0..a.len()).filter(|row| low < a[*row] && a[*row] <= high || bin == 1 && a[*row] == low);
        let here = table.take(&rows.collect::<Vec<_>>()).unwrap();
        let moved = |to: f64| {
            mean(&predicted(
                &bundle,
                &with(&here, "a", numbers_of(to, here.n_rows())),
            ))
        };
        steps += moved(high) - moved(low);
        let told = effect.accumulated[bin][0] - effect.accumulated[0][0];
        assert!((told - steps).abs() < 1e-9, "{bin}: {told} {steps}");
    }
    for (place, told) in effect.at.iter().zip(&effect.partial) {
        let all = with(&table, "a", numbers_of(*place, table.n_rows()));
        assert!((told[0] - mean(&predicted(&bundle, &all))).abs() < 1e-9);
    }
    let c = found.features.iter().find(|feature| feature.name == "c").unwrap();
    let effect = c.close.as_ref().unwrap().effect.as_ref().unwrap();
    let levels: Vec<&str> = texts(&table, "c");
    let mut steps = 0.0;
    for step in 1..effect.labels.len() {
        let (one, other) = (effect.labels[step - 1].as_str(), effect.labels[step].as_str());
        let rows = (0..levels.len()).filter(|row| [one, other].contains(&levels[*row]));
        let here = table.take(&rows.collect::<Vec<_>>()).unwrap();
        let moved = |to: &str| {
            mean(&predicted(
                &bundle,
                &with(&here, "c", texts_of(to, here.n_rows())),
            ))
        };
        steps += moved(other) - moved(one);
        let told = effect.accumulated[step][0] - effect.accumulated[0][0];
        assert!((told - steps).abs() < 1e-9, "{one} {other}: {told} {steps}");
    }
    let names: Vec<String> = charts(&found).into_iter().map(|(name, _)| name).collect();
    assert!(
        ["summary", "a-effect", "a-contributions", "c-effect"]
            .iter()
            .all(|name| names.contains(&(*name).to_owned()))
    );
    assert!(page(&found).contains("How does the y go with a?"));
    assert!(answer(&found).starts_with("Most at a"));
}

#[test]
fn threads_change_no_bit_and_classes_are_told_as_probabilities() {
    let (bundle, table) = learnt(true);
    let with = |n_threads| {
        let options = ExplainOptions {
            n_threads,
            n_features: 1,
            ..ExplainOptions::default()
        };
        told(&bundle, &table, &options).unwrap()
    };
    let found = with(1);
    assert_eq!(found, with(3));
    assert!(found.is_share && 0.0 < found.mean && found.mean < 1.0);
    assert_eq!(found.answer, "probability that y is yes");
    assert_eq!(
        found
            .features
            .iter()
            .filter(|feature| feature.close.is_some())
            .count(),
        1
    );
    let again: ExplainRecord = serde_json::from_str(&serde_json::to_string(&found).unwrap()).unwrap();
    // as texts: levels of a category have no place, which is NaN in a picture
    assert_eq!(format!("{:?}", charts(&again)), format!("{:?}", charts(&found)));
}

#[test]
fn private_values_are_not_shown_and_slips_are_named() {
    let (bundle, table) = learnt(false);
    let private = bundle.clone().keeping_private(&["a".to_owned()]);
    let found = told(&private, &table, &ExplainOptions::default()).unwrap();
    let a = found.features.iter().find(|feature| feature.name == "a").unwrap();
    assert!(a.close.is_none() && a.bins.iter().all(|bin| bin.place.is_none()));
    let refused = |options| told(&bundle, &table, &options).unwrap_err().to_string();
    let named = |features: &[&str], output: Option<&str>, level| ExplainOptions {
        features: features.iter().map(|name| (*name).to_owned()).collect(),
        output: output.map(str::to_owned),
        level,
        ..ExplainOptions::default()
    };
    assert!(refused(named(&["aa"], None, 0.95)).contains("is it `a`?"));
    assert!(refused(named(&[], Some("yes"), 0.95)).contains("one answer"));
    assert!(refused(named(&[], None, 95.0)).contains("`level`"));
    let one = table.take(&[0]).unwrap();
    assert!(
        told(&bundle, &one, &ExplainOptions::default())
            .unwrap_err()
            .to_string()
            .contains("at least 2")
    );
}
