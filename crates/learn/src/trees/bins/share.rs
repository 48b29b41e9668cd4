//! Features that share a column: its cells number the combinations of their bins that any row has.
//!
//! Where features exclude each other, as the columns of a category spread out do, one column holds hundreds of them; eight
//! flags fit whatever they are. No sum changes by this: those of a feature's bins are added up from those of its column's
//! numbers, and all are whole. G. Ke et al. (2017), LightGBM, NeurIPS 30, bundle features that exclude each other.

use rayon::prelude::*;

use super::{BinSet, Bins, Column, Rules, Seat};
use crate::trees::gradient::Sum;

/// The numbers that a cell can have.
const MOST_CODES: usize = 256;

/// The bins of a feature that shares a column at most.
const MOST_SHARING: usize = 128;

/// The shared columns that a feature is tried with, the latest first.
const MOST_TRIED: usize = 8;

/// The cells of rows that one number, kept and added up for both sides of a split, must save.
const PRICE: usize = 16;

/// The bins of a feature that rows have.
#[derive(Clone, Copy)]
struct Used {
    n: usize,
    last: u8,
}

/// A feature in a shared column.
#[derive(Clone, Debug)]
pub(super) struct Share {
    /// The bin that each number means.
    bins: Vec<u8>,
    /// The bin of most numbers, and the others with their bins.
    usual: u8,
    others: Vec<(u8, u8)>,
}

impl Share {
    fn new(bins: Vec<u8>) -> Share {
        let mut counts = [0usize; 256];
        bins.iter().for_each(|&bin| counts[usize::from(bin)] += 1);
        let most = counts.iter().max().copied().unwrap_or(0);
        let usual = counts.iter().position(|&count| count == most).unwrap_or(0) as u8;
        let numbered = bins.iter().zip(0..=255).map(|(&bin, code)| (code, bin));
        Share {
            usual,
            others: numbered.filter(|(_, bin)| *bin != usual).collect(),
            bins,
        }
    }

    pub(super) fn n_codes(&self) -> usize {
        self.bins.len()
    }

    /// The numbers that mean one of some bins.
    pub(super) fn codes(&self, bins: &BinSet) -> BinSet {
        BinSet::of(self.bins.len(), |code| {
            bins.contains(usize::from(self.bins[code]))
        })
    }

    /// The sums of bins from those of numbers; the usual bin has what is left of the total.
    pub(super) fn add_up<S: Sum>(&self, of_codes: &[S], total: S, of_bins: &mut [S]) {
        let mut rest = total;
        for &(code, bin) in &self.others {
            let sum = of_codes[usize::from(code)];
            of_bins[usize::from(bin)].add(sum);
            rest = rest.minus(sum);
        }
        of_bins[usize::from(self.usual)] = rest;
    }
}

/// A column that is being shared.
struct Shared {
    /// Where its numbers stand.
    column: usize,
    /// Its features, with the bin that each number means.
    features: Vec<(usize, Vec<u8>)>,
}

/// The combinations of two columns' bytes that rows have, in order.
struct Pairs {
    pairs: Vec<(u8, u8)>,
    /// The number of each, `(256, 256)`.
    number: Vec<u8>,
}

impl Pairs {
    /// The pairs of all rows; none if there are too many.
    fn new([one, other]: [Column<'_>; 2], n_rows: usize) -> Option<Pairs> {
        let (mut is_met, mut n_met) = (vec![false; 1 << 16], 0);
        for row in 0..n_rows as u32 {
            let met = &mut is_met[usize::from(one.bin(row)) << 8 | usize::from(other.bin(row))];
            n_met += usize::from(!std::mem::replace(met, true));
            if MOST_CODES < n_met {
                return None;
            }
        }
        let met = (0..=u16::MAX).filter(|&pair| is_met[usize::from(pair)]);
        let pairs: Vec<(u8, u8)> = met.map(|pair| ((pair >> 8) as u8, pair as u8)).collect();
        let mut number = vec![0; 1 << 16];
        for (&(one, other), place) in pairs.iter().zip(0..=255) {
            number[usize::from(one) << 8 | usize::from(other)] = place;
        }
        Some(Pairs { pairs, number })
    }

    fn number(&self, one: u8, other: u8) -> u8 {
        self.number[usize::from(one) << 8 | usize::from(other)]
    }
}

impl Shared {
    /// The numbers of a column of one feature are its bins.
    fn new(column: usize, feature: usize, last_bin: u8) -> Shared {
        Shared {
            column,
            features: vec![(feature, (0..=last_bin).collect())],
        }
    }

