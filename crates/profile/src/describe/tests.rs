#![allow(clippy::unwrap_used)]
use super::*;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

fn column(name: &str, array: impl table::arrow::array::Array + 'static) -> (String, ArrayRef) {
    (name.to_owned(), Arc::new(array))
}

fn customers() -> Table {
    let left = |row: usize| row.is_multiple_of(4);
    let plan = (0..400).map(|row| Some(["a", "b"][(row / 3) % 2]));
    let reason = (0..400).map(|row| left(row).then(|| ["price", "moved", "service"][(row / 4) % 3]));
    let refund = (0..400).map(|row| {
        Some(if left(row) {
            20.0 + row as f64
        } else {
            row as f64 / 100.0
        })
    });
    Table::new(vec![
        column(
            "customerID",
            StringArray::from_iter_values((0..400).map(|row| format!("c-{row:04}"))),
        ),
        column("plan", StringArray::from_iter(plan)),
        column(
            "tenure",
            Int64Array::from_iter_values((0..400).map(|row| row * 31 % 73)),
        ),
        column(
            "months",
            Float64Array::from_iter_values((0..400).map(|row| f64::from(row * 31 % 73))),
        ),
        column("country", StringArray::from_iter_values((0..400).map(|_| "US"))),
        column("fax", StringArray::from_iter((0..400).map(|_| None::<&str>))),
        column("reason", StringArray::from_iter(reason)),
        column("refund", Float64Array::from_iter(refund)),
        column(
            "left",
            StringArray::from_iter_values((0..400).map(|row| if left(row) { "Yes" } else { "No" })),
        ),
    ])
    .unwrap()
}

fn options() -> Options {
    Options {
        target: Some("left".to_owned()),
        ..Options::default()
    }
}

#[test]
fn columns_are_understood() {
    let found = profile(&customers(), &options()).unwrap();
    let meaning = |name: &str| found.column(name).unwrap().meaning;
    assert_eq!(meaning("customerID"), Meaning::Identifier);
    assert_eq!(meaning("plan"), Meaning::Category);
    assert_eq!(meaning("tenure"), Meaning::Count);
    assert_eq!(meaning("country"), Meaning::Constant);
    assert_eq!(meaning("fax"), Meaning::AllMissing);
    assert_eq!(meaning("refund"), Meaning::Amount);
    assert_eq!(meaning("left"), Meaning::Target);
    let tenure = found.column("tenure").unwrap();
    let numbers = tenure.numbers.as_ref().unwrap();
    assert_eq!(
        (
            numbers.min,
            numbers.max,
            tenure.distinct.value,
            numbers.rank_error
        ),
        (0.0, 72.0, 73.0, 0.0)
    );
    assert_eq!(numbers.histogram.counts.iter().sum::<u64>(), 400);
    let levels = found.column("plan").unwrap().levels.as_ref().unwrap();
    assert_eq!(
        (levels.top.clone(), levels.n_other),
        (vec![("a".to_owned(), 201), ("b".to_owned(), 199)], 0)
    );
}

#[test]
fn every_trap_is_named() {
    let found = profile(&customers(), &options()).unwrap();
    let told: Vec<String> = found.warnings.iter().map(Warning::to_string).collect();
    let has = |part: &str| assert!(told.iter().any(|line| line.contains(part)), "{part}: {told:#?}");
    has("`refund` tells the target almost outright (AUC 1.000)");
    has("`reason` is filled in where the target is one way");
    has("`customerID` names its row: 400 different values in 400 rows");
    has("`country` is the same in every row");
    has("`fax` has no values");
    has("`reason` is missing in 75% of rows");
    has("`months` has the same cells as `tenure`");
    assert_eq!(told.len(), 7, "{told:#?}");
    assert!(found.warnings[0].is_grave() && !found.warnings[6].is_grave());
    assert_eq!(found.warnings[0].column(), Some("reason"));
}

#[test]
fn repeated_rows_and_keys_are_counted() {
    let doubled = Table::concat(&[customers(), customers().slice(0, 3)]).unwrap();
    let found = profile(
        &doubled,
        &Options {
            key: Some("customerID".to_owned()),
            ..options()
        },
    )
    .unwrap();
    assert_eq!((found.repeated_rows.low, found.repeated_rows.value), (3.0, 3.0));
    let told: Vec<String> = found.warnings.iter().map(Warning::to_string).collect();
    assert!(
        told.contains(&"3 of 403 rows repeat an earlier row".to_owned()),
        "{told:#?}"
    );
    assert!(told.contains(&"key `customerID` occurred before in 3 rows and is missing in 0".to_owned()));
}

