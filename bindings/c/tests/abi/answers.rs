//! What the ABI answers to who uses it well.

use crate::caller::*;
use bundle::{Bundle, ScoreOptions};
use prepare::contract::{Action, ColumnRule, Rule};
use spanwise_c::*;
use std::ffi::{CString, c_char};
use std::ptr::{null, null_mut};
use table::Kind;
use table::arrow::array::{Array, AsArray};
use table::arrow::datatypes::{Float64Type, Int64Type};

#[test]
fn every_bundle_says_what_it_is() {
    for name in BUNDLES {
        let bundle = read(name);
        let file = CString::new(path(name).to_str().unwrap()).unwrap();
        let (mut handle, mut n) = (0, 0);
        assert_eq!(
            unsafe { spanwise_open(file.as_ptr(), &mut handle) },
            0,
            "{}",
            message()
        );
        assert_eq!(
            told(|a, b, c| unsafe { spanwise_name(handle, a, b, c) }),
            bundle.name
        );
        assert_eq!(
            told(|a, b, c| unsafe { spanwise_hash(handle, a, b, c) }),
            bundle.hash().to_hex()
        );
        assert_eq!(
            told(|a, b, c| unsafe { spanwise_task(handle, a, b, c) }),
            bundle.task.word()
        );
        assert_eq!(unsafe { spanwise_n_inputs(handle, &mut n) }, 0);
        assert_eq!(n, bundle.recipe.inputs.len());
        let is_required = |name: &str| {
            let rules = &bundle.contract.columns;
            rules
                .iter()
                .any(|rule| rule.column == name && rule.rule == Rule::Required && rule.action != Action::Flag)
        };
        for (position, input) in bundle.recipe.inputs.iter().enumerate() {
            let (mut kind, mut required) = (0, -1);
            let found = told(|a, b, c| unsafe {
                spanwise_input(
                    handle,
                    position,
                    a,
                    b,
                    c,
                    &mut kind.clone(),
                    &mut required.clone(),
                )
            });
            assert_eq!(found, input.name);
            assert_eq!(
                unsafe { spanwise_input(handle, position, null_mut(), 0, &mut n, &mut kind, &mut required) },
                0
            );
            assert_eq!(
                (kind, required),
                (
                    code_of(input.kind().unwrap()),
                    i32::from(is_required(&input.name))
                )
            );
        }
        for (position, column) in bundle.output_names().iter().enumerate() {
            assert_eq!(
                &told(|a, b, c| unsafe { spanwise_column(handle, position, a, b, c) }),
                column
            );
        }
        for (position, class) in bundle.task.classes().into_iter().enumerate() {
            assert_eq!(
                told(|a, b, c| unsafe { spanwise_class(handle, position, a, b, c) }),
                class
            );
        }
        assert_eq!(
            unsafe { spanwise_class(handle, 1 << 40, null_mut(), 0, &mut n) },
            WRONG_SIZE
        );
        assert_eq!(spanwise_close(handle), 0);
    }
    assert_eq!(
        told(|a, b, c| unsafe { spanwise_version(a, b, c) }),
        env!("CARGO_PKG_VERSION")
    );
}

#[test]
fn both_ways_give_the_bits_of_the_bundle() {
    for name in BUNDLES {
        let bundle = read(name);
        let rows = bundle.golden_rows().unwrap();
        let expected = bundle
            .score(
                &rows,
                &ScoreOptions {
                    n_reasons: 2,
                    ..ScoreOptions::default()
                },
            )
            .unwrap();
        let handle = opened(&bundle.to_bytes());
        let found = score(handle, &Columns::of(&rows).columns, rows.n_rows(), 2).expect(name);
        let answers = if expected.probabilities.is_empty() {
            &expected.predictions
        } else {
            &expected.probabilities
        };
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(found.margins, bits(&expected.margins), "{name}");
        assert_eq!(found.answers, bits(answers), "{name}");
        assert_eq!(
            found.decisions,
            expected.decisions.iter().map(|at| *at as i32).collect::<Vec<_>>()
        );
        assert_eq!(
            found.kept,
            expected
                .kept()
                .iter()
                .map(|kept| u8::from(*kept))
                .collect::<Vec<_>>()
        );
        let (schema, mut array) = exported(rows.batch().clone());
        let options = SpanwiseOptions {
            n_threads: 0,
            n_reasons: 2,
            broken_rows: 2,
        };
        let answer = score_arrow(handle, &schema, &mut array, &options).expect(name);
        let table = expected.to_table(&bundle.task).unwrap();
        for (position, column) in table.names().iter().enumerate() {
            assert_eq!(
                answer.column(position).to_data(),
                table.batch().column(position).to_data(),
                "{name} {column}"
            );
        }
        assert_eq!(answer.column_names().last(), Some(&"kept"));
        assert_eq!(spanwise_close(handle), 0);
    }
}

