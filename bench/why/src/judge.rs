//! What was found beside what was planted.

use crate::case::{Case, Measure};
use crate::segments::Move;
use crate::signal::signal;
use profile::why::{Effect, Finding, why};
use std::fmt;
use std::time::Instant;

/// A finding is a planted segment if it has nine in ten rows in common with it, of all rows of either, and its kind.
const SAME: f64 = 0.9;

/// A planted segment, and whether it was found.
#[derive(Debug)]
pub struct Target {
    /// The segment, level by level.
    pub label: String,
    /// What it does.
    pub moves: Move,
    /// Its signal in standard errors.
    pub signal: f64,
    /// How many conditions it has.
    pub n_conditions: usize,
    /// Whether a finding is this segment.
    pub is_found: bool,
}

/// A case and its answer.
#[derive(Debug)]
pub struct Judged {
    /// The metric.
    pub measure: Measure,
    /// Rows.
    pub n: usize,
    /// What was planted.
    pub targets: Vec<Target>,
    /// Findings that are none of the planted segments.
    pub wrong: Vec<String>,
    /// How many findings there are.
    pub n_findings: usize,
    /// Whether all parts add up, bit for bit.
    pub adds_up: bool,
    /// Whether the interval of the change holds 0.
    pub may_be_still: bool,
    /// How long it took.
    pub seconds: f64,
}

/// Asks `why`, and compares its answer with what was planted.
pub fn judge(case: &Case) -> Judged {
    let table = case.table();
    let period: Vec<Option<bool>> = case.after.iter().map(|after| Some(*after)).collect();
    let started = Instant::now();
    let answer =
        why(&table, &period, &case.metric(), &case.options()).expect("a question that can be answered");
    let seconds = started.elapsed().as_secs_f64();
    let rows: Vec<Vec<bool>> = answer
        .findings
        .iter()
        .map(|finding| rows(case, finding))
        .collect();
    let is_same = |k: usize, target: usize| {
        let one = &case.planted[target];
        let is_rate = answer.findings[k].effect_kind == Effect::Rate;
        is_rate == (one.moves == Move::Rate) && in_common(&rows[k], &one.rows) >= SAME
    };
    let targets = (0..case.planted.len()).map(|target| Target {
        label: case.planted[target].label.clone(),
        moves: case.planted[target].moves,
        signal: signal(case, &case.planted[target]),
        n_conditions: case.planted[target].n_conditions,
        is_found: (0..rows.len()).any(|k| is_same(k, target)),
    });
    let wrong = (0..rows.len()).filter(|k| !(0..case.planted.len()).any(|target| is_same(*k, target)));
    let wrong = wrong.map(|k| {
        let one = &answer.findings[k];
        let [before, after] = one.rate.map(Option::unwrap_or_default);
        let kind = one.effect_kind.name();
        format!(
            "{} [{kind}, p {:.1e}, n {:?}, rate {before:.3} to {after:.3}]",
            one.label, one.p_adjusted, one.n_rows
        )
    });
    let told = answer.everything_else.value
        + answer
            .everything_moved
            .iter()
            .map(|one| one.effect.value)
            .sum::<f64>()
        + answer.findings.iter().map(|one| one.effect.value).sum::<f64>();
    let of_dimension = |one: &profile::why::DimensionEffects| {
        one.levels
            .iter()
            .map(|level| level.volume.value + level.mix.value + level.rate.value)
            .sum::<f64>()
    };
    let change = answer.change.value;
    Judged {
        measure: case.measure,
        n: case.n(),
        targets: targets.collect(),
        wrong: wrong.collect(),
        n_findings: rows.len(),
        adds_up: told == change
            && answer.after.metric.value - answer.before.metric.value == change
            && answer.dimensions.iter().all(|one| of_dimension(one) == change),
        may_be_still: answer.change.covers(0.0),
        seconds,
    }
}

fn rows(case: &Case, finding: &Finding) -> Vec<bool> {
    let holds = |row: usize| {
        finding.conditions.iter().all(|condition| {
            let axis = case.axes.iter().find(|axis| axis.name == condition.column);
            axis.is_some_and(|axis| axis.fulfils(row, &condition.cells))
        })
    };
    (0..case.n()).map(holds).collect()
}

fn in_common(a: &[bool], b: &[bool]) -> f64 {
    let both = a.iter().zip(b).filter(|(a, b)| **a && **b).count();
    let either = a.iter().zip(b).filter(|(a, b)| **a || **b).count();
    both as f64 / either.max(1) as f64
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} rows {:.2} s", self.measure, self.n, self.seconds)?;
        for one in &self.targets {
            let mark = if one.is_found { "found" } else { "MISSED" };
            write!(f, "; {mark} {} [{:?} {:.1}]", one.label, one.moves, one.signal)?;
        }
        for wrong in &self.wrong {
            write!(f, "; WRONG {wrong}")?;
        }
        if !self.adds_up {
            write!(f, "; DOES NOT ADD UP")?;
        }
        Ok(())
    }
}
