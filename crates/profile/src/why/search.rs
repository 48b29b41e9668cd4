//! The few segments that explain a channel.
//!
//! Forward: of all segments of up to three conditions that hold (a test of each, given what was told, corrected for how many
//! segments of as many conditions there are) the one is told that explains most. Then each told segment is tried against its
//! neighbours (a condition fewer, more or another), given the others, and dropped if it no longer holds. So a parent that was
//! taken for its children gives way to them, and a child to its parent.

use super::candidates::Look;
use super::channel::{Channel, Told};
use super::dimension::Dimension;
use super::measure::{Measured, measure};
use super::movement::Moves;
use super::segment::Segment;
use crate::work::in_order;
use stats::math::ln;

/// How the chance of a false finding is shared out among segments of one, two and three conditions.
const SHARES: [&[f64]; 3] = [&[1.0], &[0.6, 0.4], &[0.5, 0.3, 0.2]];
/// A neighbour must be likelier by so much, in `ln`.
const CLEARLY: f64 = 0.5;
/// How often scores are made anew from what was found.
const REBUILDS: usize = 2;
/// Rounds of trying neighbours after each finding.
const ROUNDS: usize = 3;

/// Where to look.
#[derive(Debug)]
pub(super) struct Field<'a> {
    pub(super) dimensions: &'a [Dimension],
    /// Fewest rows inside and outside.
    pub(super) fewest: f64,
    pub(super) most_conditions: usize,
    pub(super) most_findings: usize,
    /// Whether nothing more is wanted to be known once there are more than `most_findings`.
    pub(super) is_more_enough: bool,
    /// The chance of any finding if nothing moved.
    pub(super) alpha: f64,
    pub(super) n_threads: usize,
}

/// A segment that holds.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    pub(super) segment: Segment,
    pub(super) rows: Vec<u32>,
    pub(super) measured: Measured,
    /// `ln` of the corrected p-value.
    pub(super) ln_adjusted: f64,
    /// The lower, the better it explains: what it explains, less a fine for how many segments there are like it.
    pub(super) rank: f64,
}

/// All that hold.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) moved: Vec<Moved>,
    /// Segments of each depth that were looked at.
    pub(super) n_of_depth: [f64; 3],
    /// Whether another one would hold.
    pub(super) is_cut: bool,
    /// How much is explained by what everything did and by the segments, each less its fine: a sum of `-ln` of p-values.
    pub(super) evidence: f64,
}

/// Looks for the segments that explain a channel, which is made anew from what was found until that no longer changes it.
pub(super) fn search(channel: impl Fn(&Moves) -> Channel, field: &Field<'_>) -> Found {
    let (mut found, mut moves) = run(&channel(&Moves::default()), field, Vec::new(), [0.0; 3]);
    for _ in 0..REBUILDS {
        if found.moved.is_empty() || (found.is_cut && field.is_more_enough) {
            break;
        }
        let before: Vec<Segment> = found.moved.iter().map(|moved| moved.segment.clone()).collect();
        (found, moves) = run(&channel(&moves), field, found.moved, found.n_of_depth);
        if found.moved.iter().map(|moved| &moved.segment).eq(&before) {
            break;
        }
    }
    found
}

/// One way from what was found so far.
fn run(channel: &Channel, field: &Field<'_>, moved: Vec<Moved>, n_of_depth: [f64; 3]) -> (Found, Moves) {
    let mut search = Search {
        channel,
        field,
        told: Told::of(channel, &[]),
        dispersion: 1.0,
        moved,
        n_of_depth,
    };
    search.improve((0..search.moved.len()).collect());
    let mut is_cut = false;
    while let Some(best) = search.best() {
        if search.moved.len() == field.most_findings {
            is_cut = true;
            break;
        }
        let n_before = search.moved.len();
        let mut near = search.near(&best.rows);
        near.push(n_before);
        search.moved.push(best);
        search.improve(near);
        if search.moved.len() <= n_before {
            break;
        }
    }
    let told = &search.told;
    let moves = Moves {
        segments: search.moved.iter().map(|moved| moved.rows.clone()).collect(),
        by_row: told
            .member
            .iter()
            .map(|set| told.movement[*set as usize])
            .collect(),
    };
    let of_segments: f64 = search.moved.iter().map(|moved| -moved.ln_adjusted).sum();
    let found = Found {
        evidence: of_segments + told.evidence_of_all(channel),
        n_of_depth: search.n_of_depth,
        moved: search.moved,
        is_cut,
    };
    (found, moves)
}

