#![allow(clippy::unwrap_used)]
use super::*;
use crate::file::{Overrides, parse};
use std::path::Path;
use table::read::{Format, Options, from_bytes};

/// 600 rows: a day over two years, a time of one day, a class with rare values, free text.
fn rows() -> Table {
    let mut text = "g,day,when,plan,note,amount\n".to_owned();
    for i in 0..600 {
        let plan = match i % 200 {
            0 => format!("rare {i}"),
            n if n % 3 == 0 => "big".to_owned(),
            _ => "small".to_owned(),
        };
        text.push_str(&format!(
            "{},20{}-{:02}-{:02},2024-05-0{}T{:02}:10:00,{plan},note {i},{}\n",
            ["a", "b"][i % 2],
            22 + i / 300,
            1 + i / 25 % 12,
            1 + i % 28,
            1 + i % 3,
            i % 24,
            100_000_000.0 + (i * 37 % 500) as f64
        ));
    }
    from_bytes(text.as_bytes(), Format::Csv, "rows", &Options::default())
        .unwrap()
        .table
}

fn ask(keys: &str) -> Result<QuestionRecord, ProjectError> {
    let text = format!("[data.rows]\nsource = \"rows.csv\"\n[question.q]\n{keys}\n");
    let project = parse(Path::new("spanwise.toml"), &text, &Overrides::default(), &|_| {
        None
    })
    .unwrap();
    answer(&project, &project.questions[0], &Lineage::default(), &rows())
}

#[test]
fn days_and_times_are_compared_as_numbers() {
    for column in ["day", "when"] {
        let record = ask(&format!("outcome = \"{column}\"\nby = \"g\"")).unwrap();
        assert_eq!((record.unit, record.positive.as_deref()), (Unit::Day, None));
        let mean = record.groups[0].value;
        assert!((18_900.0..20_000.0).contains(&mean), "{column}: {mean}");
        assert!(
            crate::answer_sentence(&QuestionRecord {
                p_adjusted: 0.0,
                ..record
            })
            .contains(" 202")
        );
    }
    let with_positive = ask("outcome = \"day\"\nby = \"g\"\npositive = \"2022-01-01\"").unwrap_err();
    assert!(with_positive.to_string().contains(":6:12"), "{with_positive}");
}

#[test]
fn groups_of_days_and_of_near_numbers_are_ranges_that_hold_rows() {
    let record = ask("outcome = \"plan\"\nby = \"day\"").unwrap();
    let names: Vec<&str> = record.groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names[0], "before 1 Jul 2022");
    assert_eq!(names.len(), 4);
    for by in ["day", "when", "amount"] {
        let record = ask(&format!("outcome = \"plan\"\nby = \"{by}\"")).unwrap();
        assert_eq!(record.groups.iter().map(|group| group.n).sum::<u64>(), 600);
        assert!(
            record.groups.iter().all(|group| 0 < group.n),
            "{:?}",
            record.groups
        );
        assert!(1 < record.groups.len());
    }
}

#[test]
fn rare_values_are_one_class_and_never_named() {
    let record = ask("outcome = \"plan\"\nby = \"g\"").unwrap();
    assert_eq!(record.positive.as_deref(), Some("big"));
    assert_eq!(record.n_used, 600);
    let refused = ask("outcome = \"plan\"\nby = \"g\"\npositive = \"rare 0\"").unwrap_err();
    let text = refused.to_string();
    assert!(
        text.contains(":6:12") && text.contains("`rare 0` in 1 rows") && text.contains("`big`, `small`"),
        "{text}"
    );
}

#[test]
fn a_rest_of_few_rows_is_told_nowhere() {
    let values: Vec<Option<String>> = (0..45)
        .map(|row| {
            Some(if row < 40 {
                ["a", "b"][row % 2].to_owned()
            } else {
                format!("rare {row}")
            })
        })
        .collect();
    let names = || vec!["a".to_owned(), "b".to_owned()];
    let few = named(names(), &values, 10);
    assert_eq!((few.names.len(), few.codes[44]), (2, None));
    let more = [&values[..], &values[40..]].concat();
    let enough = named(names(), &more, 10);
    assert_eq!(
        (enough.names.last().map(String::as_str), enough.codes[44]),
        (Some("other"), Some(2))
    );
}

#[test]
fn an_outcome_of_free_text_is_refused_where_it_stands() {
    let text = ask("outcome = \"note\"\nby = \"g\"").unwrap_err().to_string();
    for word in [
        "spanwise.toml:4:11",
        "[question.q].outcome",
        "600 different values in 600 rows",
        "at most 20",
    ] {
        assert!(text.contains(word), "{text}");
    }
}
