//! Gradient boosting of decision trees on histograms.
//!
//! Rounds of trees, each on the derivatives of a [`loss`] at the margins of those before it; how a tree is grown stands
//! in [`trees`](crate::trees). Whatever is summed over rows is a whole number, so threads and the order of rows never change a model.

mod before;
mod desk;
mod draws;
mod fit;
mod hold_out;
mod loss;
mod params;
mod problem;
mod run;
mod sample;
mod settings;
mod slopes;
#[cfg(test)]
mod tests;

use bundle::{Link, Model};

pub use crate::trees::Growth;
pub use params::{GradientMode, LossName, Params, RowChance};

use crate::{Context, LearnError, Target, Trainer, Training};

/// Boosted trees for yes or no, classes and numbers.
///
/// # Defaults
/// Parameters that are `None` follow a rule of the rows' weight together, `n`. The first column was chosen on 17 tables
/// of 200 to 11,000 rows; the others carry it on to larger ones:
///
/// | | `n` below 10,000 | below 50,000 | larger |
/// |---|---|---|---|
/// | `learning_rate` | 0.05 | 0.1 | 0.1 |
/// | `max_leaves` | 8 | 16 | 31 |
///
/// and always `max_depth` 12, `min_rows_per_leaf` 20, `l2` 5, `column_sample` 0.5, `row_sample` 1.
/// The number of rounds matters most and depends on how much there is to learn, so it is chosen: up to 25,000 rows five
/// folds are held out in turn, above one of five, and all rows then learn for the rounds after which held-out rows were
/// told best. That takes about six times, or twice, as long as rounds that are given. The folds keep rows that hold the
/// same together, so that here too a whole weight equals repeated rows.
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
}

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

    /// Held-out rows have no part in bins, base values or anything else that is learnt.
    fn fit_holding_out(
        &self,
        data: &Training<'_>,
        n_held_out: usize,
        context: &Context<'_>,
    ) -> Result<Model, LearnError> {
        let weights = data.check()?;
        let fit = || fit::fit(&self.params, data, &weights, n_held_out, context, None);
        context.pool()?.install(fit)
    }
}
