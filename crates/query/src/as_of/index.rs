//! Who was the latest by then: right rows in the order in which they come to count, each with the best so far.

use std::collections::HashMap;

/// What decides about a right row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) event: i64,
    /// The last of the moments at which it became known; `i64::MIN` if none is told.
    pub(super) known: i64,
}

/// Searches that go side by side.
const LANES: usize = 16;

/// Where to look, and up to when.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    rows: std::ops::Range<usize>,
    moment: i64,
}

/// The right side of an as-of join, ready to be asked.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Where each key's rows are.
    groups: HashMap<Box<[u8]>, std::ops::Range<usize>>,
    /// From when on a row counts, ascending within a key.
    counts_from: Vec<i64>,
    /// The best row among those that count by then.
    best: Vec<u32>,
}

impl Index {
    /// The index of rows by their keys; a row without a key, event or moment of becoming known is no candidate.
    ///
    /// A row counts once its event has happened (`is_strict`: a step after it) and it is known. The best is that of the
    /// latest event, then that known last, then the later row.
    pub(super) fn new<'k>(
        rows: impl Iterator<Item = Option<(&'k [u8], Candidate)>>,
        is_strict: bool,
    ) -> Index {
        let mut groups: HashMap<Box<[u8]>, u32> = HashMap::new();
        let mut entries: Vec<(u32, i64, Candidate, u32)> = Vec::with_capacity(rows.size_hint().0);
        for (row, found) in rows.enumerate() {
            let Some((key, candidate)) = found else {
                continue;
            };
            let event = match is_strict {
                true => candidate.event.checked_add(1),
                false => Some(candidate.event),
            };
            // After the last moment there is none.
            let Some(event) = event else {
                continue;
            };
            let group = match groups.get(key) {
                Some(group) => *group,
                None => {
                    let group = groups.len() as u32;
                    groups.insert(key.into(), group);
                    group
                }
            };
            entries.push((group, event.max(candidate.known), candidate, row as u32));
        }
        entries.sort_unstable_by_key(|(group, from, _, row)| (*group, *from, *row));
        let mut ranges = vec![0..0; groups.len()];
        let mut index = Index {
            counts_from: Vec::with_capacity(entries.len()),
            best: Vec::with_capacity(entries.len()),
            groups: HashMap::new(),
        };
        for run in entries.chunk_by(|one, next| one.0 == next.0) {
            let start = index.best.len();
            let mut best: Option<(Candidate, u32)> = None;
            for (_, from, candidate, row) in run {
                let rank = |(candidate, row): (Candidate, u32)| (candidate.event, candidate.known, row);
                let new = (*candidate, *row);
                let kept = best.filter(|best| rank(new) < rank(*best)).unwrap_or(new);
                best = Some(kept);
                index.counts_from.push(*from);
                index.best.push(kept.1);
            }
            ranges[run[0].0 as usize] = start..index.best.len();
        }
        index.groups = groups
            .into_iter()
            .map(|(key, group)| (key, ranges[group as usize].clone()))
            .collect();
        index
    }

    /// What is asked of a key at a moment; nothing is found where it has no row.
    pub(super) fn ask(&self, key: &[u8], moment: i64) -> Option<Asked> {
        let rows = self.groups.get(key)?.clone();
        Some(Asked { rows, moment })
    }

    /// The best row that counts, for each that is asked. Searches go side by side, so that they wait for memory together.
    pub(super) fn find(&self, asked: &[Option<Asked>]) -> Vec<Option<u32>> {
        let mut found = Vec::with_capacity(asked.len());
        for asked in asked.chunks(LANES) {
            self.search(asked, &mut found);
        }
        found
    }

    fn search(&self, asked: &[Option<Asked>], found: &mut Vec<Option<u32>>) {
        let (mut bases, mut sizes, mut moments) = ([0; LANES], [0; LANES], [0; LANES]);
        for (lane, asked) in asked.iter().enumerate() {
            if let Some(asked) = asked {
                (bases[lane], sizes[lane], moments[lane]) =
                    (asked.rows.start, asked.rows.len(), asked.moment);
            }
        }
        while sizes.iter().any(|size| 1 < *size) {
            for lane in 0..asked.len() {
                let half = sizes[lane] / 2;
                let middle = bases[lane] + half;
                if 0 < half && self.counts_from[middle] <= moments[lane] {
                    bases[lane] = middle;
                }
                sizes[lane] -= half;
            }
        }
        let best = |lane: usize| {
            let is_there = sizes[lane] == 1 && self.counts_from[bases[lane]] <= moments[lane];
            is_there.then(|| self.best[bases[lane]])
        };
        found.extend((0..asked.len()).map(best));
    }

    /// About how many bytes it takes for each row.
    pub(super) const BYTES_PER_ROW: usize = 64;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the definition says, looking at every row.
    fn naive(rows: &[Option<(u8, Candidate)>], is_strict: bool, key: u8, moment: i64) -> Option<u32> {
        let counts = |candidate: &Candidate| {
            let has_happened = if is_strict {
                candidate.event < moment
            } else {
                candidate.event <= moment
            };
            has_happened && candidate.known <= moment
        };
        rows.iter()
            .enumerate()
            .filter_map(|(row, found)| found.map(|(key, candidate)| (row as u32, key, candidate)))
            .filter(|(_, of, candidate)| *of == key && counts(candidate))
            .max_by_key(|(row, _, candidate)| (candidate.event, candidate.known, *row))
            .map(|(row, ..)| row)
    }

    #[test]
    fn it_agrees_with_looking_at_every_row() {
        let mut state = 7u64;
        let mut draw = |n: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        for round in 0..200 {
            let rows: Vec<Option<(u8, Candidate)>> = (0..60)
                .map(|_| {
                    let candidate = Candidate {
                        event: draw(12) as i64,
                        known: if round % 2 == 0 { draw(14) as i64 } else { i64::MIN },
                    };
                    (0 < draw(9)).then(|| (draw(4) as u8, candidate))
                })
                .collect();
            let keys: Vec<[u8; 1]> = (0..5).map(|key| [key]).collect();
            for is_strict in [false, true] {
                let candidates = rows.iter().map(|row| {
                    row.as_ref()
                        .map(|(key, candidate)| (keys[usize::from(*key)].as_slice(), *candidate))
                });
                let index = Index::new(candidates, is_strict);
                let all = || (0..5u8).flat_map(|key| (-1..16).map(move |moment| (key, moment)));
                let asked: Vec<Option<Asked>> =
                    all().map(|(key, moment)| index.ask(&[key], moment)).collect();
                for ((key, moment), found) in all().zip(index.find(&asked)) {
                    let expected = naive(&rows, is_strict, key, moment);
                    assert_eq!(found, expected, "{round} {is_strict} {key} {moment}");
                }
            }
        }
    }

    #[test]
    fn nothing_comes_after_the_last_moment() {
        let candidate = Candidate {
            event: i64::MAX,
            known: i64::MIN,
        };
        let rows = || std::iter::once(Some((&[0u8][..], candidate)));
        let found = |is_strict: bool| {
            let index = Index::new(rows(), is_strict);
            index.find(&[index.ask(&[0], i64::MAX)])
        };
        assert_eq!((found(false), found(true)), (vec![Some(0)], vec![None]));
    }
}
