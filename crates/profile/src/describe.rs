//! A table described, column by column and side by side.

use crate::association::{associate, associate_missing};
use crate::cells::Cells;
use crate::classes::Classes;
use crate::column::{ColumnProfile, conclude};
use crate::course::Course;
use crate::pass::{BATCH, ColumnPass, Pass, numbers_of};
use crate::relation::{Relations, relations};
use crate::target::Target;
use crate::units::mixed;
use crate::work::in_order;
use crate::{Meaning, ProfileError, Warning};
use stats::Estimate;
use std::collections::BTreeMap;
use table::arrow::array::{ArrayRef, RecordBatch};
use table::{Kind, Table};

/// From here on an association is too good to be true.
const LEAK: f64 = 0.98;

/// What to describe a table for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The column to be explained or predicted.
    pub target: Option<String>,
    /// The target's positive class; found out for two classes if `None`.
    pub positive: Option<String>,
    /// The column that names rows.
    pub key: Option<String>,
    /// The column of dates or times that the course of the others is told by; the first one if `None`.
    pub time: Option<String>,
    /// A column in whose most frequent levels the course is told, too.
    pub by: Option<String>,
    /// The confidence level of intervals, default 0.95.
    pub level: f64,
    /// Rows on which columns are looked at side by side, default 20,000: all if there are no more, else an even sample.
    pub n_sampled: usize,
    /// Threads, all cores if 0; they change no bit of what is found.
    pub n_threads: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            target: None,
            positive: None,
            key: None,
            time: None,
            by: None,
            level: 0.95,
            n_sampled: 20_000,
            n_threads: 0,
        }
    }
}

/// What a table holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its rows.
    pub n_rows: u64,
    /// Its columns.
    pub n_columns: usize,
    /// Rows that repeat an earlier row in every column; without width where exact (up to 131,072 different rows).
    pub repeated_rows: Estimate,
    /// The column to be explained, where one was named.
    pub target: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<ColumnProfile>,
    /// Rows on which associations, relations, forms of texts and skewness were found.
    pub n_sampled: u64,
    /// How columns belong together.
    pub relations: Relations,
    /// How rows and numbers go over time; `None` without a column of time, or with too little of it.
    pub course: Option<Course>,
    /// What should not be believed, grave warnings first.
    pub warnings: Vec<Warning>,
}

/// A profile in the making: one pass over batches of rows, in memory that does not grow with rows.
///
/// ```
/// use profile::{Options, Profiler};
/// use table::read::{Format, from_bytes};
/// let mut profiler: Option<Profiler> = None;
/// for part in ["n\n1\n2\n", "n\n3\n"] {
///     let table = from_bytes(part.as_bytes(), Format::Csv, "part", &Default::default())?.table;
///     let profiler = profiler.get_or_insert(Profiler::new(&table.columns(), &Options::default())?);
///     profiler.see(table.batch())?;
/// }
/// let found = profiler.expect("two parts").finish()?;
/// assert_eq!((found.n_rows, found.columns[0].distinct.value), (3, 3.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Profiler {
    columns: Vec<(String, Kind)>,
    options: Options,
    pass: Pass,
}

impl Profiler {
    /// A profile of a table with these columns, of which no row has been seen.
    ///
    /// # Errors
    /// [`ProfileError::Table`] if target, key, time or `by` is no column; [`ProfileError::NoTime`], [`ProfileError::NoLevels`],
    /// [`ProfileError::NoClock`].
    pub fn new(columns: &[(String, Kind)], options: &Options) -> Result<Profiler, ProfileError> {
        let empty = columns.iter().map(|(name, kind)| {
            let array = table::arrow::array::new_empty_array(&kind.data_type());
            (name.clone(), array)
        });
        let empty = Table::new(empty.collect())?;
        let named = [&options.target, &options.key, &options.time, &options.by];
        for name in named.into_iter().flatten() {
            empty.column(name)?;
        }
        if let Some((name, kind)) = columns.iter().find(|(name, kind)| {
            Some(name) == options.time.as_ref() && !matches!(kind, Kind::Date | Kind::Time)
        }) {
            return Err(ProfileError::NoTime {
                column: name.clone(),
                found: kind.name(),
            });
        }
        let by = columns.iter().find(|(name, _)| Some(name) == options.by.as_ref());
        if let Some((column, kind)) = by.filter(|(_, kind)| matches!(kind, Kind::Date | Kind::Time)) {
            return Err(ProfileError::NoLevels {
                column: column.clone(),
                found: kind.name(),
            });
        }
        if by.is_some()
            && !columns
                .iter()
                .any(|(_, kind)| matches!(kind, Kind::Date | Kind::Time))
        {
            return Err(ProfileError::NoClock);
        }
        Ok(Profiler {
            pass: Pass::new(columns, options),
            columns: columns.to_vec(),
            options: options.clone(),
        })
    }

