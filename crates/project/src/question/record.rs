//! What a question found.

use super::Asked;
use serde::{Deserialize, Serialize};
use stats::Estimate;
use stats::test::{Choice, TestResult};

/// What the groups' values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Shares from 0 to 1.
    Share,
    /// Numbers in the outcome's unit.
    Number,
    /// Days since 1970-01-01.
    Day,
}

/// What a question found, before the correction for asking several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionRecord {
    /// The question's name in the project.
    pub name: String,
    /// The question.
    pub ask: String,
    /// The column that may differ.
    pub outcome: String,
    /// What is compared.
    pub unit: Unit,
    /// Whether ranks were compared: groups are then told by their medians, not by their means.
    pub by_rank: bool,
    /// The value whose share is compared, for an outcome of few values.
    pub positive: Option<String>,
    /// The column whose groups are compared, or whose numbers the outcome is correlated with.
    pub by: Option<String>,
    /// Whether the outcome was correlated with `by`; groups are then there to be seen.
    pub is_relation: bool,
    /// The column whose values say which rows are paired.
    pub paired: Option<String>,
    /// The number compared with.
    pub against: Option<f64>,
    /// The margin within which means count as equivalent; a small p-value then says that they are.
    pub equivalent_within: Option<f64>,
    /// The direction asked about.
    pub alternative: String,
    /// The confidence level of the intervals.
    pub level: f64,
    /// The level of the effect's interval: lower for equivalence, where it lies within the margin just if p is small enough.
    pub effect_level: f64,
    /// The test.
    pub method: String,
    /// Why this test.
    pub why: String,
    /// The statistic and its usual letter.
    pub statistic: (String, f64),
    /// Degrees of freedom.
    pub df: Vec<f64>,
    /// The p-value on its own.
    pub p_value: f64,
    /// Its natural logarithm, finite where the p-value underflows.
    pub ln_p_value: f64,
    /// The p-value corrected by Holm over all questions asked together; set when all are answered.
    pub p_adjusted: f64,
    /// The effect's usual name.
    pub effect_name: String,
    /// The effect with its interval; a missing end is open.
    pub effect: [Option<f64>; 3],
    /// Further sizes of the same effect.
    pub more_effects: Vec<EffectRecord>,
    /// Rows (or pairs) used.
    pub n_used: u64,
    /// Rows (or pairs) dropped because a value was missing.
    pub n_dropped: u64,
    /// What the test takes for granted: name, whether it holds, the number behind it.
    pub assumptions: Vec<(String, bool, String)>,
    /// What to take instead where an assumption fails.
    pub proposals: Vec<String>,
    /// Each group's size and its share, mean or median with an interval.
    pub groups: Vec<GroupRecord>,
    /// Each pair of groups, if asked for.
    pub pairs: Option<PairsRecord>,
    /// The table's hash.
    pub data: String,
}

/// A size of an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectRecord {
    /// Its usual name.
    pub name: String,
    /// The size with its interval; a missing end is open.
    pub effect: [Option<f64>; 3],
}

/// One group of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupRecord {
    /// The group.
    pub name: String,
    /// Rows in it.
    pub n: u64,
    /// The share of positives, or the mean (the median where ranks are compared).
    pub value: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Every two groups beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairsRecord {
    /// The test.
    pub method: String,
    /// What is compared, such as `mean difference`.
    pub difference_name: String,
    /// Each pair once, in the order of the groups.
    pub pairs: Vec<PairRecord>,
}

/// Two groups beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairRecord {
    /// The first group.
    pub first: String,
    /// The second.
    pub second: String,
    /// The second less the first, with its interval.
    pub difference: [Option<f64>; 3],
    /// The p-value, corrected over all pairs.
    pub p_adjusted: f64,
}

