//! What people write: expressions, contracts, the project file.

use prepare::contract::{Contract, check_rows, check_table};
use prepare::expression::{Expression, evaluate, parse};
use std::sync::LazyLock;
use table::Table;
use table::read::{Format, Options, from_bytes};

/// A few rows of every kind, with gaps.
static ROWS: LazyLock<Table> = LazyLock::new(|| {
    let text = "name,city,price,n,is,day,seen\na,Oslo,1.5,3,true,2024-01-31,2024-03-10T01:30:00Z\n,Bergen,,0,false,,\nÜ,\"x, y\",-2e300,-7,,2023-02-28,1969-12-31T23:59:59Z\n";
    let read = from_bytes(text.as_bytes(), Format::Csv, "rows", &Options::default());
    read.expect("a sound table").table
});

/// What is read has one meaning, stored or not, and a cell for each row.
pub(super) fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(read) = parse(text) else { return };
    let stored = serde_json::to_string(&read).expect("expressions are stored");
    if let Ok(again) = serde_json::from_str::<Expression>(&stored) {
        assert_eq!(again, read, "{stored}");
    }
    let Ok(kind) = read.kind(&ROWS.columns()) else {
        return;
    };
    match evaluate(&read, &ROWS) {
        Ok(cells) => {
            let table = Table::new(vec![("x".to_owned(), cells)]).expect("one of the kinds");
            assert_eq!(table.n_rows(), ROWS.n_rows(), "{text}");
            let found = table.kind("x").expect("the only column");
            assert!(
                found == kind || (found.is_numeric() && kind.is_numeric()),
                "{text} is {found}, not {kind}"
            );
        }
        Err(error) => assert!(!error.to_string().contains(".rs:"), "{error}"),
    }
}

pub(super) fn contract(bytes: &[u8]) {
    let Ok(contract) = serde_json::from_slice::<Contract>(bytes) else {
        return;
    };
    if let Ok(report) = check_rows(&contract, &ROWS) {
        assert_eq!(report.n_rows, ROWS.n_rows());
        for breach in &report.breaches {
            assert!(breach.rows.is_sorted() && breach.rows.iter().all(|row| *row < report.n_rows));
        }
    }
    let _ = check_table(&contract, &ROWS, super::requests::NOW_MICROS);
}

/// Read, or refused with places within the text.
#[cfg(feature = "project")]
pub(super) fn project_file(bytes: &[u8]) {
    use project::file::{Overrides, parse};
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let path = std::path::Path::new("spanwise.toml");
    let nothing = |_: &str| None;
    if let Err(problems) = parse(path, text, &Overrides::default(), &nothing) {
        let told = problems.to_string();
        assert!(!told.is_empty() && !told.contains(".rs:"), "{told}");
    }
}
