//! Handles, bundles and columns that are not what they say.

use crate::caller::*;
use spanwise_c::*;
use std::ffi::{c_char, c_int};
use std::ptr::{null, null_mut};
use table::Kind;

#[test]
fn what_is_no_bundle_is_refused() {
    let bytes = std::fs::read(path("v2/softmax")).unwrap();
    let mut handle = 77;
    let mut open = |bytes: &[u8]| unsafe { spanwise_open_bytes(bytes.as_ptr(), bytes.len(), &mut handle) };
    for end in (0..bytes.len()).step_by(37) {
        assert_eq!(open(&bytes[..end]), NOT_A_BUNDLE, "cut at {end}");
    }
    for at in (0..bytes.len()).step_by(101) {
        let mut hurt = bytes.clone();
        hurt[at] ^= 0x20;
        assert_eq!(open(&hurt), NOT_A_BUNDLE, "changed at {at}");
    }
    assert!(message().contains("not a sound bundle"), "{}", message());
    assert_eq!(handle, 77, "a refusal gives no handle");
    unsafe {
        assert_eq!(spanwise_open_bytes(null(), 4, &mut handle), NULL_POINTER);
        assert_eq!(
            spanwise_open_bytes(bytes.as_ptr(), usize::MAX, &mut handle),
            NOT_A_BUNDLE
        );
        assert_eq!(
            spanwise_open_bytes(bytes.as_ptr(), bytes.len(), null_mut()),
            NULL_POINTER
        );
        assert_eq!(spanwise_open(null(), &mut handle), NULL_POINTER);
        assert_eq!(spanwise_open(c"\xff/x".as_ptr(), &mut handle), NOT_UTF8);
        assert_eq!(
            spanwise_open(c"/no/such.bundle".as_ptr(), &mut handle),
            NOT_A_BUNDLE
        );
    }
    assert!(message().contains("/no/such.bundle"), "{}", message());
}

#[test]
fn handles_that_are_closed_or_made_up_are_refused() {
    let handle = opened(&std::fs::read(path("v2/softmax")).unwrap());
    assert_eq!(spanwise_close(handle), 0);
    let mut n = 0;
    for handle in [handle, 0, u64::MAX] {
        assert_eq!(spanwise_close(handle), NO_HANDLE);
        assert_eq!(unsafe { spanwise_n_inputs(handle, &mut n) }, NO_HANDLE);
        let places = nothing();
        assert_eq!(
            unsafe { spanwise_score_columns(handle, null(), 0, 0, null(), &places) },
            NO_HANDLE
        );
    }
    assert!(
        message().contains("expected a number from `spanwise_open`"),
        "{}",
        message()
    );
    let mut buffer = [1 as c_char; 5];
    assert_eq!(unsafe { spanwise_message(buffer.as_mut_ptr(), 5, &mut n) }, 0);
    assert_eq!(buffer, [b'n', b'o', b' ', b'b', 0].map(|byte| byte as c_char));
    assert!(5 < n);
}

