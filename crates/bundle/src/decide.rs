//! From a probability to a decision: the threshold and the reason for it.

use serde::{Deserialize, Serialize};

/// When a binary model says yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Yes from this probability on, in [0, 1].
    pub threshold: f64,
    /// Where the threshold comes from.
    pub rule: DecisionRule,
}

/// Where a threshold comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DecisionRule {
    /// Nothing was said about costs: more likely than not.
    Half,
    /// Acting on a row costs `cost`, and brings `gain` if the row is positive: act where probability * gain > cost.
    Money {
        /// What acting on a positive row brings.
        gain: f64,
        /// What acting costs.
        cost: f64,
    },
    /// Only this share of rows can be acted on, the likeliest first.
    Capacity {
        /// The share, in (0, 1].
        share: f64,
    },
}

impl DecisionRule {
    /// The decision that the rule makes of out-of-fold probabilities (only a capacity looks at them).
    pub fn decide(self, probabilities: &[f64]) -> Decision {
        let threshold = match self {
            DecisionRule::Half => 0.5,
            DecisionRule::Money { gain, cost } => (cost / gain).clamp(0.0, 1.0),
            DecisionRule::Capacity { share } => {
                let mut sorted = probabilities.to_vec();
                sorted.sort_by(|a, b| b.total_cmp(a));
                let n_acted = (share * sorted.len() as f64).floor() as usize;
                // Ties at the border stay out, so that the capacity is never exceeded.
                match (n_acted.checked_sub(1), sorted.get(n_acted)) {
                    (Some(last), None) => sorted.get(last).copied().unwrap_or(0.0),
                    (Some(last), Some(next)) if *next < sorted[last] => sorted[last],
                    (_, Some(next)) => sorted.iter().rev().copied().find(|p| next < p).unwrap_or(1.0),
                    (None, None) => 0.5,
                }
            }
        };
        Decision {
            threshold,
            rule: self,
        }
    }

    /// The profit of acting on one row, if money is the rule.
    pub fn profit(self, acted: bool, positive: bool) -> Option<f64> {
        match self {
            DecisionRule::Money { gain, cost } => Some(if !acted {
                0.0
            } else if positive {
                gain - cost
            } else {
                -cost
            }),
            _ => None,
        }
    }
}

impl Decision {
    pub(crate) fn is_sound(&self) -> bool {
        let rule = match self.rule {
            DecisionRule::Half => true,
            DecisionRule::Money { gain, cost } => {
                gain.is_finite() && cost.is_finite() && 0.0 < gain && 0.0 <= cost
            }
            DecisionRule::Capacity { share } => 0.0 < share && share <= 1.0,
        };
        rule && (0.0..=1.0).contains(&self.threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_acts_where_it_pays() {
        let decision = DecisionRule::Money {
            gain: 120.0,
            cost: 15.0,
        }
        .decide(&[]);
        assert_eq!(decision.threshold, 0.125);
        assert_eq!(decision.rule.profit(true, true), Some(105.0));
        assert_eq!(decision.rule.profit(true, false), Some(-15.0));
        assert_eq!(decision.rule.profit(false, true), Some(0.0));
    }

    #[test]
    fn a_capacity_is_never_exceeded() {
        let probabilities = [0.9, 0.8, 0.8, 0.8, 0.1, 0.05, 0.04, 0.03, 0.02, 0.01];
        for (share, acted) in [(0.1, 1), (0.2, 1), (0.3, 1), (0.4, 4), (0.5, 5), (1.0, 10)] {
            let threshold = DecisionRule::Capacity { share }.decide(&probabilities).threshold;
            assert_eq!(
                probabilities.iter().filter(|p| threshold <= **p).count(),
                acted,
                "{share}"
            );
        }
    }
}
