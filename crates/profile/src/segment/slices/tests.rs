#![allow(clippy::unwrap_used)]
use super::*;
use stats::random::Draw;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

const CITIES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A thousand rows and more of two categories and two numbers, and a skewed outcome that knows of none of them.
fn made(seed: u64, n: usize) -> (Table, Vec<f64>) {
    let mut draw = Draw::new(seed, 0);
    let mut uniform = |most: f64| draw.uniform() * most;
    let cities: Vec<&str> = (0..n).map(|_| CITIES[uniform(5.0) as usize]).collect();
    let plans: Vec<&str> = (0..n).map(|_| ["x", "y", "z"][uniform(3.0) as usize]).collect();
    let ages: Vec<i64> = (0..n).map(|_| 18 + uniform(60.0) as i64).collect();
    let spends: Vec<f64> = (0..n).map(|_| uniform(1000.0)).collect();
    // The square of a difference of uniforms has a long upper tail, as squared errors have.
    let losses = (0..n).map(|_| {
        let e: f64 = (0..6).map(|_| uniform(1.0) - 0.5).sum();
        e * e
    });
    let losses = losses.collect();
    let columns: Vec<(String, ArrayRef)> = vec![
        ("city".to_owned(), Arc::new(StringArray::from(cities))),
        ("plan".to_owned(), Arc::new(StringArray::from(plans))),
        ("age".to_owned(), Arc::new(Int64Array::from(ages))),
        ("spend".to_owned(), Arc::new(Float64Array::from(spends))),
    ];
    (Table::new(columns).unwrap(), losses)
}

fn options(sought: Sought) -> SliceOptions {
    SliceOptions {
        exclude: Vec::new(),
        sought,
        most_conditions: 3,
        level: 0.95,
        design: Design::default(),
    }
}

fn text(table: &Table, column: &str, row: usize) -> String {
    table::write::cell_text(table.column(column).unwrap().as_ref(), row).unwrap()
}

const WORSE: Sought = Sought::Larger { by: 1.1 };

#[test]
fn nothing_is_named_where_nothing_differs() {
    let named = |seed: u64| {
        let (table, losses) = made(seed, 1_500);
        !slices(&table, &losses, &options(WORSE)).unwrap().named.is_empty()
    };
    let n = (0..100).filter(|seed| named(*seed)).count();
    assert!(n <= 5, "{n} of 100");
}

#[test]
fn a_planted_pair_is_named_alone_and_exactly() {
    let mut n_exact = 0;
    for seed in 0..20 {
        let (table, mut losses) = made(1000 + seed, 4_000);
        for (row, loss) in losses.iter_mut().enumerate() {
            if text(&table, "city", row) == "b" && text(&table, "plan", row) == "y" {
                *loss *= 3.0;
            }
        }
        let found = slices(&table, &losses, &options(WORSE)).unwrap();
        let labels: Vec<&str> = found.named.iter().map(|one| one.label.as_str()).collect();
        n_exact += usize::from(labels == ["city is b and plan is y"]);
        let first = &found.named[0];
        assert!(first.p_adjusted < 0.05 && first.difference.low > 0.0);
        assert!((first.inside.value - first.outside.value - first.difference.value).abs() < 1e-9);
    }
    assert!(18 <= n_exact, "{n_exact} of 20");
}

#[test]
fn halves_and_two_weaknesses_are_named_apart() {
    let (table, mut losses) = made(7, 6_000);
    let age = |row: usize| text(&table, "age", row).parse::<f64>().unwrap();
    for (row, loss) in losses.iter_mut().enumerate() {
        if age(row) > 48.0 {
            *loss *= 2.0;
        } else if text(&table, "city", row) == "e" {
            *loss *= 2.5;
        }
    }
    let found = slices(&table, &losses, &options(WORSE)).unwrap();
    let columns: Vec<&[String]> = found.named.iter().map(|one| one.columns.as_slice()).collect();
    assert_eq!(found.named[0].label, "age is above 48", "{columns:?}");
    assert!(found.named[1].columns.contains(&"city".to_owned()), "{columns:?}");
    assert!(found.named.len() <= 3);
}

#[test]
fn a_bias_is_named_in_either_direction_and_rare_events_are_none() {
    let (table, _) = made(3, 3_000);
    let mut draw = Draw::new(5, 0);
    let rare: Vec<f64> = (0..3_000)
        .map(|_| 0.01 - f64::from(u8::from(draw.uniform() < 0.01)))
        .collect();
    let quiet = slices(&table, &rare, &options(Sought::OffZero)).unwrap();
    assert!(quiet.named.is_empty(), "{:?}", quiet.named);
    let shifted = |row: usize| {
        draw.uniform()
            - 0.5
            - if text(&table, "plan", row) == "z" {
                0.3
            } else {
                0.0
            }
    };
    let biased: Vec<f64> = (0..3_000).map(shifted).collect();
    let found = slices(&table, &biased, &options(Sought::OffZero)).unwrap();
    assert_eq!(found.named[0].label, "plan is z");
    assert!(found.named[0].inside.high < -0.2 && found.named.len() == 1);
}

#[test]
fn an_outcome_of_another_length_is_refused() {
    let (table, losses) = made(1, 300);
    assert!(slices(&table, &losses[1..], &options(WORSE)).is_err());
}