#[test]
fn many_rows_are_estimated_within_the_stated_error() {
    let n = 200_000_i64;
    let unique = Int64Array::from_iter_values((0..n).map(|row| row * 7));
    let few = Int64Array::from_iter_values((0..n).map(|row| row * 7_919 % 40_009));
    let table = Table::new(vec![column("amount", unique), column("few", few)]).unwrap();
    let found = profile(&table, &Options::default()).unwrap();
    let amount = &found.columns[0];
    assert!(!amount.distinct_is_exact && (amount.distinct.value / n as f64 - 1.0).abs() < 0.02);
    assert!(amount.repeated.value == 0.0 && 0.0 < amount.repeated.high);
    let few = &found.columns[1];
    assert!(few.distinct_is_exact && few.distinct.value == 40_009.0 && few.repeated.value == 159_991.0);
    assert!((found.n_sampled, found.repeated_rows.value) == (20_000, 0.0));
    let numbers = amount.numbers.as_ref().unwrap();
    assert!(numbers.rank_error > 0.0 && numbers.rank_error < 0.01);
    let median = 7.0 * (n - 1) as f64 / 2.0;
    assert!((numbers.quantiles[3] - median).abs() <= numbers.rank_error * 7.0 * n as f64);
}

#[test]
fn small_tables_are_described_too() {
    let none = profile(&customers().slice(0, 0), &options()).unwrap();
    assert_eq!((none.n_rows, none.columns.len()), (0, 9));
    let one = profile(&customers().slice(0, 1), &options()).unwrap();
    assert!(one.columns.iter().all(|column| column.association.is_none()));
    let mean = one.column("refund").unwrap().numbers.as_ref().unwrap().mean;
    assert!(mean.low.is_infinite() && mean.value == 20.0);
    let nothing = profile(&Table::new(vec![]).unwrap(), &Options::default()).unwrap();
    assert_eq!(
        (
            nothing.n_rows,
            nothing.repeated_rows.value,
            nothing.warnings.len()
        ),
        (0, 0.0, 0)
    );
}

#[test]
fn wrong_questions_are_refused() {
    let wrong = Options {
        target: Some("lft".to_owned()),
        ..Options::default()
    };
    assert!(
        profile(&customers(), &wrong)
            .unwrap_err()
            .to_string()
            .contains("left")
    );
    let wrong = Options {
        key: Some("customer".to_owned()),
        ..Options::default()
    };
    assert!(profile(&customers(), &wrong).is_err());
    assert!(
        profile(
            &customers(),
            &Options {
                level: 95.0,
                ..options()
            }
        )
        .is_err()
    );
    let none = Options {
        target: Some("fax".to_owned()),
        ..Options::default()
    };
    assert!(matches!(
        profile(&customers(), &none),
        Err(ProfileError::EmptyTarget { n_rows: 400, .. })
    ));
}

#[test]
fn the_same_table_gives_the_same_profile() {
    assert_eq!(
        profile(&customers(), &options()).unwrap(),
        profile(&customers(), &options()).unwrap()
    );
}

#[test]
fn numbers_that_stand_for_missing_are_named() {
    let with = |odd: f64| {
        Float64Array::from_iter_values(
            (0..600).map(|row| if row % 50 == 7 { odd } else { f64::from(row % 37) }),
        )
    };
    let column_of = |odd: f64| {
        let table = Table::new(vec![column("rate", with(odd))]).unwrap();
        profile(&table, &Options::default()).unwrap()
    };
    for (odd, is_told) in [
        (-999.0, true),
        (99.0, true),
        (-1.0, true),
        (9.0, false),
        (250.0, false),
    ] {
        let found = column_of(odd);
        let told = found
            .warnings
            .iter()
            .any(|warning| warning.to_string().contains("stand for missing"));
        assert_eq!(told, is_told, "{odd}: {:?}", found.warnings);
    }
}

#[test]
fn whole_numbers_beyond_those_of_floating_point_are_told_apart() {
    let ids = Int64Array::from_iter_values((0..500).map(|row| 1_500_000_000_000_000_001 + 7 * row));
    let table = Table::new(vec![column("tweet", ids)]).unwrap();
    let found = profile(
        &table,
        &Options {
            key: Some("tweet".to_owned()),
            ..Options::default()
        },
    )
    .unwrap();
    assert_eq!(
        (found.columns[0].distinct.value, found.repeated_rows.value),
        (500.0, 0.0)
    );
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
}

#[test]
fn numbers_that_grow_with_time_and_two_units_are_warned_of() {
    let rows = (0..600).map(|i| {
        let weight = (2.0 + f64::from(i * 7919 % 997) / 200.0) * if i % 6 == 0 { 1000.0 } else { 1.0 };
        format!(
            "2024-{:02}-{:02},{},{weight},{}\n",
            1 + i / 56,
            1 + i / 2 % 28,
            500 + i * 3 + i * 31 % 7,
            i * 31 % 97
        )
    });
    let text = "day,ticket,weight,noise\n".to_owned() + &rows.collect::<String>();
    let read = table::read::from_bytes(
        text.as_bytes(),
        table::read::Format::Csv,
        "tickets",
        &Default::default(),
    );
    let found = profile(&read.unwrap().table, &Options::default()).unwrap();
    let told: Vec<String> = found.warnings.iter().map(ToString::to_string).collect();
    assert!(
        told.iter()
            .any(|line| line.contains("`weight` looks like two units: 83%")),
        "{told:?}"
    );
    let times: Vec<&String> = told.iter().filter(|line| line.contains("tells when")).collect();
    assert!(
        times.len() == 1 && times[0].contains("`ticket` goes with `day`"),
        "{told:?}"
    );
}