/// What was found, before it is told.
pub(super) struct Found {
    pub(super) choice: Choice,
    pub(super) unit: Unit,
    pub(super) positive: Option<String>,
    pub(super) groups: Vec<GroupRecord>,
    pub(super) pairs: Option<PairsRecord>,
    pub(super) n_dropped: u64,
}

/// The test that was named.
pub(super) fn asked_for(result: TestResult, by_rank: bool) -> Choice {
    Choice {
        result,
        why: "this test was asked for".to_owned(),
        by_rank,
    }
}

impl Found {
    /// Calls groups by their names where the test counted them.
    pub(super) fn name_groups(&mut self, names: &[String]) {
        let named = |text: &str| {
            let sides = [("a has ", names.first()), ("b has ", names.get(1))];
            for (side, name) in sides {
                if let (Some(rest), Some(name)) = (text.strip_prefix(side), name) {
                    return format!("group `{name}` has {rest}");
                }
            }
            let with_codes = names.iter().enumerate().rev();
            with_codes.fold(text.to_owned(), |text, (code, name)| {
                text.replace(&format!("group {code} has "), &format!("group `{name}` has "))
                    .replace(
                        &format!("of group {code} are "),
                        &format!("of group `{name}` are "),
                    )
            })
        };
        self.choice.why = named(&self.choice.why);
        for assumption in &mut self.choice.result.assumptions {
            assumption.detail = named(&assumption.detail);
        }
    }
}

/// The ends of an interval that are not open.
pub(super) fn ends(estimate: Estimate) -> [Option<f64>; 3] {
    [estimate.value, estimate.low, estimate.high].map(|value| value.is_finite().then_some(value))
}

impl QuestionRecord {
    pub(super) fn new(name: &str, ask: &str, asked: &Asked, found: Found, data: String) -> QuestionRecord {
        let Choice { result, why, by_rank } = found.choice;
        QuestionRecord {
            name: name.to_owned(),
            ask: ask.to_owned(),
            outcome: asked.outcome.clone(),
            unit: found.unit,
            by_rank,
            positive: found.positive,
            by: asked.by.clone(),
            is_relation: asked.method.is_relation(),
            paired: asked.paired.clone(),
            against: asked.against,
            equivalent_within: asked.equivalent_within,
            alternative: asked.alternative.as_str().to_owned(),
            level: asked.level,
            effect_level: match asked.equivalent_within {
                Some(_) => 2.0 * asked.level - 1.0,
                None => asked.level,
            },
            method: result.method.to_owned(),
            why,
            statistic: (result.statistic_name.to_owned(), result.statistic),
            p_value: result.p_value,
            ln_p_value: result.ln_p_value,
            p_adjusted: result.p_value,
            effect_name: result.effect.name.to_owned(),
            effect: ends(result.effect.estimate),
            more_effects: more(&result),
            n_used: result.n_used as u64,
            n_dropped: found.n_dropped,
            proposals: result.proposals().into_iter().map(str::to_owned).collect(),
            df: result.df,
            assumptions: result
                .assumptions
                .into_iter()
                .map(|a| (a.name.to_owned(), a.holds, a.detail))
                .collect(),
            groups: found.groups,
            pairs: found.pairs,
            data,
        }
    }

    /// Whether groups differ (or are equivalent, where that was asked) beyond chance: the corrected p-value is below one less
    /// the level.
    pub fn differs(&self) -> bool {
        self.p_adjusted < 1.0 - self.level
    }

    /// The effect's name with the level of its interval, where that is not the level of the others.
    pub fn effect_title(&self) -> String {
        match self.effect_level == self.level {
            true => self.effect_name.clone(),
            false => format!(
                "{} ({} interval)",
                self.effect_name,
                report::format_level(self.effect_level)
            ),
        }
    }
}

fn more(result: &TestResult) -> Vec<EffectRecord> {
    let record = |effect: &stats::test::Effect| EffectRecord {
        name: effect.name.to_owned(),
        effect: ends(effect.estimate),
    };
    result.more_effects.iter().map(record).collect()
}