    /// Takes in the next rows, whose columns must be those of the table.
    ///
    /// Quantiles and rare levels beyond their exact range depend on where batches end, and on nothing else.
    ///
    /// # Errors
    /// [`ProfileError::Table`] for other columns.
    pub fn see(&mut self, batch: &RecordBatch) -> Result<(), ProfileError> {
        let table = Table::from_batch(batch.clone())?;
        if table.columns() != self.columns {
            let names = |columns: &[(String, Kind)]| {
                table::quoted_list(columns.iter().map(|(name, _)| name.as_str()), 12)
            };
            return Err(ProfileError::OtherColumns {
                found: names(&table.columns()),
                expected: names(&self.columns),
            });
        }
        for first in (0..batch.num_rows()).step_by(BATCH) {
            let n = BATCH.min(batch.num_rows() - first);
            self.pass.see(&batch.slice(first, n), self.n_threads())?;
        }
        Ok(())
    }

    fn n_threads(&self) -> usize {
        match self.options.n_threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            n => n,
        }
    }

    /// Rows seen.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        self.pass.n_rows()
    }

    pub(crate) fn passes(&self) -> &[ColumnPass] {
        &self.pass.columns
    }

    /// The profile of all rows seen.
    ///
    /// # Errors
    /// [`ProfileError::EmptyTarget`], [`ProfileError::NoSuchClass`], and [`ProfileError::Stats`] for a level outside (0, 1).
    pub fn finish(mut self) -> Result<Profile, ProfileError> {
        let sample = self.pass.sampled(&self.columns)?;
        let target = self.target(&sample)?;
        let n_rows = self.pass.n_rows();
        let mut found = Profile {
            n_rows,
            n_columns: self.columns.len(),
            target: self.options.target.clone(),
            repeated_rows: self.repeated_rows()?,
            columns: Vec::with_capacity(self.columns.len()),
            n_sampled: sample.n_rows() as u64,
            relations: Relations::default(),
            course: None,
            warnings: Vec::new(),
        };
        let mut earlier: BTreeMap<u64, String> = BTreeMap::new();
        let n_threads = self.n_threads();
        let classes = self.classes(&sample)?;
        let concluded = in_order(&self.pass.columns, n_threads, |pass| {
            let array = sample.column(&pass.name)?;
            let mut column = conclude(pass, n_rows, &array, self.options.level)?;
            let cells = Cells::of(&array);
            Profile::set(&mut column, &cells, target.as_ref(), &self.options);
            column.by_class = classes
                .as_ref()
                .map_or_else(Vec::new, |classes| classes.spreads(&cells, column.meaning));
            Ok::<_, ProfileError>((column, cells))
        });
        for (pass, concluded) in self.pass.columns.iter().zip(concluded) {
            let (column, cells) = concluded?;
            let same = (0 < n_rows)
                .then(|| earlier.get(&pass.fingerprint).cloned())
                .flatten();
            if same.is_none() {
                earlier.insert(pass.fingerprint, pass.name.clone());
            }
            found.add(column, &cells, target.as_ref(), &self.options, same);
        }
        if found.repeated_rows.value > 0.0 {
            found.warnings.push(Warning::DuplicateRows {
                n: found.repeated_rows.value.round() as u64,
                is_exact: found.repeated_rows.low == found.repeated_rows.high,
                n_rows,
            });
        }
        found.relations = relations(&sample, &found.columns, &self.options, n_threads);
        found.warn_of_units(&sample)?;
        found.warn_of_time(self.pass.clock.as_ref().map(|clock| clock.column));
        found.course = Course::of(&self.pass, &found.columns, self.options.level, n_threads);
        found.warnings.sort_by_key(|warning| !warning.is_grave());
        Ok(found)
    }

    /// The target in the sampled rows; `None` where a rare class is not among them.
    fn target(&self, sample: &Table) -> Result<Option<Target>, ProfileError> {
        let Some(name) = self.options.target.as_ref().filter(|_| 0 < self.pass.n_rows()) else {
            return Ok(None);
        };
        let is_whole = sample.n_rows() as u64 == self.pass.n_rows();
        match Target::of(sample, name, self.options.positive.as_deref()) {
            Err(ProfileError::NoSuchClass { .. }) if !is_whole => Ok(None),
            found => found.map(Some),
        }
    }

    /// The target's classes in the sampled rows; `None` where it has none, or too many.
    fn classes(&self, sample: &Table) -> Result<Option<Classes>, ProfileError> {
        let target = self.options.target.as_ref();
        let cells = target.map(|name| sample.column(name)).transpose()?;
        Ok(cells.and_then(|array| Classes::of(&Cells::of(&array))))
    }

    fn repeated_rows(&self) -> Result<Estimate, ProfileError> {
        let none = Estimate {
            value: 0.0,
            low: 0.0,
            high: 0.0,
        };
        match self.columns.is_empty() {
            true => Ok(none),
            false => Ok(self.pass.rows.repeats.repeated(self.options.level)?),
        }
    }
}

