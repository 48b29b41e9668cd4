//! One pass over every column, batch after batch, in memory that does not grow with rows.

mod batch;
mod clock;
mod day;
mod levels;
mod number;
mod rows;
mod sample;
mod text;

pub(crate) use batch::numbers_of;
pub(crate) use clock::{Clock, Sums};
pub(crate) use day::Days;
pub(crate) use levels::{Level, Levels};
pub(crate) use number::NumberPass;
pub(crate) use rows::Rows;
pub(crate) use text::TextPass;

use crate::Options;
use crate::course::TimeUnit;
use batch::Batch;
use clock::Places;
use sample::Sample;
use std::sync::{Mutex, PoisonError};
use table::arrow::array::RecordBatch;
use table::{Kind, Table, TableError};

/// Rows looked at together: what is found depends on where batches end, so they end at multiples of this.
pub(crate) const BATCH: usize = 1 << 16;

/// What has been seen of a table so far.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) columns: Vec<ColumnPass>,
    pub(crate) rows: Rows,
    /// The time that rows are put together by.
    pub(crate) clock: Option<Clock>,
    /// The course in each level of a column, where one is asked for.
    pub(crate) levels: Option<Levels>,
    sample: Sample,
}

/// What has been seen of a column so far.
#[derive(Debug)]
pub(crate) struct ColumnPass {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) n_missing: u64,
    pub(crate) content: Content,
    /// Equal for two columns whose cells are equal in every row.
    pub(crate) fingerprint: u64,
    /// Sums by stretches of time, of numbers and flags.
    pub(crate) sums: Sums,
}

/// The cells of a column in short.
#[derive(Debug)]
pub(crate) enum Content {
    /// Numbers; days since 1970-01-01 for dates and times, which are counted by day as well.
    Numbers(Box<NumberPass>, Option<Box<Days>>),
    /// Texts, `true` and `false` for booleans.
    Texts(Box<TextPass>),
}

impl Pass {
    /// Nothing seen yet of these columns, put together by the column of time that the options name, or the first one.
    pub(crate) fn new(columns: &[(String, Kind)], options: &Options) -> Pass {
        let column = |(name, kind): &(String, Kind)| ColumnPass {
            name: name.clone(),
            kind: *kind,
            n_missing: 0,
            content: Content::of(*kind),
            fingerprint: 0,
            sums: Sums::default(),
        };
        let by = |(name, _): &(String, Kind)| options.by.as_ref() == Some(name);
        let levels = columns
            .iter()
            .position(by)
            .map(|at| Levels::new(columns, at, options.target.as_deref()));
        let clock = clock(columns, options.time.as_deref());
        Pass {
            levels: levels.filter(|_| clock.is_some()),
            clock,
            columns: columns.iter().map(column).collect(),
            rows: Rows::default(),
            sample: Sample::new(options.n_sampled),
        }
    }

    /// Takes in the next rows: columns are shared out among threads, each seen in order by one of them.
    pub(crate) fn see(&mut self, batch: &RecordBatch, n_threads: usize) -> Result<(), TableError> {
        let first = self.rows.n;
        let n_threads = n_threads.clamp(1, self.columns.len().max(1));
        let clock = self.clock.as_mut();
        let places = clock.map(|clock| clock.see(&batch::numbers_of(batch.column(clock.column))));
        let places = places.as_ref();
        if let Some((levels, places)) = self.levels.as_mut().zip(places) {
            levels.see(batch, places);
        }
        let queue = Mutex::new(self.columns.iter_mut().zip(batch.columns()));
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || {
            let mut sums = vec![0_u64; batch.num_rows()];
            while let Some((column, array)) = next() {
                column.see(&Batch::of(array), first, places, &mut sums);
            }
            sums
        };
        let sums = std::thread::scope(|scope| {
            let others: Vec<_> = (1..n_threads).map(|_| scope.spawn(work)).collect();
            let mut sums = work();
            for other in others {
                let more = other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                sums.iter_mut()
                    .zip(more)
                    .for_each(|(sum, more)| *sum = sum.wrapping_add(more));
            }
            sums
        });
        self.rows.see(&sums);
        self.sample.see(batch, first)
    }

    /// Rows seen.
    pub(crate) fn n_rows(&self) -> u64 {
        self.rows.n
    }

    /// The rows kept for looking at columns side by side: all of them, or an even sample, in their order.
    pub(crate) fn sampled(&mut self, names: &[(String, Kind)]) -> Result<Table, TableError> {
        self.sample.table(names)
    }
}

impl Content {
    fn of(kind: Kind) -> Content {
        match kind {
            Kind::Text | Kind::Boolean => Content::Texts(Box::default()),
            Kind::Integer | Kind::Number => Content::Numbers(Box::default(), None),
            Kind::Date | Kind::Time => Content::Numbers(Box::default(), Some(Box::default())),
        }
    }
}

impl ColumnPass {
    fn see(&mut self, batch: &Batch<'_>, first: u64, places: Option<&Places>, sums: &mut [u64]) {
        if let Some(places) = places {
            self.put_together(batch, places);
        }
        let hashes = batch.hashes();
        self.n_missing += batch.n_missing();
        match (&mut self.content, batch) {
            (Content::Numbers(pass, days), Batch::Numbers(numbers) | Batch::Integers(_, numbers)) => {
                pass.see(numbers, &hashes);
                if let Some(days) = days {
                    days.see(numbers);
                }
            }
            (Content::Texts(pass), batch) => pass.see(batch, &hashes),
            (Content::Numbers(..), Batch::Texts(_) | Batch::Flags(_)) => {}
        }
        self.fingerprint = self.fingerprint.wrapping_add(rows::fingerprint(&hashes, first));
        rows::add(sums, &hashes, &self.name);
    }

    fn put_together(&mut self, batch: &Batch<'_>, places: &Places) {
        match batch {
            Batch::Numbers(numbers) | Batch::Integers(_, numbers)
                if matches!(self.kind, Kind::Integer | Kind::Number) =>
            {
                self.sums.see(numbers.iter().copied(), places);
            }
            Batch::Flags(flags) => {
                let number = |flag: Option<bool>| flag.map_or(f64::NAN, |flag| f64::from(u8::from(flag)));
                self.sums.see(flags.iter().map(number), places);
            }
            Batch::Numbers(_) | Batch::Integers(..) | Batch::Texts(_) => {}
        }
    }
}

/// The column of time of this name, or the first one.
fn clock(columns: &[(String, Kind)], time: Option<&str>) -> Option<Clock> {
    let is_it = |(name, kind): &(String, Kind)| {
        matches!(kind, Kind::Date | Kind::Time) && time.is_none_or(|time| time == name)
    };
    let at = columns.iter().position(is_it)?;
    let shortest = match columns[at].1 {
        Kind::Date => TimeUnit::Day,
        _ => TimeUnit::Second,
    };
    Some(Clock::new(at, shortest))
}
