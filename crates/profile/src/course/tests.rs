#![allow(clippy::unwrap_used)]
use super::*;
use crate::{Options, profile};
use std::sync::Arc;
use table::Table;
use table::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, TimestampMicrosecondArray};

fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut draw = stats::Draw::new(seed, 0);
    move || draw.normal()
}

fn course(columns: Vec<(&str, ArrayRef)>) -> Option<Course> {
    let columns = columns.into_iter().map(|(name, array)| (name.to_owned(), array));
    let table = Table::new(columns.collect()).unwrap();
    profile(&table, &Options::default()).unwrap().course
}

/// Two years of days with several rows each: a week, a rise, a jump, one odd day.
fn shop() -> Vec<(&'static str, ArrayRef)> {
    let mut normal = noise(4);
    let (mut days, mut sales, mut wild, mut flat) = (vec![], vec![], vec![], vec![]);
    for day in 0..730 {
        let week = [3.0, 0.0, 0.0, 1.0, 4.0, 9.0, 8.0][day % 7];
        let n = if day == 500 {
            60
        } else {
            20 + 2 * (day % 7) + (normal() * 2.0).abs() as usize
        };
        for _ in 0..n {
            days.push(19_000 + day as i32);
            sales.push(20.0 + week + 0.01 * day as f64 + normal());
            let odd = if day == 333 { 15.0 } else { 0.0 };
            wild.push(odd + if day >= 400 { 6.0 } else { 0.0 } + normal());
            flat.push(normal());
        }
    }
    vec![
        ("day", Arc::new(Date32Array::from(days))),
        ("sales", Arc::new(Float64Array::from(sales))),
        ("wild", Arc::new(Float64Array::from(wild))),
        ("flat", Arc::new(Float64Array::from(flat))),
    ]
}

#[test]
fn what_was_planted_is_told_and_nothing_of_noise() {
    let found = course(shop()).unwrap();
    assert_eq!(
        (found.time.as_str(), found.unit, found.starts.len()),
        ("day", TimeUnit::Day, 730)
    );
    let named = |name: Option<&str>| {
        found
            .series
            .iter()
            .find(|one| one.column.as_deref() == name)
            .unwrap()
    };
    let lengths =
        |series: &Series| -> Vec<usize> { series.seasons.iter().map(|one| one.season_length).collect() };
    let odd = |series: &Series| -> Vec<usize> { series.odd.iter().map(|one| one.index).collect() };
    let (rows, sales, wild) = (named(None), named(Some("sales")), named(Some("wild")));
    assert_eq!((lengths(rows), odd(rows)), (vec![7], vec![500]));
    assert_eq!(lengths(sales), [7]);
    let slope = &sales.trend.as_ref().unwrap().slope;
    assert!(
        slope.low < 0.01 && 0.01 < slope.high && slope.low > 0.009,
        "{slope:?}"
    );
    assert_eq!(odd(wild), [333]);
    assert_eq!(
        wild.changes.iter().map(|change| change.index).collect::<Vec<_>>(),
        [400]
    );
    assert!((wild.changes[0].jump.0 - 6.0).abs() < 0.2);
    assert!(named(Some("flat")).is_plain());
}

#[test]
fn calendars_and_numberings_are_no_series() {
    let rows: Vec<(i32, i32)> = (0..400)
        .flat_map(|day| (1..=60).map(move |shop| (19_000 + day, shop)))
        .collect();
    let numbers = |f: fn(&(i32, i32)) -> i64| -> ArrayRef {
        Arc::new(table::arrow::array::Int64Array::from_iter_values(
            rows.iter().map(f),
        ))
    };
    let found = course(vec![
        (
            "day",
            Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.0))),
        ),
        ("shop", numbers(|row| i64::from(row.1))),
        ("weekday", numbers(|row| i64::from(row.0 % 7))),
        (
            "month",
            numbers(|row| TimeUnit::Month.number(f64::from(row.0)) % 12),
        ),
        (
            "holiday",
            numbers(|row| i64::from([19_030, 19_111, 19_222, 19_301].contains(&row.0))),
        ),
        (
            "sold",
            numbers(|row| i64::from(row.0 * 31 % 17 + row.1 * row.0 % 23)),
        ),
    ]);
    let names: Vec<Option<String>> = found.unwrap().series.into_iter().map(|one| one.column).collect();
    assert_eq!(names, [Some("sold".to_owned())]);
}

