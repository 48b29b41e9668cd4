//! Groups whose rows belong to the same units: before and after, left and right.

use super::classes::share;
use super::groups::{measures, texts};
use super::numbers::{arrangements, margin, summary, told_equivalence, unit};
use super::record::{Found, GroupRecord, asked_for};
use super::{Case, Groups, Method};
use crate::ProjectError;
use stats::test::{
    Alternative, Choice, McNemarMethod, PairedScore, RankMethod, Zeros, compare_pairs, equivalence_paired,
    friedman, mcnemar, paired_t, permutation_paired, wilcoxon_signed_rank,
};
use std::collections::BTreeMap;
use table::Kind;
use table::arrow::array::Array;

/// The chi-square form of McNemar's test is good from so many changes on.
const MANY_CHANGES: u64 = 1_000;

/// What each unit has in each group.
struct Wide<T> {
    /// Units that have a value in every group, in the order of their names.
    whole: Vec<Vec<T>>,
    n_dropped: u64,
}

/// Puts the values of each unit side by side; `gather` makes one of several.
fn wide<T: Copy>(
    case: &Case<'_>,
    groups: &Groups,
    values: &[Option<T>],
    gather: impl Fn(&[T]) -> Option<T>,
) -> Result<Wide<T>, ProjectError> {
    let unit = case.asked.paired.as_deref().unwrap_or_default();
    let mut units: BTreeMap<String, Vec<Vec<T>>> = BTreeMap::new();
    let names = texts(case.table, unit)?;
    for ((name, code), value) in names.into_iter().zip(&groups.codes).zip(values) {
        if let (Some(name), Some(code)) = (name, code) {
            let cells = units
                .entry(name)
                .or_insert_with(|| vec![Vec::new(); groups.names.len()]);
            cells[*code as usize].extend(value);
        }
    }
    let n_units = units.len();
    let mut whole = Vec::new();
    for cells in units
        .into_values()
        .filter(|cells| cells.iter().all(|cell| !cell.is_empty()))
    {
        let row: Option<Vec<T>> = cells.iter().map(|cell| gather(cell)).collect();
        let repeated = || {
            let expected = "one row of a unit in each group: classes of several cannot be put together";
            case.refused(
                "paired",
                format!("several rows of one `{unit}` in a group"),
                expected,
            )
        };
        whole.push(row.ok_or_else(repeated)?);
    }
    if whole.len() < 2 {
        let found = format!("{} of {n_units} values of `{unit}` in every group", whole.len());
        return Err(case.refused(
            "paired",
            found,
            "a column that names units which have rows in every group",
        ));
    }
    Ok(Wide {
        n_dropped: (n_units - whole.len()) as u64,
        whole,
    })
}

impl<T: Copy> Wide<T> {
    fn column(&self, group: usize) -> Vec<T> {
        self.whole.iter().map(|row| row[group]).collect()
    }
}

pub(super) fn numbers(case: &Case<'_>, kind: Kind, groups: &Groups) -> Result<Found, ProjectError> {
    let cells = case.table.column(&case.asked.outcome)?;
    let mut present = measures(case.table, &case.asked.outcome)?.into_iter();
    let values: Vec<Option<f64>> = (0..cells.len())
        .map(|row| cells.is_valid(row).then(|| present.next()).flatten())
        .collect();
    let wide = wide(case, groups, &values, |several| Some(stats::sum::mean(several)))?;
    let choice = match groups.names.len() {
        2 => two(case, &wide.column(0), &wide.column(1))?,
        n => several(case, &wide, n)?,
    };
    let summaries = groups
        .names
        .iter()
        .enumerate()
        .map(|(group, name)| summary(name, &wide.column(group), choice.by_rank, case.asked.level));
    Ok(Found {
        groups: summaries.collect(),
        unit: unit(kind),
        positive: None,
        pairs: None,
        n_dropped: wide.n_dropped,
        choice,
    })
}

fn two(case: &Case<'_>, a: &[f64], b: &[f64]) -> Result<Choice, ProjectError> {
    let (level, alternative) = (case.asked.level, case.asked.alternative);
    if let Some(within) = case.asked.equivalent_within {
        return Ok(told_equivalence(equivalence_paired(a, b, margin(within), level)?));
    }
    let result = match case.asked.method {
        Method::Auto => return Ok(compare_pairs(a, b, alternative, level)?),
        Method::Ranks => wilcoxon_signed_rank(a, b, alternative, Zeros::Drop, RankMethod::Auto, level)?,
        Method::Permutation => {
            permutation_paired(a, b, PairedScore::Mean, alternative, &arrangements(case), level)?.result
        }
        _ => paired_t(a, b, alternative, level)?,
    };
    Ok(asked_for(result, case.asked.method == Method::Ranks))
}

fn several(case: &Case<'_>, wide: &Wide<f64>, n_groups: usize) -> Result<Choice, ProjectError> {
    if case.asked.equivalent_within.is_some() {
        case.needs_two("equivalent_within", n_groups)?;
    }
    if case.asked.alternative != Alternative::TwoSided {
        case.needs_two("alternative", n_groups)?;
    }
    if !matches!(case.asked.method, Method::Auto | Method::Ranks) {
        let found = format!("`{}` of {n_groups} paired groups", case.asked.method.word());
        return Err(case.refused("method", found, "auto or ranks (Friedman's test), or two groups"));
    }
    Ok(Choice {
        result: friedman(&wide.whole.concat(), n_groups, case.asked.level)?,
        why: format!("{n_groups} groups have rows of the same units, whose ranks are compared within each"),
        by_rank: true,
    })
}

/// The test of yes and no in two groups, and the groups' shares of yes.
pub(super) fn truths(
    case: &Case<'_>,
    groups: &Groups,
    truths: &[Option<bool>],
) -> Result<(Choice, Vec<GroupRecord>, u64), ProjectError> {
    case.needs_two("by", groups.names.len())?;
    if case.asked.method != Method::Auto || case.asked.alternative != Alternative::TwoSided {
        let found = "another method or direction for pairs of classes";
        return Err(case.refused("method", found, "auto and two-sided: McNemar's test"));
    }
    let wide = wide(case, groups, truths, |several| match several {
        [only] => Some(*only),
        _ => None,
    })?;
    let mut table = [[0u64; 2]; 2];
    for row in &wide.whole {
        table[usize::from(!row[0])][usize::from(!row[1])] += 1;
    }
    let changes = table[0][1] + table[1][0];
    let method = match changes {
        MANY_CHANGES.. => McNemarMethod::ChiSquare { continuity: false },
        _ => McNemarMethod::Exact,
    };
    let why = format!("two groups have rows of the same units, {changes} of which changed");
    let choice = Choice {
        result: mcnemar(table, method, case.asked.level)?,
        why,
        by_rank: false,
    };
    let hits = |group| wide.column(group).iter().filter(|hit| **hit).count() as u64;
    let summaries: Result<Vec<GroupRecord>, ProjectError> = groups
        .names
        .iter()
        .enumerate()
        .map(|(group, name)| share(name, (hits(group), wide.whole.len() as u64), case.asked.level))
        .collect();
    Ok((choice, summaries?, wide.n_dropped))
}
