//! Answers column by column, to be written as one object per row or as a table, for the protocols that speak in rows.

use crate::models::key;
use crate::output::Output;
use crate::refusal::Refusal;
use crate::scoring::Scored;
use bundle::{Explanation, Reason, Task};
use prepare::contract::Action;
use std::borrow::Cow;
use std::sync::Arc;
use table::Table;
use table::arrow::array::{ArrayRef, Float64Array, StringArray};

/// Which columns an answer has besides margins and scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// The class decided for.
    pub(super) decision: bool,
    /// The ends of intervals.
    pub(super) intervals: bool,
    /// Base and contributions of each margin.
    pub(super) contributions: bool,
    /// The strongest reasons as sentences.
    pub(super) reasons: bool,
    /// The rules that a row broke.
    pub(super) broken: bool,
}

/// What is said of rows.
#[derive(Debug)]
pub(super) struct Answers<'s> {
    columns: Vec<Column<'s>>,
    pub(super) n_rows: usize,
}

#[derive(Debug)]
struct Column<'s> {
    name: &'s str,
    /// The name as a key of an object, with its colon.
    key: Cow<'s, str>,
    cells: Cells<'s>,
}

#[derive(Debug)]
enum Cells<'s> {
    /// What the bundle says.
    Output(Output<'s>),
    /// A text, where there is one.
    Texts(Vec<Option<String>>),
    /// A list of sentences in objects, one text in tables.
    Sentences(Vec<Vec<String>>),
    /// Numbers by class and by feature, where there are any: objects in objects, a column each in tables.
    Named {
        classes: Vec<String>,
        features: Vec<String>,
        /// `(n_rows, n_classes, n_features)`, where none counts as one.
        values: Vec<f64>,
    },
}

impl Parts {
    /// The columns that `spanwise score` writes.
    pub(super) const OUTPUTS: Parts = Parts {
        decision: true,
        intervals: true,
        contributions: false,
        reasons: false,
        broken: false,
    };
    /// Everything that is known.
    pub(super) const ALL: Parts = Parts {
        contributions: true,
        reasons: true,
        broken: true,
        ..Parts::OUTPUTS
    };

    fn has(&self, output: &str) -> bool {
        match output {
            "decision" => self.decision,
            "interval_low" | "interval_high" => self.intervals,
            _ => true,
        }
    }
}

impl<'s> Answers<'s> {
    pub(super) fn new(scored: &'s Scored, parts: &Parts) -> Result<Answers<'s>, Refusal> {
        let (model, scores) = (&scored.model, &scored.scores);
        let mut columns = Vec::with_capacity(model.outputs.len() + 4);
        for (at, name) in model.outputs.iter().enumerate() {
            if parts.has(name) {
                columns.push(Column {
                    name,
                    key: Cow::Borrowed(&model.output_keys[at]),
                    cells: Cells::Output(scored.output(at).ok_or(Refusal::Internal)?),
                });
            }
        }
        if parts.contributions {
            let explanation = scores.explanation.as_ref().ok_or(Refusal::Internal)?;
            columns.extend(explained(scored, explanation));
        }
        if parts.reasons {
            let of_row = |row: &Vec<Reason>| row.iter().map(Reason::sentence).collect();
            let rows = scores.reasons.as_deref().unwrap_or_default();
            columns.push(Column::new(
                "reasons",
                Cells::Sentences(rows.iter().map(of_row).collect()),
            ));
        }
        if parts.broken {
            let mut broken = scores.report.reasons(Action::Flag);
            let texts = (0..scores.n_rows).map(|row| broken.remove(&row)).collect();
            columns.push(Column::new("broken", Cells::Texts(texts)));
        }
        Ok(Answers {
            columns,
            n_rows: scores.n_rows,
        })
    }

    /// `[{"margin": ..., ...}, ...]`: every row, in order.
    pub(super) fn write_all(&self, out: &mut Vec<u8>) {
        list(out, b"[]", 0..self.n_rows, |out, row| self.write_object(out, row));
    }

    /// `{"margin": ..., ...}`.
    pub(super) fn write_object(&self, out: &mut Vec<u8>, row: usize) {
        list(out, b"{}", &self.columns, |out, column| {
            out.extend(column.key.as_bytes());
            column.cells.write(out, row);
        });
    }

    /// The cells between commas, without a line's end; texts are in quotes where they must be.
    pub(super) fn write_cells(&self, out: &mut Vec<u8>, row: usize) {
        let is_plain = |cells: &&Cells<'_>| matches!(cells, Cells::Output(_) | Cells::Texts(_));
        let plain = self.columns.iter().map(|column| &column.cells).filter(is_plain);
        for (position, cells) in plain.enumerate() {
            if 0 < position {
                out.push(b',');
            }
            cells.write_separated(out, row);
        }
    }

    /// The answers as a table: sentences are one text, numbers by name a column each.
    pub(super) fn to_table(&self) -> Result<Table, Refusal> {
        let columns = self
            .columns
            .iter()
            .flat_map(|column| column.cells.plain(column.name));
        Table::new(columns.collect()).map_err(|_| Refusal::Internal)
    }
}

/// Base and contributions: with one margin a number and an object by feature, else objects by class.
fn explained<'s>(scored: &Scored, explanation: &Explanation) -> [Column<'s>; 2] {
    let features = scored.model.bundle.recipe.features.iter();
    let features: Vec<String> = features.map(|feature| feature.name.clone()).collect();
    let named = |features: Vec<String>, values: Vec<f64>| Cells::Named {
        classes: classes(&scored.model.bundle.task, explanation.n_outputs),
        features,
        values,
    };
    let contributions = match explanation.n_features {
        // a constant model looks at nothing
        0 => vec![0.0; explanation.base.len() * features.len()],
        _ => explanation.contributions.clone(),
    };
    [
        Column::new("base", named(Vec::new(), explanation.base.clone())),
        Column::new("contributions", named(features, contributions)),
    ]
}