pub(super) struct Search<'a> {
    pub(super) channel: &'a Channel,
    pub(super) field: &'a Field<'a>,
    told: Told,
    /// Variance of scores for each weight, given what was told.
    dispersion: f64,
    moved: Vec<Moved>,
    /// Segments of each depth that were looked at; known after the first scan.
    n_of_depth: [f64; 3],
}

impl Search<'_> {
    /// The likeliest further segment that holds.
    fn best(&mut self) -> Option<Moved> {
        let (mut candidates, n_of_depth) = Look::new(self.channel, self.field, &self.told).candidates();
        candidates.retain(|segment| self.moved.iter().all(|moved| moved.segment != *segment));
        if self.n_of_depth == [0.0; 3] {
            self.n_of_depth = n_of_depth;
        }
        let held = self.test(candidates).into_iter().filter(|one| self.holds(one));
        let best = held.reduce(better)?;
        Some(self.of_two_halves(best))
    }

    fn holds(&self, one: &Moved) -> bool {
        one.ln_adjusted <= ln(self.field.alpha)
    }

    fn test(&self, segments: Vec<Segment>) -> Vec<Moved> {
        let tested = |segment: &Segment| {
            let rows = segment.rows(self.field.dimensions, self.channel.score.len());
            let measured = measure(self.channel, &self.told, &rows);
            let fine = self.ln_penalty(segment.depth());
            Moved {
                ln_adjusted: (measured.ln_p + fine).min(0.0),
                rank: fine - 0.5 * measured.gain / self.dispersion,
                segment: segment.clone(),
                rows,
                measured,
            }
        };
        in_order(&segments, self.field.n_threads, tested)
    }

    fn ln_penalty(&self, depth: usize) -> f64 {
        let shares = SHARES[self.field.most_conditions - 1];
        ln(self.n_of_depth[depth - 1].max(1.0) / shares[depth - 1])
    }

    /// Tries told segments against their neighbours, and drops those that no longer hold; and so with those that have rows in
    /// common with what changed, a few times over.
    fn improve(&mut self, mut which: Vec<usize>) {
        for _ in 0..ROUNDS {
            let mut changed: Vec<Vec<u32>> = Vec::new();
            for k in which.drain(..).rev() {
                let before = self.moved[k].rows.clone();
                if self.reconsider(k) {
                    changed.push(before);
                }
            }
            self.tell(&(0..self.moved.len()).collect::<Vec<_>>());
            which = changed.iter().flat_map(|rows| self.near(rows)).collect();
            which.sort_unstable();
            which.dedup();
            if which.is_empty() {
                break;
            }
        }
    }

    /// Told segments that have any of these rows.
    fn near(&self, rows: &[u32]) -> Vec<usize> {
        let sets = rows
            .iter()
            .fold(0, |sets, row| sets | self.told.member[*row as usize]);
        (0..self.moved.len()).filter(|k| sets >> k & 1 == 1).collect()
    }

    fn tell(&mut self, which: &[usize]) {
        let rows: Vec<Vec<u32>> = which.iter().map(|k| self.moved[*k].rows.clone()).collect();
        self.told = Told::of(self.channel, &rows);
        self.dispersion = self.channel.dispersion(&self.told);
    }

    fn reconsider(&mut self, k: usize) -> bool {
        let others: Vec<usize> = (0..self.moved.len()).filter(|other| *other != k).collect();
        self.tell(&others);
        let segment = self.moved[k].segment.clone();
        let now = self.test(vec![segment.clone()]).remove(0);
        let is_new = |one: &Segment| *one != segment && others.iter().all(|k| self.moved[*k].segment != *one);
        let neighbours = Look::new(self.channel, self.field, &self.told).neighbours(&segment);
        let neighbours: Vec<Segment> = neighbours.into_iter().filter(is_new).collect();
        let held = self.test(neighbours).into_iter().filter(|one| self.holds(one));
        let best = held.reduce(better).map(|best| self.of_two_halves(best));
        let is_clear = |best: &Moved| best.rank < now.rank - CLEARLY || !self.holds(&now);
        let (chosen, is_changed) = match best.filter(|best| is_clear(best) && is_new(&best.segment)) {
            Some(best) => (best, true),
            None => (now, false),
        };
        if !self.holds(&chosen) {
            self.moved.remove(k);
            return true;
        }
        self.moved[k] = chosen;
        is_changed
    }
}

/// The one that explains more; of equals the one with fewer conditions, or of earlier dimensions.
fn better(a: Moved, b: Moved) -> Moved {
    let key = |one: &Moved| (one.segment.depth(), one.segment.clone());
    let order = a.rank.total_cmp(&b.rank).then_with(|| key(&a).cmp(&key(&b)));
    if order.is_le() { a } else { b }
}
