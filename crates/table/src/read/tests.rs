#![allow(clippy::unwrap_used)]
use super::*;
use crate::ComplaintKind;
use crate::write::to_bytes;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};

fn csv(text: &str) -> Read {
    from_bytes(text.as_bytes(), Format::Csv, "t.csv", &Options::default()).unwrap()
}

fn error(bytes: &[u8], format: Format) -> String {
    from_bytes(bytes, format, "t.csv", &Options::default())
        .unwrap_err()
        .to_string()
}

#[test]
fn blanks_in_a_number_column_become_missing_and_are_reported_with_row_and_line() {
    let read = csv("id,total\na,1.5\nb, \n\"c\nc\",2\nd, \n");
    let total = read.table.column("total").unwrap();
    assert_eq!(
        (total.null_count(), read.table.kind("total")),
        (2, Some(Kind::Number))
    );
    let complaint = read.complaints.iter().next().unwrap();
    assert_eq!((complaint.kind, complaint.count), (ComplaintKind::Blank, 2));
    let places: Vec<(u64, u64)> = complaint.examples.iter().map(|e| (e.row, e.line)).collect();
    assert_eq!(
        places,
        [(2, 3), (4, 6)],
        "a quoted line end moves the line, not the row"
    );
}

#[test]
fn kinds_are_found_over_all_rows() {
    let read = csv(
        "a,b,c,d,e,f\n1,1,true,2024-01-31,2024-01-31T10:00:00Z,007\n2,1.5,false,2024-02-01,2024-02-01,12\n",
    );
    let kinds: Vec<Kind> = read.table.columns().into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::Integer,
            Kind::Number,
            Kind::Boolean,
            Kind::Date,
            Kind::Time,
            Kind::Text
        ]
    );
}

#[test]
fn one_odd_cell_in_a_hundred_is_missing_and_two_make_the_column_text() {
    let rows = |odd: usize| {
        (0..200)
            .map(|i| {
                if i < odd {
                    "x\n".to_owned()
                } else {
                    format!("{i}\n")
                }
            })
            .collect::<String>()
    };
    let read = csv(&format!("n\n{}", rows(2)));
    assert_eq!(read.table.kind("n"), Some(Kind::Integer));
    assert_eq!(
        read.complaints.iter().next().unwrap().kind,
        ComplaintKind::NotOfKind
    );
    assert_eq!(csv(&format!("n\n{}", rows(3))).table.kind("n"), Some(Kind::Text));
}

#[test]
fn null_words_are_missing_in_numbers_and_stay_in_text() {
    let read = csv("n,t\n1,None\nNA,yes\n3,None\n");
    assert_eq!(read.table.column("n").unwrap().null_count(), 1);
    assert_eq!(read.table.column("t").unwrap().null_count(), 0);
}

#[test]
fn separators_and_encodings_are_found() {
    for separator in [",", ";", "\t", "|"] {
        let read = csv(&format!("a{separator}b\n1{separator}x, y\n2{separator}z\n")
            .replace(", ", if separator == "," { "-" } else { ", " }));
        assert_eq!(read.table.names(), ["a", "b"], "{separator:?}");
    }
    let latin = from_bytes(b"name\ncaf\xe9\n", Format::Csv, "t", &Options::default()).unwrap();
    assert_eq!(
        latin.table.column("name").unwrap().as_string::<i32>().value(0),
        "café"
    );
    assert_eq!(
        latin.complaints.iter().next().unwrap().kind,
        ComplaintKind::Encoding
    );
    let utf16: Vec<u8> = "n;m\n1;ä\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let read = from_bytes(
        &[&[0xff, 0xfe], utf16.as_slice()].concat(),
        Format::Csv,
        "t",
        &Options::default(),
    )
    .unwrap();
    assert_eq!(read.table.names(), ["n", "m"]);
    let bom = from_bytes(b"\xef\xbb\xbfid\n1\n", Format::Csv, "t", &Options::default()).unwrap();
    assert_eq!(bom.table.names(), ["id"]);
}

#[test]
fn ragged_rows_are_kept_and_reported() {
    let read = csv("a,b\n1\n2,3,4\n5,6\n");
    assert_eq!(read.table.n_rows(), 3);
    let kinds: Vec<ComplaintKind> = read.complaints.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [ComplaintKind::ShortRow, ComplaintKind::LongRow]);
}

