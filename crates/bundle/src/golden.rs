//! Golden rows: made from the recipe and the baseline's edges, never copied from data; answered again at every load.

use crate::baseline::{Baseline, Shape};
use crate::{BundleError, Draft, Intervals, Model};
use prepare::contract::check_rows;
use prepare::recipe::{Encoding, Input, Recipe};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use table::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use table::{Kind, Table};

/// How many golden rows a bundle has.
const N_ROWS: usize = 16;
/// The most thresholds or codes of an imported feature that golden rows ask about.
const MAX_CUTS: usize = 12;
/// A text that no table holds.
const UNSEEN: &str = "\u{2409}unseen\u{2409}";

/// Rows and the margins that they must give, bit for bit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// The raw inputs, column by column.
    pub columns: Vec<GoldenColumn>,
    /// The margins, `(n_rows, n_outputs)`.
    pub margins: Vec<f64>,
    /// The intervals, `(n_rows, 2)`; empty without any. Since version 4.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intervals: Vec<[f64; 2]>,
}

/// One raw input of the golden rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoldenColumn {
    /// Truths.
    Boolean(Vec<Option<bool>>),
    /// Whole numbers; days since 1970-01-01; microseconds since 1970-01-01 UTC.
    Integer(Vec<Option<i64>>),
    /// Numbers.
    Number(Vec<Option<f64>>),
    /// Texts.
    Text(Vec<Option<String>>),
}

impl Golden {
    /// Makes the rows and lets the model answer them.
    pub(crate) fn make(draft: &Draft) -> Result<Golden, BundleError> {
        let (recipe, model) = (&draft.recipe, &draft.model);
        // Nothing is known of an imported model's rows, but what it asks of them.
        let asked = match model {
            Model::Trees(trees) if trees.parts().floats.is_some() => trees.cuts(MAX_CUTS),
            _ => Vec::new(),
        };
        let columns: Vec<GoldenColumn> = recipe
            .inputs
            .iter()
            .enumerate()
            .map(|(position, input)| {
                let asked = asked.get(position).map_or(&[][..], Vec::as_slice);
                grouped(input, draft.intervals.as_ref())
                    .unwrap_or_else(|| column(position, input, recipe, &draft.baseline, asked))
            })
            .collect();
        let mut golden = Golden {
            columns,
            ..Golden::default()
        };
        let rows = recipe.align(&golden.table(recipe)?)?;
        golden.margins = model.all_margins(&recipe.apply(&rows)?)?;
        golden.intervals = draft
            .intervals_at(&golden.margins, Some(&rows))?
            .unwrap_or_default();
        Ok(golden)
    }

    /// The rows as a caller would send them.
    pub(crate) fn table(&self, recipe: &Recipe) -> Result<Table, BundleError> {
        let columns: Option<Vec<(String, ArrayRef)>> = recipe
            .inputs
            .iter()
            .zip(&self.columns)
            .map(|(input, column)| Some((input.name.clone(), array(input.kind()?, column)?)))
            .collect();
        let complete = columns.filter(|_| self.columns.len() == recipe.inputs.len());
        let columns = complete.ok_or_else(|| {
            BundleError::format(
                "bundle",
                "the golden rows",
                "columns that differ",
                "the recipe's inputs",
            )
        })?;
        Ok(Table::new(columns)?)
    }

    /// Looks at lengths alone, before anything is computed from them.
    fn check_lengths(&self, n_outputs: usize, name: &str) -> Result<(), BundleError> {
        let refuse = |found: String, expected: String| {
            Err(BundleError::format(name, "the golden rows", found, expected))
        };
        // A bundle without inputs has no rows either, and the model one answer to that.
        let n_rows = self.columns.first().map_or(0, GoldenColumn::len);
        if N_ROWS < n_rows || self.columns.iter().any(|column| column.len() != n_rows) {
            return refuse(
                format!("columns of {n_rows} rows and others"),
                format!("as many in each, at most {N_ROWS}"),
            );
        }
        if n_rows.checked_mul(n_outputs) != Some(self.margins.len()) {
            return refuse(
                format!("{} margins", self.margins.len()),
                format!("{n_outputs} for each of {n_rows} rows"),
            );
        }
        Ok(())
    }

    /// Whether the model still gives the margins, and the contract can be applied.
    pub(crate) fn check(&self, draft: &Draft, name: &str) -> Result<(), BundleError> {
        let (recipe, model) = (&draft.recipe, &draft.model);
        self.check_lengths(model.n_outputs(), name)?;
        let rows = recipe.align(&self.table(recipe)?)?;
        check_rows(&draft.contract, &rows)?;
        let margins = model.all_margins(&recipe.apply(&rows)?)?;
        same(&margins, &self.margins, model.n_outputs(), "margin", name)?;
        let intervals = draft.intervals_at(&margins, Some(&rows))?.unwrap_or_default();
        if intervals.len() != self.intervals.len() {
            let (found, expected) = (self.intervals.len(), intervals.len());
            return Err(BundleError::format(
                name,
                "the golden rows",
                format!("{found} intervals"),
                expected,
            ));
        }
        // Bundles of before hold ends beyond what can be told.
        let mut known = self.intervals.clone();
        draft.hold_in_range(&mut known);
        same(
            intervals.as_flattened(),
            known.as_flattened(),
            2,
            "end of an interval",
            name,
        )
    }
}

