//! Which segments are worth a test.

use super::channel::{Channel, Kind, Told};
use super::scan::{Cross, Scanned, Sums, View, tabulate};
use super::search::Field;
use super::segment::{Condition, Segment};
use super::subsets::subsets;
use crate::work::in_order;

/// Segments of each depth that are tested after each scan.
const TESTED: usize = 8;
/// A segment that has more than this share of its parent's rows says no more than its parent.
const LIKE_PARENT: f64 = 0.95;
/// Rows times sets of three dimensions up to which all of these are scanned.
const FULL_SCAN: usize = 12_000_000;
/// Pairs that are tried with a third condition where not all are.
const BEAM: usize = 60;

/// A look at all segments, given what was told.
pub(super) struct Look<'a> {
    channel: &'a Channel,
    field: &'a Field<'a>,
    rows: Vec<[f64; 4]>,
    all: Sums,
}

impl<'a> Look<'a> {
    pub(super) fn new(channel: &'a Channel, field: &'a Field<'a>, told: &Told) -> Look<'a> {
        let row = |row: usize| {
            [
                1.0,
                told.score[row],
                channel.weight[row],
                channel.variance(told, row),
            ]
        };
        let mut look = Look {
            channel,
            field,
            rows: (0..channel.score.len()).map(row).collect(),
            all: Sums::default(),
        };
        look.all = tabulate(&look.view(), 1, |_| 0).remove(0);
        look
    }

    fn view(&self) -> View<'_> {
        View {
            rows: &self.rows,
            cluster: &self.channel.cluster,
        }
    }

    /// The segments of each depth whose scores stand out most, and how many of each depth were looked at.
    pub(super) fn candidates(&self) -> (Vec<Segment>, [f64; 3]) {
        let mut counts = [0.0; 3];
        let mut by_depth: [Vec<Scanned>; 3] = Default::default();
        let n = self.field.dimensions.len();
        let most = self.field.most_conditions;
        let n_triples = n * n.saturating_sub(1) * n.saturating_sub(2) / 6;
        let is_full = self.rows.len() * n_triples <= FULL_SCAN;
        let sets = subsets(n, if is_full { most } else { most.min(2) });
        let scanned = in_order(&sets, self.field.n_threads, |set| self.scan(set));
        for (set, (n, strong)) in sets.iter().zip(scanned) {
            counts[set.len() - 1] += n;
            by_depth[set.len() - 1].extend(strong);
        }
        if !is_full && most == 3 {
            counts[2] = self.most_triples();
            let pairs = self.strongest(by_depth[1].clone(), BEAM);
            let extended = in_order(&pairs, self.field.n_threads, |pair| self.extended(pair));
            by_depth[2] = extended.into_iter().flatten().collect();
        }
        let chosen = by_depth.into_iter().flat_map(|found| self.worth_a_test(found));
        (chosen.collect(), counts)
    }

    /// How many segments of three conditions there can be that are large enough, at most.
    fn most_triples(&self) -> f64 {
        let room = (self.all.n / self.field.fewest).floor();
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
    fn scan(&self, set: &[usize]) -> (f64, Vec<Scanned>) {
        let cross = Cross::of(self.field.dimensions, set, &self.view());
        let parents: Vec<Vec<f64>> = match cross.depth() {
            1 => Vec::new(),
            depth => (0..depth).map(|place| cross.parent_rows(place)).collect(),
        };
        let is_large = |cell: usize| {
            let n = cross.cells[cell].n;
            self.field.fewest <= n
                && n <= self.all.n - self.field.fewest
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
        self.sort_by_strength(&mut found);
        found.truncate(BEAM.max(2 * TESTED));
        (n, found)
    }

    /// Segments with a condition fewer, more or another, the most promising ones.
    pub(super) fn neighbours(&self, segment: &Segment) -> Vec<Segment> {
        let mut bases = segment.parents();
        for parent in bases.clone() {
            bases.extend(parent.parents());
        }
        bases.push(segment.clone());
        bases.sort();
        bases.dedup();
        let open = bases
            .iter()
            .filter(|base| (1..self.field.most_conditions).contains(&base.depth()));
        let found = open.flat_map(|base| self.extended(base)).collect();
        let mut chosen = self.worth_a_test(found);
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
    fn extended(&self, base: &Segment) -> Vec<Scanned> {
        let rows = base.rows(self.field.dimensions, self.channel.score.len());
        // Side by side, because they are gone through for each dimension.
        let own: Vec<[f64; 4]> = rows.iter().map(|row| self.rows[*row as usize]).collect();
        let cluster = &self.channel.cluster;
        let clusters = if cluster.is_empty() { &[][..] } else { &rows[..] };
        let clusters: Vec<u32> = clusters.iter().map(|row| cluster[*row as usize]).collect();
        let view = View {
            rows: &own,
            cluster: &clusters,
        };
        let most = (self.all.n - self.field.fewest).min(LIKE_PARENT * rows.len() as f64);
        let free = (0..self.field.dimensions.len()).filter(|d| !base.uses(*d));
        let mut found = Vec::new();
        for dimension in free {
            let axis = &self.field.dimensions[dimension];
            let cell = |place: usize| axis.codes[rows[place] as usize] as usize;
            let sums = tabulate(&view, axis.levels.len(), cell);
            for (level, sums) in sums.into_iter().enumerate() {
                let is_large = self.field.fewest <= sums.n && sums.n <= most;
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

    /// Those that are surest, and those that explain most.
    fn worth_a_test(&self, mut found: Vec<Scanned>) -> Vec<Segment> {
        let gain = |one: &Scanned| one.sums.score * one.sums.score / one.sums.weight.max(f64::MIN_POSITIVE);
        let mut chosen = self.strongest(found.clone(), TESTED);
        found.sort_by(|a, b| {
            gain(b)
                .total_cmp(&gain(a))
                .then_with(|| a.segment.cmp(&b.segment))
        });
        chosen.extend(found.into_iter().take(TESTED).map(|one| one.segment));
        chosen.sort();
        chosen.dedup();
        chosen
    }

    fn strongest(&self, mut found: Vec<Scanned>, n: usize) -> Vec<Segment> {
        self.sort_by_strength(&mut found);
        found.truncate(n);
        found.into_iter().map(|one| one.segment).collect()
    }

    fn sort_by_strength(&self, found: &mut [Scanned]) {
        found.sort_by_cached_key(|one| {
            let strength = self.strength(&one.sums);
            (std::cmp::Reverse(Ordered(strength)), one.segment.clone())
        });
    }

    /// Roughly the square of the normal score of a segment against the rest.
    fn strength(&self, sums: &Sums) -> f64 {
        let all = &self.all;
        let share = (sums.weight / all.weight).clamp(0.0, 1.0);
        let outside = (all.variance - sums.variance).max(0.0);
        let variance = sums.variance * (1.0 - share) * (1.0 - share) + outside * share * share;
        if variance <= 0.0 {
            return 0.0;
        }
        let square = sums.score * sums.score / variance;
        match self.channel.kind {
            Kind::PlainShare(_) if self.channel.cluster.is_empty() => square,
            // The scores' own squares hold the movement too.
            _ => square / (1.0 - square / sums.units.max(1.0)).max(0.1),
        }
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
