//! Outcomes that are numbers, days or times: means or ranks.

use super::groups::{is_day, measures};
use super::record::{Found, GroupRecord, Unit, asked_for};
use super::{Case, Groups, Method, each_pair, paired};
use crate::ProjectError;
use stats::test::{
    Alternative, Arrangements, Choice, Margin, RankMethod, TestResult, TwoSampleScore, Zeros, anova,
    compare_groups, compare_with, equivalence_one_sample, equivalence_student, equivalence_welch, kruskal,
    mann_whitney, one_sample_t, permutation_two_sample, student_t, welch_anova, welch_t, wilcoxon_one_sample,
};
use table::Kind;
use table::arrow::array::Array;

/// Arrangements drawn where there are too many to try them all.
const N_RESAMPLES: usize = 9_999;

/// Numbers of groups, without missing ones.
pub(super) struct Split {
    pub(super) names: Vec<String>,
    pub(super) values: Vec<f64>,
    pub(super) codes: Vec<u32>,
    pub(super) n_dropped: u64,
}

pub(super) fn answer(case: &Case<'_>, kind: Kind) -> Result<Found, ProjectError> {
    let Some(by) = &case.asked.by else {
        return against(case, kind);
    };
    let groups = case.groups(by)?;
    if case.asked.paired.is_some() {
        return paired::numbers(case, kind, &groups);
    }
    let split = Split::new(case, groups)?;
    let choice = choose(case, &split)?;
    let pairs = match case.asked.each_pair {
        true => Some(each_pair::of_numbers(case, &split, choice.by_rank)?),
        false => None,
    };
    Ok(Found {
        groups: split.summaries(choice.by_rank, case.asked.level),
        unit: unit(kind),
        positive: None,
        n_dropped: split.n_dropped,
        pairs,
        choice,
    })
}

pub(super) fn unit(kind: Kind) -> Unit {
    if is_day(kind) { Unit::Day } else { Unit::Number }
}

fn choose(case: &Case<'_>, split: &Split) -> Result<Choice, ProjectError> {
    let asked = case.asked;
    let (k, level, alternative) = (split.names.len(), asked.level, asked.alternative);
    if let Some(within) = asked.equivalent_within {
        case.needs_two("equivalent_within", k)?;
        return equivalence(split, within, asked.method, level);
    }
    if alternative != Alternative::TwoSided {
        case.needs_two("alternative", k)?;
    }
    if asked.method != Method::Auto {
        return Ok(asked_for(
            by_method(case, split, asked.method)?,
            asked.method == Method::Ranks,
        ));
    }
    let choice = compare_groups(&split.values, &split.codes, k, level)?;
    if alternative == Alternative::TwoSided {
        return Ok(choice);
    }
    let method = if choice.by_rank {
        Method::Ranks
    } else {
        Method::Welch
    };
    Ok(Choice {
        result: by_method(case, split, method)?,
        ..choice
    })
}

fn by_method(case: &Case<'_>, split: &Split, method: Method) -> Result<TestResult, ProjectError> {
    let Split { values, codes, .. } = split;
    let (k, level, alternative) = (split.names.len(), case.asked.level, case.asked.alternative);
    let (a, b) = (split.of_group(0), split.of_group(1));
    Ok(match (method, k) {
        (Method::Welch, 2) => welch_t(&a, &b, alternative, level)?,
        (Method::Welch, _) => welch_anova(values, codes, k, level)?,
        (Method::Student, 2) => student_t(&a, &b, alternative, level)?,
        (Method::Student, _) => anova(values, codes, k, level)?,
        (Method::Ranks, 2) => mann_whitney(&a, &b, alternative, RankMethod::Auto, level)?,
        (Method::Ranks, _) => kruskal(values, codes, k, level)?,
        (_, _) => {
            case.needs_two("method", k)?;
            let score = TwoSampleScore::WelchT;
            permutation_two_sample(&a, &b, score, alternative, &arrangements(case), level)?.result
        }
    })
}

