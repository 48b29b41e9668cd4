//! Outcomes of few values: the share of one of them.

use super::each_pair;
use super::groups::named;
use super::record::{Found, GroupRecord, Unit, asked_for};
use super::{Case, Groups, Method, paired};
use crate::ProjectError;
use prepare::recipe::MIN_SEEN;
use stats::test::{
    Alternative, Choice, binomial_test, chi_square, compare_counts, fisher_exact, fisher_exact_2x2,
    two_proportions,
};
use std::collections::BTreeMap;

/// An outcome with more frequent values than this has no classes to compare.
const MAX_CLASSES: usize = 20;

/// What is meant by a share where one of two values says yes.
const TRUTHS: [&str; 8] = ["1", "1.0", "true", "True", "TRUE", "yes", "Yes", "YES"];

/// An outcome of few values.
struct Outcome {
    /// The classes; rare ones are one class, "other".
    classes: Groups,
    /// The class whose share is compared.
    positive: u32,
}

/// Rows by group and class.
pub(super) struct Counts {
    /// Group after group.
    cells: Vec<u64>,
    n_classes: usize,
    positive: usize,
}

impl Counts {
    fn new(pairs: &[(u32, u32)], n_groups: usize, outcome: &Outcome) -> Counts {
        let n_classes = outcome.classes.names.len();
        let mut cells = vec![0; n_groups * n_classes];
        pairs
            .iter()
            .for_each(|(group, class)| cells[*group as usize * n_classes + *class as usize] += 1);
        Counts {
            cells,
            n_classes,
            positive: outcome.positive as usize,
        }
    }

    fn of_group(&self, group: usize) -> &[u64] {
        &self.cells[group * self.n_classes..][..self.n_classes]
    }

    /// Positive rows of a group, and all of them.
    pub(super) fn of_positive(&self, group: usize) -> (u64, u64) {
        let counts = self.of_group(group);
        (counts[self.positive], counts.iter().sum())
    }

    /// Some groups, without the classes that none of them has.
    pub(super) fn of_groups(&self, groups: &[usize]) -> Counts {
        let is_there = |class: &usize| groups.iter().any(|group| 0 < self.of_group(*group)[*class]);
        let kept: Vec<usize> = (0..self.n_classes).filter(is_there).collect();
        let row = |group: &usize| {
            let counts = self.of_group(*group);
            kept.iter().map(move |class| counts[*class])
        };
        Counts {
            cells: groups.iter().flat_map(row).collect(),
            n_classes: kept.len(),
            positive: kept.iter().position(|class| *class == self.positive).unwrap_or(0),
        }
    }

    /// Whether there is more than one class to tell apart.
    pub(super) fn differ(&self) -> bool {
        1 < self.n_classes
    }
}

pub(super) fn answer(
    case: &Case<'_>,
    counts: &BTreeMap<String, usize>,
    values: &[Option<String>],
) -> Result<Found, ProjectError> {
    if case.asked.equivalent_within.is_some() {
        return Err(case.refused(
            "equivalent_within",
            "an outcome of classes",
            "an outcome of numbers",
        ));
    }
    if matches!(
        case.asked.method,
        Method::Welch | Method::Student | Method::Ranks | Method::Permutation
    ) {
        let found = format!("`{}` for an outcome of classes", case.asked.method.word());
        return Err(case.refused("method", found, "auto, chi-square or fisher"));
    }
    let outcome = classes(case, counts, values)?;
    let Some(by) = &case.asked.by else {
        return against(case, &outcome);
    };
    let groups = case.groups(by)?;
    if case.asked.paired.is_some() {
        let truth = |class: &Option<u32>| class.map(|class| class == outcome.positive);
        let truths: Vec<Option<bool>> = outcome.classes.codes.iter().map(truth).collect();
        let (choice, summaries, n_dropped) = paired::truths(case, &groups, &truths)?;
        return Ok(found(choice, summaries, &outcome, n_dropped));
    }
    of_groups(case, &groups, &outcome)
}

