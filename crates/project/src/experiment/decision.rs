//! What to do: ship, do not ship, keep running, or trust nothing of it.

use super::health::{HealthRecord, State};
use super::judge::EffectRecord;
use super::size::SizeRecord;
use crate::file::{ExperimentSection, MonitoringWord};
use report::{Format, format_count};
use serde::{Deserialize, Serialize};

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The treatment is better.
    Ship,
    /// It is not, or it harms.
    DoNotShip,
    /// It is too early to say.
    KeepRunning,
    /// The data are not what the plan takes them for.
    CannotBeTrusted,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Ship => "Ship",
            Verdict::DoNotShip => "Do not ship",
            Verdict::KeepRunning => "Keep running",
            Verdict::CannotBeTrusted => "Cannot be trusted",
        }
    }
}

/// The decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// What to do.
    pub verdict: Verdict,
    /// The treatment that it is about; none if it is about all.
    pub treatment: Option<String>,
    /// The decision in a sentence.
    pub sentence: String,
    /// What it rests on.
    pub reasons: Vec<String>,
}

/// What the decision looks at.
pub(super) struct Facts<'f> {
    pub(super) section: &'f ExperimentSection,
    pub(super) size: &'f SizeRecord,
    pub(super) health: &'f [HealthRecord],
    pub(super) effects: &'f [EffectRecord],
    /// Units analysed, of all arms.
    pub(super) n_units: u64,
    /// Whether no more units will come.
    pub(super) is_final: bool,
}

impl Facts<'_> {
    pub(super) fn decide(&self) -> DecisionRecord {
        if let Some(decision) = self.untrusted() {
            return decision;
        }
        let primary: Vec<&EffectRecord> = self.effects.iter().filter(|effect| effect.is_primary).collect();
        // a fixed test is asked once, at its size: before, even a small p-value decides nothing
        let is_open = matches!(self.section.monitoring, MonitoringWord::Fixed) && !self.is_complete();
        if is_open {
            return self.wait("the planned size is not reached, and a fixed test may be asked once only");
        }
        let best = primary
            .iter()
            .filter(|effect| effect.is_better())
            .max_by(|a, b| gain(a).total_cmp(&gain(b)));
        if let Some(best) = best {
            return self.better(best);
        }
        if primary.iter().all(|effect| effect.is_worse()) {
            return self.decision(Verdict::DoNotShip, None, "it makes the primary metric worse");
        }
        if primary
            .iter()
            .all(|effect| effect.is_worse() || effect.at_best() < self.size.effect)
        {
            return self.decision(
                Verdict::DoNotShip,
                None,
                "an effect as large as the smallest of interest is ruled out",
            );
        }
        if self.is_complete() {
            return self.decision(
                Verdict::DoNotShip,
                None,
                "no effect on the primary metric is shown at the planned size",
            );
        }
        self.wait("neither an effect nor its absence is shown yet")
    }

    fn is_complete(&self) -> bool {
        self.is_final || self.size.total <= self.n_units
    }

    fn untrusted(&self) -> Option<DecisionRecord> {
        let broken: Vec<String> = self
            .health
            .iter()
            .filter(|check| check.state == State::Broken)
            .map(|check| check.sentence.clone())
            .collect();
        let first = broken.first()?;
        Some(DecisionRecord {
            verdict: Verdict::CannotBeTrusted,
            treatment: None,
            sentence: format!("The effects cannot be trusted: {}", lower_first(first)),
            reasons: broken[1..].to_vec(),
        })
    }

    fn better(&self, best: &EffectRecord) -> DecisionRecord {
        let harmed: Vec<&str> = self
            .effects
            .iter()
            .filter(|effect| effect.treatment == best.treatment && !effect.is_primary && effect.is_worse())
            .map(|effect| effect.metric.as_str())
            .collect();
        let name = Some(best.treatment.clone());
        if harmed.is_empty() {
            let why = match self.section.metrics.len() {
                1 => "it makes the primary metric better",
                _ => "it makes the primary metric better, and no other metric is shown to be worse",
            };
            return self.decision(Verdict::Ship, name, why);
        }
        let why = format!(
            "it makes the primary metric better, but harms {}",
            table::quoted_list(harmed, 6)
        );
        self.decision(Verdict::DoNotShip, name, &why)
    }

    fn wait(&self, why: &str) -> DecisionRecord {
        let more = self.size.total.saturating_sub(self.n_units);
        let mut decision = self.decision(Verdict::KeepRunning, None, why);
        if 0 < more {
            decision
                .reasons
                .push(format!("{} more units are planned.", format_count(more)));
        }
        decision
    }

    fn decision(&self, verdict: Verdict, treatment: Option<String>, why: &str) -> DecisionRecord {
        let what = treatment
            .as_ref()
            .map_or(String::new(), |name| format!(" {name}"));
        let told = self.effects.iter().filter(|effect| effect.is_primary);
        DecisionRecord {
            verdict,
            sentence: format!("{}{what}: {why}.", verdict.words()),
            reasons: told.map(|effect| effect_sentence(effect)).collect(),
            treatment,
        }
    }
}

fn gain(effect: &EffectRecord) -> f64 {
    if effect.higher_is_better {
        effect.effect[0]
    } else {
        -effect.effect[0]
    }
}

fn lower_first(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|c| c.to_lowercase().to_string());
    first.unwrap_or_default() + rest.as_str()
}

/// How an effect on a metric of this kind is written.
pub(super) fn format_of(kind: &str) -> Format {
    if kind == "proportion" {
        Format::Points
    } else {
        Format::Signed
    }
}

/// A metric's effect as a sentence.
pub fn effect_sentence(effect: &EffectRecord) -> String {
    let format = format_of(&effect.kind);
    let [value, low, high] = effect.effect;
    let relative = effect.relative.map_or(String::new(), |[value, ..]| {
        format!(", {} of the control", Format::Change.value(value))
    });
    let verdict = match (effect.is_better(), effect.is_worse()) {
        (true, _) => "is better",
        (_, true) => "is worse",
        _ => "is not shown to differ",
    };
    format!(
        "`{}` {verdict} with {}: {} ({}{relative}; corrected p {}).",
        effect.metric,
        effect.treatment,
        format.value(value),
        format.range(low, high),
        super::health::p_words(effect.p_adjusted)
    )
}
