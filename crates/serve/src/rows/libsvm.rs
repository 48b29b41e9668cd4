//! Rows as lines of LIBSVM: `[label] index:value ...`, where the index counts the model's inputs from 0, as SageMaker's
//! XGBoost counts them. What a line leaves out is missing, as it is there; a label is not looked at.

use super::{Cell, Rows, RowsBuilder};
use crate::models::Loaded;
use crate::refusal::{Refusal, clip};

/// Rows of lines; blank ones are left out, and so is what stands behind `#`.
pub(crate) fn from_libsvm(model: &Loaded, body: &[u8], max_rows: usize) -> Result<Rows, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::malformed("the body is not UTF-8"))?;
    let mut rows = RowsBuilder::new(model, max_rows);
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    for (row, line) in lines.filter(|line| !line.is_empty()).enumerate() {
        (0..rows.n_inputs()).for_each(|position| rows.name(position));
        for (at, pair) in line.split_ascii_whitespace().enumerate() {
            match pair.split_once(':') {
                None if at == 0 && pair.parse::<f64>().is_ok() => {}
                Some((index, value)) => push(&mut rows, row, index, value)?,
                None => return Err(wrong(row, pair, "index:value")),
            }
        }
        rows.end_row()?;
    }
    rows.finish()
}

fn push(rows: &mut RowsBuilder<'_>, row: usize, index: &str, value: &str) -> Result<(), Refusal> {
    let n_inputs = rows.n_inputs();
    let position = index.parse().ok().filter(|position| *position < n_inputs);
    let position = position.ok_or_else(|| {
        wrong(
            row,
            index,
            &format!("an index from 0 to {}", n_inputs.saturating_sub(1)),
        )
    })?;
    let cell = match (value.parse(), value.parse()) {
        (Ok(whole), _) => Cell::Integer(whole),
        (_, Ok(number)) => Cell::Number(number),
        _ => return Err(wrong(row, value, "a number")),
    };
    rows.cell_of_row(position)?.push(cell)
}

fn wrong(row: usize, found: &str, expected: &str) -> Refusal {
    Refusal::malformed(format!(
        "row {row} (counted from 0): found `{}`, expected {expected}",
        clip(found)
    ))
}
