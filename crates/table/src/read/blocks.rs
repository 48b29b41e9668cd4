//! Large files block by block, in memory that does not grow with the file.

use super::{Format, Options, Read, csv, open, parquet::ParquetFile};
use crate::{ComplaintKind, Complaints, Kind, Table, TableError};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Files up to this size are read at once.
const SMALL: u64 = 64 << 20;
/// Bytes read at a time.
const BLOCK: usize = 16 << 20;
/// Pieces of a file, spread evenly, from which the kinds of its columns are found out first.
const PIECES: u64 = 32;
const PIECE: u64 = 64 << 10;
/// Blocks that one row may fill.
const MOST_HELD: usize = 8;
/// A column stays of its kind although one cell in so many is not, as for files read at once.
const TOLERATED_ONE_IN: u64 = 100;

/// What was found out about a file beside its rows.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    /// What was repaired, and where.
    pub complaints: Complaints,
    /// What was found out, one sentence each.
    pub guesses: Vec<String>,
    /// Whether the file was read at once.
    pub is_whole: bool,
}

/// How a file is cut, and who counts along; nothing here changes a row.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a> {
    /// Files up to this size in bytes are read at once.
    pub small_bytes: u64,
    /// Bytes of separated values read at a time, at least 1.
    pub block_bytes: usize,
    /// The bytes of the file that were handed on so far; begins anew where reading does.
    pub n_read: Option<&'a AtomicU64>,
}

impl Default for Cut<'_> {
    fn default() -> Self {
        Cut {
            small_bytes: SMALL,
            block_bytes: BLOCK,
            n_read: None,
        }
    }
}

impl Cut<'_> {
    fn begin(&self) {
        if let Some(n_read) = self.n_read {
            n_read.store(0, Relaxed);
        }
    }

    fn add(&self, n_bytes: u64) {
        if let Some(n_read) = self.n_read {
            n_read.fetch_add(n_bytes, Relaxed);
        }
    }
}

/// Reads the file at `path` and hands its rows to `see`, at once where it is small, else block by block.
///
/// `begin` is called with the columns before the first rows, and again, to begin anew, where a column of separated values
/// turns out to be of another kind than pieces from all over the file had it. Blocks are read for uncompressed separated
/// values and for Parquet; other formats are read at once, up to the limit of `options`.
///
/// # Errors
/// As [`open`], and whatever `begin` and `see` refuse.
pub fn in_blocks<E: From<TableError>>(
    path: &Path,
    options: &Options,
    begin: impl FnMut(&[(String, Kind)]) -> Result<(), E>,
    see: impl FnMut(&Table) -> Result<(), E>,
) -> Result<Blocks, E> {
    in_blocks_cut(path, options, &Cut::default(), begin, see)
}

/// As [`in_blocks`], cut as the caller says.
///
/// # Errors
/// As [`in_blocks`].
pub fn in_blocks_cut<E: From<TableError>>(
    path: &Path,
    options: &Options,
    cut: &Cut<'_>,
    mut begin: impl FnMut(&[(String, Kind)]) -> Result<(), E>,
    mut see: impl FnMut(&Table) -> Result<(), E>,
) -> Result<Blocks, E> {
    let is_large = std::fs::metadata(path).is_ok_and(|found| cut.small_bytes < found.len());
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let is_packed = name.ends_with(".gz") || name.ends_with(".zst");
    let format = Format::of(path)?;
    format.check_sheet(path, options)?;
    match format {
        Format::Csv | Format::Tsv if is_large && !is_packed => {
            if let Some(found) = separated(path, options, cut, &mut begin, &mut see)? {
                return Ok(found);
            }
        }
        Format::Parquet if is_large => return parquet(path, cut, &mut begin, &mut see),
        _ => {}
    }
    cut.begin();
    let read = open(path, options)?;
    begin(&read.table.columns())?;
    see(&read.table)?;
    cut.add(std::fs::metadata(path).map_or(0, |found| found.len()));
    Ok(Blocks {
        complaints: read.complaints,
        guesses: read.guesses,
        is_whole: true,
    })
}