#[test]
fn refusals_say_what_was_found() {
    assert!(error(b"", Format::Csv).contains("found 0 bytes"));
    assert!(error(b"a,b\n", Format::Csv).contains("a header and no row"));
    assert!(error(&[0, 1, 2, 3, 0, 255], Format::Csv).contains("not a text table"));
    let plain = from_bytes(b"a,b,a\n1,2,3\n", Format::Csv, "t.csv", &Options::plain());
    assert!(plain.unwrap_err().to_string().contains("positions 1 and 3"));
    assert!(error(b"not parquet", Format::Parquet).contains("not a Parquet file"));
    assert!(error(b"nonsense here", Format::Arrow).contains("Arrow IPC"));
    assert!(error(b"[1]\n2\n", Format::JsonLines).contains("lines of JSON objects"));
    let wide = vec!["c"; 5000]
        .iter()
        .enumerate()
        .map(|(i, c)| format!("{c}{i}"))
        .collect::<Vec<_>>()
        .join(",");
    assert!(error(format!("{wide}\n1\n").as_bytes(), Format::Csv).contains("5000 columns"));
}

#[test]
fn json_lines_take_columns_in_order_and_report_bad_lines() {
    let text = b"{\"a\":1,\"b\":\"x\"}\nnonsense\n{\"b\":null,\"c\":0.1}\n";
    let read = from_bytes(text, Format::JsonLines, "t", &Options::default()).unwrap();
    assert_eq!(read.table.n_rows(), 2);
    assert_eq!(
        read.table
            .column("a")
            .unwrap()
            .as_primitive::<Int64Type>()
            .value(0),
        1
    );
    assert_eq!(
        read.table
            .column("c")
            .unwrap()
            .as_primitive::<Float64Type>()
            .value(1),
        0.1
    );
    assert_eq!(
        read.complaints.iter().next().unwrap().kind,
        ComplaintKind::BadLine
    );
}

#[test]
fn every_format_gives_back_what_was_written() {
    let table = csv("i,n,t,b,d,s\n1,0.1,\"x, \"\"y\"\"\",true,2020-02-29,2020-01-01T01:02:03.5Z\n,,,,,\n3,1e-300,z,false,1969-12-31,1969-01-01T00:00:00Z\n").table;
    for format in [
        Format::Csv,
        Format::Tsv,
        Format::JsonLines,
        Format::Parquet,
        Format::Arrow,
    ] {
        let bytes = to_bytes(&table, format).unwrap();
        let again = from_bytes(&bytes, format, "t", &Options::default()).unwrap();
        assert_eq!(again.table, table, "{format:?}");
        assert_eq!(again.table.hash(), table.hash());
    }
}

#[test]
fn compressed_files_are_read_and_bombs_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("a\n{}", "1\n".repeat(10_000));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    let gz = folder.path().join("a.csv.gz");
    std::fs::write(&gz, encoder.finish().unwrap()).unwrap();
    let zst = folder.path().join("a.csv.zst");
    std::fs::write(&zst, zstd::stream::encode_all(text.as_bytes(), 3).unwrap()).unwrap();
    for path in [gz, zst] {
        assert_eq!(open(&path, &Options::default()).unwrap().table.n_rows(), 10_000);
        let small = Options {
            max_bytes: 1000,
            ..Options::default()
        };
        assert!(
            open(&path, &small)
                .unwrap_err()
                .to_string()
                .contains("larger than 1000 bytes")
        );
    }
}

#[test]
fn formulas_are_disarmed_in_csv_and_numbers_are_not_touched() {
    let table = csv("t,n\n=1+1,-5\n@x,3\n-2,4\n").table;
    let text = String::from_utf8(to_bytes(&table, Format::Csv).unwrap()).unwrap();
    assert_eq!(text, "t,n\n'=1+1,-5\n'@x,3\n-2,4\n");
}

#[test]
fn the_hash_depends_on_cells_kinds_and_names() {
    let base = csv("a\n1\n2\n").table.hash();
    assert_ne!(base, csv("b\n1\n2\n").table.hash());
    assert_ne!(base, csv("a\n1\n3\n").table.hash());
    assert_ne!(base, csv("a\n1.0\n2\n").table.hash());
    assert_ne!(csv("a,b\nxy,z\n").table.hash(), csv("a,b\nx,yz\n").table.hash());
}

#[test]
fn a_quote_that_is_never_closed_is_told_where_it_opens() {
    let rows: String = (3..50).map(|i| format!("{i},z\n")).collect();
    let read = csv(&format!("a,b\n1,\"x\ny\"\n2,\"y\n{rows}"));
    let complaint = read.complaints.iter().next().unwrap();
    assert_eq!(complaint.kind, ComplaintKind::UnclosedQuote);
    assert_eq!((complaint.examples[0].row, complaint.examples[0].line), (2, 4));
    for sound in ["a,b\n1,\"x\"\"\"\n", "a,b\n1,x\"y\n", "a,b\n\"1\",\"\""] {
        assert!(csv(sound).complaints.is_empty(), "{sound}");
    }
}

