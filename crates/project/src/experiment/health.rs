//! Whether the data of an experiment can be trusted, before anything is read out of them.

use super::measured::Measured;
use super::units::Units;
use crate::ProjectError;
use crate::file::{ExperimentSection, MonitoringWord};
use report::{format_count, format_p_value, format_percent};
use serde::{Deserialize, Serialize};
use stats::experiment::{SampleRatio, sample_ratio, sample_ratio_any_time};

/// From this share of mixed units on, nothing that is left can be trusted.
const MOST_MIXED: f64 = 0.05;
/// How near a broken split is thought to lie to the planned one, for checks at any time.
const CONCENTRATION: f64 = 10_000.0;
/// Missing values as uneven as this are not chance.
const UNEVEN: f64 = 0.001;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// All is well.
    Sound,
    /// Worth a look; the effects stand.
    Look,
    /// The effects cannot be trusted.
    Broken,
}

/// One check of an experiment's data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HealthRecord {
    /// Its name.
    pub name: String,
    /// What it found.
    pub state: State,
    /// The finding in words.
    pub sentence: String,
    /// What is counted: rows or units that are not as they should be.
    pub n: u64,
    /// The p-value, where it has one.
    pub p_value: Option<f64>,
}

/// All checks, in the order in which a reader asks them.
pub(super) fn checks(
    section: &ExperimentSection,
    units: &Units,
    primary: &Measured<'_>,
) -> Result<Vec<HealthRecord>, ProjectError> {
    let mut all = vec![0u64; section.arms.len()];
    let mut kept = all.clone();
    for (unit, arm) in units.arms.iter().enumerate() {
        all[*arm as usize] += 1;
        kept[*arm as usize] += u64::from(!units.is_mixed[unit]);
    }
    let mut checks = vec![split(section, "sample ratio", "assigned", &all)?];
    if all != kept {
        checks.push(split(
            section,
            "sample ratio of the units analysed",
            "analysed",
            &kept,
        )?);
    }
    checks.push(several_arms(units));
    checks.extend(units.mismatch.as_ref().map(|mismatch| {
        let n = mismatch.n_mismatched;
        let sentence = match n {
            0 => format!(
                "All {} rows show what was assigned.",
                format_count(mismatch.n_rows)
            ),
            _ => format!(
                "In {} of {} rows something else was shown than was assigned; they belong to {} units.",
                format_count(n),
                format_count(mismatch.n_rows),
                format_count(units.n_mismatched_units)
            ),
        };
        record(
            "assignment agrees with what was shown",
            state_of(units.n_mismatched_units, units.n()),
            sentence,
            n,
        )
    }));
    checks.push(repeated(section, units));
    checks.push(missing(section, units, primary, &kept)?);
    Ok(checks)
}

fn record(name: &str, state: State, sentence: String, n: u64) -> HealthRecord {
    HealthRecord {
        name: name.to_owned(),
        state,
        sentence,
        n,
        p_value: None,
    }
}

fn state_of(n: u64, of: usize) -> State {
    match n as f64 / of.max(1) as f64 {
        share if share > MOST_MIXED => State::Broken,
        share if share > 0.0 => State::Look,
        _ => State::Sound,
    }
}

/// Whether as many units came to each arm as were planned.
fn split(
    section: &ExperimentSection,
    name: &str,
    word: &str,
    counts: &[u64],
) -> Result<HealthRecord, ProjectError> {
    let shares = &section.allocation;
    let found: SampleRatio = match section.monitoring {
        MonitoringWord::Fixed => sample_ratio(counts, shares)?,
        _ => sample_ratio_any_time(counts, shares, CONCENTRATION)?,
    };
    let of_arm =
        |(arm, n): (&crate::file::Located<String>, &u64)| format!("{} {}", format_count(*n), arm.value);
    let numbers: Vec<String> = section.arms.iter().zip(counts).map(of_arm).collect();
    let verdict = match found.sound {
        true => "as planned".to_owned(),
        false => format!(
            "not as planned: {} has {} {} units than expected",
            section.arms[found.worst_arm].value,
            format_percent(found.worst_excess.abs()),
            if found.worst_excess < 0.0 { "fewer" } else { "more" }
        ),
    };
    let state = if found.sound { State::Sound } else { State::Broken };
    let sentence = format!(
        "The split of units {word} is {verdict} ({}; p {}).",
        numbers.join(", "),
        p_words(found.p_value)
    );
    Ok(HealthRecord {
        p_value: Some(found.p_value),
        ..record(name, state, sentence, counts.iter().sum())
    })
}

pub(super) fn p_words(p: f64) -> String {
    let text = format_p_value(p);
    if text.starts_with(['<', '=']) {
        text
    } else {
        format!("= {text}")
    }
}

fn several_arms(units: &Units) -> HealthRecord {
    let n = units.exposures.n_in_several_arms;
    let sentence = match n {
        0 => format!(
            "Each of the {} units was seen in one arm.",
            format_count(units.n() as u64)
        ),
        _ => format!(
            "{} of {} units were seen in two arms or more.",
            format_count(n),
            format_count(units.n() as u64)
        ),
    };
    record("units in one arm", state_of(n, units.n()), sentence, n)
}

fn repeated(section: &ExperimentSection, units: &Units) -> HealthRecord {
    let n = units.exposures.n_repeated;
    let (state, sentence) = match (&section.unit, n) {
        (None, _) => (State::Look, "The plan names no unit, so each row is taken for one: rows of one person would count several times.".to_owned()),
        (Some(_), 0) => (State::Sound, "Each unit has one row.".to_owned()),
        (Some(_), n) => (
            State::Look,
            format!(
                "{} units have several rows ({} at most); their rows are put together, not counted as more units.",
                format_count(n),
                format_count(units.exposures.most_rows)
            ),
        ),
    };
    record("repeated rows", state, sentence, n)
}

/// Whether outcomes are missing in all arms alike.
fn missing(
    section: &ExperimentSection,
    units: &Units,
    primary: &Measured<'_>,
    kept: &[u64],
) -> Result<HealthRecord, ProjectError> {
    let mut counts = vec![0u64; section.arms.len()];
    for (unit, arm) in units.arms.iter().enumerate() {
        counts[*arm as usize] += u64::from(!units.is_mixed[unit] && primary.is_missing(unit));
    }
    let n: u64 = counts.iter().sum();
    let nameless = match units.n_nameless {
        0 => String::new(),
        n => format!(
            " {} rows name no unit or no arm and are left out.",
            format_count(n)
        ),
    };
    let name = "missing values";
    if n == 0 {
        let state = if units.n_nameless == 0 {
            State::Sound
        } else {
            State::Look
        };
        let sentence = format!("No unit lacks the primary metric.{nameless}");
        return Ok(record(name, state, sentence, units.n_nameless));
    }
    let shares: Vec<f64> = kept.iter().map(|n| (*n as f64).max(f64::MIN_POSITIVE)).collect();
    let p = sample_ratio(&counts, &shares)?.p_value;
    let (state, words) = match p < UNEVEN {
        true => (
            State::Broken,
            "unevenly over the arms, so that those left cannot be compared",
        ),
        false => (State::Look, "in all arms alike"),
    };
    let sentence = format!(
        "{} units lack the primary metric, {words} (p {}).{nameless}",
        format_count(n),
        p_words(p)
    );
    Ok(HealthRecord {
        p_value: Some(p),
        ..record(name, state, sentence, n)
    })
}