fn parquet<E: From<TableError>>(
    path: &Path,
    cut: &Cut<'_>,
    begin: &mut impl FnMut(&[(String, Kind)]) -> Result<(), E>,
    see: &mut impl FnMut(&Table) -> Result<(), E>,
) -> Result<Blocks, E> {
    let file = ParquetFile::open(path)?;
    begin(&file.columns())?;
    let columns: Vec<usize> = (0..file.columns().len()).collect();
    let n_bytes = std::fs::metadata(path).map_or(0, |found| found.len());
    let bytes_per_row = n_bytes as f64 / file.n_rows().max(1) as f64;
    cut.begin();
    for piece in file.pieces(&columns, 0..file.n_row_groups())? {
        let piece = piece?;
        see(&piece)?;
        cut.add((piece.n_rows() as f64 * bytes_per_row) as u64);
    }
    Ok(Blocks {
        complaints: file.complaints().clone(),
        ..Blocks::default()
    })
}

/// How every block is read.
struct Plan {
    options: Options,
    outline: csv::Outline,
    names: Vec<String>,
    kinds: Vec<Kind>,
    header_bytes: u64,
    separator_end: u8,
    /// About the header.
    complaints: Complaints,
}

/// Separated values; `None` where they cannot be cut into blocks with certainty: other encodings than UTF-8, escaped quotes,
/// rows that end in a carriage return alone, tables among other lines, values whose form has to be found out from all of
/// them (days in other than ISO form, marks in numbers).
fn separated<E: From<TableError>>(
    path: &Path,
    options: &Options,
    cut: &Cut<'_>,
    begin: &mut impl FnMut(&[(String, Kind)]) -> Result<(), E>,
    see: &mut impl FnMut(&Table) -> Result<(), E>,
) -> Result<Option<Blocks>, E> {
    let Some((mut plan, guesses)) = plan(path, options)? else {
        return Ok(None);
    };
    // an integer may become a number, and a number a text
    for _ in 0..3 {
        let columns: Vec<(String, Kind)> = plan
            .names
            .iter()
            .cloned()
            .zip(plan.kinds.iter().copied())
            .collect();
        begin(&columns)?;
        cut.begin();
        let mut state = Pass::default();
        let are_cut = blocks(path, &plan, cut.block_bytes, &mut |text,
                                                                 is_last|
         -> Result<(), E> {
            if let Some(table) = state.read(text, is_last, &plan)? {
                see(&table)?;
            }
            cut.add(text.len() as u64);
            Ok(())
        })?;
        if !are_cut || state.is_other_than_asked(&plan) {
            return Ok(None);
        }
        if !state.widen(&mut plan) {
            let mut complaints = plan.complaints;
            complaints.extend_behind(state.complaints, 0, 0);
            return Ok(Some(Blocks {
                complaints,
                guesses,
                is_whole: false,
            }));
        }
    }
    Ok(None)
}