#[test]
fn whole_numbers_with_too_many_digits_are_identifiers() {
    let kind = |text: &str| csv(text).table.kind("a");
    assert_eq!(
        kind("a\n12345678901234567890\n12345678901234567891\n"),
        Some(Kind::Text)
    );
    assert_eq!(kind("a\n-9223372036854775808\n"), Some(Kind::Integer));
    assert_eq!(
        kind("a\n100000000000000000000\n0.5\n"),
        Some(Kind::Number),
        "1e20 as we write it"
    );
    // Beside fractions, and where a number is asked for, it is one.
    let measured = csv("a\n0.5\n12345678901234567891\n");
    assert_eq!(measured.table.kind("a"), Some(Kind::Number));
    assert_eq!(measured.table.column("a").unwrap().null_count(), 0);
    let mut options = Options::default();
    options.kinds.insert("a".to_owned(), Kind::Number);
    let asked = from_bytes(b"a\n12345678901234567891\n", Format::Csv, "t", &options).unwrap();
    assert_eq!(asked.table.column("a").unwrap().null_count(), 0);
    assert!(asked.complaints.is_empty());
}

#[test]
fn a_column_of_one_keeps_its_missing_rows() {
    let table = csv("a,b\n1,x\n,y\n3,z\n,z\n").table.select(&["a"]).unwrap();
    for format in [Format::Csv, Format::Tsv, Format::JsonLines] {
        let bytes = to_bytes(&table, format).unwrap();
        let again = from_bytes(&bytes, format, "t", &Options::default())
            .unwrap()
            .table;
        assert_eq!(again, table, "{format:?}");
    }
}

#[test]
fn json_lines_keep_texts_as_texts_and_columns_of_nothing() {
    let text = "\u{feff}{\"zip\":\"12345\",\"n\":1,\"yes\":\"true\",\"day\":\"2024-01-02\"}\n{\"zip\":\"1e5\",\"n\":2,\"yes\":\"true\",\"day\":null}\n";
    let read = |options: &Options| from_bytes(text.as_bytes(), Format::JsonLines, "t", options).unwrap();
    let table = read(&Options::default()).table;
    let kinds: Vec<Kind> = table.columns().into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [Kind::Text, Kind::Integer, Kind::Text, Kind::Date]);
    let zip = table.column("zip").unwrap();
    assert_eq!(zip.as_string::<i32>().value(1), "1e5");
    let mut asked = Options::default();
    asked.kinds.insert("zip".to_owned(), Kind::Number);
    let read = read(&asked);
    assert!(read.complaints.is_empty());
    assert_eq!(
        read.table
            .column("zip")
            .unwrap()
            .as_primitive::<Float64Type>()
            .value(0),
        12345.0
    );

    let empty = csv("a,b\n1,\n2,\n").table;
    let bytes = to_bytes(&empty, Format::JsonLines).unwrap();
    assert_eq!(
        from_bytes(&bytes, Format::JsonLines, "t", &Options::default())
            .unwrap()
            .table,
        empty
    );
}

#[test]
fn the_ending_of_an_output_compresses_it() {
    let folder = tempfile::tempdir().unwrap();
    let table = csv(&format!("a\n{}", "1\n".repeat(5000))).table;
    for name in ["a.csv.gz", "a.jsonl.zst", "a.csv"] {
        let path = folder.path().join(name);
        crate::write::save(&table, &path).unwrap();
        assert_eq!(open(&path, &Options::default()).unwrap().table, table);
        let size = std::fs::metadata(&path).unwrap().len();
        assert_eq!(size < 1000, name != "a.csv", "{name}: {size} bytes");
    }
}

fn arrow_table(columns: Vec<(&str, arrow::array::ArrayRef)>) -> arrow::array::RecordBatch {
    arrow::array::RecordBatch::try_from_iter(columns).unwrap()
}