#[test]
fn intervals_are_written_where_there_are_some() {
    let bundle = read("v4/intervals");
    let rows = bundle.golden_rows().unwrap();
    let expected = bundle
        .score(&rows, &ScoreOptions::default())
        .unwrap()
        .intervals
        .unwrap();
    let (handle, columns) = (opened(&bundle.to_bytes()), Columns::of(&rows));
    let mut intervals = vec![0.0; 2 * rows.n_rows()];
    let mut places = nothing();
    (places.intervals, places.n_intervals) = (intervals.as_mut_ptr(), intervals.len());
    let options = SpanwiseOptions {
        broken_rows: 2,
        ..SpanwiseOptions::default()
    };
    let ask = |places: &SpanwiseScores| unsafe {
        spanwise_score_columns(
            handle,
            columns.columns.as_ptr(),
            columns.columns.len(),
            rows.n_rows(),
            &options,
            places,
        )
    };
    assert_eq!(ask(&places), 0, "{}", message());
    assert_eq!(intervals, expected.as_flattened());
    let mut decision = 0;
    (places.decisions, places.n_decisions) = (&mut decision, rows.n_rows());
    assert_eq!(ask(&places), WRONG_OPTION, "{}", message());
    assert!(message().contains("`decisions` are wanted"), "{}", message());
}

#[test]
fn broken_rows_are_refused_left_out_or_scored() {
    let bundle = read("v1/churn");
    let rows = bundle.golden_rows().unwrap();
    let (column, cells) = rows
        .columns()
        .into_iter()
        .find_map(|(name, kind)| {
            let cells = rows.column(&name).unwrap();
            (kind == Kind::Number && cells.null_count() == 0).then_some((name, cells))
        })
        .or_else(|| {
            let (name, _) = rows
                .columns()
                .into_iter()
                .find(|(_, kind)| *kind == Kind::Number)?;
            let cells = rows.column(&name).ok()?;
            Some((name, cells))
        })
        .expect("the bundle has a number");
    let most = cells
        .as_primitive::<Float64Type>()
        .iter()
        .flatten()
        .fold(f64::MIN, f64::max);
    let mut draft = (*bundle).clone();
    let rule = Rule::Max(most - 1e-9);
    draft.contract.columns = vec![ColumnRule {
        column: column.clone(),
        rule,
        action: Action::Refuse,
        declared: true,
    }];
    let strict = Bundle::build(draft).unwrap();
    let expected = strict.score(&rows, &ScoreOptions::default()).unwrap();
    let (handle, columns) = (opened(&strict.to_bytes()), Columns::of(&rows));
    assert!(expected.kept().contains(&false) && expected.kept().contains(&true));
    assert_eq!(
        score(handle, &columns.columns, rows.n_rows(), 0),
        Err(BROKEN_CONTRACT)
    );
    assert!(
        message().contains(&format!("column `{column}` breaks max")),
        "{}",
        message()
    );
    assert_eq!(
        score(handle, &columns.columns, rows.n_rows(), 3),
        Err(WRONG_OPTION)
    );
    let found = score(handle, &columns.columns, rows.n_rows(), 1).unwrap();
    for (row, kept) in expected.kept().into_iter().enumerate() {
        assert_eq!(found.kept[row], u8::from(kept));
        assert_eq!(f64::from_bits(found.answers[row]).is_nan(), !kept);
        assert_eq!(found.decisions[row] == -1, !kept);
    }
    for (broken_rows, has_gaps) in [(1, true), (2, false)] {
        let (schema, mut array) = exported(rows.batch().clone());
        let options = SpanwiseOptions {
            broken_rows,
            ..SpanwiseOptions::default()
        };
        let answer = score_arrow(handle, &schema, &mut array, &options).unwrap();
        let kept = answer.column_by_name("kept").unwrap().as_boolean();
        for (row, expected) in expected.kept().into_iter().enumerate() {
            assert_eq!(kept.value(row), expected);
            assert_eq!(
                answer.column_by_name("margin").unwrap().is_null(row),
                has_gaps && !expected
            );
        }
    }
}

