//! The few segments that explain a channel.
//!
//! Forward: of all segments of up to three conditions the one is told that is least likely if nothing but what was told
//! moved, corrected for how many segments of as many conditions there are. Then each told segment is tried against its
//! neighbours (a condition fewer, more or another), given the others, and dropped if it no longer holds. So a parent that was
//! taken for its children gives way to them, and a child to its parent.

use super::channel::{Channel, Kind, Told};
use super::dimension::Dimension;
use super::measure::{Measured, measure};
use super::movement::Moves;
use super::scan::{Cross, Scanned, Sums, View, tabulate};
use super::segment::{Condition, Segment};
use super::work::in_order;
use stats::math::ln;

/// How the chance of a false finding is shared out among segments of one, two and three conditions.
const SHARES: [&[f64]; 3] = [&[1.0], &[0.6, 0.4], &[0.5, 0.3, 0.2]];
/// Segments of each depth that are tested after each scan, and that come from each set of dimensions.
const TESTED: usize = 8;
/// A segment that has more than this share of its parent's rows says no more than its parent.
const LIKE_PARENT: f64 = 0.95;
/// Rows times sets of three dimensions up to which all of these are scanned.
const FULL_SCAN: usize = 12_000_000;
/// Pairs that are tried with a third condition where not all are.
const BEAM: usize = 60;
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
    pub(super) is_any_enough: bool,
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
}

/// All that hold.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) moved: Vec<Moved>,
    /// Segments of each depth that were looked at.
    pub(super) n_of_depth: [f64; 3],
    /// Whether another one would hold.
    pub(super) is_cut: bool,
}