fn parquet_of(batch: &arrow::array::RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn arrow_of(batch: &arrow::array::RecordBatch) -> Vec<u8> {
    let mut writer = arrow::ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn stream_of(batch: &arrow::array::RecordBatch) -> Vec<u8> {
    let mut writer = arrow::ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn numbers_without_sign_that_lose_digits_are_told() {
    let values = arrow::array::UInt64Array::from(vec![3, (1 << 63) + 5, u64::MAX]);
    let batch = arrow_table(vec![("u", std::sync::Arc::new(values))]);
    let read = from_bytes(&parquet_of(&batch), Format::Parquet, "t", &Options::default()).unwrap();
    let complaint = read.complaints.iter().next().unwrap();
    assert_eq!((complaint.kind, complaint.count), (ComplaintKind::Inexact, 2));
    assert_eq!(complaint.examples[0].found, "9223372036854775813");
}

#[test]
fn small_files_of_large_tables_are_refused_before_they_are_unpacked() {
    use arrow::array::{ArrayRef, DictionaryArray, Int32Array, Int64Array, NullArray, StringArray};
    let long = StringArray::from(vec!["A".repeat(20_000)]);
    let text: ArrayRef = std::sync::Arc::new(
        DictionaryArray::try_new(Int32Array::from(vec![0; 20_000]), std::sync::Arc::new(long)).unwrap(),
    );
    let numbers: ArrayRef = std::sync::Arc::new(Int64Array::from(vec![7; 20_000]));
    let options = Options {
        max_bytes: 10 << 20,
        ..Options::default()
    };
    let bomb = arrow_table(vec![("t", text), ("n", numbers)]);
    for (bytes, format) in [
        (parquet_of(&bomb), Format::Parquet),
        (arrow_of(&bomb), Format::Arrow),
        (stream_of(&bomb), Format::Arrow),
    ] {
        assert!(bytes.len() < 300_000);
        let error = from_bytes(&bytes, format, "t", &options).unwrap_err();
        assert!(matches!(error, TableError::TooLarge { .. }), "{error}");
    }
    // A column that nobody needs is not unpacked.
    let only = Options {
        only: Some(vec!["n".to_owned()]),
        ..options.clone()
    };
    let read = from_bytes(&parquet_of(&bomb), Format::Parquet, "t", &only).unwrap();
    assert_eq!(
        (read.table.n_rows(), read.table.names()),
        (20_000, vec!["n".to_owned()])
    );
    let nothing: ArrayRef = std::sync::Arc::new(NullArray::new(1 << 40));
    let error = from_bytes(
        &stream_of(&arrow_table(vec![("x", nothing)])),
        Format::Arrow,
        "t",
        &options,
    );
    assert!(matches!(error, Err(TableError::TooLarge { .. })));
}

#[test]
fn damaged_columnar_files_are_refused_and_never_panic() {
    let table = csv("i,n,t,b\n1,0.5,x,true\n2,1.5,y,false\n3,,x,true\n").table;
    let files = [
        (parquet_of(table.batch()), Format::Parquet),
        (arrow_of(table.batch()), Format::Arrow),
        (stream_of(table.batch()), Format::Arrow),
    ];
    let mut draw = 12_345u64;
    let mut next = |n: usize| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (draw >> 33) as usize % n
    };
    for (bytes, format) in files {
        for _ in 0..4000 {
            let mut damaged = bytes.clone();
            for _ in 0..=next(3) {
                let at = next(damaged.len() - 4);
                match next(3) {
                    0 => damaged[at] = next(256) as u8,
                    1 => damaged[at] ^= 1 << next(8),
                    _ => damaged[at..at + 4].copy_from_slice(&[0xff, 0xff, 0xff, [0x7f, 0xff][next(2)]]),
                }
            }
            let small = Options {
                max_bytes: 1 << 20,
                ..Options::default()
            };
            let _ = from_bytes(&damaged, format, "t", &small);
        }
    }
}

#[test]
fn numbers_in_quotes_are_text_and_said_so() {
    let text = "{\"a\":\"1\",\"b\":\"x1\"}\n{\"a\":\"2.5\",\"b\":\"3\"}\n{\"a\":null}\n";
    let read = from_bytes(text.as_bytes(), Format::JsonLines, "t", &Options::default()).unwrap();
    assert_eq!(read.table.kind("a"), Some(Kind::Text));
    assert_eq!(read.guesses.len(), 1, "{:?}", read.guesses);
    assert!(read.guesses[0].contains("`a`") && read.guesses[0].contains("types = { a = \"number\" }"));
    let mut options = Options::default();
    options.kinds.insert("a".to_owned(), Kind::Number);
    let read = from_bytes(text.as_bytes(), Format::JsonLines, "t", &options).unwrap();
    assert_eq!(
        (read.table.kind("a"), read.guesses.len()),
        (Some(Kind::Number), 0)
    );
}
