#![allow(clippy::unwrap_used)]
use super::*;
use table::Table;
use table::read::{Format, Options, from_bytes};

fn rows() -> Table {
    let text =
        "id,age,plan,day\na,5,basic,2024-01-01\nb,-1,gold,2024-01-02\nb,,basic,\nd,200,other,2023-01-01\n";
    from_bytes(text.as_bytes(), Format::Csv, "t", &Options::default())
        .unwrap()
        .table
}

fn rule(column: &str, rule: Rule) -> ColumnRule {
    ColumnRule {
        column: column.to_owned(),
        rule,
        action: Action::Quarantine,
        declared: true,
    }
}

fn broken(rule_: Rule, column: &str) -> Vec<usize> {
    let contract = Contract {
        columns: vec![rule(column, rule_)],
        table: Vec::new(),
    };
    let report = check_rows(&contract, &rows()).unwrap();
    report
        .breaches
        .into_iter()
        .flat_map(|breach| breach.rows)
        .collect()
}

#[test]
fn each_row_rule_finds_its_rows_and_only_required_minds_missing() {
    assert_eq!(broken(Rule::Min(0.0), "age"), [1]);
    assert_eq!(broken(Rule::Max(120.0), "age"), [3]);
    assert_eq!(broken(Rule::Required, "age"), [2]);
    assert_eq!(
        broken(Rule::OneOf(vec!["basic".into(), "gold".into()]), "plan"),
        [3]
    );
    assert_eq!(broken(Rule::OneOf(vec!["5".into(), "200.0".into()]), "age"), [1]);
    assert_eq!(
        broken(Rule::Matches("[a-z]{4,5}".into()), "plan"),
        Vec::<usize>::new()
    );
    assert_eq!(
        broken(Rule::Matches("[a-z]{4}".into()), "plan"),
        [0, 2, 3],
        "the whole cell must match"
    );
    assert_eq!(broken(Rule::Kind("text".into()), "age"), [0, 1, 3]);
    assert_eq!(
        broken(Rule::Kind("number".into()), "age"),
        Vec::<usize>::new(),
        "whole numbers are numbers"
    );
}

#[test]
fn reasons_are_gathered_by_row() {
    let columns = vec![
        rule("age", Rule::Max(100.0)),
        rule("plan", Rule::OneOf(vec!["basic".into(), "gold".into()])),
    ];
    let report = check_rows(
        &Contract {
            columns,
            table: Vec::new(),
        },
        &rows(),
    )
    .unwrap();
    let reasons = report.reasons(Action::Quarantine);
    assert_eq!(reasons.len(), 1);
    assert!(reasons[&3].contains("`age` breaks max = 100; `plan` breaks one_of"));
    assert!(report.reasons(Action::Refuse).is_empty());
}

#[test]
fn a_pattern_that_closes_our_group_is_refused_and_blank_text_is_missing() {
    let contract = |rule_| Contract {
        columns: vec![rule("plan", rule_)],
        table: Vec::new(),
    };
    let error = check_rows(&contract(Rule::Matches("a)|(b".into())), &rows()).unwrap_err();
    assert!(error.to_string().contains("a)|(b"), "{error}");
    let plan = table::arrow::array::StringArray::from(vec!["basic", "", "  ", "gold"]);
    let blank = rows().with_column("plan", std::sync::Arc::new(plan)).unwrap();
    let report = check_rows(&contract(Rule::Required), &blank).unwrap();
    assert_eq!(report.breaches[0].rows, [1, 2]);
}

#[test]
fn a_rule_that_does_not_fit_is_refused_with_the_column() {
    let contract = Contract {
        columns: vec![rule("plan", Rule::Min(0.0))],
        table: Vec::new(),
    };
    let error = check_rows(&contract, &rows()).unwrap_err().to_string();
    assert_eq!(
        error,
        "the rule `min = 0` of column `plan` does not fit a column of text"
    );
    assert!(
        check_rows(
            &Contract {
                columns: vec![rule("plan", Rule::Matches("(".into()))],
                table: vec![]
            },
            &rows()
        )
        .is_err()
    );
}

#[test]
fn table_rules_say_what_was_found() {
    let check = |rule: TableRule| {
        let now = table::read::instant_of("2024-01-04").unwrap();
        let contract = Contract {
            columns: Vec::new(),
            table: vec![rule],
        };
        check_table(&contract, &rows(), now)
            .unwrap()
            .first()
            .map(|breach| breach.sentence.clone())
    };
    let column = |name: &str| name.to_owned();
    assert!(
        check(TableRule::NullShare {
            column: column("age"),
            at_most: 0.2
        })
        .unwrap()
        .contains("1 of 4 rows (25.00%)")
    );
    assert_eq!(
        check(TableRule::NullShare {
            column: column("age"),
            at_most: 0.25
        }),
        None
    );
    assert!(
        check(TableRule::Unique { column: column("id") })
            .unwrap()
            .contains("1 of 4")
    );
    assert!(check(TableRule::MinRows(5)).unwrap().contains("found 4 rows"));
    assert_eq!(check(TableRule::MaxRows(4)), None);
    assert_eq!(
        check(TableRule::Fresh {
            column: column("day"),
            within_s: 2 * 86_400
        }),
        None
    );
    assert!(
        check(TableRule::Fresh {
            column: column("day"),
            within_s: 86_400
        })
        .unwrap()
        .contains("172800 seconds old")
    );
}
