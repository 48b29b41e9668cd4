//! The page of an experiment: decision, checks, effects, looks, segments, plan.

mod effects;
mod plan;

use super::analyse::AnalysisRecord;
use super::decision::Verdict;
use super::health::State;
use crate::file::{ExperimentSection, MonitoringWord, Project};
use report::{Evidence, Fact, Section, Standing, Story, Verdict as Tone, format_count, format_percent};

/// The page; everything on it stands in the record.
pub(super) fn page(project: &Project, section: &ExperimentSection, record: &AnalysisRecord) -> Story {
    let mut sections = vec![trust(record), effects::primary(section, record)];
    sections.extend(effects::development(section, record));
    sections.extend(effects::others(section, record));
    sections.extend(effects::for_whom(section, record));
    sections.push(plan::planned(section, record));
    let mut lead = vec![first_finding(record)];
    lead.extend(record.decision.reasons.iter().cloned());
    Story {
        title: section.ask.clone(),
        subtitle: format!("{} units of {}", format_count(record.n_units), section.data.value),
        standing: Some(standing(section, record)),
        lead,
        sections,
        appendix: appendix(record),
        foot: vec![format!(
            "Made by Spanwise {} from the project `{}` by version {} of the plan. The same project, plan and data give the same numbers.",
            env!("CARGO_PKG_VERSION"),
            project.name,
            record.plan.version
        )],
    }
}

/// The decision without the word that stands above it.
fn first_finding(record: &AnalysisRecord) -> String {
    let sentence = &record.decision.sentence;
    let word = format!("{}: ", record.decision.verdict.words());
    match sentence.strip_prefix(&word) {
        Some(rest) => super::analyse::sentence(rest),
        None => sentence.clone(),
    }
}

fn standing(section: &ExperimentSection, record: &AnalysisRecord) -> Standing {
    let looked_at = match section.monitoring {
        MonitoringWord::Fixed => "Once, at its size".to_owned(),
        MonitoringWord::AlwaysValid => "At any time".to_owned(),
        MonitoringWord::Looks { n_looks, .. } => format!("At {n_looks} looks"),
    };
    let fact = |name: &str, value: String| (name.to_owned(), value);
    Standing {
        tone: match record.decision.verdict {
            Verdict::Ship => Tone::Calm,
            Verdict::KeepRunning | Verdict::DoNotShip => Tone::Watch,
            Verdict::CannotBeTrusted => Tone::Alarm,
        },
        word: record.decision.verdict.words().to_owned(),
        facts: vec![
            fact("Units analysed", format_count(record.n_analysed)),
            fact(
                "Planned",
                format!(
                    "{}, {}",
                    format_count(record.size.total),
                    reached(record.information)
                ),
            ),
            fact("Looked at", looked_at),
            fact(
                "Plan",
                format!(
                    "version {}, {}",
                    record.plan.version,
                    day(&record.plan.registered)
                ),
            ),
        ],
    }
}

fn reached(information: f64) -> String {
    if information >= 1.0 {
        return "reached".to_owned();
    }
    format!("{} in", format_percent(information))
}

/// The day of an instant.
fn day(instant: &str) -> String {
    instant.split(['T', ' ']).next().unwrap_or_default().to_owned()
}

fn trust(record: &AnalysisRecord) -> Section {
    let n = |state: State| record.health.iter().filter(|check| check.state == state).count();
    let answer = match (n(State::Broken), n(State::Look)) {
        (0, 0) => "Yes: every check is sound.".to_owned(),
        (0, 1) => "Yes, with one thing to know.".to_owned(),
        (0, n) => format!("Yes, with {n} things to know."),
        (1, _) => "No: one check fails.".to_owned(),
        (n, _) => format!("No: {n} checks fail."),
    };
    let mut rows: Vec<_> = record.health.iter().collect();
    rows.sort_by_key(|check| std::cmp::Reverse(check.state));
    let word = |state: State| match state {
        State::Sound => "●\u{a0}sound",
        State::Look => "◆\u{a0}look",
        State::Broken => "▲\u{a0}broken",
    };
    let row = |check: &&super::HealthRecord| {
        vec![
            check.name.clone(),
            word(check.state).to_owned(),
            check.sentence.clone(),
        ]
    };
    Section {
        id: "trust".to_owned(),
        question: "Can the data be trusted?".to_owned(),
        answer,
        evidence: vec![Evidence::Table {
            caption: String::new(),
            header: ["Check", "State", "Found"].map(str::to_owned).to_vec(),
            rows: rows.iter().map(row).collect(),
        }],
        caveats: Vec::new(),
        next_step: None,
    }
}

fn appendix(record: &AnalysisRecord) -> Vec<Fact> {
    let told = record.effects.iter().map(|effect| (effect, ""));
    let others = record
        .sensitivity
        .iter()
        .map(|effect| (effect, ", mixed units counted where they were seen first"));
    told.chain(others)
        .map(|(effect, how)| {
            let format = super::decision::format_of(&effect.kind);
            let [value, low, high] = effect.effect;
            Fact {
                name: format!("{}: {} against the control{how}", effect.metric, effect.treatment),
                value: format!(
                    "{} ({} to {})",
                    format.value(value),
                    format.value(low),
                    format.value(high)
                ),
                query: None,
                data_hash: record.data.chars().take(12).collect(),
                method: effect.method.clone(),
            }
        })
        .collect()
}
