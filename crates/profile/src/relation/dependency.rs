//! Columns that settle others, and columns that name rows.

use super::Side;
use crate::Meaning;
use crate::work::in_order;
use std::collections::{HashMap, HashSet};

/// Fewest rows that could have broken a dependency.
const FEWEST_CHANCES: u64 = 50;
/// Columns tried in pairs as keys.
const PAIRED: usize = 12;
/// Keys of two columns that are returned.
const MOST_PAIRS: usize = 5;

/// A column whose value settles that of another, in all sampled rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// The column that settles.
    pub column: String,
    /// The column that is settled.
    pub settles: String,
    /// Whether the second settles the first as well: two names of one thing.
    pub is_mutual: bool,
    /// Rows that repeat a value of `column` and so could have shown another value of `settles`, but did not.
    pub n_chances: u64,
    /// The share of rows that may break it all the same, at 95%: nothing was found in `n_chances` rows.
    pub at_most: f64,
}

/// Dependencies with enough chances to break, those with the most chances first.
///
/// # Reference
/// J. A. Hanley, A. Lippman-Hand (1983), If nothing goes wrong, is everything all right?, JAMA 249, 1743-1745.
pub(super) fn dependencies(sides: &[Side<'_>], n_threads: usize) -> Vec<Dependency> {
    let candidates: Vec<&Side<'_>> = sides
        .iter()
        .filter(|side| !matches!(side.profile.meaning, Meaning::Constant | Meaning::AllMissing))
        .collect();
    let settled = |one: &Side<'_>, other: &Side<'_>| settles(&one.hashes, &other.hashes);
    let places: Vec<usize> = (0..candidates.len()).collect();
    let of_each = in_order(&places, n_threads, |place| {
        let one = candidates[*place];
        let others = candidates.iter().enumerate().filter(|(other, _)| other != place);
        let found = others.filter_map(|(other_place, other)| {
            let n_chances = settled(one, other).filter(|n| *n >= FEWEST_CHANCES)?;
            let is_mutual = settled(other, one).is_some();
            // of two names of one thing the earlier column stands first
            (!is_mutual || *place < other_place).then(|| Dependency {
                column: one.name().to_owned(),
                settles: other.name().to_owned(),
                is_mutual,
                n_chances,
                at_most: 3.0 / n_chances as f64,
            })
        });
        found.collect::<Vec<_>>()
    });
    let mut found: Vec<Dependency> = of_each.concat();
    found.sort_by_key(|dependency| std::cmp::Reverse(dependency.n_chances));
    found
}

/// How many rows repeat a value of `from` and show the same value of `to`; `None` where one shows another.
fn settles(from: &[u64], to: &[u64]) -> Option<u64> {
    let mut seen: HashMap<u64, u64> = HashMap::new();
    let mut n_chances = 0;
    for (from, to) in from.iter().zip(to) {
        match seen.get(from) {
            Some(known) if known == to => n_chances += 1,
            Some(_) => return None,
            None => drop(seen.insert(*from, *to)),
        }
    }
    Some(n_chances)
}

/// Columns that name rows: by the pass over all rows where single, in the sample where two together.
pub(super) fn keys(sides: &[Side<'_>]) -> Vec<Vec<String>> {
    let n = |side: &&Side<'_>| side.profile.n;
    let is_key = |side: &&Side<'_>| {
        let profile = side.profile;
        1 < n(side) && profile.n_missing == 0 && profile.repeated.value == 0.0
    };
    // distances and amounts may differ in every row by chance
    let is_name = |side: &&Side<'_>| {
        let names = [
            Meaning::Identifier,
            Meaning::Date,
            Meaning::Time,
            Meaning::Category,
            Meaning::Target,
        ];
        names.contains(&side.profile.meaning)
    };
    let single: Vec<Vec<String>> = sides
        .iter()
        .filter(is_key)
        .filter(is_name)
        .map(|side| vec![side.name().to_owned()])
        .collect();
    if !single.is_empty() {
        return single;
    }
    let mut parts: Vec<&Side<'_>> = sides.iter().filter(|side| side.profile.n_missing == 0).collect();
    parts.retain(|side| {
        let meaning = side.profile.meaning;
        matches!(
            meaning,
            Meaning::Identifier | Meaning::Category | Meaning::Place | Meaning::Date | Meaning::Time
        ) || (meaning == Meaning::Count && side.profile.distinct.value > 10.0)
    });
    parts.sort_by(|a, b| b.profile.distinct.value.total_cmp(&a.profile.distinct.value));
    parts.truncate(PAIRED);
    let mut pairs = Vec::new();
    for (place, one) in parts.iter().enumerate() {
        for other in &parts[place + 1..] {
            if one.hashes.len() > 1 && are_unique(&one.hashes, &other.hashes) {
                pairs.push(vec![one.name().to_owned(), other.name().to_owned()]);
            }
        }
    }
    pairs.truncate(MOST_PAIRS);
    pairs
}

fn are_unique(a: &[u64], b: &[u64]) -> bool {
    let mut seen = HashSet::with_capacity(a.len());
    a.iter().zip(b).all(|pair| seen.insert(pair))
}
