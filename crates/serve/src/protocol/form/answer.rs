//! Answers written in each form.

use super::Form;
use crate::call::Reply;
use crate::protocol::records::Answers;
use crate::refusal::Refusal;
use table::Table;
use table::arrow::ipc::writer::StreamWriter;
use table::read::Format;

/// About how long a row's answer is; room is made for some rows before any is written.
const BYTES_A_ROW: usize = 128;
const MOST_FORESEEN: usize = 1024;

/// What protocols write differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::protocol) enum Style {
    /// An object with `predictions`; separated values as `spanwise score` writes them, with a header.
    Named,
    /// The same, but separated values without a header, a line for each row.
    Headless,
    /// The list of rows alone; separated values without a header.
    Bare,
}

/// The answer to rows that were scored.
pub(in crate::protocol) fn write(form: Form, style: Style, answers: &Answers<'_>) -> Result<Reply, Refusal> {
    let body = match form {
        Form::Json => json(style, answers),
        Form::Lines => lines(answers, |answers, out, row| answers.write_object(out, row)),
        Form::Csv if style == Style::Named => table::write::to_csv(&answers.to_table()?, ','),
        Form::Csv => lines(answers, |answers, out, row| answers.write_cells(out, row)),
        Form::ArrowStream => arrow_stream(&answers.to_table()?)?,
        Form::ArrowFile => bytes_of(&answers.to_table()?, Format::Arrow)?,
        Form::Parquet => bytes_of(&answers.to_table()?, Format::Parquet)?,
    };
    Ok(Reply {
        content_type: form.content_type(),
        body,
        ..Reply::default()
    })
}

fn json(style: Style, answers: &Answers<'_>) -> Vec<u8> {
    let mut body = Vec::with_capacity(32 + answers.n_rows.min(MOST_FORESEEN) * BYTES_A_ROW);
    if style == Style::Bare {
        answers.write_all(&mut body);
        return body;
    }
    body.extend(b"{\"predictions\": ");
    answers.write_all(&mut body);
    body.push(b'}');
    body
}

pub(super) fn lines(answers: &Answers<'_>, write: impl Fn(&Answers<'_>, &mut Vec<u8>, usize)) -> Vec<u8> {
    let mut body = Vec::new();
    for row in 0..answers.n_rows {
        write(answers, &mut body, row);
        body.push(b'\n');
    }
    body
}

fn arrow_stream(table: &Table) -> Result<Vec<u8>, Refusal> {
    let write = || {
        let mut writer = StreamWriter::try_new(Vec::new(), &table.batch().schema())?;
        writer.write(table.batch())?;
        writer.into_inner()
    };
    write().map_err(|_| Refusal::Internal)
}

fn bytes_of(table: &Table, format: Format) -> Result<Vec<u8>, Refusal> {
    table::write::to_bytes(table, format).map_err(|_| Refusal::Internal)
}