#[test]
fn rounding_is_nothing_to_tell() {
    let day: ArrayRef = Arc::new(Date32Array::from_iter_values(
        (19_000..19_600).flat_map(|day| [day; 3]),
    ));
    let value = (0..1800).map(|k| [0.1, 0.2, 0.3][k % 3]);
    let wave = (0..600).flat_map(|day| [1.0, 1.0 + f64::from(day % 2), 1.0]);
    let found = course(vec![
        ("day", day),
        ("same", Arc::new(Float64Array::from_iter_values(value))),
        ("wave", Arc::new(Float64Array::from_iter_values(wave))),
    ]);
    let told = |one: &Series| one.trend.is_some() || !one.changes.is_empty() || !one.odd.is_empty();
    assert!(!found.unwrap().series.iter().any(told));
}

#[test]
fn noise_has_no_course() {
    let mut n_told = 0;
    for seed in 0..20 {
        let mut normal = noise(seed);
        let mut column =
            || -> ArrayRef { Arc::new(Float64Array::from_iter_values((0..400).map(|_| normal()))) };
        let day: ArrayRef = Arc::new(Date32Array::from_iter_values(19_000..19_400));
        let found = course(vec![
            ("day", day),
            ("a", column()),
            ("b", column()),
            ("c", column()),
        ])
        .unwrap();
        // one row a day: rows do not vary
        assert_eq!(found.series.len(), 3);
        n_told += found.series.iter().filter(|one| !one.is_plain()).count();
    }
    assert!(n_told <= 6, "{n_told} of 60 series of noise");
}

#[test]
fn threads_and_batches_change_nothing() {
    let columns = shop();
    let table = Table::new(
        columns
            .into_iter()
            .map(|(name, array)| (name.to_owned(), array))
            .collect(),
    )
    .unwrap();
    let of = |n_threads| {
        profile(
            &table,
            &Options {
                n_threads,
                ..Options::default()
            },
        )
        .unwrap()
        .course
    };
    assert_eq!(format!("{:?}", of(1)), format!("{:?}", of(3)));
}

#[test]
fn the_shortest_stretch_that_has_rows_is_taken() {
    // three orders a day at odd times, over half a year
    let times = (0..540).map(|k: i64| (19_000 * 86_400 + k * 28_800 + (k * 7919) % 20_000) * 1_000_000);
    let flags = BooleanArray::from((0..540).map(|k| k % 2 == 0).collect::<Vec<_>>());
    let found = course(vec![
        ("at", Arc::new(TimestampMicrosecondArray::from_iter_values(times))),
        ("late", Arc::new(flags)),
    ]);
    let found = found.unwrap();
    assert_eq!(found.unit, TimeUnit::Day);
    // the first and last days are not whole
    assert_eq!((found.starts.len(), found.starts[0]), (178, 19_001.0));
    assert!(
        found
            .series
            .iter()
            .any(|one| one.column.as_deref() == Some("late"))
    );
    let few: ArrayRef = Arc::new(Date32Array::from_iter_values(19_000..19_010));
    let value: ArrayRef = Arc::new(Float64Array::from_iter_values((0..10).map(f64::from)));
    assert!(course(vec![("day", few), ("value", value)]).is_none());
}