#[test]
fn numbers_and_strings_stand_for_whole_numbers_and_texts() {
    let bundle = read("v1/churn");
    let rows = bundle.golden_rows().unwrap();
    let handle = opened(&bundle.to_bytes());
    let mut good = Columns::of(&rows);
    let position = rows
        .columns()
        .iter()
        .position(|(_, kind)| *kind == Kind::Text)
        .unwrap();
    let cells = rows.batch().column(position).as_string::<i32>();
    let owned: Vec<Option<CString>> = cells
        .iter()
        .map(|cell| cell.map(|cell| CString::new(cell).unwrap()))
        .collect();
    let addresses: Vec<*const c_char> = owned
        .iter()
        .map(|cell| cell.as_ref().map_or(null(), |cell| cell.as_ptr()))
        .collect();
    let expected = score(handle, &good.columns, rows.n_rows(), 2).unwrap();
    let column = &mut good.columns[position];
    (column.kind, column.values, column.n_values) = (7, addresses.as_ptr().cast(), addresses.len());
    (column.validity, column.n_validity) = (null(), 0);
    // numbers where the input is whole numbers
    let names = rows.names();
    let of_whole = names.iter().position(|name| name == "tenure_months").unwrap();
    let cells = rows.batch().column(of_whole).as_primitive::<Int64Type>();
    let values: Vec<f64> = cells
        .iter()
        .map(|value| value.map_or(f64::NAN, |value| value as f64))
        .collect();
    let column = &mut good.columns[of_whole];
    (column.kind, column.values) = (code_of(Kind::Number), values.as_ptr().cast());
    (column.validity, column.n_validity) = (null(), 0);
    assert_eq!(score(handle, &good.columns, rows.n_rows(), 2).unwrap(), expected);
}

#[test]
fn many_threads_score_one_bundle_while_it_is_closed() {
    let bundle = read("v1/churn");
    let rows = bundle.golden_rows().unwrap();
    let handle = opened(&bundle.to_bytes());
    let expected = score(handle, &Columns::of(&rows).columns, rows.n_rows(), 2).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let columns = Columns::of(&rows);
                for _ in 0..50 {
                    // Closed in the midst: the scores of before, or a refusal, and nothing else.
                    let mut n = 0;
                    if unsafe { spanwise_n_outputs(handle, &mut n) } == NO_HANDLE {
                        return;
                    }
                    let places = SpanwiseScores { ..nothing() };
                    let options = SpanwiseOptions {
                        broken_rows: 2,
                        ..SpanwiseOptions::default()
                    };
                    let columns = &columns.columns;
                    let code = unsafe {
                        spanwise_score_columns(
                            handle,
                            columns.as_ptr(),
                            columns.len(),
                            rows.n_rows(),
                            &options,
                            &places,
                        )
                    };
                    assert!([0, NO_HANDLE].contains(&code), "{code} {}", message());
                }
            });
        }
        scope.spawn(|| assert_eq!(spanwise_close(handle), 0));
    });
    let handle = opened(&bundle.to_bytes());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let columns = Columns::of(&rows);
                for _ in 0..20 {
                    assert_eq!(
                        score(handle, &columns.columns, rows.n_rows(), 2).as_ref(),
                        Ok(&expected)
                    );
                }
            });
        }
    });
}
