#![allow(clippy::unwrap_used)]
use super::*;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray};

fn column(name: &str, array: impl table::arrow::array::Array + 'static) -> (String, ArrayRef) {
    (name.to_owned(), Arc::new(array))
}

/// 2,000 rows: `plan` a leaves at 50%, the others at 10%; `noise` has no say.
fn churn() -> Table {
    let plan = (0..2_000).map(|row| ["a", "b", "c", "d"][row % 4]);
    let noise = (0..2_000_i64).map(|row| row * 7_919 % 1_009);
    let left = (0..2_000).map(|row| {
        let one_in = if row % 4 == 0 { 2 } else { 10 };
        if (row / 4) % one_in == 0 { "Yes" } else { "No" }
    });
    Table::new(vec![
        column("plan", StringArray::from_iter_values(plan)),
        column("noise", Int64Array::from_iter_values(noise)),
        column("left", StringArray::from_iter_values(left)),
    ])
    .unwrap()
}

#[test]
fn the_segment_that_differs_comes_first() {
    let found = segments(&churn(), "left", Some("Yes"), &[], 0.95).unwrap();
    let first = &found[0];
    assert_eq!(
        (first.label.as_str(), first.n, first.holds),
        ("plan is a", 500, true)
    );
    assert!((first.rate.value - 0.5).abs() < 1e-12 && (first.rest - 0.1).abs() < 1e-12);
    assert!(first.difference.low > 0.35 && first.difference.high < 0.45);
    assert!(
        found
            .iter()
            .filter(|one| one.column == "noise")
            .all(|one| !one.holds),
        "{found:#?}"
    );
    assert!(found.iter().all(|one| one.p_adjusted >= one.p_value));
}

#[test]
fn of_two_mirrored_segments_one_is_kept() {
    let sex = (0..400).map(|row| if row % 2 == 0 { "f" } else { "m" });
    let left = (0..400_i64).map(|row| i64::from(row % 2 == 0 && row % 3 == 0));
    let columns = vec![
        column("sex", StringArray::from_iter_values(sex)),
        column("left", Int64Array::from_iter_values(left)),
    ];
    let found = segments(&Table::new(columns).unwrap(), "left", None, &[], 0.95).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].label, "sex is f");
    assert!(found[0].difference.value > 0.0);
}

#[test]
fn a_pair_is_found_when_it_says_more_than_its_parts() {
    let a = (0..4_000).map(|row| if row % 2 == 0 { "x" } else { "y" });
    let b = (0..4_000).map(|row| if (row / 2) % 2 == 0 { "x" } else { "y" });
    let left = (0..4_000_i64).map(|row| {
        let both = row % 2 == 0 && (row / 2) % 2 == 0;
        i64::from(if both {
            (row / 4) % 10 < 9
        } else {
            (row / 4) % 10 < 1
        })
    });
    let columns = vec![
        column("a", StringArray::from_iter_values(a)),
        column("b", StringArray::from_iter_values(b)),
        column("left", Int64Array::from_iter_values(left)),
    ];
    let found = segments(&Table::new(columns).unwrap(), "left", None, &[], 0.95).unwrap();
    assert_eq!(found[0].label, "a is x and b is x");
    assert_eq!(
        (found[0].column.as_str(), found[0].other.as_deref(), found[0].n),
        ("a", Some("b"), 1_000)
    );
    assert!((found[0].rate.value - 0.9).abs() < 1e-12);
}

#[test]
fn means_are_compared_by_welch() {
    let spend = (0..600).map(|row| f64::from(row % 7) + if row % 3 == 0 { 10.0 } else { 0.0 });
    let shop = (0..600).map(|row| ["east", "west", "north"][row % 3]);
    let columns = vec![
        column("shop", StringArray::from_iter_values(shop)),
        column("spend", Float64Array::from_iter_values(spend)),
    ];
    let found = segments(&Table::new(columns).unwrap(), "spend", None, &[], 0.9).unwrap();
    assert_eq!(found[0].label, "shop is east");
    assert!((found[0].difference.value - 10.0).abs() < 0.1 && found[0].holds);
}