#[test]
fn an_odd_day_and_a_change_are_linked_to_the_shop_behind_them() {
    let mut normal = noise(9);
    let (mut days, mut shops, mut sales) = (vec![], vec![], vec![]);
    for day in 0..300 {
        for row in 0..60 {
            let shop = ["north", "south", "west"][row % 3];
            let odd = if day == 150 && shop == "west" { 30.0 } else { 0.0 };
            let moved = if day >= 220 && shop == "south" { -5.0 } else { 0.0 };
            days.push(19_000 + day);
            shops.push(shop);
            sales.push(30.0 + odd + moved + 2.0 * normal());
        }
        // a day on which the north has three times as many rows
        if day == 80 {
            for _ in 0..120 {
                days.push(19_000 + day);
                shops.push("north");
                sales.push(30.0 + normal());
            }
        }
    }
    let table = Table::new(vec![
        ("day".to_owned(), Arc::new(Date32Array::from(days)) as ArrayRef),
        (
            "shop".to_owned(),
            Arc::new(table::arrow::array::StringArray::from(shops)),
        ),
        ("sales".to_owned(), Arc::new(Float64Array::from(sales))),
    ]);
    let table = table.unwrap();
    let course = profile(&table, &Options::default()).unwrap().course.unwrap();
    let links = course.links(&table, 0.95, 2);
    let told: Vec<(Option<&str>, usize, bool, Vec<&str>)> = links
        .iter()
        .map(|link| {
            let labels = link.segments.iter().map(|segment| segment.label.as_str());
            (
                link.column.as_deref(),
                link.index,
                link.is_change,
                labels.collect(),
            )
        })
        .collect();
    assert!(
        told.contains(&(Some("sales"), 150, false, vec!["shop is west"])),
        "{told:?}"
    );
    assert!(
        told.contains(&(Some("sales"), 220, true, vec!["shop is south"])),
        "{told:?}"
    );
    assert!(
        told.contains(&(None, 80, false, vec!["shop is north"])),
        "{told:?}"
    );
    let effect = links
        .iter()
        .find(|link| link.index == 220)
        .map(|link| link.segments[0].effect);
    assert!(
        effect.is_some_and(|effect| effect.low < -5.0 / 3.0 && -5.0 / 3.0 < effect.high),
        "{effect:?}"
    );
}

/// A year and a half of days in four shops, of which the west jumps, and a month as a column of its own.
fn shops() -> Table {
    let mut normal = noise(12);
    let (mut days, mut shops, mut months, mut sales) = (vec![], vec![], vec![], vec![]);
    for day in 19_000..19_550 {
        for shop in ["east", "north", "south", "west"] {
            for _ in 0..if shop == "north" { 4 } else { 3 } {
                let jump = if shop == "west" && day >= 19_300 { 5.0 } else { 0.0 };
                days.push(day);
                shops.push(shop);
                months.push(TimeUnit::Month.number(f64::from(day)) % 12);
                sales.push(20.0 + jump + normal());
            }
        }
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("day", Arc::new(Date32Array::from(days))),
        ("shop", Arc::new(table::arrow::array::StringArray::from(shops))),
        ("mnth", Arc::new(table::arrow::array::Int64Array::from(months))),
        ("sales", Arc::new(Float64Array::from(sales))),
    ];
    Table::new(
        columns
            .into_iter()
            .map(|(name, array)| (name.to_owned(), array))
            .collect(),
    )
    .unwrap()
}

#[test]
fn the_level_that_jumps_is_told_and_the_others_are_plain() {
    let options = Options {
        by: Some("shop".to_owned()),
        ..Options::default()
    };
    let by = profile(&shops(), &options).unwrap().course.unwrap().by.unwrap();
    let told: Vec<(&str, u64)> = by
        .levels
        .iter()
        .map(|level| (level.name.as_str(), level.n_rows))
        .collect();
    assert_eq!(
        told,
        [("north", 2200), ("east", 1650), ("south", 1650), ("west", 1650)]
    );
    for level in &by.levels {
        // rows do not vary, months are of the calendar
        let [sales] = level.series.as_slice() else {
            panic!("{level:?}")
        };
        let changes: Vec<usize> = sales.changes.iter().map(|change| change.index).collect();
        let expected: &[usize] = if level.name == "west" { &[300] } else { &[] };
        assert_eq!(changes, expected, "{}", level.name);
    }
    assert_eq!((by.n_left_out, by.is_cut, by.n_columns_left_out), (0, false, 0));
}

#[test]
fn levels_without_a_time_are_refused() {
    let table = shops().select(&["shop", "sales"]).unwrap();
    let refused = |by: &str, table: &Table| {
        let options = Options {
            by: Some(by.to_owned()),
            ..Options::default()
        };
        profile(table, &options).unwrap_err().to_string()
    };
    assert!(refused("shop", &table).contains("no column of dates or times"));
    assert!(refused("day", &shops()).contains("column `day` holds values of the kind date"));
    assert!(refused("shp", &shops()).contains("did you mean `shop`?"));
}

#[test]
fn what_follows_from_time_stands_behind_nothing() {
    let table = shops();
    let course = profile(&table, &Options::default()).unwrap().course.unwrap();
    let links = course.links(&table, 0.95, 2);
    let labels: Vec<&str> = links
        .iter()
        .flat_map(|link| &link.segments)
        .map(|segment| segment.label.as_str())
        .collect();
    assert_eq!(labels, ["shop is west"]);
}
