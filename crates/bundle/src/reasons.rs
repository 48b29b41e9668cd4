//! Why a row is scored as it is, in words: what single features did to its margin, and what pairs did together.

use crate::{Bundle, BundleError, Explanation, ScoreOptions};
use prepare::Features;
use std::ops::Range;
use table::Table;
use table::arrow::array::ArrayRef;
use table::write::cell_text;

/// Values of pairs that are looked through before the next are computed, 16 MiB: only the strongest are kept.
const PAIR_VALUES: usize = 1 << 21;

/// What one feature did to one margin.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The feature.
    pub feature: String,
    /// Its value in the row; `None` if missing.
    pub value: Option<String>,
    /// What it added to the margin.
    pub contribution: f64,
}

/// What two features did together to one margin that neither did alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The features, in the order of the recipe.
    pub features: [String; 2],
    /// Their values in the row; `None` if missing.
    pub values: [Option<String>; 2],
    /// What they added to the margin: both halves of their interaction value.
    pub contribution: f64,
}

impl Reason {
    /// The reason in words: `Contract = Two year lowers by 0.81`.
    pub fn sentence(&self) -> String {
        format!(
            "{} {}",
            said(&self.feature, self.value.as_deref()),
            by(self.contribution)
        )
    }
}

impl Pair {
    /// The pair in words: `Contract = Two year with tenure = 3 raises by 0.081`.
    pub fn sentence(&self) -> String {
        let [first, second] = [0, 1].map(|of| said(&self.features[of], self.values[of].as_deref()));
        format!("{first} with {second} {}", by(self.contribution))
    }
}

fn said(feature: &str, value: Option<&str>) -> String {
    format!("{feature} = {}", value.unwrap_or("missing"))
}

fn by(contribution: f64) -> String {
    match contribution < 0.0 {
        true => format!("lowers by {:.3}", -contribution),
        false => format!("raises by {contribution:.3}"),
    }
}

impl Bundle {
    /// The strongest reasons of each row against background rows, from which an unknown feature takes its values; about
    /// the margin of the class decided for.
    ///
    /// # Errors
    /// [`BundleError`]: a column of either table is missing or of another kind, or there are no background rows.
    pub fn reasons_against(
        &self,
        table: &Table,
        background: &Table,
        decisions: &[u32],
        options: &ScoreOptions,
    ) -> Result<Vec<Vec<Reason>>, BundleError> {
        let rows = self.recipe.align(table)?;
        let (features, background) = (self.recipe.apply(&rows)?, self.recipe.apply(background)?);
        let explanation = self.explain_against_until(&features, &background, options, &|| false)?;
        self.reasons(&rows, &explanation, decisions, options.n_reasons)
    }

    /// The `n` pairs of features that do most together in each row, about the margin of the class decided for
    /// (path-dependent SHAP interaction values).
    ///
    /// # Errors
    /// [`BundleError`]: a column is missing or of another kind; as [`Bundle::interactions_until`].
    pub fn strongest_pairs(
        &self,
        table: &Table,
        decisions: &[u32],
        n: usize,
        options: &ScoreOptions,
    ) -> Result<Vec<Vec<Pair>>, BundleError> {
        let rows = self.recipe.align(table)?;
        let features = self.recipe.apply(&rows)?;
        let cells = self.cells(&rows)?;
        let mut pairs = Vec::with_capacity(features.n_rows);
        let of_row = self.task.n_outputs() * features.columns.len() * features.columns.len();
        let abreast = (PAIR_VALUES / of_row.max(1)).max(1);
        for first in (0..features.n_rows).step_by(abreast) {
            let part = first..(first + abreast).min(features.n_rows);
            pairs.extend(self.pairs_of(&features, part, &cells, decisions, n, options)?);
        }
        Ok(pairs)
    }

    fn pairs_of(
        &self,
        features: &Features,
        part: Range<usize>,
        cells: &[ArrayRef],
        decisions: &[u32],
        n: usize,
        options: &ScoreOptions,
    ) -> Result<Vec<Vec<Pair>>, BundleError> {
        let rows: Vec<usize> = part.collect();
        let found = self.interactions_until(&features.take(&rows), options, &|| false)?;
        let (n_features, n_outputs) = (found.explanation.n_features, found.explanation.n_outputs);
        let upper = |a: usize| (a + 1..n_features).map(move |b| [a, b]);
        let all: Vec<[usize; 2]> = (0..n_features).flat_map(upper).collect();
        let of_row = |(place, &row): (usize, &usize)| {
            let values = found.values_of(place, output(n_outputs, decisions, row));
            let both: Vec<f64> = all
                .iter()
                .map(|[a, b]| 2.0 * values[a * n_features + b])
                .collect();
            let pair = |position: usize| Pair {
                features: all[position].map(|of| self.recipe.features[of].name.clone()),
                values: all[position].map(|of| cell_text(cells[of].as_ref(), row)),
                contribution: both[position],
            };
            strongest(&both, n).into_iter().map(pair).collect()
        };
        Ok(rows.iter().enumerate().map(of_row).collect())
    }

    /// The strongest reasons of aligned rows.
    pub(crate) fn reasons(
        &self,
        rows: &Table,
        explanation: &Explanation,
        decisions: &[u32],
        n_reasons: usize,
    ) -> Result<Vec<Vec<Reason>>, BundleError> {
        let cells = self.cells(rows)?;
        let of_row = |row: usize| {
            let output = output(explanation.n_outputs, decisions, row);
            let contributions = explanation.contributions_of(row, output);
            let reason = |position: usize| Reason {
                feature: self.recipe.features[position].name.clone(),
                value: cell_text(cells[position].as_ref(), row),
                contribution: contributions[position],
            };
            strongest(contributions, n_reasons)
                .into_iter()
                .map(reason)
                .collect()
        };
        Ok((0..explanation.n_rows).map(of_row).collect())
    }

    /// The cells that features are made of, feature by feature.
    fn cells(&self, rows: &Table) -> Result<Vec<ArrayRef>, BundleError> {
        let mut table = rows.clone();
        for derived in &self.recipe.derived {
            let column = prepare::expression::evaluate(&derived.expression, &table)?;
            table = table.with_column(&derived.name, column)?;
        }
        let features = self.recipe.features.iter();
        let cells: Result<Vec<ArrayRef>, _> = features.map(|feature| table.column(&feature.column)).collect();
        Ok(cells?)
    }
}

/// The margin that a row's reasons are about: that of the class decided for.
fn output(n_outputs: usize, decisions: &[u32], row: usize) -> usize {
    match n_outputs {
        1 => 0,
        _ => decisions.get(row).map_or(0, |class| *class as usize),
    }
}

/// The positions of the `n` contributions of greatest size that are not zero, the first of equals first.
fn strongest(contributions: &[f64], n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..contributions.len())
        .filter(|position| contributions[*position] != 0.0)
        .collect();
    order.sort_by(|a, b| {
        contributions[*b]
            .abs()
            .total_cmp(&contributions[*a].abs())
            .then(a.cmp(b))
    });
    order.truncate(n);
    order
}
