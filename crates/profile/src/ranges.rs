//! Numbers cut into quarters that can be told.

use stats::digits::short_between;
use table::{Kind, Scale};

/// Neighbouring ranges of a column's values, between round cuts.
///
/// Numbers and days belong to the range that they end, times to the one that they begin, so that `before 1 May 2024` means
/// what it says.
#[derive(Debug, Clone)]
pub(crate) struct Ranges {
    scale: Scale,
    cuts: Vec<f64>,
}

impl Ranges {
    /// Quarters of a column between its `least` and `most` value, rounded so that labels tell exactly which rows are meant,
    /// and betray none of them. Days since 1970-01-01 for dates and times.
    pub(crate) fn quarters(
        kind: Kind,
        is_whole: bool,
        (least, most): (f64, f64),
        quartiles: [f64; 3],
    ) -> Ranges {
        let scale = match kind {
            Kind::Date => Scale::Day,
            Kind::Time => Scale::Time,
            _ if is_whole => Scale::Whole,
            _ => Scale::Number,
        };
        let rounded = quartiles.map(|cut| match kind {
            Kind::Date => cut.floor(),
            Kind::Time => short_time(cut, least, most),
            _ => short_between(if is_whole { cut.floor() } else { cut }, least, most),
        });
        let mut cuts: Vec<f64> = rounded
            .into_iter()
            .filter(|cut| *cut >= least && *cut < most)
            .collect();
        cuts.dedup();
        Ranges { scale, cuts }
    }

    /// How many ranges there are; none without cuts.
    pub(crate) fn n(&self) -> usize {
        match self.cuts.len() {
            0 => 0,
            n => n + 1,
        }
    }

    /// The range that holds `x`; `None` where it is missing.
    pub(crate) fn place(&self, x: f64) -> Option<usize> {
        let is_above = |cut: &&f64| match self.scale {
            Scale::Time => **cut <= x,
            _ => **cut < x,
        };
        (!x.is_nan()).then(|| self.cuts.iter().take_while(is_above).count())
    }

    /// A range in words that follow `is`.
    pub(crate) fn label(&self, position: usize) -> String {
        self.label_between(position, position)
    }

    /// Neighbouring ranges, from one to another, in words that follow `is`.
    pub(crate) fn label_between(&self, first: usize, last: usize) -> String {
        self.scale.range(self.ends(first).0, self.ends(last).1)
    }

    /// The cuts around a range.
    pub(crate) fn ends(&self, position: usize) -> (Option<f64>, Option<f64>) {
        let low = position.checked_sub(1).map(|before| self.cuts[before]);
        (low, self.cuts.get(position).copied())
    }

    /// Whether a range holds its low cut instead of its high one.
    pub(crate) fn hold_low(&self) -> bool {
        self.scale == Scale::Time
    }
}

/// The day, or else the hour or minute, that holds the time `cut` (in days) and begins between `least` and `most`.
fn short_time(cut: f64, least: f64, most: f64) -> f64 {
    [1.0, 24.0, 1_440.0]
        .into_iter()
        .map(|per_day| (cut * per_day).floor() / per_day)
        .find(|short| least < *short && *short < most)
        .unwrap_or(f64::NAN)
}

/// Whether all numbers that are there are whole.
pub(crate) fn is_whole(numbers: &[f64]) -> bool {
    numbers.iter().all(|x| x.is_nan() || x.fract() == 0.0)
}
