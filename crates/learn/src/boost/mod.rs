//! Gradient boosting of decision trees on histograms.
//!
//! Rounds of trees, each on the derivatives of a [`loss`] at the margins of those before it; how a tree is grown stands
//! in [`trees`](crate::trees). Whatever is summed over rows is a whole number, so threads and the order of rows never change a model.

mod before;
mod chances;
mod desk;
mod draws;
mod fit;
mod hold_out;
mod leaves;
mod loss;
mod params;
#[cfg(test)]
mod parts_tests;
mod problem;
mod proposals;
mod rounding;
mod run;
mod sample;
mod search;
mod settings;
mod slopes;
#[cfg(test)]
mod split_tests;
#[cfg(test)]
mod tests;
mod thin;

use bundle::{Link, Model, TreeEnsemble};

pub use crate::trees::Growth;
pub use params::{GradientMode, LossName, Params, RowChance};
pub use search::{Search, Trial, best};

use crate::weights::Weights;
use crate::{Context, LearnError, Parts, Target, Trainer, Training};

/// Boosted trees for yes or no, classes and numbers.
///
/// # Defaults
/// Parameters that are `None` follow a rule of the rows' weight together, `n`, and of the number of features, chosen on
/// tables of 200 to 40,000 rows (those of the part `choose` in `bench/quality_tables.py`, and 17 others) and confirmed
/// on the tables of the other part:
///
/// | | |
/// |---|---|
/// | `learning_rate` | 0.05 for `n` below 10,000, 0.1 from there on |
/// | `max_leaves` | `n / 400`, from 16 to 64, for numbers and more than two classes; else `n / 800`, from 8 to 64 |
/// | `column_sample` | 0.8 for numbers; else one half, or all of up to 8 features |
///
/// and always `max_depth` 12, `min_rows_per_leaf` 5, `l2` 5 (1 for more than two classes). From 100,000 rows on a tree learns from half of them
/// (`row_sample`), from 500,000 on from three tenths, drawn by the size of their derivatives (`row_chance`).
/// The number of rounds matters most and depends on how much there is to learn, so it is chosen: up to 10,000 rows five
/// folds are held out in turn, up to 25,000 two of five, above one, and all rows then learn for the rounds after which
/// held-out rows were told best. That takes about six times, three times or twice as long as rounds that are given. The
/// folds keep rows that hold the same together, so that here too a whole weight equals repeated rows.
///
/// # Reference
/// J. H. Friedman (2001), Greedy function approximation: a gradient boosting machine, Annals of Statistics 29;
/// leaf-wise growth on histograms as in G. Ke et al. (2017), LightGBM, NeurIPS 30; few-bit gradients as in Y. Shi et
/// al. (2022), Quantized training of gradient boosting decision trees, NeurIPS 35.
#[derive(Clone, Debug, PartialEq)]
pub struct Boost {
    params: Params,
}

impl Boost {
    fn checked(params: Params) -> Boost {
        Boost { params }
    }

    /// The parameters, which were checked.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Learns going on from a model of the same features and outputs: margins start from its own, and new trees are
    /// added to its trees.
    ///
    /// # Errors
    /// [`LearnError::Continue`] if the model is not our own trees, or of other features or outputs; else as
    /// [`Trainer::fit`].
    pub fn fit_after(
        &self,
        model: &Model,
        data: &Training<'_>,
        context: &Context<'_>,
    ) -> Result<Model, LearnError> {
        before::After::new(self, model)?.fit(data, context)
    }

    /// Learns from a table in parts, going on from a model if there is one.
    fn learn_in_parts(
        &self,
        parts: &dyn Parts,
        target: &Target,
        weights: Option<&[f64]>,
        names: &[String],
        context: &Context<'_>,
        before: Option<&TreeEnsemble>,
    ) -> Result<Model, LearnError> {
        target.check()?;
        let taken = Weights::new(weights, target.len())?;
        if taken.total_units == 0 {
            return Err(LearnError::NoRows);
        }
        let mut params = self.params.clone();
        if params.rounds.is_none() && params.held_out_share == 0.0 {
            params.held_out_share = HELD_OUT_OF_PARTS;
        }
        let data = Training {
            features: &parts.columns(),
            target,
            weights,
            names,
        };
        let fit = || fit::fit(&params, &data, &taken, 0, context, before, Some(parts));
        context.pool()?.install(fit)
    }
}

/// The share of rows that is held out of a table in parts if the rounds are to be chosen.
const HELD_OUT_OF_PARTS: f64 = 0.1;

impl Default for Boost {
    fn default() -> Boost {
        Boost::checked(Params::default())
    }
}

impl Trainer for Boost {
    fn name(&self) -> &'static str {
        "boosted trees"
    }

    fn n_outputs(&self, target: &Target) -> usize {
        match target {
            Target::Number(_) => self.levels().len().max(1),
            target => target.n_outputs(),
        }
    }

    fn link(&self, target: &Target) -> Link {
        match (target, self.params.loss) {
            (Target::Number(_), LossName::Poisson | LossName::Gamma | LossName::Tweedie) => Link::Exp,
            (Target::Number(_), LossName::CrossEntropy) => Link::Sigmoid { slope: 1.0 },
            (target, _) => target.link(),
        }
    }

    fn levels(&self) -> &[f64] {
        match self.params.loss {
            LossName::Quantile => &self.params.quantiles,
            _ => &[],
        }
    }

    fn after(&self, model: &Model) -> Result<Box<dyn Trainer>, LearnError> {
        Ok(Box::new(before::After::new(self, model)?))
    }

    fn fit(&self, data: &Training<'_>, context: &Context<'_>) -> Result<Model, LearnError> {
        self.fit_holding_out(data, 0, context)
    }

    /// The parts are gone through twice; the model is that of the whole table, bit for bit. Without `rounds` and
    /// `held_out_share`, a tenth of the rows is held out to choose the rounds, because folds would need the table.
    fn fit_in_parts(
        &self,
        parts: &dyn Parts,
        target: &Target,
        weights: Option<&[f64]>,
        names: &[String],
        context: &Context<'_>,
    ) -> Result<Model, LearnError> {
        self.learn_in_parts(parts, target, weights, names, context, None)
    }

    /// Held-out rows have no part in bins, base values or anything else that is learnt.
    fn fit_holding_out(
        &self,
        data: &Training<'_>,
        n_held_out: usize,
        context: &Context<'_>,
    ) -> Result<Model, LearnError> {
        let weights = data.check()?;
        let fit = || fit::fit(&self.params, data, &weights, n_held_out, context, None, None);
        context.pool()?.install(fit)
    }
}