/// Looks for the segments that explain a channel, which is made anew from what was found until that no longer changes it.
pub(super) fn search(channel: impl Fn(&Moves) -> Channel, field: &Field<'_>) -> Found {
    let (mut found, mut moves) = run(&channel(&Moves::default()), field, Vec::new(), [0.0; 3]);
    for _ in 0..REBUILDS {
        if found.moved.is_empty() || found.is_cut && field.is_any_enough {
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
    let found = Found {
        n_of_depth: search.n_of_depth,
        moved: search.moved,
        is_cut,
    };
    (found, moves)
}

struct Search<'a> {
    channel: &'a Channel,
    field: &'a Field<'a>,
    told: Told,
    moved: Vec<Moved>,
    /// Segments of each depth that were looked at; known after the first scan.
    n_of_depth: [f64; 3],
}

impl Search<'_> {
    /// The likeliest further segment that holds.
    fn best(&mut self) -> Option<Moved> {
        let candidates = self.candidates();
        let best = self.test(candidates).into_iter().reduce(better)?;
        let best = self.of_two_halves(best);
        (best.ln_adjusted <= ln(self.field.alpha)).then_some(best)
    }

    fn test(&self, segments: Vec<Segment>) -> Vec<Moved> {
        let tested = |segment: &Segment| {
            let rows = segment.rows(self.field.dimensions, self.channel.score.len());
            let measured = measure(self.channel, &self.told, &rows);
            Moved {
                ln_adjusted: (measured.ln_p + self.ln_penalty(segment.depth())).min(0.0),
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

    /// Of the two levels of one dimension either is the rest of the other. What moved is the one that moved at all, or the
    /// smaller one if both did.
    fn of_two_halves(&self, best: Moved) -> Moved {
        let [only] = best.segment.0[..] else {
            return best;
        };
        if self.field.dimensions[only.dimension].levels.len() != 2 {
            return best;
        }
        let other = Segment(vec![Condition {
            level: 1 - only.level,
            ..only
        }]);
        let rows = other.rows(self.field.dimensions, self.channel.score.len());
        let moves = [&best.rows, &rows].map(|rows| self.channel.own_movement(rows).abs() > 3.0);
        let is_other = match moves {
            [true, false] => false,
            [false, true] => true,
            _ => rows.len() < best.rows.len(),
        };
        if is_other {
            let measured = Measured {
                movement: -best.measured.movement,
                ..best.measured
            };
            return Moved {
                segment: other,
                rows,
                measured,
                ..best
            };
        }
        best
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
    }

    fn reconsider(&mut self, k: usize) -> bool {
        let others: Vec<usize> = (0..self.moved.len()).filter(|other| *other != k).collect();
        self.tell(&others);
        let segment = self.moved[k].segment.clone();
        let now = self.test(vec![segment.clone()]).remove(0);
        let is_new = |one: &Segment| *one != segment && others.iter().all(|k| self.moved[*k].segment != *one);
        let neighbours: Vec<Segment> = self.neighbours(&segment).into_iter().filter(is_new).collect();
        let best = self
            .test(neighbours)
            .into_iter()
            .reduce(better)
            .map(|best| self.of_two_halves(best));
        let is_moved_on =
            |best: &Moved| best.ln_adjusted < now.ln_adjusted - CLEARLY && is_new(&best.segment);
        let (chosen, is_changed) = match best.filter(is_moved_on) {
            Some(best) => (best, true),
            None => (now, false),
        };
        if chosen.ln_adjusted > ln(self.field.alpha) {
            self.moved.remove(k);
            return true;
        }
        self.moved[k] = chosen;
        is_changed
    }

    /// Segments with a condition fewer, more or another, the most promising ones.
    fn neighbours(&self, segment: &Segment) -> Vec<Segment> {
        let mut bases = segment.parents();
        for parent in bases.clone() {
            bases.extend(parent.parents());
        }
        bases.push(segment.clone());
        bases.sort();
        bases.dedup();
        let rows = self.rows();
        let view = self.view(&rows);
        let mut found: Vec<Scanned> = Vec::new();
        for base in bases
            .iter()
            .filter(|base| base.depth() < self.field.most_conditions)
        {
            found.extend(self.extended(base, &view));
        }
        let all = total(&view);
        let mut chosen = strongest(found, &all, self.channel, 2 * TESTED);
        chosen.extend(
            bases
                .into_iter()
                .filter(|base| base.depth() > 0 && *base != *segment),
        );
        chosen.sort();
        chosen.dedup();
        chosen
    }

    /// All segments with one more condition that are large enough.
    fn extended(&self, base: &Segment, view: &View<'_>) -> Vec<Scanned> {
        let rows = base.rows(self.field.dimensions, self.channel.score.len());
        let n = view.rows.len() as f64;
        let free = (0..self.field.dimensions.len()).filter(|d| !base.uses(*d));
        let mut found = Vec::new();
        for dimension in free {
            let axis = &self.field.dimensions[dimension];
            let codes = &axis.codes;
            let cell = |row: usize| codes[row] as usize;
            let sums = tabulate(
                view,
                rows.iter().map(|row| *row as usize),
                axis.levels.len(),
                cell,
            );
            for (level, sums) in sums.into_iter().enumerate() {
                let most = if base.depth() > 0 {
                    LIKE_PARENT * rows.len() as f64
                } else {
                    f64::INFINITY
                };
                let is_large = self.field.fewest <= sums.n && sums.n <= (n - self.field.fewest).min(most);
                if is_large && axis.levels[level].is_named {
                    let condition = Condition {
                        dimension,
                        level: level as u8,
                    };
                    found.push(Scanned {
                        segment: base.with(condition),
                        sums,
                    });
                }
            }
        }
        found
    }

    fn rows(&self) -> Vec<[f64; 4]> {
        let row = |row: usize| {
            let variance = self.channel.variance(&self.told, row);
            [1.0, self.told.score[row], self.channel.weight[row], variance]
        };
        (0..self.channel.score.len()).map(row).collect()
    }

    fn view<'a>(&'a self, rows: &'a [[f64; 4]]) -> View<'a> {
        View {
            rows,
            cluster: &self.channel.cluster,
        }
    }

    /// The segments of each depth whose scores stand out most.
    fn candidates(&mut self) -> Vec<Segment> {
        let rows = self.rows();
        let view = self.view(&rows);
        let all = total(&view);
        let mut counts = [0.0; 3];
        let mut by_depth: [Vec<Scanned>; 3] = Default::default();
        let n = self.field.dimensions.len();
        let n_sets = n * n.saturating_sub(1) * n.saturating_sub(2) / 6;
        let is_full = rows.len() * n_sets <= FULL_SCAN;
        let sets = subsets(
            n,
            if is_full {
                self.field.most_conditions
            } else {
                self.field.most_conditions.min(2)
            },
        );
        let scanned = in_order(&sets, self.field.n_threads, |set| self.scan(set, &view, &all));
        for (set, (n, strong)) in sets.iter().zip(scanned) {
            counts[set.len() - 1] += n;
            by_depth[set.len() - 1].extend(strong);
        }
        if !is_full && self.field.most_conditions == 3 {
            counts[2] = self.most_triples();
            let pairs = strongest(by_depth[1].clone(), &all, self.channel, BEAM);
            let extended = in_order(&pairs, self.field.n_threads, |pair| self.extended(pair, &view));
            by_depth[2] = extended.into_iter().flatten().collect();
        }
        if self.n_of_depth == [0.0; 3] {
            self.n_of_depth = counts;
        }
        let told = |segment: &Segment| self.moved.iter().any(|moved| moved.segment == *segment);
        let chosen = by_depth
            .into_iter()
            .flat_map(|found| strongest(found, &all, self.channel, TESTED));
        chosen.filter(|segment| !told(segment)).collect()
    }

    /// How many segments of three conditions there can be that are large enough, at most.
    fn most_triples(&self) -> f64 {
        let n = self.channel.score.len() as f64;
        let room = (n / self.field.fewest).floor();
        let levels: Vec<f64> = self
            .field
            .dimensions
            .iter()
            .map(|d| d.levels.len() as f64)
            .collect();
        let sets = subsets(levels.len(), 3).into_iter().filter(|set| set.len() == 3);
        sets.map(|set| set.iter().map(|d| levels[*d]).product::<f64>().min(room))
            .sum()
    }

    /// How many segments of a set of dimensions are large enough, and the strongest of them.
    fn scan(&self, set: &[usize], view: &View<'_>, all: &Sums) -> (f64, Vec<Scanned>) {
        let cross = Cross::of(self.field.dimensions, set, view);
        let parents: Vec<Vec<f64>> = match cross.depth() {
            1 => Vec::new(),
            depth => (0..depth).map(|place| cross.parent_rows(place)).collect(),
        };
        let is_large = |cell: usize| {
            let n = cross.cells[cell].n;
            self.field.fewest <= n
                && n <= all.n - self.field.fewest
                && (parents.iter().enumerate())
                    .all(|(place, rows)| n <= LIKE_PARENT * rows[cross.parent(cell, place)])
        };
        let mut found = Vec::new();
        for cell in (0..cross.cells.len()).filter(|cell| is_large(*cell)) {
            let segment = cross.segment(cell);
            let is_named =
                |c: &Condition| self.field.dimensions[c.dimension].levels[c.level as usize].is_named;
            if segment.0.iter().all(is_named) {
                let sums = cross.cells[cell];
                found.push(Scanned { segment, sums });
            }
        }
        let n = found.len() as f64;
        sort_by_strength(&mut found, all, self.channel);
        found.truncate(BEAM.max(TESTED));
        (n, found)
    }
}

fn total(view: &View<'_>) -> Sums {
    tabulate(view, 0..view.rows.len(), 1, |_| 0).remove(0)
}

/// The likelier one; of equals the one with fewer conditions, or of earlier dimensions.
fn better(a: Moved, b: Moved) -> Moved {
    let key = |one: &Moved| (one.segment.depth(), one.segment.clone());
    let order = a
        .ln_adjusted
        .total_cmp(&b.ln_adjusted)
        .then_with(|| key(&a).cmp(&key(&b)));
    if order.is_le() { a } else { b }
}

fn strongest(mut found: Vec<Scanned>, all: &Sums, channel: &Channel, n: usize) -> Vec<Segment> {
    sort_by_strength(&mut found, all, channel);
    found.truncate(n);
    found.into_iter().map(|one| one.segment).collect()
}

fn sort_by_strength(found: &mut [Scanned], all: &Sums, channel: &Channel) {
    found.sort_by_cached_key(|one| {
        let strength = strength(&one.sums, all, channel);
        (std::cmp::Reverse(Ordered(strength)), one.segment.clone())
    });
}

/// Roughly the square of the normal score of a segment against the rest.
fn strength(sums: &Sums, all: &Sums, channel: &Channel) -> f64 {
    let share = (sums.weight / all.weight).clamp(0.0, 1.0);
    let outside = (all.variance - sums.variance).max(0.0);
    let variance = sums.variance * (1.0 - share) * (1.0 - share) + outside * share * share;
    if variance <= 0.0 {
        return 0.0;
    }
    let square = sums.score * sums.score / variance;
    match channel.kind {
        Kind::PlainShare(_) if channel.cluster.is_empty() => square,
        // The scores' own squares hold the movement too.
        _ => square / (1.0 - square / sums.units.max(1.0)).max(0.1),
    }
}

#[derive(PartialEq)]
struct Ordered(f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Ordered) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Ordered) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// All sets of one to `most` of `n` things, in order.
fn subsets(n: usize, most: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = (0..n).map(|first| vec![first]).collect();
    let mut from = 0;
    for _ in 1..most {
        let until = sets.len();
        for k in from..until {
            for next in sets[k].last().map_or(0, |last| last + 1)..n {
                let mut set = sets[k].clone();
                set.push(next);
                sets.push(set);
            }
        }
        from = until;
    }
    sets
}

impl Channel {
    /// How many standard errors the rows moved by themselves, whatever the rest did.
    fn own_movement(&self, rows: &[u32]) -> f64 {
        let sum = |f: &dyn Fn(usize) -> f64| rows.iter().map(|row| f(*row as usize)).sum::<f64>();
        let sign = |row: usize| 2.0 * f64::from(self.after[row]) - 1.0;
        let (all, squares) = match &self.kind {
            Kind::Rate(_) => (
                sum(&|row| self.score[row]),
                sum(&|row| self.score[row] * self.score[row]),
            ),
            // As many rows after as before is no movement.
            _ => (
                sum(&|row| sign(row) * self.weight[row]),
                sum(&|row| self.weight[row] * self.weight[row]),
            ),
        };
        if squares > 0.0 { all / squares.sqrt() } else { 0.0 }
    }
}
