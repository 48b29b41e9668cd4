#![allow(clippy::unwrap_used)]
use super::*;
use crate::estimator::{Aim, Estimator, Lesson, Rows};
use learn::{Context, Value};
use stats::random::Draw;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array, StringArray};

/// Whether the noise or the truth of a row is changed, by its city and plan.
type Change<'c> = &'c dyn Fn(&str, &str, f64) -> f64;

/// Rows of two inputs, a city and a plan that the model does not see, and `y`, which is `a` and noise.
fn made(seed: u64, n: usize, noise: Change<'_>) -> Table {
    let mut draw = Draw::new(seed, 0);
    let a: Vec<f64> = (0..n).map(|_| draw.normal()).collect();
    let b: Vec<f64> = (0..n).map(|_| draw.normal()).collect();
    let cities: Vec<&str> = (0..n)
        .map(|_| ["k", "l", "m", "n"][draw.below(4) as usize])
        .collect();
    let plans: Vec<&str> = (0..n).map(|_| ["x", "y", "z"][draw.below(3) as usize]).collect();
    let y: Vec<f64> = (0..n)
        .map(|row| a[row] + noise(cities[row], plans[row], draw.normal()))
        .collect();
    let columns: Vec<(String, ArrayRef)> = vec![
        ("a".to_owned(), Arc::new(Float64Array::from(a))),
        ("b".to_owned(), Arc::new(Float64Array::from(b))),
        ("city".to_owned(), Arc::new(StringArray::from(cities))),
        ("plan".to_owned(), Arc::new(StringArray::from(plans))),
        ("y".to_owned(), Arc::new(Float64Array::from(y))),
    ];
    Table::new(columns).unwrap()
}

fn plain(_: &str, _: &str, e: f64) -> f64 {
    e
}

/// A linear model of `y`, or of whether it is above 0.
fn learnt(is_class: bool) -> Bundle {
    let table = made(1, 2_000, &plain);
    let column = |name: &str| bundle::baseline::numbers(&table, name).unwrap();
    let y = column("y");
    let aim = match is_class {
        false => Aim::Numbers(y),
        true => Aim::Classes {
            names: vec!["no".to_owned(), "yes".to_owned()],
            codes: y.iter().map(|y| u32::from(0.0 < *y)).collect(),
        },
    };
    let lesson = Lesson {
        rows: Rows::of_numbers(
            &["a".to_owned(), "b".to_owned()],
            2_000,
            vec![column("a"), column("b")],
        ),
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
    Estimator::new("boost", &[("rounds".to_owned(), Value::Whole(60))])
        .unwrap()
        .fit(lesson, &Context::new(1))
        .unwrap()
}

/// The same table with `y` as two classes.
fn as_classes(table: &Table) -> Table {
    let y = bundle::baseline::numbers(table, "y").unwrap();
    let classes: StringArray = y
        .iter()
        .map(|y| Some(if 0.0 < *y { "yes" } else { "no" }))
        .collect();
    let others = table.select(&["a", "b", "city", "plan"]).unwrap();
    others.with_column("y", Arc::new(classes)).unwrap()
}

/// The model is truly worse far from what it learnt: only what it does not see has no say.
fn unseen() -> WeakOptions {
    WeakOptions {
        exclude: vec!["a".to_owned(), "b".to_owned()],
        ..WeakOptions::default()
    }
}

#[test]
fn noise_planted_in_one_group_is_named_and_nothing_else() {
    let model = learnt(false);
    let noisy = made(2, 4_000, &|city, plan, e| {
        if city == "m" && plan == "y" { 2.0 * e } else { e }
    });
    let found = weak_slices(&model, &noisy, &WeakOptions::default()).unwrap();
    let first = &found.weak[0];
    assert_eq!(first.label, "city is m and plan is y");
    assert!(2.0 < first.inside[0] / first.outside[0] && first.p_adjusted < 1e-6);
    assert!(
        found
            .biased
            .iter()
            .all(|one| !one.columns.contains(&"city".to_owned()))
    );
    assert!(
        answer(&found).contains("where city is m and plan is y: typical error"),
        "{}",
        answer(&found)
    );
    assert!(page(&found).contains("city is m and plan is y"));
}

#[test]
fn a_shift_in_one_group_is_a_bias_with_its_direction() {
    let model = learnt(true);
    let shifted = as_classes(&made(3, 4_000, &|city, _, e| {
        if city == "k" { e + 0.8 } else { e }
    }));
    let found = weak_slices(&model, &shifted, &WeakOptions::default()).unwrap();
    let first = &found.biased[0];
    assert_eq!(
        (first.label.as_str(), found.positive.as_deref()),
        ("city is k", Some("yes"))
    );
    assert!(
        first.inside[2] < 0.0 && first.told < first.observed[1],
        "{first:?}"
    );
    assert!(bias_answer(&found).starts_with("It tells too little where city is k"));
    assert!(found.weak.iter().all(|one| one.expected.is_some()));
}

#[test]
fn nothing_is_named_where_the_model_is_as_good_everywhere() {
    for is_class in [false, true] {
        let model = learnt(is_class);
        let named = |seed: &u64| {
            let table = made(100 + seed, 1_200, &plain);
            let table = if is_class { as_classes(&table) } else { table };
            !weak_slices(&model, &table, &unseen()).unwrap().weak.is_empty()
        };
        let n = (0..60).filter(named).count();
        assert!(n <= 3, "{n} of 60");
    }
}

#[test]
fn what_cannot_be_judged_is_refused_by_name() {
    let model = learnt(false);
    let table = made(2, 400, &plain);
    let without = table.select(&["a", "b", "city", "plan"]).unwrap();
    let refused = weak_slices(&model, &without, &WeakOptions::default())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("no column `y`"), "{refused}");
    let refused = weak_slices(&model, &table.slice(0, 100), &WeakOptions::default()).unwrap_err();
    assert!(refused.to_string().contains("100 rows"), "{refused}");
    let refused = weak_slices(&learnt(true), &table, &WeakOptions::default())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("other values in 400 of 400 rows"), "{refused}");
}
