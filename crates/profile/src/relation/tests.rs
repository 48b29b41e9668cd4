#![allow(clippy::unwrap_used)]
use crate::{Options, profile};
use std::sync::Arc;
use table::Table;
use table::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

fn column(name: &str, array: impl table::arrow::array::Array + 'static) -> (String, ArrayRef) {
    (name.to_owned(), Arc::new(array))
}

/// Sales of 40 articles in 5 shops on 30 days: codes settle names, day and shop and article name a row.
fn sales() -> Table {
    let rows = 0..6000_i64;
    let article = |row: i64| row % 40;
    let shop = |row: i64| row / 40 % 5;
    let noise = |row: i64| (row * 7919 % 1009) as f64 / 1009.0;
    let price = |row: i64| article(row) as f64 * 2.5 + 0.1 * noise(row);
    let code = rows.clone().map(|row| format!("A{:02}", article(row)));
    let name = rows.clone().map(|row| format!("article number {}", article(row)));
    let group = rows
        .clone()
        .map(|row| ["food", "tools"][(article(row) % 2) as usize]);
    let discount = rows.clone().map(|row| (row % 3 == 0).then_some(noise(row)));
    let reason = rows
        .clone()
        .map(|row| (row % 3 == 0).then_some(["end", "flaw"][(row % 2) as usize]));
    Table::new(vec![
        column("code", StringArray::from_iter_values(code)),
        column("article", StringArray::from_iter_values(name)),
        column("group", StringArray::from_iter_values(group)),
        column(
            "shop",
            StringArray::from_iter_values(rows.clone().map(|row| format!("s{}", shop(row)))),
        ),
        column("price", Float64Array::from_iter_values(rows.clone().map(price))),
        column(
            "cost",
            Float64Array::from_iter_values(rows.clone().map(|row| 0.6 * price(row) + noise(row + 3))),
        ),
        column(
            "noise",
            Float64Array::from_iter_values(rows.clone().map(|row| noise(row * row % 911))),
        ),
        column("discount", Float64Array::from_iter(discount)),
        column("reason", StringArray::from_iter(reason)),
        column("line", Int64Array::from_iter_values(rows.map(|row| row % 1500))),
    ])
    .unwrap()
}

#[test]
fn what_belongs_together_is_found() {
    let found = profile(&sales(), &Options::default()).unwrap().relations;
    let pair = |a: &str, b: &str| {
        let is_it = |r: &&crate::Relation| (r.column == a && r.other == b) || (r.column == b && r.other == a);
        found.pairs.iter().find(is_it)
    };
    let costs = pair("price", "cost").unwrap();
    assert!(
        costs.estimate.low > 0.95 && costs.measure == "rank correlation",
        "{costs:?}"
    );
    assert!(pair("code", "article").unwrap().estimate.value > 0.99);
    assert_eq!(pair("price", "article").unwrap().measure, "correlation ratio");
    assert!(pair("shop", "noise").is_none() && pair("noise", "price").is_none());
    assert_eq!(found.missing_together, [["discount", "reason"]]);
}

#[test]
fn what_settles_what_is_found() {
    let found = profile(&sales(), &Options::default()).unwrap().relations;
    let settles = |a: &str, b: &str| {
        found
            .dependencies
            .iter()
            .find(|d| d.column == a && d.settles == b)
    };
    assert!(settles("code", "article").unwrap().is_mutual && settles("article", "code").is_none());
    let group = settles("code", "group").unwrap();
    assert!(!group.is_mutual && group.n_chances == 5960 && group.at_most < 0.001);
    assert!(settles("group", "code").is_none() && settles("shop", "code").is_none());
}

#[test]
fn keys_of_two_columns_are_found_where_no_single_one_names_rows() {
    let rows = || 0..3000_i64;
    let table = Table::new(vec![
        column("day", Int64Array::from_iter_values(rows().map(|row| row / 30))),
        column(
            "shop",
            StringArray::from_iter_values(rows().map(|row| format!("s{}", row % 30))),
        ),
        column(
            "sold",
            Int64Array::from_iter_values(rows().map(|row| row * 31 % 17)),
        ),
    ])
    .unwrap();
    let found = profile(&table, &Options::default()).unwrap().relations;
    assert_eq!(found.keys, [["day", "shop"]]);
}