/// Dialect, names and kinds, from the head of the file and pieces from all over it.
fn plan(path: &Path, options: &Options) -> Result<Option<(Plan, Vec<String>)>, TableError> {
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
        let from = if piece == 0 {
            0
        } else {
            line_end(&bytes, false).map_or(bytes.len(), |at| at + 1)
        };
        let to = line_end(&bytes, true).map_or(bytes.len(), |at| at + 1);
        pieces.extend_from_slice(bytes.get(from..to).unwrap_or_default());
    }
    let is_cut_at_lines = !pieces.is_empty() && pieces.contains(&b'\n');
    if !is_cut_at_lines || pieces.contains(&0) || std::str::from_utf8(&pieces).is_err() {
        return Ok(None);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let separator = (Format::of(path)? == Format::Tsv).then_some(b'\t');
    let unmarked = Options {
        marked_values: false,
        ..options.clone()
    };
    // what forms values have is found out for whole columns
    let (head, without_forms) = std::thread::scope(|scope| {
        let without_forms = scope.spawn(|| csv::read(&pieces, separator, &name, &unmarked));
        let head = csv::read_outlined(&pieces, separator, &name, options);
        let without_forms = without_forms
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (head, without_forms)
    });
    let ((head, outline), without_forms) = (head?, without_forms?);
    let is_plain = |dialect: &csv::Dialect| {
        let is_escaped = matches!(dialect.escape, csv::Mark::Byte(_));
        !dialect.ends_in_return && !dialect.skips_blanks && !is_escaped
    };
    let Some(dialect) = head.dialect.filter(is_plain) else {
        return Ok(None);
    };
    // cells of a kind that was asked for may differ where kinds do not
    if without_forms.table.hash() != head.table.hash() || !options.sentinels.is_empty() {
        return Ok(None);
    }
    let Some(header_bytes) = header_bytes(&pieces, &head) else {
        return Ok(None);
    };
    let kinds: Vec<Kind> = head.table.columns().into_iter().map(|(_, kind)| kind).collect();
    let mut complaints = Complaints::default();
    let is_about_header = |complaint: &&crate::Complaint| complaint.kind == ComplaintKind::UnnamedColumn;
    head.complaints
        .iter()
        .filter(is_about_header)
        .for_each(|one| complaints.add_group(one.clone()));
    let plan = Plan {
        separator_end: dialect.separator.as_bytes().last().copied().unwrap_or(b','),
        complaints,
        options: unmarked,
        outline,
        names: head.table.names(),
        kinds,
        header_bytes,
    };
    Ok(Some((plan, head.guesses)))
}

