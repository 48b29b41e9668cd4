//! Gradient boosting of decision trees on histograms.
//!
//! The vocabulary is that of the algorithm: [`bins`] of features, [`gradient`]s of a [`loss`], [`histogram`]s,
//! [`find`] a split, [`partition`] the rows, [`grow`] a tree, [`fit`] rounds of trees.
//! Whatever is summed over rows is a whole number, so threads and the order of rows never change a model.

mod bins;
mod draws;
mod find;
mod fit;
mod gradient;
mod grow;
mod histogram;
mod hold_out;
mod loss;
mod params;
mod partition;
mod run;
mod settings;
#[cfg(test)]
mod tests;

use bundle::Model;

pub use params::{GradientMode, Params};

use crate::{Context, LearnError, Trainer, Training};

/// Boosted trees for yes or no, classes and numbers.
///
/// # Defaults
/// RULE
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

    fn fit(&self, data: &Training<'_>, context: &Context<'_>) -> Result<Model, LearnError> {
        let weights = data.check()?;
        context
            .pool()?
            .install(|| fit::fit(&self.params, data, &weights, context))
    }
}