/// Describes `table`, with one pass over all columns.
///
/// # Shapes and units
/// Any number of rows, none included; missing cells are counted and left out of everything else.
/// Quantiles are exact up to 16,384 rows, distinct counts up to 65,536 values, levels up to 2,048; beyond, they come from
/// sketches that state their error. What needs columns side by side is found on [`Options::n_sampled`] rows.
///
/// # Errors
/// [`ProfileError::Table`] if target or key is no column, [`ProfileError::EmptyTarget`], [`ProfileError::NoSuchClass`],
/// and [`ProfileError::Stats`] for a level outside (0, 1).
pub fn profile(table: &Table, options: &Options) -> Result<Profile, ProfileError> {
    let mut profiler = Profiler::new(&table.columns(), options)?;
    profiler.see(table.batch())?;
    profiler.finish()
}

/// Describes a single column.
pub(crate) fn column(
    name: &str,
    kind: Kind,
    array: &ArrayRef,
    level: f64,
) -> Result<ColumnProfile, ProfileError> {
    let mut pass = Pass::new(&[(name.to_owned(), kind)], &Options::default());
    let table = Table::new(vec![(name.to_owned(), array.clone())])?;
    for first in (0..table.n_rows()).step_by(BATCH) {
        pass.see(table.slice(first, BATCH).batch(), 1)?;
    }
    let sample = pass.sampled(&table.columns())?;
    Ok(conclude(
        &pass.columns[0],
        table.n_rows() as u64,
        &sample.column(name)?,
        level,
    )?)
}

impl Profile {
    /// The column called `name`, if there is one.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// What the options say of a column, and how it belongs to the target.
    fn set(column: &mut ColumnProfile, cells: &Cells, target: Option<&Target>, options: &Options) {
        if options.target.as_deref() == Some(column.name.as_str()) {
            column.meaning = Meaning::Target;
        } else if options.key.as_deref() == Some(column.name.as_str()) {
            column.meaning = Meaning::Identifier;
        } else if let Some(target) = target {
            column.association = associate(cells, column.meaning, target, options.level);
        }
    }

    fn add(
        &mut self,
        column: ColumnProfile,
        cells: &Cells,
        target: Option<&Target>,
        options: &Options,
        same: Option<String>,
    ) {
        let is_asked =
            [&options.target, &options.key].map(|name| name.as_deref() == Some(column.name.as_str()));
        if let Some(target) = target.filter(|_| !is_asked.contains(&true)) {
            self.warn_of_leaks(&column, cells, target, options.level);
        }
        self.warn_of_content(&column, options);
        if let Some(other) = same {
            let is_told = matches!(column.meaning, Meaning::Constant | Meaning::AllMissing);
            if !is_told {
                self.warnings.push(Warning::SameAs {
                    column: column.name.clone(),
                    other,
                });
            }
        }
        self.columns.push(column);
    }