    fn n_codes(&self) -> usize {
        self.features[0].1.len()
    }

    /// How many numbers are kept and added up for its features.
    fn cost(&self) -> usize {
        let cost = |(_, bins): &(usize, Vec<u8>)| match self.features.len() {
            1 => 0,
            _ => Share::new(bins.clone()).others.len(),
        };
        self.n_codes() + self.features.iter().map(cost).sum::<usize>()
    }

    /// What it is with one more feature.
    fn with(&self, feature: usize, pairs: &Pairs) -> Shared {
        let of_codes = |bins: &[u8]| {
            pairs
                .pairs
                .iter()
                .map(|(code, _)| bins[usize::from(*code)])
                .collect()
        };
        let features = self
            .features
            .iter()
            .map(|(feature, bins)| (*feature, of_codes(bins)));
        let new = (feature, pairs.pairs.iter().map(|(_, bin)| *bin).collect());
        Shared {
            column: self.column,
            features: features.chain([new]).collect(),
        }
    }
}

impl Bins {
    /// Leaves out features that do not vary, and lets others share columns where that saves work.
    pub(super) fn close_up(mut self, rules: &Rules<'_>) -> Bins {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let used: Vec<Used> = all.par_iter().map(|&feature| self.used(feature)).collect();
        let varying: Vec<usize> = all.into_iter().filter(|&feature| 1 < used[feature].n).collect();
        let mut few = varying.clone();
        few.retain(|&feature| used[feature].n <= MOST_SHARING);
        few.sort_by_key(|&feature| used[feature].n);
        let mut shared: Vec<Shared> = vec![];
        if 0 < rules.rows_per_split {
            few.iter()
                .for_each(|&feature| self.seat(feature, used[feature].last, &mut shared, rules));
        }
        for Shared { column, features, .. } in shared.into_iter().filter(|shared| 1 < shared.features.len()) {
            for (feature, bins) in features {
                self.seats[feature] = Seat::Shared(column, Box::new(Share::new(bins)));
            }
        }
        self.keep(&varying);
        self.keep_cells();
        self
    }

    /// The bins of a feature that rows have, as far as it matters: more than can be shared are many.
    fn used(&self, feature: usize) -> Used {
        let Seat::Own(column) = self.seats[feature] else {
            return Used {
                n: usize::MAX,
                last: 0,
            };
        };
        let (column, n_bins) = (self.cells.column(column), self.columns[feature].n_bins);
        let (mut is_used, mut n) = ([false; 256], 0);
        for row in 0..self.cells.n_rows as u32 {
            let is_used = &mut is_used[usize::from(column.bin(row))];
            n += usize::from(!std::mem::replace(is_used, true));
            if MOST_SHARING < n || (1 < n && MOST_SHARING < n_bins) {
                return Used {
                    n: usize::MAX,
                    last: 0,
                };
            }
        }
        let last = (0..=255).rev().find(|&bin| is_used[usize::from(bin)]);
        Used {
            n,
            last: last.unwrap_or(0),
        }
    }

    /// Lets a feature share a column that is shared already, or opens its own to others.
    fn seat(&mut self, feature: usize, last_bin: u8, shared: &mut Vec<Shared>, rules: &Rules<'_>) {
        let Seat::Own(column) = self.seats[feature] else {
            return;
        };
        for other in shared.iter_mut().rev().take(MOST_TRIED) {
            let columns = [self.cells.column(other.column), self.cells.column(column)];
            let Some(pairs) = Pairs::new(columns, self.cells.n_rows) else {
                continue;
            };
            let with = other.with(feature, &pairs);
            let more = with.cost().saturating_sub(other.cost());
            if PRICE * more <= rules.rows_per_split {
                self.cells
                    .set(other.column, column, |one, other| pairs.number(one, other));
                *other = with;
                return;
            }
        }
        shared.push(Shared::new(column, feature, last_bin));
    }

