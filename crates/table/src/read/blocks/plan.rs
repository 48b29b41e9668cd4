//! What is found out about a file of separated values before its first block.

use super::cut::line_end;
use crate::read::{Format, Options, Read, csv};
use crate::{ComplaintKind, Complaints, Kind, TableError};
use std::fs::File;
use std::io::{Read as _, Seek, SeekFrom};
use std::path::Path;

/// Pieces of a file, spread evenly, from which the kinds of its columns are found out first.
const PIECES: u64 = 32;
const PIECE: u64 = 64 << 10;

/// How every block is read.
pub(super) struct Plan {
    pub(super) options: Options,
    pub(super) outline: csv::Outline,
    pub(super) names: Vec<String>,
    pub(super) kinds: Vec<Kind>,
    pub(super) header_bytes: u64,
    /// The last byte of what separates cells.
    pub(super) separator_end: u8,
    /// About the header.
    pub(super) complaints: Complaints,
}

impl Plan {
    /// Dialect, names and kinds, from the head of the file and pieces from all over it, and what was found out beside them;
    /// `None` where the file cannot be cut with certainty.
    pub(super) fn of(path: &Path, options: &Options) -> Result<Option<(Plan, Vec<String>)>, TableError> {
        let pieces = pieces(path)?;
        if !pieces.contains(&b'\n') || pieces.contains(&0) || std::str::from_utf8(&pieces).is_err() {
            return Ok(None);
        }
        let unmarked = Options {
            marked_values: false,
            ..options.clone()
        };
        let (head, outline, without_forms) = heads(path, &pieces, options, &unmarked)?;
        let Some(dialect) = head.dialect.as_ref().filter(|dialect| is_plain(dialect)) else {
            return Ok(None);
        };
        // cells of a kind that was asked for may differ where kinds do not
        if without_forms.table.hash() != head.table.hash() || !options.sentinels.is_empty() {
            return Ok(None);
        }
        let Some(header_bytes) = header_bytes(&pieces, &head) else {
            return Ok(None);
        };
        let kinds = head.table.columns().into_iter().map(|(_, kind)| kind);
        let plan = Plan {
            separator_end: dialect.separator.as_bytes().last().copied().unwrap_or(b','),
            complaints: about_header(&head),
            options: unmarked,
            outline,
            names: head.table.names(),
            kinds: kinds.collect(),
            header_bytes,
        };
        Ok(Some((plan, head.guesses)))
    }

    /// Names and kinds.
    pub(super) fn columns(&self) -> Vec<(String, Kind)> {
        self.names
            .iter()
            .cloned()
            .zip(self.kinds.iter().copied())
            .collect()
    }
}

/// Whole lines from all over a file, its beginning first.
fn pieces(path: &Path) -> Result<Vec<u8>, TableError> {
    let broken = || TableError::file("read", path);
    let mut file = File::open(path).map_err(broken())?;
    let length = file.metadata().map_err(broken())?.len();
    let mut pieces = Vec::new();
    for piece in 0..PIECES {
        let start = length / PIECES * piece;
        file.seek(SeekFrom::Start(start)).map_err(broken())?;
        let mut bytes = Vec::new();
        file.by_ref()
            .take(PIECE)
            .read_to_end(&mut bytes)
            .map_err(broken())?;
        let behind = |is_last| line_end(&bytes, is_last).map_or(bytes.len(), |at| at + 1);
        let from = if piece == 0 { 0 } else { behind(false) };
        pieces.extend_from_slice(bytes.get(from..behind(true)).unwrap_or_default());
    }
    Ok(pieces)
}

/// The pieces as a file of their own, and once more without the forms of values: these are found out for whole columns.
fn heads(
    path: &Path,
    pieces: &[u8],
    options: &Options,
    unmarked: &Options,
) -> Result<(Read, csv::Outline, Read), TableError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let separator = (Format::of(path)? == Format::Tsv).then_some(b'\t');
    std::thread::scope(|scope| {
        let without_forms = scope.spawn(|| csv::read(pieces, separator, &name, unmarked));
        let head = csv::read_outlined(pieces, separator, &name, options);
        let without_forms = without_forms
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let (head, outline) = head?;
        Ok((head, outline, without_forms?))
    })
}

fn is_plain(dialect: &csv::Dialect) -> bool {
    let is_escaped = matches!(dialect.escape, csv::Mark::Byte(_));
    !dialect.ends_in_return && !dialect.skips_blanks && !is_escaped
}

fn about_header(head: &Read) -> Complaints {
    let mut complaints = Complaints::default();
    let all = head.complaints.iter();
    all.filter(|one| one.kind == ComplaintKind::UnnamedColumn)
        .for_each(|one| complaints.add_group(one.clone()));
    complaints
}

/// Where the rows begin: behind the header in the first line. `None` where lines stand before the table or behind it.
fn header_bytes(bytes: &[u8], head: &Read) -> Option<u64> {
    let is_told = |kind: ComplaintKind| head.complaints.iter().any(|one| one.kind == kind);
    let among_lines = [
        ComplaintKind::Preamble,
        ComplaintKind::Footer,
        ComplaintKind::OtherTable,
        ComplaintKind::RepeatedHeader,
    ];
    if among_lines.into_iter().any(is_told) {
        return None;
    }
    let line = &bytes[..line_end(bytes, false)? + 1];
    let text = std::str::from_utf8(line).ok()?.trim_start_matches('\u{feff}');
    let names = head.table.names();
    let has_unnamed = is_told(ComplaintKind::UnnamedColumn);
    let is_made = |name: &String| has_unnamed && name.starts_with("column_");
    match names.first() {
        // without a header, columns are numbered
        Some(first) if first == "column_1" && !has_unnamed && !text.contains("column_1") => Some(0),
        Some(_) => {
            let are_there = names
                .iter()
                .all(|name| is_made(name) || text.contains(name.as_str()));
            are_there.then_some(line.len() as u64)
        }
        None => None,
    }
}