/// What the margins are called, if there are several.
fn classes(task: &Task, n_outputs: usize) -> Vec<String> {
    match task {
        _ if n_outputs == 1 => Vec::new(),
        Task::Quantiles { levels, .. } => levels.iter().map(f64::to_string).collect(),
        _ => task.classes().iter().map(|class| (*class).to_owned()).collect(),
    }
}

impl<'s> Column<'s> {
    fn new(name: &'s str, cells: Cells<'s>) -> Column<'s> {
        let key = Cow::Owned(key(name));
        Column { name, key, cells }
    }
}

impl Cells<'_> {
    fn write(&self, out: &mut Vec<u8>, row: usize) {
        match self {
            Cells::Output(output) => match (output.number(row), output.text(row)) {
                (Some(number), _) => write_number(out, number),
                (None, Some(text)) => write_text(out, text),
                (None, None) => out.extend(b"null"),
            },
            Cells::Texts(texts) => match texts.get(row) {
                Some(Some(text)) => write_text(out, text),
                _ => out.extend(b"null"),
            },
            Cells::Sentences(rows) => {
                let sentences = rows.get(row).map(Vec::as_slice).unwrap_or_default();
                list(out, b"[]", sentences, |out, sentence| write_text(out, sentence));
            }
            Cells::Named {
                classes,
                features,
                values,
            } => {
                let of_class = features.len().max(1);
                let width = of_class * classes.len().max(1);
                write_named(out, classes, &values[row * width..][..width], &|out, values| {
                    write_named(out, features, values, &|out, values| write_number(out, values[0]));
                });
            }
        }
    }

    /// A cell between commas, in quotes where it must be.
    fn write_separated(&self, out: &mut Vec<u8>, row: usize) {
        let text = match self {
            Cells::Output(output) => match output.number(row) {
                Some(number) => Some(Cow::Owned(number.to_string())),
                None => output.text(row).map(Cow::Borrowed),
            },
            Cells::Texts(texts) => texts.get(row).and_then(Option::as_deref).map(Cow::Borrowed),
            Cells::Sentences(_) | Cells::Named { .. } => None,
        };
        let text = text.unwrap_or_default();
        match text.contains([',', '"', '\n', '\r']) {
            true => out.extend(format!("\"{}\"", text.replace('"', "\"\"")).bytes()),
            false => out.extend(text.bytes()),
        }
    }

    /// The columns of a table that these are.
    fn plain(&self, name: &str) -> Vec<(String, ArrayRef)> {
        match self {
            Cells::Output(output) => vec![(name.to_owned(), output.to_array())],
            Cells::Texts(texts) => {
                let texts: StringArray = texts.iter().map(Option::as_deref).collect();
                vec![(name.to_owned(), Arc::new(texts))]
            }
            Cells::Sentences(rows) => {
                let texts = StringArray::from_iter_values(rows.iter().map(|row| row.join("; ")));
                vec![(name.to_owned(), Arc::new(texts))]
            }
            Cells::Named {
                classes,
                features,
                values,
            } => {
                let name = if features.is_empty() { name } else { "contribution" };
                let names = suffixed(suffixed(vec![name.to_owned()], classes), features);
                let n = names.len();
                let cells = |at: usize| values.iter().skip(at).step_by(n).copied();
                let column = |(at, name)| {
                    (
                        name,
                        Arc::new(Float64Array::from_iter_values(cells(at))) as ArrayRef,
                    )
                };
                names.into_iter().enumerate().map(column).collect()
            }
        }
    }
}

/// Each of `names` with each of `words` behind it; `names` alone if there are no words.
fn suffixed(names: Vec<String>, words: &[String]) -> Vec<String> {
    match words.is_empty() {
        true => names,
        false => {
            let with = |name: &String| {
                words
                    .iter()
                    .map(|word| format!("{name}_{word}"))
                    .collect::<Vec<_>>()
            };
            names.iter().flat_map(with).collect()
        }
    }
}

/// Items between commas, within a pair of brackets.
fn list<T>(
    out: &mut Vec<u8>,
    brackets: &[u8; 2],
    items: impl IntoIterator<Item = T>,
    write: impl Fn(&mut Vec<u8>, T),
) {
    out.push(brackets[0]);
    for (position, item) in items.into_iter().enumerate() {
        if 0 < position {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(brackets[1]);
}

/// An object of as many values for each name, or the values alone if there are no names.
fn write_named(out: &mut Vec<u8>, names: &[String], values: &[f64], write: &dyn Fn(&mut Vec<u8>, &[f64])) {
    if names.is_empty() {
        return write(out, values);
    }
    let each = values.len() / names.len();
    list(out, b"{}", names.iter().enumerate(), |out, (at, name)| {
        write_text(out, name);
        out.push(b':');
        write(out, &values[at * each..][..each]);
    });
}

/// A number with the fewest digits that read back to the same bits; null for one that is none.
fn write_number(out: &mut Vec<u8>, number: f64) {
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(out, &number);
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}