#[test]
fn ranges_say_exactly_which_rows_they_hold() {
    let table = churn();
    let found = segments(&table, "left", Some("Yes"), &["plan".to_owned()], 0.95).unwrap();
    let labels: Vec<&str> = found.iter().map(|one| one.label.as_str()).collect();
    assert!(
        labels.contains(&"noise is up to 251") || labels.contains(&"noise is up to 252"),
        "{labels:?}"
    );
    assert!(labels.iter().all(|label| !label.contains("plan")));
    let quarter = found
        .iter()
        .find(|one| one.label.starts_with("noise is up to "))
        .unwrap();
    let cut: i64 = quarter
        .label
        .trim_start_matches("noise is up to ")
        .parse()
        .unwrap();
    assert_eq!(
        quarter.n as usize,
        (0..2_000_i64).filter(|row| row * 7_919 % 1_009 <= cut).count()
    );
}

#[test]
fn dates_are_cut_at_days() {
    let since = (0..800).map(|row| 19_000 + row);
    let left = (0..800_i64).map(|row| i64::from(row > 400 && row % 2 == 0));
    let columns = vec![
        column("since", Date32Array::from_iter_values(since)),
        column("left", Int64Array::from_iter_values(left)),
    ];
    let found = segments(&Table::new(columns).unwrap(), "left", None, &[], 0.95).unwrap();
    assert!(
        found.iter().any(|one| one.label.contains(" 2023 or later")),
        "{found:?}"
    );
}

#[test]
fn small_or_odd_tables_have_no_segments() {
    let few = churn().slice(0, 80);
    assert_eq!(segments(&few, "left", None, &[], 0.95).unwrap(), []);
    let refused = segments(&churn(), "plan", None, &[], 0.95).unwrap_err();
    assert!(matches!(refused, ProfileError::ManyClasses { found: 4, .. }));
    assert!(
        segments(&churn(), "lef", None, &[], 0.95)
            .unwrap_err()
            .to_string()
            .contains("left")
    );
}

#[test]
fn missing_is_a_segment() {
    let plan = (0..1_000).map(|row| (row % 4 != 0).then_some("a"));
    let left = (0..1_000_i64).map(|row| i64::from(row % 4 == 0 && row % 3 != 0));
    let columns = vec![
        column(
            "income",
            StringArray::from_iter(plan.map(|p| p.map(|p| if p == "a" { "b" } else { p }))),
        ),
        column("left", Int64Array::from_iter_values(left)),
        column(
            "size",
            Int64Array::from_iter((0..1_000_i64).map(|row| (row % 5 != 0).then_some(row % 4))),
        ),
    ];
    let found = segments(&Table::new(columns).unwrap(), "left", None, &[], 0.95).unwrap();
    assert!(
        found.iter().any(|one| one.label == "size is missing"),
        "{found:?}"
    );
}

#[test]
fn labels_betray_no_row_and_times_mean_what_they_say() {
    use table::arrow::array::TimestampMicrosecondArray;
    let salary = (0..800_i64).map(|row| 10_000_003 + row * 104_729 % 89_999_981);
    let hour = 3_600_000_000_i64;
    let seen = (0..800_i64).map(|row| 1_700_000_000_000_000 + row * 7 * hour);
    let left = (0..800_i64).map(|row| i64::from(row > 400 && row % 2 == 0));
    let columns = vec![
        column("salary", Int64Array::from_iter_values(salary)),
        column("seen", TimestampMicrosecondArray::from_iter_values(seen.clone())),
        column("left", Int64Array::from_iter_values(left)),
    ];
    let found = segments(&Table::new(columns).unwrap(), "left", None, &[], 0.95).unwrap();
    for one in found.iter().filter(|one| one.column == "salary") {
        let digits = one
            .label
            .split(' ')
            .filter_map(|word| word.replace(',', "").parse::<i64>().ok());
        assert!(digits.clone().all(|cut| cut % 100_000 == 0), "{}", one.label);
    }
    // The first quarter holds the rows of the first salaries, and is told once.
    let last = found
        .iter()
        .find(|one| one.label.starts_with("seen is ") && one.label.ends_with(" or later"))
        .unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(last.label, "seen is 7 May 2024 or later");
    let day = table::read::instant_of("2024-05-07").unwrap();
    assert_eq!(last.n as usize, seen.filter(|micros| day <= *micros).count());
}