    fn warn_of_units(&mut self, sample: &Table) -> Result<(), ProfileError> {
        for column in &self.columns {
            let is_leak = |warning: &Warning| matches!(warning, Warning::Leak { column: leak, .. } if *leak == column.name);
            let is_measured = matches!(column.meaning, Meaning::Amount | Meaning::Money | Meaning::Count);
            // what tells the target has two kinds of numbers for that reason
            if !is_measured || self.warnings.iter().any(is_leak) {
                continue;
            }
            let found = mixed(&numbers_of(&sample.column(&column.name)?));
            self.warnings.extend(found.map(|found| Warning::MixedUnits {
                column: column.name.clone(),
                factor: found.factor,
                share: found.share,
                between: found.between,
            }));
        }
        Ok(())
    }

    /// Columns that rise or fall with the column of time at this place, as ever growing numbers do.
    fn warn_of_time(&mut self, time: Option<usize>) {
        let Some(time) = time.map(|at| &self.columns[at].name) else {
            return;
        };
        for pair in &self.relations.pairs {
            let other = match (&pair.column, &pair.other) {
                (column, other) if column == time => other,
                (column, other) if other == time => column,
                _ => continue,
            };
            let is_number = |column: &ColumnProfile| {
                &column.name == other && matches!(column.kind, Kind::Integer | Kind::Number)
            };
            if pair.estimate.value.abs() > LEAK && self.columns.iter().any(is_number) {
                self.warnings.push(Warning::TellsTime {
                    column: other.clone(),
                    time: time.clone(),
                    value: pair.estimate.value,
                });
            }
        }
    }

    fn warn_of_leaks(&mut self, column: &ColumnProfile, cells: &Cells, target: &Target, level: f64) {
        let name = || column.name.clone();
        // Presence first: where it tells the target, the values add nothing to the warning.
        let has_gaps = column.n_missing > 0 && column.n_missing < column.n;
        let by_missing = has_gaps
            .then(|| associate_missing(cells, target, level))
            .flatten();
        if let Some(found) = by_missing.filter(|found| found.tells() > LEAK) {
            self.warnings.push(Warning::LeakByMissing {
                column: name(),
                value: found.tells(),
            });
            return;
        }
        if let Some(found) = column.association.as_ref().filter(|found| found.tells() > LEAK) {
            self.warnings.push(Warning::Leak {
                column: name(),
                measure: found.measure,
                value: found.tells(),
            });
        }
    }

    fn warn_of_content(&mut self, column: &ColumnProfile, options: &Options) {
        let name = column.name.clone();
        let n = column.n - column.n_missing;
        let distinct = column.distinct.value.round() as u64;
        if options.key.as_deref() == Some(column.name.as_str()) {
            let n_repeated = column.repeated.value.round() as u64;
            if 0 < n_repeated || column.n_missing > 0 {
                self.warnings.push(Warning::DuplicateKey {
                    column: name,
                    n_repeated,
                    n_missing: column.n_missing,
                });
            }
            return;
        }
        let warning = match column.meaning {
            Meaning::Target if column.n_missing > 0 => Some(Warning::MissingTarget {
                column: name.clone(),
                n: column.n_missing,
            }),
            Meaning::Identifier => Some(Warning::Identifier {
                column: name.clone(),
                distinct,
                n,
            }),
            Meaning::Constant => Some(Warning::Constant {
                column: name.clone(),
                n_missing: column.n_missing,
            }),
            Meaning::AllMissing if column.n > 0 => Some(Warning::AllMissing { column: name.clone() }),
            Meaning::Category if n >= 50 && distinct as f64 > 0.5 * n as f64 => Some(Warning::ManyLevels {
                column: name.clone(),
                distinct,
                n,
            }),
            _ => None,
        };
        self.warnings.extend(warning);
        if let Some((value, n)) = column.numbers.as_ref().and_then(|numbers| numbers.sentinel) {
            let column = name.clone();
            self.warnings.push(Warning::Sentinel { column, value, n });
        }
        if column.missing_share() > 0.5 && n > 0 {
            self.warnings.push(Warning::MostlyMissing {
                column: name,
                share: column.missing_share(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
