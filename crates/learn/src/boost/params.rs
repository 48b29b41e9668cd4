//! The parameters of boosted trees.

use crate::parameter::{Kind, Setting, parameters};
use crate::trees::Growth;
use crate::{Boost, ParameterError, Value};

parameters! {
    /// Parameters of [`Boost`]; `None` stands for the rule described at [`Boost`].
    pub struct Params {
        /// What is made small: for numbers `squared` (`auto`), `absolute`, `huber`, `quantile`, `poisson`, `gamma`,
        /// `tweedie` or `cross_entropy`; classes and ranks have one of their own (`auto`).
        loss: LossName = LossName::Auto, Kind::Choice(LossName::WORDS);
        /// The levels told by `quantile`, one output each.
        quantiles: Vec<f64> = vec![0.5], Kind::Numbers { above: 0.0, below: 1.0 };
        /// The size from which `huber` takes errors as large; the nine tenths' quantile of distances from the median.
        huber_delta: Option<f64> = None, Kind::Number { least: 1e-12, most: 1e12 };
        /// The power of the mean to which `tweedie` takes the variance to be proportional.
        tweedie_power: f64 = 1.5, Kind::Number { least: 1.01, most: 1.99 };
        /// How many rounds of trees are grown; with held-out rows, at most.
        rounds: Option<u32> = None, Kind::Whole { least: 1, most: 20_000 };
        /// The share of a tree's answer that is taken: smaller is safer and needs more rounds.
        learning_rate: Option<f64> = None, Kind::Number { least: 1e-4, most: 1.0 };
        /// The leaves of a tree at most: more tell more features apart together.
        max_leaves: Option<u32> = None, Kind::Whole { least: 2, most: 4096 };
        /// The splits on the way to a leaf at most.
        max_depth: Option<u32> = None, Kind::Whole { least: 1, most: 64 };
        /// The rows in a leaf at least, counted by weight.
        min_rows_per_leaf: Option<f64> = None, Kind::Number { least: 0.0, most: 1e9 };
        /// The sum of second derivatives in a leaf at least.
        min_hessian: f64 = 1e-3, Kind::Number { least: 0.0, most: 1e9 };
        /// Draws leaf values to zero, as many rows of no opinion would: larger is safer.
        l2: Option<f64> = None, Kind::Number { least: 0.0, most: 1e9 };
        /// Takes this much off a leaf's gradient sum, so that weak leaves say nothing.
        l1: f64 = 0.0, Kind::Number { least: 0.0, most: 1e9 };
        /// What a split must gain at least.
        min_gain: f64 = 0.0, Kind::Number { least: 0.0, most: 1e12 };
        /// The share of rows that a tree learns from, drawn by seed and row number; all of small tables, fewer of large.
        row_sample: Option<f64> = None, Kind::Number { least: 0.01, most: 1.0 };
        /// Which rows are drawn: all with the same chance (`uniform`), or those with large derivatives rather, each
        /// counting as often as its chance is small (`gradient`); `auto` is the latter unless `row_sample` is given.
        row_chance: RowChance = RowChance::Auto, Kind::Choice(&["auto", "uniform", "gradient"]);
        /// The share of features that a tree may use, drawn by seed.
        column_sample: Option<f64> = None, Kind::Number { least: 0.01, most: 1.0 };
        /// The bins of a feature at most, missing apart.
        max_bins: u32 = 255, Kind::Whole { least: 2, most: 255 };
        /// Draws the order of levels to that of the whole leaf, in units of the second derivative.
        category_smoothing: f64 = 10.0, Kind::Number { least: 0.0, most: 1e9 };
        /// Is added to `l2` at splits that choose among more than two levels.
        category_l2: Option<f64> = None, Kind::Number { least: 0.0, most: 1e9 };
        /// The rows of a level in a node at least, by weight, if it is to be placed on its own.
        category_min_rows: Option<f64> = None, Kind::Number { least: 0.0, most: 1e9 };
        /// Which leaf is split next: the most gainful (`leaf`), or those nearest to the root first (`level`).
        growth: Growth = Growth::Leaf, Kind::Choice(&["leaf", "level"]);
        /// The features along which the answer may only rise (1) or fall (-1).
        monotone: Vec<(String, i64)> = vec![], Kind::Named { least: -1, most: 1 };
        /// Features that may meet on a path, set by set; a feature in no set meets no other.
        interactions: Vec<Vec<String>> = vec![], Kind::Sets;
        /// How derivatives are summed: `exact` (64 bits), `packed` (few bits, for many rows), `auto` by size.
        gradients: GradientMode = GradientMode::Auto, Kind::Choice(&["auto", "exact", "packed"]);
        /// The share of rows that are held out to find the best number of rounds; none by default.
        held_out_share: f64 = 0.0, Kind::Number { least: 0.0, most: 0.9 };
        /// The rounds without a better held-out loss after which training ends.
        patience: u32 = 50, Kind::Whole { least: 1, most: 20_000 };
    }
}

/// How derivatives are summed. Both ways sum whole numbers, so threads never change a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GradientMode {
    /// Exact below 10,000 rows by weight, and where a row has a hundred times the mean weight; packed otherwise.
    #[default]
    Auto,
    /// 64-bit fixed point; a whole weight equals repeated rows.
    Exact,
    /// Sixteen bits for each derivative, rounded without bias by draws from seed, round and row number; sums of these are
    /// exact.
    Packed,
}

