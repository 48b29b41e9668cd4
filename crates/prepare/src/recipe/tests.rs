#![allow(clippy::unwrap_used)]
use super::*;
use crate::{FeatureColumn, MISSING_CODE};
use table::Table;
use table::read::{Format, Options, from_bytes};

fn csv(text: &str) -> Table {
    from_bytes(text.as_bytes(), Format::Csv, "t", &Options::default())
        .unwrap()
        .table
}

/// 40 rows: an identifier, a number, a category with a rare level, a constant, nothing, a day.
fn rows() -> Table {
    let mut text = "id,n,c,k,empty,day\n".to_owned();
    for i in 0..40 {
        let level = if i == 7 {
            "secret"
        } else if i % 2 == 0 {
            "a"
        } else {
            "b"
        };
        text.push_str(&format!("u{i},{i},{level},1,,2024-01-{:02}\n", i % 28 + 1));
    }
    csv(&text)
}

fn builder() -> RecipeBuilder {
    RecipeBuilder {
        derived: vec![Derived::parse("double", "n * 2").unwrap()],
        ..RecipeBuilder::default()
    }
}

#[test]
fn what_cannot_help_is_left_out_and_said() {
    let fitted = builder().fit(&rows(), None).unwrap();
    let dropped: Vec<&str> = fitted
        .dropped
        .iter()
        .map(|dropped| dropped.column.as_str())
        .collect();
    assert_eq!(dropped, ["id", "k", "empty"]);
    let inputs: Vec<&str> = fitted
        .recipe
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    assert_eq!(inputs, ["n", "c", "day"]);
    let features: Vec<&str> = fitted
        .recipe
        .features
        .iter()
        .map(|feature| feature.name.as_str())
        .collect();
    assert_eq!(
        features,
        [
            "n",
            "c",
            "day.epoch_days",
            "day.month",
            "day.day",
            "day.weekday",
            "double"
        ]
    );
}

#[test]
fn values_seen_fewer_than_ten_times_are_not_named() {
    let recipe = builder().fit(&rows(), None).unwrap().recipe;
    assert!(!serde_json::to_string(&recipe).unwrap().contains("secret"));
    let again: Recipe = serde_json::from_str(&serde_json::to_string(&recipe).unwrap()).unwrap();
    assert_eq!(again, recipe);
}

#[test]
fn codes_are_positions_and_everything_else_is_other() {
    let recipe = builder().fit(&rows(), None).unwrap().recipe;
    let features = recipe
        .apply(&csv("n,c,day\n1,b,2024-05-06\n2.5,new,\n,,\n"))
        .unwrap();
    assert_eq!(
        features.columns[1],
        FeatureColumn::Category {
            codes: vec![1, 2, MISSING_CODE],
            n_levels: 3
        }
    );
    let FeatureColumn::Number(double) = &features.columns[6] else {
        panic!("a number")
    };
    assert_eq!(double[..2], [2.0, 5.0]);
    assert!(double[2].is_nan());
    let FeatureColumn::Number(weekday) = &features.columns[5] else {
        panic!("a number")
    };
    assert_eq!(weekday[0], 1.0);
}

#[test]
fn rows_are_prepared_alike_in_any_block() {
    let recipe = builder().fit(&rows(), None).unwrap().recipe;
    let whole = recipe.apply(&rows()).unwrap();
    for row in 0..40 {
        let one = recipe.apply(&rows().slice(row, 1)).unwrap();
        assert_eq!(format!("{one:?}"), format!("{:?}", whole.take(&[row])));
    }
}

#[test]
fn an_integer_weight_is_a_repeated_row() {
    let table = rows();
    let weights: Vec<f64> = (0..40).map(|row| f64::from(row as u32 % 3)).collect();
    let repeated: Vec<usize> = (0..40).flat_map(|row| vec![row; row % 3]).collect();
    let kept: Vec<usize> = (0..40).filter(|row| 0 < row % 3).collect();
    let kept_weights: Vec<f64> = kept.iter().map(|row| weights[*row]).collect();
    let weighted = builder()
        .fit(&table.take(&kept).unwrap(), Some(&kept_weights))
        .unwrap();
    let copies = RecipeBuilder {
        excluded: ["id".to_owned()].into(),
        ..builder()
    }
    .fit(&table.take(&repeated).unwrap(), None)
    .unwrap();
    assert_eq!(weighted.recipe, copies.recipe);
}

#[test]
fn a_missing_or_mistyped_column_is_named() {
    let recipe = builder().fit(&rows(), None).unwrap().recipe;
    let error = |text: &str| recipe.apply(&csv(text)).unwrap_err().to_string();
    assert!(error("N,c,day\n1,a,2024-01-01\n").contains("no column `n`"));
    assert!(error("n,c,day\nx,a,2024-01-01\n").contains("column `n` is text, expected integer"));
    assert!(error("n,c,day\n1,2024-01-01,2024-01-01\n").contains("column `c` is date, expected text"));
    assert!(
        recipe.apply(&csv("n,c,day\n,,\n1,a,\n")).is_ok(),
        "a column of missing fits any kind"
    );
}

#[test]
fn days_times_and_their_texts_are_the_same_day() {
    let recipe = builder().fit(&rows(), None).unwrap().recipe;
    let expected = format!(
        "{:?}",
        recipe
            .apply(&csv("n,c,day\n1,a,2024-05-06\n2,b,1969-12-31\n"))
            .unwrap()
    );
    let times = csv("n,c,day\n1,a,2024-05-06T00:00:00Z\n2,b,1969-12-31T23:59:59Z\n");
    assert_eq!(format!("{:?}", recipe.apply(&times).unwrap()), expected);
    let mut options = Options::default();
    options.kinds.insert("day".to_owned(), table::Kind::Text);
    let texts = from_bytes(
        b"n,c,day\n1,a,2024-05-06\n2,b,1969-12-31\n",
        Format::Csv,
        "t",
        &options,
    )
    .unwrap()
    .table;
    assert_eq!(format!("{:?}", recipe.apply(&texts).unwrap()), expected);
    let wrong = from_bytes(b"n,c,day\n1,a,soon\n", Format::Csv, "t", &options)
        .unwrap()
        .table;
    assert!(
        recipe
            .apply(&wrong)
            .unwrap_err()
            .to_string()
            .contains("column `day` is text, expected date")
    );
}

#[test]
fn nothing_left_is_an_error() {
    let error = RecipeBuilder::default()
        .fit(&csv("a,b\n1,x\n1,x\n"), None)
        .unwrap_err()
        .to_string();
    assert!(error.contains("`a` has one value in every row"), "{error}");
}
