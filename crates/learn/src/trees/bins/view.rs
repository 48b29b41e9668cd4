//! The table as one tree sees it: features stand in columns of their own, in shared ones, or in those that the tree made.

use super::{BinColumn, BinSet, Bins, Cells, Column, Regrouped, Seat};
use crate::crew::Crew;
use crate::trees::gradient::Sum;

/// The table as one tree sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    bins: &'a Bins,
    /// The wide categories in bins, those that the tree may use.
    regrouped: &'a [Option<Regrouped>],
}

impl<'a> View<'a> {
    /// `regrouped` stands in the order of the table's wide categories; it may be empty if no tree uses them.
    pub(crate) fn new(bins: &'a Bins, regrouped: &'a [Option<Regrouped>]) -> View<'a> {
        View { bins, regrouped }
    }

    /// The feature of the table.
    pub(crate) fn feature(&self, feature: usize) -> usize {
        self.bins.features[feature]
    }

    /// What the bins of a feature stand for.
    pub(crate) fn column(&self, feature: usize) -> &'a BinColumn {
        match self.bins.seats[feature] {
            Seat::Wide(number) => &self.regrouped(number).column,
            _ => &self.bins.columns[feature],
        }
    }

    /// The cells of the column in which a feature stands.
    pub(crate) fn cells(&self, feature: usize) -> Column<'a> {
        match self.bins.seats[feature] {
            Seat::Own(column) | Seat::Shared(column, _) => self.bins.cells.column(column),
            Seat::Wide(number) => self.regrouped(number).cells(),
        }
    }

    /// The number of this column.
    pub(crate) fn place(&self, feature: usize) -> usize {
        match self.bins.seats[feature] {
            Seat::Own(column) | Seat::Shared(column, _) => column,
            Seat::Wide(number) => self.bins.cells.n_columns() + number,
        }
    }

    /// How many numbers the cells of this column have.
    pub(crate) fn n_codes(&self, feature: usize) -> usize {
        match &self.bins.seats[feature] {
            Seat::Shared(_, share) => share.n_codes(),
            _ => self.column(feature).n_bins + 1,
        }
    }

    /// The numbers of the cells of this column that mean one of some bins.
    pub(crate) fn codes(&self, feature: usize, bins: &BinSet) -> BinSet {
        match &self.bins.seats[feature] {
            Seat::Shared(_, share) => share.codes(bins),
            _ => *bins,
        }
    }

    /// Gives the sums by bin of a feature, of which those of its column are `sums`, and of all rows `total`.
    pub(crate) fn with_bins<S: Sum, T>(
        &self,
        feature: usize,
        sums: &[S],
        total: S,
        then: impl FnOnce(&[S]) -> T,
    ) -> T {
        match &self.bins.seats[feature] {
            Seat::Shared(_, share) => {
                let n_bins = self.bins.columns[feature].n_bins + 1;
                let (mut few, mut many);
                let of_bins = match n_bins <= 16 {
                    true => {
                        few = [S::default(); 16];
                        &mut few[..n_bins]
                    }
                    false => {
                        many = [S::default(); 256];
                        &mut many[..n_bins]
                    }
                };
                share.add_up(sums, total, of_bins);
                then(of_bins)
            }
            _ => then(sums),
        }
    }

    /// The columns in which some features stand, each once, ascending.
    pub(crate) fn places(&self, features: &[usize]) -> Vec<(usize, Column<'a>)> {
        let places = features
            .iter()
            .map(|&feature| (self.place(feature), self.cells(feature)));
        let mut places: Vec<_> = places.collect();
        places.sort_unstable_by_key(|(place, _)| *place);
        places.dedup_by_key(|(place, _)| *place);
        places
    }

    /// Takes the cells of some rows and features, which ascend; row numbers are then positions among `rows`.
    pub(crate) fn take(&self, out: &mut Cells, rows: &[u32], features: &[usize], crew: &Crew) {
        let n_columns = self.bins.cells.n_columns() + self.bins.wide.len();
        out.take(&self.places(features), n_columns, rows, crew);
    }

    fn regrouped(&self, number: usize) -> &'a Regrouped {
        let regrouped = self.regrouped.get(number).and_then(Option::as_ref);
        regrouped.expect("a tree puts the wide categories that it may use into bins")
    }
}