/// What is made small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LossName {
    /// The log loss of classes, the squared error of numbers, LambdaMART's of ranks.
    #[default]
    Auto,
    /// The squared error: tells the mean.
    Squared,
    /// The absolute error: tells the median.
    Absolute,
    /// Squared for small errors, absolute for large ones: a mean that outliers hardly move.
    Huber,
    /// The pinball loss: tells quantiles.
    Quantile,
    /// Poisson's deviance of counts: tells the logarithm of the mean.
    Poisson,
    /// Gamma's deviance of positive amounts: tells the logarithm of the mean.
    Gamma,
    /// Tweedie's deviance of amounts that are often zero: tells the logarithm of the mean.
    Tweedie,
    /// The cross-entropy of probabilities: tells log-odds.
    CrossEntropy,
}

impl LossName {
    const WORDS: &'static [&'static str] = &[
        "auto",
        "squared",
        "absolute",
        "huber",
        "quantile",
        "poisson",
        "gamma",
        "tweedie",
        "cross_entropy",
    ];
    const ALL: [LossName; 9] = [
        LossName::Auto,
        LossName::Squared,
        LossName::Absolute,
        LossName::Huber,
        LossName::Quantile,
        LossName::Poisson,
        LossName::Gamma,
        LossName::Tweedie,
        LossName::CrossEntropy,
    ];
}

impl Setting for LossName {
    fn from_value(value: &Value) -> Option<LossName> {
        let word = match value {
            Value::Auto => "auto",
            Value::Text(word) => word,
            _ => return None,
        };
        let position = LossName::WORDS.iter().position(|known| *known == word)?;
        Some(LossName::ALL[position])
    }

    fn to_value(&self) -> Value {
        Value::Text(LossName::WORDS[*self as usize].to_owned())
    }
}

impl Params {
    /// Checks the parameters once; only what this returns can learn.
    ///
    /// # Errors
    /// [`ParameterError`] naming the first that is out of range.
    pub fn check(self) -> Result<Boost, ParameterError> {
        self.check_ranges()?;
        Ok(Boost::checked(self))
    }
}

impl Setting for GradientMode {
    fn from_value(value: &Value) -> Option<GradientMode> {
        match value {
            Value::Auto => Some(GradientMode::Auto),
            Value::Text(word) => match word.as_str() {
                "auto" => Some(GradientMode::Auto),
                "exact" => Some(GradientMode::Exact),
                "packed" => Some(GradientMode::Packed),
                _ => None,
            },
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        let word = match self {
            GradientMode::Auto => "auto",
            GradientMode::Exact => "exact",
            GradientMode::Packed => "packed",
        };
        Value::Text(word.to_owned())
    }
}

/// Which rows a tree draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowChance {
    /// By the size of their derivatives where the share follows the rule, with the same chance where it is told.
    #[default]
    Auto,
    /// All with the same chance.
    Uniform,
    /// By the size of their derivatives, each counting as often as its chance is small: minimal variance sampling.
    Gradient,
}

impl Setting for RowChance {
    fn from_value(value: &Value) -> Option<RowChance> {
        match value {
            Value::Auto => Some(RowChance::Auto),
            Value::Text(word) if word == "auto" => Some(RowChance::Auto),
            Value::Text(word) if word == "uniform" => Some(RowChance::Uniform),
            Value::Text(word) if word == "gradient" => Some(RowChance::Gradient),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        let word = match self {
            RowChance::Auto => "auto",
            RowChance::Uniform => "uniform",
            RowChance::Gradient => "gradient",
        };
        Value::Text(word.to_owned())
    }
}

impl Setting for Growth {
    fn from_value(value: &Value) -> Option<Growth> {
        match value {
            Value::Text(word) if word == "leaf" => Some(Growth::Leaf),
            Value::Text(word) if word == "level" => Some(Growth::Level),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        let word = match self {
            Growth::Leaf => "leaf",
            Growth::Level => "level",
        };
        Value::Text(word.to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn parameters_are_set_and_read_by_name() {
        let mut params = Params::default();
        params.set("rounds", &Value::Whole(7)).unwrap();
        params.set("l1", &Value::Whole(2)).unwrap();
        params.set("gradients", &Value::Text("packed".into())).unwrap();
        params.set("l2", &Value::Auto).unwrap();
        assert_eq!(
            (params.rounds, params.l1, params.gradients),
            (Some(7), 2.0, GradientMode::Packed)
        );
        assert_eq!(params.values().len(), Params::PARAMETERS.len());
        assert_eq!(Params::PARAMETERS[0].name, "loss");
        assert!(
            Params::PARAMETERS
                .iter()
                .all(|parameter| parameter.help.ends_with('.'))
        );
    }

    #[test]
    fn misspelt_names_and_bad_values_are_refused() {
        let mut params = Params::default();
        let error = params.set("learning_rat", &Value::Number(0.1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown parameter `learning_rat`; did you mean `learning_rate`?"
        );
        let error = params.set("max_bins", &Value::Whole(300)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "parameter `max_bins` is 300, expected a whole number from 2 to 255"
        );
        assert!(params.set("rounds", &Value::Number(1.5)).is_err());
        assert!(params.set("l1", &Value::Number(f64::NAN)).is_err());
        assert!(params.set("gradients", &Value::Text("quick".into())).is_err());
        assert_eq!(params, Params::default());
        let bad = Params {
            l1: -1.0,
            ..Params::default()
        };
        assert!(bad.check().is_err());
        assert!(
            Params {
                l2: Some(f64::NAN),
                ..Params::default()
            }
            .check()
            .is_err()
        );
    }

    #[test]
    fn defaults_lie_in_their_ranges() {
        assert!(Params::default().check().is_ok());
    }
}