    /// Drops the cells of columns in which no feature stands any more.
    fn keep_cells(&mut self) {
        let column = |seat: &Seat| match seat {
            Seat::Own(column) | Seat::Shared(column, _) => Some(*column),
            Seat::Wide(_) => None,
        };
        let mut columns: Vec<usize> = self.seats.iter().filter_map(column).collect();
        columns.sort_unstable();
        columns.dedup();
        if columns.len() == self.cells.n_columns() {
            return;
        }
        self.cells.keep(&columns);
        for seat in &mut self.seats {
            if let Seat::Own(column) | Seat::Shared(column, _) = seat {
                *column = columns.partition_point(|kept| *kept < *column);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prepare::{FeatureColumn, Features};
    use stats::random::Draw;

    use super::*;
    use crate::crew::Crew;
    use crate::trees::gradient::{Mode, Packed};
    use crate::trees::histogram::{Adder, Entry, Shape};
    use crate::weights::Weights;

    /// 300 columns of a category spread out, flags, few levels, a constant, and numbers of many values.
    fn table(n_rows: usize) -> Features {
        let mut draw = Draw::new(3, 1);
        let mut of = |n: u64| (0..n_rows).map(|_| draw.below(n) as f64).collect::<Vec<_>>();
        let kinds = of(300);
        let mut columns: Vec<Vec<f64>> = (0..300)
            .map(|kind| {
                kinds
                    .iter()
                    .map(|&other| f64::from(u8::from(f64::from(kind) == other)))
                    .collect()
            })
            .collect();
        columns.extend([of(2), of(2), of(1), of(5), of(7), of(1000), of(2), of(3)]);
        columns[303][5] = f64::NAN;
        Features {
            n_rows,
            columns: columns.into_iter().map(FeatureColumn::Number).collect(),
        }
    }

    #[test]
    fn shared_columns_hold_the_same_bins_in_fewer_cells() {
        let features = table(9000);
        let rows: Vec<usize> = (0..9000).collect();
        let weights = Weights::new(None, 9000).unwrap();
        let bins = |rows_per_split| {
            let rules = Rules {
                rows_per_split,
                ..Rules::plain(255)
            };
            Bins::new(&features, &weights, &rows, &rules)
        };
        let (plain, shared) = (bins(0), bins(100_000));
        assert_eq!(plain.cells.n_columns(), 307, "one does not vary");
        assert!(shared.cells.n_columns() <= 5, "{}", shared.cells.n_columns());
        assert_eq!(plain.features(), shared.features());
        for feature in 0..307 {
            let (one, other) = (plain.view(), shared.view());
            for bin in 0..=plain.columns[feature].n_bins {
                let set = BinSet::of(256, |other| other == bin);
                let codes = other.codes(feature, &set);
                let differs = |row: u32| {
                    let is_in = codes.contains(usize::from(other.cells(feature).bin(row)));
                    is_in != (usize::from(one.cells(feature).bin(row)) == bin)
                };
                assert!(!(0..9000).any(differs), "feature {feature} bin {bin}");
            }
        }
    }

    /// Sums by bin of every feature, as splits are found on them.
    fn sums(features: &Features, rows_per_split: usize) -> Vec<Vec<<Packed as Mode>::Sum>> {
        let n_rows = features.n_rows;
        let rows: Vec<usize> = (0..n_rows).collect();
        let rules = Rules {
            rows_per_split,
            ..Rules::plain(255)
        };
        let crew = Crew::alone();
        let weights = Weights::new(None, n_rows).unwrap();
        let mut bins = Bins::new(features, &weights, &rows, &rules);
        bins.cells.stand_by_row(&crew);
        let all: Vec<usize> = (0..bins.columns.len()).collect();
        let entries: Vec<Entry<u32>> = (0..n_rows as u32)
            .map(|row| Entry {
                row,
                derivatives: row * 7 + 1,
            })
            .collect();
        let mut total = <Packed as Mode>::Sum::default();
        let widened = entries.iter().map(|entry| Packed::widen(entry.derivatives));
        widened.for_each(|cell| Packed::pour(cell, &mut total));
        let shape = Shape::new(bins.view(), &bins.cells, &all);
        let mut histogram = vec![Default::default(); shape.n_sums()];
        shape.add_up::<Packed>(&bins.cells, &entries, &mut histogram, &mut [Adder::new()], &crew);
        let of_feature = |&feature: &usize| {
            let of_column = &histogram[shape.range(feature)];
            bins.view().with_bins(feature, of_column, total, <[_]>::to_vec)
        };
        all.iter().map(of_feature).collect()
    }

    #[test]
    fn sums_by_bin_are_those_of_columns_that_nobody_shares() {
        let features = table(9000);
        assert!(sums(&features, 100_000) == sums(&features, 0));
    }

    #[test]
    fn what_costs_more_than_it_saves_is_not_shared() {
        let rows: Vec<usize> = (0..900).collect();
        let rules = Rules {
            rows_per_split: 40,
            ..Rules::plain(255)
        };
        let bins = Bins::new(&table(900), &Weights::new(None, 900).unwrap(), &rows, &rules);
        // The first two flags that share a column have a number more than one, and one each to be added up.
        assert_eq!(bins.cells.n_columns(), bins.columns.len());
    }
}
