//! Columns that settle others, and columns that name rows.

use super::Side;
use crate::Meaning;
use crate::by_hash::ByHash;
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
    let places: Vec<usize> = (0..candidates.len()).collect();
    let numbered = in_order(&places, n_threads, |place| {
        Numbered::of(&candidates[*place].hashes)
    });
    let settled = |one: usize, other: usize| numbered[one].settles(&candidates[other].hashes);
    let of_each = in_order(&places, n_threads, |place| {
        let one = candidates[*place];
        let others = candidates.iter().enumerate().filter(|(other, _)| other != place);
        let found = others.filter_map(|(other_place, other)| {
            let n_chances = settled(*place, other_place).filter(|n| *n >= FEWEST_CHANCES)?;
            let is_mutual = settled(other_place, *place).is_some();
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

/// The values of a column, numbered in the order in which they appear.
struct Numbered {
    of_rows: Vec<u32>,
    n: usize,
}

impl Numbered {
    fn of(hashes: &[u64]) -> Numbered {
        let mut numbers: HashMap<u64, u32, ByHash> = HashMap::default();
        let number = |hash: &u64| {
            let next = numbers.len() as u32;
            *numbers.entry(*hash).or_insert(next)
        };
        Numbered {
            of_rows: hashes.iter().map(number).collect(),
            n: numbers.len(),
        }
    }

    /// How many rows repeat a value and show the same value of `to`; `None` where one shows another.
    fn settles(&self, to: &[u64]) -> Option<u64> {
        let mut shown = vec![0; self.n];
        let mut n_seen = 0;
        for (number, to) in self.of_rows.iter().zip(to) {
            let shown = &mut shown[*number as usize];
            if *number == n_seen {
                (*shown, n_seen) = (*to, n_seen + 1);
            } else if *shown != *to {
                return None;
            }
        }
        Some(self.of_rows.len() as u64 - u64::from(n_seen))
    }
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
