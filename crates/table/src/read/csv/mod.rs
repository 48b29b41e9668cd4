//! Separated values: two passes over the text, one to find the kinds of the columns, one to build them.

mod build;
mod cell;
mod dialect;
mod encoding;
mod infer;

use super::{Options, Read, check_names};
use crate::{ComplaintKind, Complaints, Table, TableError};
use ::csv::{ByteRecord, ReaderBuilder};

pub(super) use build::ColumnBuilder;
pub use cell::instant_of;
pub(super) use cell::{Cell, CellReader};
pub use dialect::{Dialect, Header};
pub(super) use infer::Inference;

/// Reads separated values with a header line.
pub(super) fn read(
    bytes: &[u8],
    separator: Option<u8>,
    name: &str,
    options: &Options,
) -> Result<Read, TableError> {
    let mut complaints = Complaints::default();
    let mut guesses = Vec::new();
    let text = encoding::decode(bytes, name, options, &mut complaints, &mut guesses)?;
    let dialect = match options.separator.or(separator) {
        Some(separator) => Dialect { separator },
        None => Dialect::sniff(&text, &mut guesses),
    };
    let mut scan = Scan::new(text.as_bytes(), dialect);
    let header = scan.header(name)?;
    let names = check_names(header.names, name, options, &mut complaints)?;
    let cells = CellReader::new(&options.null_words);

    let mut inferences: Vec<Inference> = names.iter().map(|_| Inference::default()).collect();
    scan.rows(name, |_, _, record| {
        for (inference, cell) in inferences.iter_mut().zip(record.iter()) {
            inference.see(&cells, as_str(cell));
        }
    })?;
    let mut builders: Vec<ColumnBuilder> = names
        .iter()
        .zip(&inferences)
        .map(|(name, inference)| {
            ColumnBuilder::new(options.kinds.get(name).copied().unwrap_or(inference.kind()))
        })
        .collect();
    let width = names.len();
    let mut last = (0, 1, 0);
    scan.rewind().rows(name, |row, line, record| {
        last = (row, line, record.position().map_or(0, ::csv::Position::byte));
        note_ragged(record, width, row, line, &mut complaints);
        for (position, builder) in builders.iter_mut().enumerate() {
            let text = record.get(position).map_or("", as_str);
            if let Some(kind) = builder.push(&cells, text) {
                complaints.add(kind, Some(&names[position]), row, line, text);
            }
        }
    })?;
    // Only the last record can hold a quote that is never closed: it holds all that follows.
    let (row, line, start) = last;
    let rest = text.as_bytes().get(start as usize..).unwrap_or_default();
    if ends_in_quotes(rest, dialect.separator) {
        let found = String::from_utf8_lossy(&rest[..rest.len().min(200)]);
        complaints.add(ComplaintKind::UnclosedQuote, None, row, line, &found);
    }
    let columns = names
        .iter()
        .cloned()
        .zip(builders.into_iter().map(ColumnBuilder::finish))
        .collect();
    Ok(Read {
        table: Table::new(columns)?,
        complaints,
        guesses,
    })
}

fn note_ragged(record: &ByteRecord, width: usize, row: u64, line: u64, complaints: &mut Complaints) {
    let found = || format!("{} cells, expected {width}", record.len());
    if record.len() < width {
        complaints.add(ComplaintKind::ShortRow, None, row, line, &found());
    } else if width < record.len() {
        complaints.add(ComplaintKind::LongRow, None, row, line, &found());
    }
}

/// The decoder produced valid UTF-8, and cells are cut at ASCII bytes, so this never falls back.
fn as_str(cell: &[u8]) -> &str {
    std::str::from_utf8(cell).unwrap_or("")
}

/// The rows of one text, read as often as needed.
struct Scan<'a> {
    bytes: &'a [u8],
    dialect: Dialect,
}

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8], dialect: Dialect) -> Scan<'a> {
        Scan { bytes, dialect }
    }

    fn rewind(&mut self) -> &mut Scan<'a> {
        self
    }

    fn reader(&self) -> ::csv::Reader<&'a [u8]> {
        ReaderBuilder::new()
            .delimiter(self.dialect.separator)
            .flexible(true)
            .has_headers(false)
            .from_reader(self.bytes)
    }

    fn header(&mut self, name: &str) -> Result<Header, TableError> {
        let mut record = ByteRecord::new();
        let found = self
            .reader()
            .read_byte_record(&mut record)
            .map_err(|error| broken(name, &error))?;
        if !found {
            return Err(TableError::Empty {
                name: name.to_owned(),
            });
        }
        Ok(Header {
            names: record.iter().map(|cell| as_str(cell).to_owned()).collect(),
        })
    }

    /// Calls `see(row, line, cells)` for each row after the header; empty lines are no rows.
    fn rows(&mut self, name: &str, mut see: impl FnMut(u64, u64, &ByteRecord)) -> Result<(), TableError> {
        let mut reader = self.reader();
        let mut record = ByteRecord::new();
        let mut row = 0;
        while reader
            .read_byte_record(&mut record)
            .map_err(|error| broken(name, &error))?
        {
            if 0 < row {
                let line = record.position().map_or(0, ::csv::Position::line);
                see(row, line, &record);
            }
            row += 1;
        }
        Ok(())
    }
}

/// Whether a record of these bytes ends inside quotes. As for the reader, quotes open at the beginning of a cell alone.
fn ends_in_quotes(record: &[u8], separator: u8) -> bool {
    let (mut is_start, mut is_quoted) = (true, false);
    let mut bytes = record.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if is_quoted => is_quoted = bytes.next_if_eq(&b'"').is_some(),
            b'"' if is_start => is_quoted = true,
            _ => {}
        }
        is_start = !is_quoted && (byte == separator || byte == b'\n' || byte == b'\r');
    }
    is_quoted
}

fn broken(name: &str, error: &::csv::Error) -> TableError {
    TableError::NotThatFormat {
        name: name.to_owned(),
        expected: "a table of separated values",
        found: error.to_string(),
    }
}
