//! Answers as one object per row, for the protocols that speak in rows.

use crate::refusal::Refusal;
use crate::scoring::Scored;
use prepare::contract::Action;
use serde_json::{Map, Value, json};
use table::arrow::array::{Array, ArrayRef, AsArray};
use table::arrow::datatypes::{DataType, Float64Type};

/// The outputs of rows, to be written one by one.
pub(super) struct Answers {
    /// The name of each output as a key.
    keys: Vec<Vec<u8>>,
    columns: Vec<ArrayRef>,
    pub(super) n_rows: usize,
}

impl Answers {
    pub(super) fn new(scored: &Scored) -> Result<Answers, Refusal> {
        let table = scored
            .scores
            .to_table(&scored.model.bundle.task)
            .map_err(|_| Refusal::Internal)?;
        let names = scored.model.outputs.iter();
        Ok(Answers {
            keys: names.map(|name| [text(name).as_bytes(), b":"].concat()).collect(),
            columns: table.batch().columns().to_vec(),
            n_rows: scored.scores.n_rows,
        })
    }

    /// `[{"margin": ..., ...}, ...]`: every row, in order.
    pub(super) fn write_all(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for row in 0..self.n_rows {
            if 0 < row {
                out.push(b',');
            }
            self.write_object(out, row);
        }
        out.push(b']');
    }

    /// `{"margin": ..., ...}`.
    pub(super) fn write_object(&self, out: &mut Vec<u8>, row: usize) {
        out.push(b'{');
        for (position, (key, column)) in self.keys.iter().zip(&self.columns).enumerate() {
            if 0 < position {
                out.push(b',');
            }
            out.extend(key);
            write_cell(out, column, row);
        }
        out.push(b'}');
    }

    /// The cells between commas, without a line's end; texts are in quotes where they must be.
    pub(super) fn write_cells(&self, out: &mut Vec<u8>, row: usize) {
        for (position, column) in self.columns.iter().enumerate() {
            if 0 < position {
                out.push(b',');
            }
            let text = table::write::cell_text(column.as_ref(), row).unwrap_or_default();
            match text.contains([',', '"', '\n', '\r']) {
                true => out.extend(format!("\"{}\"", text.replace('"', "\"\"")).bytes()),
                false => out.extend(text.bytes()),
            }
        }
    }
}

/// The outputs of a row with what explains them: base and contributions of each margin, reasons, broken rules.
///
/// With one margin `base` is a number and `contributions` an object by feature, else they are objects by class.
pub(super) fn explained_rows(scored: &Scored) -> Result<Value, Refusal> {
    let (model, scores) = (&scored.model, &scored.scores);
    let table = scores
        .to_table(&model.bundle.task)
        .map_err(|_| Refusal::Internal)?;
    let explanation = scores.explanation.as_ref().ok_or(Refusal::Internal)?;
    let broken = scores.report.reasons(Action::Flag);
    let features: Vec<&str> = model
        .bundle
        .recipe
        .features
        .iter()
        .map(|feature| feature.name.as_str())
        .collect();
    let classes = model.bundle.task.classes();
    let row_of = |row: usize| -> Value {
        let mut object = Map::new();
        for (name, column) in model.outputs.iter().zip(table.batch().columns()) {
            object.insert(name.clone(), cell(column, row));
        }
        let base = |output: usize| json!(explanation.base[row * explanation.n_outputs + output]);
        let contributions = |output: usize| {
            let values = explanation.contributions_of(row, output).iter();
            Value::Object(
                features
                    .iter()
                    .zip(values)
                    .map(|(name, value)| ((*name).to_owned(), json!(value)))
                    .collect(),
            )
        };
        let by_class = |of: &dyn Fn(usize) -> Value| match explanation.n_outputs {
            1 => of(0),
            n => Value::Object(
                classes
                    .iter()
                    .take(n)
                    .enumerate()
                    .map(|(i, class)| ((*class).to_owned(), of(i)))
                    .collect(),
            ),
        };
        object.insert("base".to_owned(), by_class(&base));
        object.insert("contributions".to_owned(), by_class(&contributions));
        let reasons = scores
            .reasons
            .as_ref()
            .and_then(|reasons| reasons.get(row))
            .map_or(&[][..], Vec::as_slice);
        object.insert(
            "reasons".to_owned(),
            reasons.iter().map(bundle::Reason::sentence).collect(),
        );
        object.insert("broken".to_owned(), json!(broken.get(&row)));
        Value::Object(object)
    };
    Ok((0..scores.n_rows).map(row_of).collect())
}

/// A number with the fewest digits that read back to the same bits, a text, or null.
fn cell(column: &ArrayRef, row: usize) -> Value {
    match column.data_type() {
        _ if column.is_null(row) => Value::Null,
        DataType::Float64 => json!(column.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        _ => Value::Null,
    }
}

fn write_cell(out: &mut Vec<u8>, column: &ArrayRef, row: usize) {
    // Writing to memory cannot fail.
    let _ = match column.data_type() {
        DataType::Float64 if column.is_valid(row) => {
            serde_json::to_writer(out, &column.as_primitive::<Float64Type>().value(row))
        }
        _ => serde_json::to_writer(out, &cell(column, row)),
    };
}

fn text(text: &str) -> String {
    Value::from(text).to_string()
}
