//! Isolation forests: rows that few random questions set apart are unlike the others.

mod draws;
mod fit;
mod grow;
#[cfg(test)]
mod tests;

use bundle::{Link, Model};

use crate::parameter::{Kind, parameters};
use crate::{Context, LearnError, ParameterError, Target, Trainer, Training};

parameters! {
    /// Parameters of [`Isolation`].
    pub struct Params {
        /// How many trees are grown: more are never worse, only slower.
        trees: u32 = 100, Kind::Whole { least: 1, most: 10_000 };
        /// The rows that a tree draws, without replacement: more tell finer anomalies, fewer tell crowded ones.
        rows_per_tree: u32 = 256, Kind::Whole { least: 2, most: 1_000_000 };
    }
}

/// An isolation forest: how unlike the training rows is a row? It learns from no target.
///
/// A tree draws `rows_per_tree` rows and parts them at random until each stands alone, at most as deep as a level tree
/// of them would be: at each node a feature that varies is drawn, and a threshold uniform between its least and greatest
/// value there, or a side for each level and for missing values. The margin is minus the mean number of questions that
/// set a row apart, `E[h]`, in units of `c(n)`, the mean of `n` ordinary rows; the score is `2^margin`: near 1 for an
/// anomaly, about one half and less for the rest. Contributions explain the margin as those of every tree do.
///
/// # Values, not bins
/// What isolates a row is the gap around its value, which bins of equal weight do not show; and a tree of 256 rows has
/// no more values than a feature has bins. So thresholds are drawn among values.
///
/// # What is drawn
/// Rows are drawn by seed, tree and unit of weight, so a whole weight equals rows repeated in its place, bit for bit.
///
/// # Reference
/// F. T. Liu, K. M. Ting, Z.-H. Zhou (2008), Isolation forest, ICDM.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Isolation {
    params: Params,
}

impl Params {
    /// Checks the parameters once; only what this returns can learn.
    ///
    /// # Errors
    /// [`ParameterError`] naming the first that is out of range.
    pub fn check(self) -> Result<Isolation, ParameterError> {
        self.check_ranges()?;
        Ok(Isolation { params: self })
    }
}

impl Isolation {
    /// The parameters, which were checked.
    pub fn params(&self) -> &Params {
        &self.params
    }
}

impl Trainer for Isolation {
    fn name(&self) -> &'static str {
        "isolation forest"
    }

    fn link(&self, _target: &Target) -> Link {
        Link::Exp2
    }

    fn n_outputs(&self, _target: &Target) -> usize {
        1
    }

    /// The target is not looked at.
    fn fit(&self, data: &Training<'_>, context: &Context<'_>) -> Result<Model, LearnError> {
        let weights = data.check()?;
        context
            .pool()?
            .install(|| fit::fit(&self.params, data, &weights, context))
    }
}