/// Where the rows begin: behind the header in the first line. `None` where lines stand before the table or behind it.
fn header_bytes(bytes: &[u8], head: &Read) -> Option<u64> {
    let is_among_lines = |kind: ComplaintKind| {
        let kinds = [
            ComplaintKind::Preamble,
            ComplaintKind::Footer,
            ComplaintKind::OtherTable,
            ComplaintKind::RepeatedHeader,
        ];
        kinds.contains(&kind)
    };
    if head
        .complaints
        .iter()
        .any(|complaint| is_among_lines(complaint.kind))
    {
        return None;
    }
    let line = &bytes[..line_end(bytes, false)? + 1];
    let text = std::str::from_utf8(line).ok()?.trim_start_matches('\u{feff}');
    let names = head.table.names();
    let has_unnamed = head
        .complaints
        .iter()
        .any(|complaint| complaint.kind == ComplaintKind::UnnamedColumn);
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

fn line_end(bytes: &[u8], is_last: bool) -> Option<usize> {
    match is_last {
        true => memchr::memrchr(b'\n', bytes),
        false => memchr::memchr(b'\n', bytes),
    }
}

/// Hands out blocks that end where a row does, and whether each is the last; false where that cannot be told, or a block is
/// not UTF-8, or holds characters NUL, which are taken out of whole texts.
fn blocks<E: From<TableError>>(
    path: &Path,
    plan: &Plan,
    block_bytes: usize,
    see: &mut impl FnMut(&str, bool) -> Result<(), E>,
) -> Result<bool, E> {
    let broken = || TableError::file("read", path);
    let mut file = File::open(path).map_err(broken())?;
    let length = file.metadata().map_err(broken())?.len();
    file.seek(SeekFrom::Start(plan.header_bytes)).map_err(broken())?;
    let mut n_left = length.saturating_sub(plan.header_bytes);
    let mut held: Vec<u8> = Vec::new();
    loop {
        let wanted = block_bytes as u64;
        let n = file
            .by_ref()
            .take(wanted)
            .read_to_end(&mut held)
            .map_err(broken())?;
        n_left = n_left.saturating_sub(n as u64);
        let is_last = n == 0 || n_left == 0;
        let end = match row_end(&held, plan) {
            _ if is_last => held.len(),
            Some(end) => end,
            // a row longer than a block is waited for, one of eight is none
            None if held.len() < MOST_HELD * block_bytes => continue,
            None => return Ok(false),
        };
        let Ok(block) = std::str::from_utf8(&held[..end]) else {
            return Ok(false);
        };
        if memchr::memchr(0, block.as_bytes()).is_some() {
            return Ok(false);
        }
        if 0 < end {
            see(block, is_last)?;
        }
        if is_last {
            return Ok(true);
        }
        held.drain(..end);
    }
}

/// Where the last whole row ends: behind the last line end outside quotes, which open at the beginning of a cell alone.
fn row_end(bytes: &[u8], plan: &Plan) -> Option<usize> {
    let csv::Mark::Byte(quote) = plan.outline.dialect.quote else {
        return line_end(bytes, true).map(|at| at + 1);
    };
    let (mut is_quoted, mut last, mut passed) = (false, None, 0);
    for at in memchr::memchr2_iter(quote, b'\n', bytes) {
        if at < passed {
            continue;
        }
        let before = at.checked_sub(1).map_or(b'\n', |before| bytes[before]);
        match (bytes[at] == quote, is_quoted) {
            // doubled, it is a letter
            (true, true) if bytes.get(at + 1) == Some(&quote) => passed = at + 2,
            (true, true) => is_quoted = false,
            (true, false) => is_quoted = before == b'\n' || before == plan.separator_end,
            (false, false) => last = Some(at + 1),
            (false, true) => {}
        }
    }
    last
}

/// What has been read so far.
#[derive(Default)]
struct Pass {
    complaints: Complaints,
    n_rows: u64,
    n_lines: u64,
    n_odd: BTreeMap<String, u64>,
}

impl Pass {
    fn read(&mut self, block: &str, is_last: bool, plan: &Plan) -> Result<Option<Table>, TableError> {
        let kinds = plan.names.iter().cloned().zip(plan.kinds.iter().copied());
        let options = Options {
            kinds: kinds.collect(),
            ..plan.options.clone()
        };
        if block.bytes().all(|byte| byte.is_ascii_whitespace()) {
            return Ok(None);
        }
        let read = plan.outline.read(block, is_last, &plan.names, &options)?;
        let is_odd = |complaint: &&crate::Complaint| complaint.kind == ComplaintKind::NotOfKind;
        for complaint in read.complaints.iter().filter(is_odd) {
            if let Some(column) = &complaint.column {
                *self.n_odd.entry(column.clone()).or_default() += complaint.count;
            }
        }
        let n_header = u64::from(plan.header_bytes > 0);
        self.complaints
            .extend_behind(read.complaints, self.n_rows, self.n_lines + n_header);
        self.n_rows += read.table.n_rows() as u64;
        self.n_lines += memchr::memchr_iter(b'\n', block.as_bytes()).count() as u64;
        Ok(Some(read.table))
    }

    /// Whether more cells than are tolerated are not of the kind asked for: they may have it in another form.
    fn is_other_than_asked(&self, plan: &Plan) -> bool {
        let is_other = |(name, kind): (&String, &Kind)| {
            let n_odd = self.n_odd.get(name).copied().unwrap_or(0);
            !matches!(kind, Kind::Text | Kind::Boolean) && self.n_rows < n_odd * TOLERATED_ONE_IN
        };
        plan.options.kinds.iter().any(is_other)
    }

    /// Makes columns wider whose kind did not fit and was not asked for; whether there were any.
    fn widen(&self, plan: &mut Plan) -> bool {
        let mut is_wider = false;
        for (name, kind) in plan.names.iter().zip(&mut plan.kinds) {
            if plan.options.kinds.contains_key(name) {
                continue;
            }
            let n_odd = self.n_odd.get(name).copied().unwrap_or(0);
            let is_odd = match kind {
                Kind::Text => false,
                Kind::Integer => n_odd > 0,
                _ => n_odd * TOLERATED_ONE_IN > self.n_rows,
            };
            if is_odd {
                *kind = if *kind == Kind::Integer {
                    Kind::Number
                } else {
                    Kind::Text
                };
                is_wider = true;
            }
        }
        is_wider
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn cut(block_bytes: usize) -> Cut<'static> {
        Cut {
            block_bytes,
            ..Cut::default()
        }
    }

    fn in_parts(text: &str, block_bytes: usize) -> (Vec<(String, Kind)>, Table, Blocks) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        let (mut columns, mut tables) = (Vec::new(), Vec::new());
        let seen = std::cell::RefCell::new(&mut tables);
        let found = separated::<TableError>(
            &path,
            &Options::default(),
            &cut(block_bytes),
            &mut |begun| {
                columns = begun.to_vec();
                seen.borrow_mut().clear();
                Ok(())
            },
            &mut |table| {
                seen.borrow_mut().push(table.clone());
                Ok(())
            },
        );
        let found = found.unwrap().unwrap();
        (columns, Table::concat(&tables).unwrap(), found)
    }

    fn rows(n: usize) -> String {
        let row = |k: usize| {
            let note = if k % 97 == 5 {
                format!("\"two\nlines, {k}\"")
            } else {
                format!("note {k}")
            };
            format!("{k},{}.5,2024-01-{:02},{note}\n", k % 13, k % 28 + 1)
        };
        format!("id,price,day,note\n{}", (0..n).map(row).collect::<String>())
    }

    #[test]
    fn blocks_are_the_file() {
        let text = rows(5000);
        let whole = csv::read(text.as_bytes(), None, "t", &Options::default()).unwrap();
        // by steps that meet every place of a row, in quotes and between them
        for block_bytes in (900..1100).step_by(7).chain([7919, 60_000, 1 << 20]) {
            let (columns, table, found) = in_parts(&text, block_bytes);
            assert_eq!(columns, whole.table.columns());
            assert_eq!(table.hash(), whole.table.hash(), "{block_bytes}");
            assert_eq!(found.complaints, whole.complaints);
        }
    }

    #[test]
    fn a_kind_that_does_not_last_is_widened() {
        let mut text = rows(200_000);
        // far from every piece that was looked at
        let late = "200000,4.5,2024-01-01,x\n77.25,1,2024-01-02,y\n";
        let middle = text.len() / 64 * 7;
        let at = middle + text[middle..].find('\n').unwrap() + 1;
        let at = at + text[at..].find("\n1").unwrap() + 1;
        text.insert_str(at, late);
        let (columns, table, found) = in_parts(&text, 1 << 20);
        assert_eq!(columns[0].1, Kind::Number);
        assert_eq!(table.n_rows(), 200_002);
        assert!(
            found
                .complaints
                .iter()
                .all(|complaint| complaint.column.as_deref() != Some("id"))
        );
    }

    fn is_cut(text: &[u8], block_bytes: usize) -> bool {
        is_cut_as(text, block_bytes, &Options::default())
    }

    fn is_cut_as(text: &[u8], block_bytes: usize, options: &Options) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        let found =
            separated::<TableError>(
                &path,
                options,
                &cut(block_bytes),
                &mut |_| Ok(()),
                &mut |_| Ok(()),
            );
        found.unwrap().is_some()
    }

    #[test]
    fn what_cannot_be_cut_with_certainty_is_not() {
        let of = |row: &dyn Fn(usize) -> String| format!("a,b\n{}", (0..3000).map(row).collect::<String>());
        assert!(is_cut(of(&|k| format!("{k},x\n")).as_bytes(), 1000));
        assert!(!is_cut(
            of(&|k| format!("{k},{:02}/{:02}/2024\n", k % 12 + 1, k % 28 + 1)).as_bytes(),
            1000
        ));
        assert!(!is_cut(
            of(&|k| format!("{k},\"{},{:03}.5\"\n", k % 9 + 1, k % 1000)).as_bytes(),
            1000
        ));
        let mut late = of(&|k| format!("{k},x\n")).into_bytes();
        late.extend_from_slice(b"1,caf\xe9\n");
        assert!(!is_cut(&late, 1000));
        let mut late = of(&|k| format!("{k},x\n")).into_bytes();
        late.extend_from_slice(b"1,\0x\n");
        assert!(!is_cut(&late, 1000));
        let long = of(&|k| {
            if k == 1500 {
                format!("{k},\"{}\"\n", "x\n".repeat(9000))
            } else {
                format!("{k},x\n")
            }
        });
        assert!(!is_cut(long.as_bytes(), 1000) && is_cut(long.as_bytes(), 10_000));
    }

    #[test]
    fn numbers_that_were_asked_for_keep_their_kind_and_their_forms() {
        let mut options = Options::default();
        options.kinds.insert("b".to_owned(), Kind::Number);
        let of = |row: &dyn Fn(usize) -> String| format!("a,b\n{}", (0..3000).map(row).collect::<String>());
        let few = |k: usize| format!("{k},{}\n", if k % 200 == 7 { "free" } else { "3" });
        assert!(is_cut_as(of(&few).as_bytes(), 1000, &options));
        // marks may stand for numbers of which a whole column tells
        let many = |k: usize| format!("{k},{}\n", if k % 20 == 7 { "$3" } else { "3" });
        assert!(!is_cut_as(of(&many).as_bytes(), 1000, &options));
    }

    #[test]
    fn repeated_headers_and_lines_behind_the_rows_are_found_as_at_once() {
        // both far from every piece that is looked at first
        let mut text = rows(200_000);
        let at = text.len() / 64 * 7;
        let at = at + text[at..].find("\n2").unwrap() + 1;
        text.insert_str(at, "id,price,day,note\n");
        text.push_str("\nSource: the office of statistics\n");
        let whole = csv::read(text.as_bytes(), None, "t", &Options::default()).unwrap();
        for block_bytes in [60_000, 1 << 20] {
            let (_, table, found) = in_parts(&text, block_bytes);
            assert_eq!(table.hash(), whole.table.hash(), "{block_bytes}");
            for kind in [ComplaintKind::RepeatedHeader, ComplaintKind::Footer] {
                let of = |complaints: &Complaints| complaints.iter().find(|one| one.kind == kind).cloned();
                assert!(of(&whole.complaints).is_some(), "{kind:?}");
                assert_eq!(of(&found.complaints), of(&whole.complaints), "{block_bytes}");
            }
        }
    }

    #[test]
    fn headers_with_empty_names_and_quotes_in_cells_are_read_as_at_once() {
        let row = |k: usize| match k % 50 {
            7 => format!("{k},5\" pipe,\"two\nlines, and a \"\"word\"\"\"\n"),
            _ => format!("{k},{} pipe,note\n", k % 9),
        };
        let text = format!(",size,note\n{}", (0..4000).map(row).collect::<String>());
        let whole = csv::read(text.as_bytes(), None, "t", &Options::default()).unwrap();
        for block_bytes in [900, 5003, 1 << 20] {
            let (columns, table, found) = in_parts(&text, block_bytes);
            assert_eq!(
                (columns, table.hash()),
                (whole.table.columns(), whole.table.hash()),
                "{block_bytes}"
            );
            assert!(
                found
                    .complaints
                    .iter()
                    .any(|one| one.kind == ComplaintKind::UnnamedColumn)
            );
        }
    }

    #[test]
    fn complaints_know_their_rows() {
        let mut text = rows(3000);
        text.push_str("3000,free,2024-01-01,z\n");
        let (_, _, found) = in_parts(&text, 9000);
        let odd = found
            .complaints
            .iter()
            .find(|complaint| complaint.kind == ComplaintKind::NotOfKind)
            .unwrap();
        assert_eq!(
            (odd.column.as_deref(), odd.count, odd.examples[0].row),
            (Some("price"), 1, 3001)
        );
    }
}