fn of_groups(case: &Case<'_>, groups: &Groups, outcome: &Outcome) -> Result<Found, ProjectError> {
    let rows = groups.codes.iter().zip(&outcome.classes.codes);
    let pairs: Vec<(u32, u32)> = rows
        .filter_map(|(group, class)| Some(((*group)?, (*class)?)))
        .collect();
    let counts = Counts::new(&pairs, groups.names.len(), outcome);
    let all: Vec<usize> = (0..groups.names.len()).collect();
    let occurring = counts.of_groups(&all);
    if !occurring.differ() {
        return Err(case.refused("outcome", "one value in all groups", "at least two"));
    }
    let choice = match case.asked.alternative {
        Alternative::TwoSided => of_counts(case, &occurring)?,
        _ => in_direction(case, &counts, groups.names.len())?,
    };
    let named = groups.names.iter().enumerate();
    let summaries: Result<Vec<GroupRecord>, ProjectError> = named
        .map(|(group, name)| share(name, counts.of_positive(group), case.asked.level))
        .collect();
    let n_dropped = (groups.codes.len() - pairs.len()) as u64;
    let mut found = found(choice, summaries?, outcome, n_dropped);
    if case.asked.each_pair {
        found.pairs = Some(each_pair::of_classes(case, &groups.names, &counts)?);
    }
    Ok(found)
}

fn found(choice: Choice, groups: Vec<GroupRecord>, outcome: &Outcome, n_dropped: u64) -> Found {
    Found {
        choice,
        groups,
        unit: Unit::Share,
        positive: Some(outcome.classes.names[outcome.positive as usize].clone()),
        pairs: None,
        n_dropped,
    }
}

pub(super) fn share(name: &str, (hits, n): (u64, u64), level: f64) -> Result<GroupRecord, ProjectError> {
    let share = stats::interval::wilson(hits as f64, n as f64, level)?;
    Ok(GroupRecord {
        name: name.to_owned(),
        n,
        value: share.value,
        low: share.low,
        high: share.high,
    })
}

/// Are groups and classes related?
pub(super) fn of_counts(case: &Case<'_>, counts: &Counts) -> Result<Choice, ProjectError> {
    let level = case.asked.level;
    let result = match (case.asked.method, &counts.cells[..]) {
        (Method::ChiSquare, cells) => chi_square(cells, counts.n_classes, false, level)?,
        (Method::Fisher, &[a, b, c, d]) => fisher_exact_2x2([[a, b], [c, d]], Alternative::TwoSided, level)?,
        (Method::Fisher, cells) => fisher_exact(cells, counts.n_classes, level)?,
        (_, cells) => return Ok(compare_counts(cells, counts.n_classes, level)?),
    };
    Ok(asked_for(result, false))
}

/// Is the positive share of the first group smaller or larger than that of the second?
fn in_direction(case: &Case<'_>, counts: &Counts, n_groups: usize) -> Result<Choice, ProjectError> {
    case.needs_two("alternative", n_groups)?;
    let [(a, n_a), (b, n_b)] = [0, 1].map(|group| counts.of_positive(group));
    let (level, alternative) = (case.asked.level, case.asked.alternative);
    let (hits, n) = ((a + b) as f64, (n_a + n_b) as f64);
    let least = hits.min(n - hits) * n_a.min(n_b) as f64 / n;
    if case.asked.method == Method::ChiSquare {
        let expected = "auto or fisher, which have a direction";
        return Err(case.refused("method", "`chi-square` beside a direction", expected));
    }
    let is_exact = case.asked.method == Method::Fisher || least < 5.0;
    let result = match is_exact {
        true => fisher_exact_2x2([[a, n_a - a], [b, n_b - b]], alternative, level)?,
        false => two_proportions(a, n_a, b, n_b, alternative, level)?,
    };
    Ok(Choice {
        result,
        why: format!("a direction is asked about, and the smallest expected count is {least:.1}"),
        by_rank: false,
    })
}

