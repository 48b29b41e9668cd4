//! What Postgres sends for `COPY ... TO STDOUT`: lines of cells between tabs, `\N` for missing, backslashes before the rest.

use super::sink::Sink;
use super::value::Value;
use crate::QueryError;

/// Lines as they arrive, whole or not.
#[derive(Debug, Default)]
pub(super) struct Lines {
    held: Vec<u8>,
    cell: Vec<u8>,
}

/// What can be wrong with a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It has so many cells.
    Width(usize),
    /// A cell is not UTF-8.
    Encoding,
}

impl Lines {
    /// Takes what arrived, and hands the cells of whole lines on.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        width: usize,
        sink: &mut Sink<'_>,
    ) -> Result<Result<(), Fault>, QueryError> {
        self.held.extend_from_slice(bytes);
        let held = std::mem::take(&mut self.held);
        let mut start = 0;
        while let Some(end) = held[start..].iter().position(|byte| *byte == b'\n') {
            let line = &held[start..start + end];
            if let Err(fault) = self.line(line, width, &mut |position, value| sink.push(position, value)) {
                return Ok(Err(fault));
            }
            sink.end_row()?;
            start += end + 1;
        }
        self.held = held[start..].to_vec();
        Ok(Ok(()))
    }

    /// Hands the cells of a line on. A line without columns has one empty cell and none.
    fn line(
        &mut self,
        line: &[u8],
        width: usize,
        see: &mut dyn FnMut(usize, Value<'_>),
    ) -> Result<(), Fault> {
        let mut n = 0;
        for raw in line.split(|byte| *byte == b'\t') {
            if n < width {
                match raw {
                    b"\\N" => see(n, Value::Missing),
                    _ => {
                        plain(raw, &mut self.cell);
                        see(
                            n,
                            Value::Text(std::str::from_utf8(&self.cell).map_err(|_| Fault::Encoding)?),
                        );
                    }
                }
            }
            n += 1;
        }
        let is_none = width == 0 && line.is_empty();
        if n == width || is_none {
            Ok(())
        } else {
            Err(Fault::Width(n))
        }
    }
}

/// A cell without its backslashes.
fn plain(raw: &[u8], cell: &mut Vec<u8>) {
    cell.clear();
    let mut bytes = raw.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'\\' {
            cell.push(*byte);
            continue;
        }
        match bytes.next() {
            Some(b'b') => cell.push(8),
            Some(b'f') => cell.push(12),
            Some(b'n') => cell.push(b'\n'),
            Some(b'r') => cell.push(b'\r'),
            Some(b't') => cell.push(b'\t'),
            Some(b'v') => cell.push(11),
            Some(other) => cell.push(*other),
            None => cell.push(b'\\'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &[u8], width: usize) -> Result<Vec<Option<String>>, Fault> {
        let mut found = Vec::new();
        Lines::default().line(line, width, &mut |_, value| {
            found.push(match value {
                Value::Text(text) => Some(text.to_owned()),
                _ => None,
            });
        })?;
        Ok(found)
    }

    #[test]
    fn cells_lose_their_backslashes_and_missing_is_not_empty() {
        let line = b"a\\tb\\\\\t\\N\t\tline\\nend\t\\\\N";
        let expected = [Some("a\tb\\"), None, Some(""), Some("line\nend"), Some("\\N")];
        let expected: Vec<Option<String>> = expected.iter().map(|cell| cell.map(str::to_owned)).collect();
        assert_eq!(cells(line, 5), Ok(expected));
        assert_eq!(cells(b"a\tb", 3), Err(Fault::Width(2)));
        assert_eq!(cells(b"\xff", 1), Err(Fault::Encoding));
        assert_eq!(cells(b"", 0), Ok(Vec::new()));
    }
}
