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
