//! Files of rows as `spanwise explore` and `score` read them, and segments of the prediction log.

use std::path::Path;
use table::read::{Format, Options, from_bytes};
use table::{Kind, Table};

fn options() -> Options {
    Options {
        max_bytes: 1 << 20,
        max_rows: 1000,
        ..Options::default()
    }
}

fn read(bytes: &[u8], format: Format) -> Option<Table> {
    let read = from_bytes(bytes, format, "fuzz", &options()).ok()?;
    check(&read.table);
    // Equal bytes are an equal table.
    let again = from_bytes(bytes, format, "fuzz", &options()).expect("it was read before");
    assert_eq!(again.table.hash(), read.table.hash());
    Some(read.table)
}

/// Numbers are finite, missing is null, names differ.
fn check(table: &Table) {
    use table::arrow::array::AsArray;
    use table::arrow::datatypes::Float64Type;
    let names = table.names();
    for (position, name) in names.iter().enumerate() {
        assert!(!names[..position].contains(name), "`{name}` twice");
        if table.kind(name) == Some(Kind::Number) {
            let cells = table.column(name).expect("a column of the table");
            let cells = cells.as_primitive::<Float64Type>();
            assert!(
                cells.iter().flatten().all(f64::is_finite),
                "`{name}` is not finite"
            );
        }
    }
}

pub(super) fn csv(bytes: &[u8]) {
    let Some(table) = read(bytes, Format::Csv) else {
        return;
    };
    // What is written is read as the same rows.
    let written = table::write::to_csv(&table, ',');
    if let Ok(again) = from_bytes(&written, Format::Csv, "again", &Options::plain()) {
        assert!(again.table.n_rows() <= table.n_rows(), "rows that were not there");
    }
}

pub(super) fn lines(bytes: &[u8]) {
    read(bytes, Format::JsonLines);
}

pub(super) fn parquet(bytes: &[u8]) {
    read(bytes, Format::Parquet);
}

pub(super) fn arrow(bytes: &[u8]) {
    read(bytes, Format::Arrow);
}

pub(super) fn segment(bytes: &[u8]) {
    if let Ok(segment) = table::segment::from_bytes(bytes, Path::new("fuzz.seg")) {
        assert!(segment.torn_bytes <= bytes.len() as u64);
        segment.tables.iter().for_each(check);
    }
}