/// The share of the positive class against a number.
fn against(case: &Case<'_>, outcome: &Outcome) -> Result<Found, ProjectError> {
    let number = case.asked.against.unwrap_or(0.0);
    if !(0.0..=1.0).contains(&number) {
        return Err(case.refused(
            "against",
            number.to_string(),
            "a share from 0 to 1, for an outcome of classes",
        ));
    }
    if case.asked.method != Method::Auto {
        let found = format!("`{}` of a share against a number", case.asked.method.word());
        return Err(case.refused("method", found, "auto: the exact binomial test"));
    }
    let present = outcome.classes.codes.iter().flatten();
    let hits = present
        .clone()
        .filter(|class| **class == outcome.positive)
        .count() as u64;
    let n = present.count() as u64;
    let choice = Choice {
        result: binomial_test(hits, n, number, case.asked.alternative, case.asked.level)?,
        why: "a share is compared with a number, which is exact at any size".to_owned(),
        by_rank: false,
    };
    let summaries = vec![share("all rows", (hits, n), case.asked.level)?];
    let n_dropped = outcome.classes.codes.len() as u64 - n;
    Ok(found(choice, summaries, outcome, n_dropped))
}

/// The classes of an outcome, which are values seen often enough to be named.
fn classes(
    case: &Case<'_>,
    counts: &BTreeMap<String, usize>,
    values: &[Option<String>],
) -> Result<Outcome, ProjectError> {
    let frequent: Vec<(&String, usize)> = counts
        .iter()
        .filter(|(_, n)| MIN_SEEN <= **n as u64)
        .map(|(value, n)| (value, *n))
        .collect();
    let n_rows: usize = counts.values().sum();
    let n_named: usize = frequent.iter().map(|(_, n)| n).sum();
    if frequent.is_empty() || MAX_CLASSES < frequent.len() || 2 * n_named < n_rows {
        let found = format!(
            "{} different values in {n_rows} rows, {} of them in 10 rows and more",
            counts.len(),
            frequent.len()
        );
        let expected =
            format!("a number, a day, or a column of at most {MAX_CLASSES} values that most rows share");
        return Err(case.refused("outcome", found, expected));
    }
    let names: Vec<String> = frequent.iter().map(|(value, _)| (*value).clone()).collect();
    Ok(Outcome {
        positive: positive(case, counts, &frequent)? as u32,
        // Of an outcome only the share of one class is told, so that few rows of others betray nothing.
        classes: named(names, values, 1),
    })
}

fn positive(
    case: &Case<'_>,
    counts: &BTreeMap<String, usize>,
    frequent: &[(&String, usize)],
) -> Result<usize, ProjectError> {
    let Some(positive) = &case.asked.positive else {
        if let Some(truth) = frequent
            .iter()
            .position(|(name, _)| TRUTHS.contains(&name.as_str()))
            && frequent.len() <= 2
        {
            return Ok(truth);
        }
        if case.asked.alternative != Alternative::TwoSided || case.asked.against.is_some() {
            let known = known(case, frequent);
            return Err(case.refused(
                "positive",
                "no `positive`",
                format!("the value whose share is meant{known}"),
            ));
        }
        // The rarer one; of equals the last.
        let rarest = (0..frequent.len())
            .rev()
            .min_by_key(|position| frequent[*position].1);
        return Ok(rarest.unwrap_or(0));
    };
    let found = frequent.iter().position(|(name, _)| *name == positive);
    found.ok_or_else(|| {
        let n = match case.hides_outcome {
            true => "fewer than 10".to_owned(),
            false => counts.get(positive).copied().unwrap_or(0).to_string(),
        };
        let expected = format!("a value of 10 rows and more{}", known(case, frequent));
        case.refused("positive", format!("`{positive}` in {n} rows"), expected)
    })
}

/// The values to choose from, unless they are private.
fn known(case: &Case<'_>, frequent: &[(&String, usize)]) -> String {
    match case.hides_outcome {
        true => String::new(),
        false => {
            let names = frequent.iter().map(|(name, _)| name.as_str());
            format!(": one of {}", table::quoted_list(names, 10))
        }
    }
}
