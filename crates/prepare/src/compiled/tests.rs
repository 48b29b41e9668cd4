#![allow(clippy::unwrap_used)]
use super::*;
use crate::contract::{Action, ColumnRule, Contract, Rule, check_rows};
use crate::recipe::{Recipe, RecipeBuilder};
use crate::{FeatureColumn, Features};
use table::Table;
use table::arrow::array::{Array, AsArray};
use table::arrow::datatypes::{Date32Type, Float64Type, TimestampMicrosecondType};

fn table(text: &str) -> Table {
    let format = table::read::Format::Csv;
    table::read::from_bytes(text.as_bytes(), format, "t", &Default::default())
        .unwrap()
        .table
}

/// Every kind, with gaps, levels in other letters and values of all signs.
fn rows() -> Table {
    let row = |k: usize| {
        let plan = ["a", "b", "1.0", "", "TRUE", "new"][if k < 60 { k % 5 } else { k % 6 }];
        let (paid, day) = (k as f64 * 0.37 - 9.0, k % 28 + 1);
        let truth = ["true", "false", ""][k % 3];
        let whole = if k % 7 == 0 { String::new() } else { k.to_string() };
        format!(
            "{plan},{paid},{truth},{whole},2024-02-{day:02},2024-03-{day:02}T0{}:00:00Z\n",
            k % 9
        )
    };
    let rows: String = (0..80).map(row).collect();
    table(&format!("plan,paid,active,visits,since,seen\n{rows}"))
}

fn recipe(rows: &Table) -> Recipe {
    RecipeBuilder::default().fit(rows, None).unwrap().recipe
}

/// The cells of a row that was aligned.
fn cell<'a>(aligned: &'a Table, input: usize, row: usize) -> Cell<'a> {
    use table::arrow::datatypes::DataType;
    let cells = aligned.batch().column(input);
    match cells.data_type() {
        _ if cells.is_null(row) => Cell::Missing,
        DataType::Float64 => Cell::Number(cells.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => Cell::Truth(cells.as_boolean().value(row)),
        DataType::Utf8 => Cell::Text(cells.as_string::<i32>().value(row)),
        DataType::Date32 => Cell::Day(cells.as_primitive::<Date32Type>().value(row)),
        _ => Cell::Time(cells.as_primitive::<TimestampMicrosecondType>().value(row)),
    }
}

#[test]
fn features_cell_by_cell_are_those_of_the_table() {
    let rows = rows();
    let recipe = recipe(&rows);
    let (compiled, aligned) = (CompiledRecipe::of(&recipe).unwrap(), recipe.align(&rows).unwrap());
    // what was there before, of other kinds and too much of it, leaves nothing behind
    let mut features = Features {
        n_rows: 1,
        columns: vec![
            FeatureColumn::Category {
                codes: vec![4],
                n_levels: 9
            };
            12
        ],
    };
    compiled.clear(&mut features);
    for row in 0..rows.n_rows() {
        compiled
            .push(&mut features, |input| cell(&aligned, input, row))
            .unwrap();
    }
    let expected = recipe.apply(&rows).unwrap();
    assert_eq!(format!("{features:?}"), format!("{expected:?}"));
    assert!(3 < features.columns.len());
}

#[test]
fn a_row_is_kept_if_the_table_says_so() {
    let rows = rows();
    let recipe = recipe(&rows);
    let aligned = recipe.align(&rows).unwrap();
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let rules = [
        ("plan", Rule::OneOf(texts(&["a", "b", "1.0"]))),
        ("plan", Rule::Matches("a|b".to_owned())),
        ("plan", Rule::Required),
        ("paid", Rule::Min(0.0)),
        ("paid", Rule::Max(-1.28)),
        ("paid", Rule::Kind("integer".to_owned())),
        ("visits", Rule::Kind("number".to_owned())),
        ("visits", Rule::OneOf(texts(&["1", " 2.0", "x"]))),
        ("active", Rule::OneOf(texts(&["true"]))),
        ("active", Rule::Kind("text".to_owned())),
        ("absent", Rule::Required),
    ];
    for (column, rule) in rules {
        let contract = Contract {
            columns: vec![ColumnRule {
                column: column.to_owned(),
                rule,
                action: Action::Flag,
                declared: true,
            }],
            table: Vec::new(),
        };
        let compiled = CompiledContract::of(&contract, &recipe).unwrap();
        let report = check_rows(&contract, &aligned).unwrap();
        let broken: Vec<usize> = report
            .breaches
            .iter()
            .flat_map(|breach| breach.rows.clone())
            .collect();
        let found: Vec<usize> = (0..rows.n_rows())
            .filter(|row| !compiled.is_kept(|input| cell(&aligned, input, *row)))
            .collect();
        assert_eq!(found, broken, "{:?}", contract.columns[0]);
        assert!(column == "absent" || column == "visits" || !broken.is_empty());
    }
}

#[test]
fn what_needs_whole_columns_is_not_compiled() {
    let rows = rows();
    let mut recipe = recipe(&rows);
    let of = |column: &str, rule: Rule| Contract {
        columns: vec![ColumnRule {
            column: column.to_owned(),
            rule,
            action: Action::Flag,
            declared: true,
        }],
        table: Vec::new(),
    };
    assert!(CompiledContract::of(&of("plan", Rule::Matches("a)|(b".to_owned())), &recipe).is_none());
    // a rule that the kind does not know is left to whoever refuses it
    let least = CompiledContract::of(&of("plan", Rule::Min(1.0)), &recipe).unwrap();
    assert!(!least.is_kept(|_| Cell::Text("a")) && least.is_kept(|_| Cell::Missing));
    recipe
        .derived
        .push(crate::recipe::Derived::parse("twice", "paid * 2").unwrap());
    assert!(CompiledRecipe::of(&recipe).is_none());
}
