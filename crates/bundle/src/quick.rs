//! Rows that come one by one, scored without a table: the bits of [`Bundle::score`], and the same refusal to guess.

use crate::{Bundle, Scores};
use prepare::Features;
use prepare::compiled::{Cell, CompiledContract, CompiledRecipe};
use prepare::contract::RowReport;
use std::cell::RefCell;

thread_local! {
    /// Used again for every request, so that none needs room of its own.
    static FEATURES: RefCell<Features> = const { RefCell::new(Features { n_rows: 0, columns: Vec::new() }) };
}

/// Contract and recipe of a bundle, laid out for single rows.
///
/// It says nothing of rows that it cannot answer exactly as [`Bundle::score`] does: of those that break a rule, which has to be
/// named, and of bundles with derived columns, or intervals by group.
#[derive(Clone, Debug)]
pub struct Quick {
    contract: CompiledContract,
    recipe: CompiledRecipe,
}

impl Quick {
    /// `None` for a bundle whose rows need a table.
    #[must_use]
    pub fn of(bundle: &Bundle) -> Option<Quick> {
        let has_groups = bundle
            .intervals
            .as_ref()
            .is_some_and(|intervals| intervals.by.is_some());
        if has_groups {
            return None;
        }
        Some(Quick {
            contract: CompiledContract::of(&bundle.contract, &bundle.recipe)?,
            recipe: CompiledRecipe::of(&bundle.recipe)?,
        })
    }

    /// What the bundle that this was made of says of `n_rows` rows, `cell` being a row's cell at the position of an input.
    ///
    /// `None` where [`Bundle::score`] must be asked: a rule is broken, or a cell is not of its input's kind.
    #[must_use]
    pub fn score<'a>(
        &self,
        bundle: &Bundle,
        n_rows: usize,
        cell: impl Fn(usize, usize) -> Cell<'a>,
    ) -> Option<Scores> {
        let is_kept = |row: usize| self.contract.is_kept(|input| cell(input, row));
        if !(0..n_rows).all(is_kept) {
            return None;
        }
        let margins = FEATURES.with_borrow_mut(|features| {
            self.recipe.clear(features);
            for row in 0..n_rows {
                self.recipe.push(features, |input| cell(input, row))?;
            }
            let mut margins = vec![0.0; n_rows * bundle.model.n_outputs()];
            bundle.model.margins(features, 0..n_rows, &mut margins).ok()?;
            Some(margins)
        })?;
        let probabilities = bundle.probabilities(&margins);
        let predictions = bundle.predictions(&margins);
        Some(Scores {
            n_rows,
            n_outputs: bundle.model.n_outputs(),
            decisions: bundle.decisions(&probabilities, &predictions),
            intervals: bundle.intervals_at(&margins, None).ok()?,
            margins,
            probabilities,
            predictions,
            explanation: None,
            reasons: None,
            pairs: None,
            report: RowReport {
                n_rows,
                breaches: Vec::new(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::tests::{bundle, rows};
    use crate::{IntervalGroup, IntervalGroups, IntervalMethod, Intervals, ScoreOptions};
    use prepare::contract::{Action, ColumnRule, Rule};
    use table::Table;
    use table::arrow::array::{Array, AsArray};
    use table::arrow::datatypes::Int64Type;

    fn cell(rows: &Table, input: usize, row: usize) -> Cell<'_> {
        let cells = rows.batch().column(input);
        match input {
            _ if cells.is_null(row) => Cell::Missing,
            0 => Cell::Number(cells.as_primitive::<Int64Type>().value(row) as f64),
            _ => Cell::Text(cells.as_string::<i32>().value(row)),
        }
    }

    #[test]
    fn rows_cell_by_cell_are_told_what_the_table_is_told() {
        let (bundle, rows) = (bundle(), rows());
        let quick = Quick::of(&bundle).unwrap();
        for (first, n) in [(0, 60), (7, 1), (11, 3)] {
            let some = rows.slice(first, n);
            let expected = bundle.score(&some, &ScoreOptions::default()).unwrap();
            let found = quick.score(&bundle, n, |input, row| cell(&some, input, row));
            assert_eq!(found, Some(expected));
        }
        assert_eq!(quick.score(&bundle, 1, |_, _| Cell::Truth(true)), None);
    }

    #[test]
    fn what_must_be_told_of_rows_is_left_to_the_table() {
        let (whole, rows) = (bundle(), rows());
        let mut draft = (*whole).clone();
        draft.contract.columns.push(ColumnRule {
            column: "x".into(),
            rule: Rule::Max(5.0),
            action: Action::Flag,
            declared: true,
        });
        let flagging = Bundle::build(draft).unwrap();
        let quick = Quick::of(&flagging).unwrap();
        let told = |row: usize| quick.score(&flagging, 1, |input, _| cell(&rows, input, row));
        assert!(told(5).is_some() && told(6).is_none());
        let mut draft = (*whole).clone();
        draft.task = crate::Task::Regression { target: "y".into() };
        draft.calibration = crate::Calibration::None;
        draft.link = crate::Link::Identity;
        draft.intervals = Some(Intervals {
            level: 0.9,
            method: IntervalMethod::Split,
            quantile: 2.0,
            by: Some(IntervalGroups {
                column: "c".into(),
                groups: vec![IntervalGroup {
                    value: "a".into(),
                    quantile: 1.0,
                }],
            }),
        });
        assert!(Quick::of(&Bundle::build(draft).unwrap()).is_none());
    }
}
