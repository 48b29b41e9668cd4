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