pub(super) fn arrangements(case: &Case<'_>) -> Arrangements {
    Arrangements {
        n_resamples: N_RESAMPLES,
        seed: case.seed,
        n_threads: 1,
    }
}

pub(super) fn margin(within: f64) -> Margin {
    Margin {
        low: -within,
        high: within,
    }
}

pub(super) fn told_equivalence(result: TestResult) -> Choice {
    Choice {
        result,
        why: "a small p-value says that the difference lies within the margin (two one-sided tests)"
            .to_owned(),
        by_rank: false,
    }
}

fn equivalence(split: &Split, within: f64, method: Method, level: f64) -> Result<Choice, ProjectError> {
    let (a, b) = (split.of_group(0), split.of_group(1));
    let test = match method {
        Method::Student => equivalence_student,
        _ => equivalence_welch,
    };
    Ok(told_equivalence(test(&a, &b, margin(within), level)?))
}

/// All rows against one number.
fn against(case: &Case<'_>, kind: Kind) -> Result<Found, ProjectError> {
    let asked = case.asked;
    let number = asked.against.unwrap_or(0.0);
    let values = measures(case.table, &asked.outcome)?;
    let (level, alternative) = (asked.level, asked.alternative);
    let choice = match (asked.equivalent_within, asked.method) {
        (Some(within), _) => {
            let distances: Vec<f64> = values.iter().map(|value| value - number).collect();
            told_equivalence(equivalence_one_sample(&distances, margin(within), level)?)
        }
        (None, Method::Auto) => compare_with(&values, number, alternative, level)?,
        (None, Method::Ranks) => asked_for(
            wilcoxon_one_sample(&values, number, alternative, Zeros::Drop, RankMethod::Auto, level)?,
            true,
        ),
        (None, Method::Welch | Method::Student) => {
            asked_for(one_sample_t(&values, number, alternative, level)?, false)
        }
        (None, method) => {
            let found = format!("`{}` against a number", method.word());
            return Err(case.refused("method", found, "auto, student (the one-sample t-test) or ranks"));
        }
    };
    let n_dropped = (case.table.n_rows() - values.len()) as u64;
    Ok(Found {
        groups: vec![summary("all rows", &values, choice.by_rank, level)],
        unit: unit(kind),
        positive: None,
        pairs: None,
        n_dropped,
        choice,
    })
}

impl Split {
    pub(super) fn new(case: &Case<'_>, groups: Groups) -> Result<Split, ProjectError> {
        let outcome = &case.asked.outcome;
        let cells = case.table.column(outcome)?;
        let present: Vec<usize> = (0..cells.len())
            .filter(|row| cells.is_valid(*row) && groups.codes[*row].is_some())
            .collect();
        Ok(Split {
            values: measures(&case.table.take(&present)?, outcome)?,
            codes: present.iter().filter_map(|row| groups.codes[*row]).collect(),
            names: groups.names,
            n_dropped: (cells.len() - present.len()) as u64,
        })
    }

    pub(super) fn of_group(&self, group: u32) -> Vec<f64> {
        let rows = self.codes.iter().zip(&self.values);
        rows.filter(|(code, _)| **code == group)
            .map(|(_, value)| *value)
            .collect()
    }

    fn summaries(&self, by_rank: bool, level: f64) -> Vec<GroupRecord> {
        let named = self.names.iter().zip(0..);
        named
            .map(|(name, group)| summary(name, &self.of_group(group), by_rank, level))
            .collect()
    }
}

/// The middle of a group with its interval.
pub(super) fn summary(name: &str, values: &[f64], by_rank: bool, level: f64) -> GroupRecord {
    // One value has a mean and no interval; it is shown as a point.
    let value = stats::sum::mean(values);
    let middle = match by_rank {
        true => stats::interval::quantile(values, 0.5, level),
        false => stats::interval::mean_t(values, level),
    };
    let middle = middle.unwrap_or(stats::Estimate {
        value,
        low: value,
        high: value,
    });
    GroupRecord {
        name: name.to_owned(),
        n: values.len() as u64,
        value: middle.value,
        low: middle.low,
        high: middle.high,
    }
}