#[test]
fn columns_that_lie_are_refused() {
    let bundle = read("v1/churn");
    let rows = bundle.golden_rows().unwrap();
    let (handle, n_rows) = (opened(&bundle.to_bytes()), rows.n_rows());
    let good = Columns::of(&rows);
    let of = |kind: Kind| {
        rows.columns()
            .iter()
            .position(|(_, found)| *found == kind)
            .unwrap()
    };
    let (number, text) = (of(Kind::Number), of(Kind::Text));
    let with = |at: usize, change: &dyn Fn(&mut SpanwiseColumn)| {
        let mut columns = good.columns.clone();
        change(&mut columns[at]);
        let code = score(handle, &columns, n_rows, 2).expect_err("a lie");
        (code, message())
    };
    let refused = |at: usize, code: c_int, word: &str, change: &dyn Fn(&mut SpanwiseColumn)| {
        let (found, sentence) = with(at, change);
        assert!(
            found == code && sentence.contains(word),
            "{found} {sentence}, expected {code} {word}"
        );
    };
    refused(number, WRONG_SIZE, "values, expected", &|column| {
        column.n_values -= 1
    });
    refused(number, WRONG_SIZE, "validity, expected", &|column| {
        column.n_validity = 0
    });
    refused(number, NULL_POINTER, "`values` is a null pointer", &|column| {
        column.values = null()
    });
    refused(number, NULL_POINTER, "`name` is a null pointer", &|column| {
        column.name = null()
    });
    refused(number, NOT_UTF8, "`name` is not UTF-8", &|column| {
        column.name = c"a\xff".as_ptr()
    });
    refused(number, WRONG_ROWS, "did you mean", &|column| {
        column.name = c"monthly_charges".as_ptr()
    });
    refused(number, WRONG_ROWS, "kind 99, expected 1 to 7", &|column| {
        column.kind = 99
    });
    refused(number, WRONG_SIZE, "no multiple of 8", &|column| {
        column.values = column.values.wrapping_byte_add(1)
    });
    let infinite = vec![f64::INFINITY; n_rows];
    refused(number, WRONG_ROWS, "an infinite number", &|column| {
        (column.values, column.validity) = (infinite.as_ptr().cast(), null());
    });
    let bytes = vec![0xC3_u8; 3];
    refused(text, WRONG_SIZE, "offsets, expected", &|column| {
        column.n_offsets -= 1
    });
    refused(text, WRONG_ROWS, "rising ones up to 3", &|column| {
        (column.values, column.n_values, column.validity) = (bytes.as_ptr().cast(), 3, null());
    });
    for offsets in [
        vec![-1, 2],
        vec![2, 1],
        vec![0, i64::MAX],
        vec![i64::MIN, i64::MAX],
    ] {
        let offsets: Vec<i64> = offsets.iter().copied().cycle().take(n_rows + 1).collect();
        refused(text, WRONG_ROWS, "found offsets", &|column| {
            (column.offsets, column.validity) = (offsets.as_ptr(), null());
        });
    }
    let cut: Vec<i64> = (0..=n_rows as i64).map(|row| row.min(3)).collect();
    refused(text, NOT_UTF8, "not UTF-8", &|column| {
        (column.values, column.n_values) = (bytes.as_ptr().cast(), 3);
        (column.offsets, column.validity) = (cut.as_ptr(), null());
    });
    assert_eq!(score(handle, &[], n_rows, 0), Err(WRONG_ROWS));
    let twice: Vec<SpanwiseColumn> = good.columns.iter().chain(&good.columns).copied().collect();
    assert_eq!(score(handle, &twice, n_rows, 0), Err(WRONG_ROWS));
    assert_eq!(score(handle, &good.columns, n_rows - 1, 0), Err(WRONG_SIZE));
}

#[test]
fn places_of_another_length_are_refused() {
    let bundle = read("v1/churn");
    let rows = bundle.golden_rows().unwrap();
    let (handle, n_rows, good) = (opened(&bundle.to_bytes()), rows.n_rows(), Columns::of(&rows));
    let mut answers = vec![0.0; n_rows + 1];
    let ask = |answers: *mut f64, n: usize, n_rows: usize| unsafe {
        let places = SpanwiseScores {
            answers,
            n_answers: n,
            ..nothing()
        };
        let options = SpanwiseOptions {
            broken_rows: 2,
            ..SpanwiseOptions::default()
        };
        spanwise_score_columns(
            handle,
            good.columns.as_ptr(),
            good.columns.len(),
            n_rows,
            &options,
            &places,
        )
    };
    assert_eq!(ask(answers.as_mut_ptr(), n_rows, n_rows), 0, "{}", message());
    assert_eq!(ask(answers.as_mut_ptr(), n_rows + 1, n_rows), WRONG_SIZE);
    assert_eq!(ask(answers.as_mut_ptr(), 0, n_rows), WRONG_SIZE);
    assert_eq!(ask(null_mut(), n_rows, n_rows), NULL_POINTER);
    assert_eq!(
        ask(answers.as_mut_ptr().wrapping_byte_add(4), n_rows, n_rows),
        WRONG_SIZE
    );
    assert_eq!(ask(answers.as_mut_ptr(), usize::MAX, usize::MAX), WRONG_SIZE);
    assert_eq!(ask(null_mut(), 0, usize::MAX), WRONG_SIZE);
    unsafe {
        assert_eq!(
            spanwise_score_columns(handle, null(), 3, n_rows, null(), &nothing()),
            NULL_POINTER
        );
        assert_eq!(
            spanwise_score_columns(
                handle,
                good.columns.as_ptr(),
                usize::MAX,
                n_rows,
                null(),
                &nothing()
            ),
            WRONG_SIZE
        );
        assert_eq!(
            spanwise_score_columns(handle, good.columns.as_ptr(), 1, n_rows, null(), null()),
            NULL_POINTER
        );
        let many = SpanwiseOptions {
            n_reasons: 1,
            ..SpanwiseOptions::default()
        };
        assert_eq!(
            spanwise_score_columns(handle, good.columns.as_ptr(), 1, n_rows, &many, &nothing()),
            WRONG_OPTION
        );
    }
}
