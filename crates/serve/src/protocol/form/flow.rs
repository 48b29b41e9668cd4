//! Rows that come piece by piece, and answers that go so.

use super::answer::lines;
use super::{Content, Form};
use crate::config::Limits;
use crate::models::Loaded;
use crate::protocol::records::Answers;
use crate::refusal::Refusal;
use crate::rows::{self, ArrowBatches, Rows};
use bytes::BytesMut;
use table::Table;
use table::arrow::ipc::writer::StreamWriter;

/// Lines of so many bytes are read at once.
const PIECE_BYTES: usize = 1 << 20;

/// The rows of a body whose bytes come in pieces.
#[derive(Debug)]
pub(in crate::protocol) enum Pieces {
    Lines { pending: BytesMut, is_over: bool },
    Arrow(Box<ArrowBatches>),
}

/// An answer that grows.
pub(in crate::protocol) enum Writer {
    Lines,
    Csv { has_header: bool },
    Arrow(Option<Box<StreamWriter<Vec<u8>>>>),
}

impl Pieces {
    /// `None` for forms that are read whole.
    pub(in crate::protocol) fn of(content: Content, limits: &Limits) -> Option<Pieces> {
        match content {
            Content::Lines => Some(Pieces::Lines {
                pending: BytesMut::new(),
                is_over: false,
            }),
            Content::Arrow(Form::ArrowStream) => Some(Pieces::Arrow(Box::new(ArrowBatches::new(limits)))),
            _ => None,
        }
    }

    pub(in crate::protocol) fn push(&mut self, bytes: &[u8]) {
        match self {
            Pieces::Lines { pending, .. } => pending.extend_from_slice(bytes),
            Pieces::Arrow(batches) => batches.push(bytes),
        }
    }

    /// Says that no more bytes come.
    pub(in crate::protocol) fn end(&mut self) {
        match self {
            Pieces::Lines { is_over, .. } => *is_over = true,
            Pieces::Arrow(batches) => batches.end(),
        }
    }

    /// The next rows; `None` if more bytes are needed.
    pub(in crate::protocol) fn next(
        &mut self,
        model: &Loaded,
        limits: &Limits,
    ) -> Result<Option<Rows>, Refusal> {
        match self {
            Pieces::Arrow(batches) => Ok(batches.next(model)?.map(Rows::Table)),
            Pieces::Lines { pending, is_over } => {
                while let Some(length) = cut(pending, *is_over, limits)? {
                    let piece = pending.split_to(length);
                    if !piece.trim_ascii().is_empty() {
                        let read = |text: &str| rows::from_lines(model, text, limits.max_rows);
                        return rows::tolerant(&piece, &read).map(Some);
                    }
                }
                Ok(None)
            }
        }
    }
}

/// How many bytes of whole lines make a piece: about [`PIECE_BYTES`], and no more lines than a request may have rows.
fn cut(pending: &[u8], is_over: bool, limits: &Limits) -> Result<Option<usize>, Refusal> {
    let ends = pending
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at + 1);
    let mut found = 0;
    for (n, end) in ends.enumerate() {
        found = end;
        if n + 1 == limits.max_rows || PIECE_BYTES <= end {
            return Ok(Some(end));
        }
    }
    if limits.max_body_bytes < pending.len() - found {
        let limit_bytes = limits.max_body_bytes;
        return Err(Refusal::TooLarge { limit_bytes });
    }
    Ok((is_over && !pending.is_empty()).then_some(pending.len()))
}

impl Writer {
    /// `None` for forms that are written whole.
    pub(in crate::protocol) fn of(form: Form) -> Option<Writer> {
        match form {
            Form::Lines => Some(Writer::Lines),
            Form::Csv => Some(Writer::Csv { has_header: false }),
            Form::ArrowStream => Some(Writer::Arrow(None)),
            _ => None,
        }
    }

    /// The bytes of one more piece.
    pub(in crate::protocol) fn write(&mut self, answers: &Answers<'_>) -> Result<Vec<u8>, Refusal> {
        match self {
            Writer::Lines => Ok(lines(answers, |answers, out, row| answers.write_object(out, row))),
            Writer::Csv { has_header } => {
                let table = answers.to_table()?;
                let mut text = table::write::to_csv(&table, ',');
                if std::mem::replace(has_header, true) {
                    text.drain(..table::write::to_csv(&table.slice(0, 0), ',').len());
                }
                Ok(text)
            }
            Writer::Arrow(writer) => arrow_piece(writer, &answers.to_table()?).map_err(|_| Refusal::Internal),
        }
    }

    /// The bytes that end an answer which is whole.
    pub(in crate::protocol) fn end(&mut self) -> Result<Vec<u8>, Refusal> {
        match self {
            Writer::Arrow(Some(writer)) => {
                writer.finish().map_err(|_| Refusal::Internal)?;
                Ok(std::mem::take(writer.get_mut()))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The bytes that tell of a refusal behind `n_rows` answers; `None` if the form has none, and must be cut off.
    pub(in crate::protocol) fn refuse(&self, refusal: &Refusal, n_rows: u64) -> Option<Vec<u8>> {
        let line = serde_json::json!({ "error": refusal.to_string(), "n_rows": n_rows });
        matches!(self, Writer::Lines).then(|| format!("{line}\n").into_bytes())
    }
}

fn arrow_piece(
    writer: &mut Option<Box<StreamWriter<Vec<u8>>>>,
    table: &Table,
) -> Result<Vec<u8>, table::arrow::error::ArrowError> {
    let mut open = match writer.take() {
        Some(open) => open,
        None => Box::new(StreamWriter::try_new(Vec::new(), &table.batch().schema())?),
    };
    open.write(table.batch())?;
    let bytes = std::mem::take(open.get_mut());
    *writer = Some(open);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_are_cut_where_they_end() {
        let limits = Limits {
            max_rows: 2,
            max_body_bytes: 5,
            ..Limits::default()
        };
        assert_eq!(cut(b"a\nb\nc\n", false, &limits).unwrap(), Some(4));
        assert_eq!(cut(b"a\nb", false, &limits).unwrap(), None);
        assert_eq!(cut(b"a\nb", true, &limits).unwrap(), Some(3));
        assert_eq!(cut(b"", true, &limits).unwrap(), None);
        assert_eq!(cut(b"a\n12345", false, &limits).unwrap(), None);
        assert!(matches!(
            cut(b"a\n123456", false, &limits),
            Err(Refusal::TooLarge { .. })
        ));
    }
}