impl GoldenColumn {
    fn len(&self) -> usize {
        match self {
            GoldenColumn::Boolean(cells) => cells.len(),
            GoldenColumn::Integer(cells) => cells.len(),
            GoldenColumn::Number(cells) => cells.len(),
            GoldenColumn::Text(cells) => cells.len(),
        }
    }
}

/// Whether golden rows are answered bit for bit, `n` numbers a row.
fn same(
    found: &[f64],
    expected: &[f64],
    n: usize,
    what: &'static str,
    name: &str,
) -> Result<(), BundleError> {
    let differs = |(found, expected): (&f64, &f64)| found.to_bits() != expected.to_bits();
    match found.iter().zip(expected).position(differs) {
        None => Ok(()),
        Some(position) => Err(BundleError::Golden {
            name: name.to_owned(),
            row: position / n,
            what,
            found: found[position],
            expected: expected[position],
        }),
    }
}

/// The column whose values are groups of intervals: some of them, none, and one that no table holds.
fn grouped(input: &Input, intervals: Option<&Intervals>) -> Option<GoldenColumn> {
    let by = intervals?.by.as_ref().filter(|by| by.column == input.name)?;
    let mut values: Vec<Option<&str>> = by
        .groups
        .iter()
        .take(N_ROWS - 2)
        .map(|group| Some(group.value.as_str()))
        .collect();
    values.extend([None, Some(UNSEEN)]);
    let cells = (0..N_ROWS).map(|row| values[row % values.len()]);
    Some(match input.kind()? {
        Kind::Text => GoldenColumn::Text(cells.map(|cell| cell.map(str::to_owned)).collect()),
        Kind::Integer => GoldenColumn::Integer(cells.map(|cell| cell?.parse().ok()).collect()),
        _ => return None,
    })
}

fn column(
    position: usize,
    input: &Input,
    recipe: &Recipe,
    baseline: &Baseline,
    asked: &[f64],
) -> GoldenColumn {
    let shape = baseline
        .columns
        .iter()
        .find(|column| column.name == input.name)
        .map(|column| &column.shape);
    let cuts: &[f64] = match shape {
        Some(Shape::Number(numbers)) => &numbers.cuts,
        _ => asked,
    };
    // Each column walks through its own values at its own pace, so that rows mix them.
    let pick = |row: usize, n: usize| (row * (2 * position + 1) + position) % n;
    let middle_or_extreme = |row: usize| {
        let edges = [
            cuts.first().map(|cut| cut - 1.0),
            cuts.last().map(|cut| cut + 1.0),
            Some(0.0),
            Some(1e6),
            Some(-1e6),
            None,
        ];
        let n = edges.len() + cuts.len();
        let choice = pick(row, n);
        edges
            .get(choice)
            .copied()
            .unwrap_or_else(|| cuts.get(choice - edges.len()).copied())
    };
    match input.kind().unwrap_or(Kind::Text) {
        Kind::Boolean => GoldenColumn::Boolean(
            (0..N_ROWS)
                .map(|row| [Some(true), Some(false), None][pick(row, 3)])
                .collect(),
        ),
        Kind::Number => GoldenColumn::Number((0..N_ROWS).map(middle_or_extreme).collect()),
        Kind::Integer | Kind::Date | Kind::Time => GoldenColumn::Integer(
            (0..N_ROWS)
                .map(|row| middle_or_extreme(row).map(|value| value.round() as i64))
                .collect(),
        ),
        Kind::Text => {
            let mut texts: Vec<Option<String>> =
                levels(&input.name, recipe).iter().cloned().map(Some).collect();
            texts.extend([None, Some(UNSEEN.to_owned())]);
            GoldenColumn::Text(
                (0..N_ROWS)
                    .map(|row| texts[pick(row, texts.len())].clone())
                    .collect(),
            )
        }
    }
}

fn levels<'a>(column: &str, recipe: &'a Recipe) -> &'a [String] {
    let of_column = recipe.features.iter().filter(|feature| feature.column == column);
    let mut categories = of_column.filter_map(|feature| match &feature.encoding {
        Encoding::Category { levels } => Some(levels.as_slice()),
        _ => None,
    });
    categories.next().unwrap_or(&[])
}

fn array(kind: Kind, column: &GoldenColumn) -> Option<ArrayRef> {
    Some(match (kind, column) {
        (Kind::Boolean, GoldenColumn::Boolean(cells)) => Arc::new(BooleanArray::from(cells.clone())),
        (Kind::Integer, GoldenColumn::Integer(cells)) => Arc::new(Int64Array::from(cells.clone())),
        (Kind::Date, GoldenColumn::Integer(cells)) => Arc::new(
            cells
                .iter()
                .map(|cell| cell.map(|days| days.clamp(-10_000_000, 10_000_000) as i32))
                .collect::<Date32Array>(),
        ),
        (Kind::Time, GoldenColumn::Integer(cells)) => {
            Arc::new(TimestampMicrosecondArray::from(cells.clone()))
        }
        (Kind::Number, GoldenColumn::Number(cells)) => Arc::new(Float64Array::from(cells.clone())),
        (Kind::Text, GoldenColumn::Text(cells)) => Arc::new(StringArray::from(cells.clone())),
        _ => return None,
    })
}
