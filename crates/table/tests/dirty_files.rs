//! DuckDB's files of dirty CSV: forty read as a person reads them, and of all others nothing lost without a word.
//!
//! The files lie in `../shared/data/dirty` (or `$DIRTY_DATA`); where they do not, the tests say that they are skipped.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;
use table::read::{Format, Options, Read, from_bytes};
use table::{ComplaintKind, Kind, TableError};

/// The readings, in the form that the file itself tells.
const CASES: &str = include_str!("dirty_files.txt");

#[test]
fn forty_files_are_read_as_a_person_reads_them() {
    let Some(files) = files() else { return };
    let (mut n, mut wrong) = (0, Vec::new());
    for case in CASES.split("== ").skip(1) {
        let (file, expected) = case.split_once('\n').unwrap();
        let bytes = &files[&format!("duckdb_csv/{file}")];
        let found = match from_bytes(bytes, format_of(file), file, &Options::default()) {
            Ok(read) => told(&read),
            Err(error) => error.to_string(),
        };
        n += 1;
        if found.trim_end_matches('\n') != expected.trim_end_matches('\n') {
            wrong.push(format!("{file}\nexpected:\n{expected}\nfound:\n{found}"));
        }
    }
    assert!(40 <= n);
    assert!(wrong.is_empty(), "{} of {n}: {}", wrong.len(), wrong.join("\n"));
}

/// Every letter and digit of a file is in its table, or a complaint says that something was left out.
#[test]
fn nothing_is_lost_without_a_word() {
    let Some(files) = files() else { return };
    let (mut n_read, mut lost) = (0, Vec::new());
    for (path, bytes) in &files {
        let read = |options: &Options| from_bytes(bytes, format_of(path), path, options);
        let first = match read(&Options::default()) {
            Ok(read) => read,
            Err(TableError::NoRows { .. } | TableError::Empty { .. } | TableError::NotThatFormat { .. }) => {
                continue;
            }
            Err(error) => panic!("{path}: {error}"),
        };
        let names = first.table.names().into_iter();
        let as_text = Options {
            kinds: names.map(|name| (name, Kind::Text)).collect(),
            null_texts: Vec::new(),
            ..Options::default()
        };
        let texts = read(&as_text).unwrap();
        assert_eq!(first.table.n_rows(), texts.table.n_rows(), "{path}");
        let Ok(text) = std::str::from_utf8(bytes) else {
            continue;
        };
        let is_told = texts
            .complaints
            .iter()
            .any(|complaint| is_leaving_out(complaint.kind));
        let (all, kept) = (weight(text), weight(&told(&texts)));
        if !is_told && kept < all {
            lost.push(format!("{path}: {all} letters and digits, {kept} kept"));
        }
        n_read += 1;
    }
    assert!(100 < n_read, "{n_read} files");
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

fn is_leaving_out(kind: ComplaintKind) -> bool {
    matches!(
        kind,
        ComplaintKind::Preamble
            | ComplaintKind::Footer
            | ComplaintKind::CommentLine
            | ComplaintKind::RepeatedHeader
            | ComplaintKind::OtherTable
            | ComplaintKind::LongRow
    )
}

fn weight(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

fn told(read: &Read) -> String {
    let columns = read.table.batch().columns();
    let cell = |column: &dyn table::arrow::array::Array, row| {
        let text = table::write::cell_text(column, row).unwrap_or_else(|| "∅".to_owned());
        text.replace('\n', "\\n").replace('\t', "\\t")
    };
    let mut told = format!("{}\n{}\n", read.table.names().join("¦"), kinds(read));
    for row in 0..read.table.n_rows() {
        let cells: Vec<String> = columns.iter().map(|column| cell(column.as_ref(), row)).collect();
        told += &format!("{}\n", cells.join("¦"));
    }
    told
}

fn kinds(read: &Read) -> String {
    let letter = |kind: Kind| match kind {
        Kind::Boolean => 'b',
        Kind::Integer => 'i',
        Kind::Number => 'n',
        Kind::Text => 't',
        Kind::Date => 'd',
        Kind::Time => 'm',
    };
    let columns = read.table.columns().into_iter();
    columns.map(|(_, kind)| letter(kind)).collect()
}

fn format_of(path: &str) -> Format {
    match path.contains(".tsv") {
        true => Format::Tsv,
        false => Format::Csv,
    }
}

/// The members of the archive by name, unpacked.
fn files() -> Option<BTreeMap<String, Vec<u8>>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dirty");
    let folder = std::env::var_os("DIRTY_DATA").map_or(beside, PathBuf::from);
    let Ok(packed) = std::fs::read(folder.join("duckdb_csv.tar.gz")) else {
        eprintln!("skipped: no duckdb_csv.tar.gz in {}", folder.display());
        return None;
    };
    let mut archive = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(packed.as_slice());
    reader.read_to_end(&mut archive).unwrap();
    let unpacked = |bytes| table::file::decompress(bytes, 1 << 30, "member").unwrap_or_default();
    let members = members(&archive).into_iter();
    Some(members.map(|(name, bytes)| (name, unpacked(bytes))).collect())
}

/// The files of a tar archive (POSIX ustar, with GNU's long names and the paths of pax).
fn members(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    };
    let (mut at, mut long, mut found) = (0, None, Vec::new());
    while at + 512 <= archive.len() && archive[at] != 0 {
        let header = &archive[at..at + 512];
        let size = usize::from_str_radix(text(&header[124..136]).trim(), 8).unwrap();
        let content = &archive[at + 512..at + 512 + size];
        match header[156] {
            b'L' => long = Some(text(content)),
            b'x' => {
                let content = String::from_utf8_lossy(content).into_owned();
                let mut lines = content.lines();
                long = lines.find_map(|line| Some(line.split_once("path=")?.1.to_owned()));
            }
            b'0' | 0 => {
                let (prefix, short) = (text(&header[345..500]), text(&header[..100]));
                let whole = if prefix.is_empty() {
                    short
                } else {
                    format!("{prefix}/{short}")
                };
                found.push((long.take().unwrap_or(whole), content.to_vec()));
            }
            _ => long = None,
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    found
}