/// 4,000 rows: `age` and `income` are missing together in the second half, `noise` anywhere; `income` is twice `age`.
fn survey() -> Table {
    let mix = |row: i64| row * 7919 % 1009;
    let gone = |row: i64| 2_000 <= row && mix(row) < 500;
    let age = |row: i64| 18 + mix(row) % 60;
    let real = |make: &dyn Fn(i64) -> Option<f64>| (0..4_000).map(make).collect::<Float64Array>();
    Table::new(vec![
        column("age", real(&|row| (!gone(row)).then_some(age(row) as f64))),
        column(
            "income",
            real(&|row| (!gone(row) && row % 100 != 0).then_some(2.0 * age(row) as f64 + (row % 7) as f64)),
        ),
        column(
            "noise",
            real(&|row| (row % 4 != 0).then_some(mix(row + 500) as f64)),
        ),
        column(
            "group",
            StringArray::from_iter_values((0..4_000).map(|row| if 48 < age(row) { "old" } else { "young" })),
        ),
    ])
    .unwrap()
}

#[test]
fn gaps_are_followed_along_the_rows_and_in_pairs() {
    let found = profile(&survey(), &Options::default()).unwrap().relations.gaps;
    let blocks = |name: &str| &found.columns.iter().find(|(column, _)| column == name).unwrap().1;
    assert_eq!((found.columns.len(), blocks("age").len()), (3, 40));
    assert!(
        blocks("age")[..20].iter().all(|share| *share == 0.0)
            && blocks("age")[20..].iter().all(|share| 0.3 < *share)
    );
    let names: Vec<[&str; 2]> = found
        .together
        .iter()
        .map(|(one, other, _)| [one.as_str(), other.as_str()])
        .collect();
    assert_eq!(names, [["age", "income"]]);
    let both = (2_000..4_000).filter(|row| row * 7919 % 1009 < 500).count();
    assert_eq!(found.together[0].2, both as f64 / 4_000.0);
    assert!(found.have_structure());
    let even = survey().select(&["noise"]).unwrap();
    assert!(
        !profile(&even, &Options::default())
            .unwrap()
            .relations
            .gaps
            .have_structure()
    );
}

#[test]
fn close_numbers_are_counted_in_the_cells_of_their_histograms() {
    let found = profile(&survey(), &Options::default()).unwrap();
    let plane = &found.relations.planes[0];
    assert_eq!((plane.column.as_str(), plane.other.as_str()), ("age", "income"));
    let counted: u64 = plane.counts.iter().flatten().sum();
    let paired = (0..4_000)
        .filter(|row| !(2_000 <= *row && row * 7919 % 1009 < 500) && row % 100 != 0)
        .count();
    assert_eq!(counted + plane.n_outside, paired as u64);
    assert!(
        plane.points.is_empty() && plane.counts[0][plane.x_edges.len() - 2] == 0,
        "the corner is empty"
    );
    let few = profile(&survey().slice(0, 200), &Options::default()).unwrap();
    assert_eq!(few.relations.planes[0].points.len(), 198);
}

#[test]
fn numbers_are_told_class_by_class() {
    let options = Options {
        target: Some("group".to_owned()),
        ..Options::default()
    };
    let found = profile(&survey(), &options).unwrap();
    let classes = &found.column("age").unwrap().by_class;
    let [first, second] = classes.as_slice() else {
        panic!("expected two classes: {classes:?}")
    };
    let young = if first.class == "young" { first } else { second };
    assert!(
        young.min == 18.0 && young.max == 48.0 && young.notch.0 < young.quantiles[2],
        "{young:?}"
    );
    assert!(young.quantiles.is_sorted() && found.column("group").unwrap().by_class.is_empty());
    assert!(
        profile(&survey(), &Options::default())
            .unwrap()
            .columns
            .iter()
            .all(|column| column.by_class.is_empty())
    );
}
