//! A table described, column by column.

use crate::association::{associate, associate_missing};
use crate::cells::Cells;
use crate::column::{ColumnProfile, describe};
use crate::target::Target;
use crate::{Meaning, ProfileError, Warning};
use stats::sketch::hash_bytes;
use std::collections::BTreeMap;
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
    /// The confidence level of intervals, default 0.95.
    pub level: f64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            target: None,
            positive: None,
            key: None,
            level: 0.95,
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
    /// Rows that repeat an earlier row in every column.
    pub n_duplicate_rows: u64,
    /// Its columns, in order.
    pub columns: Vec<ColumnProfile>,
    /// What should not be believed, grave warnings first.
    pub warnings: Vec<Warning>,
}

/// Describes `table`, with one pass over each column.
///
/// # Shapes and units
/// Any number of rows, none included; missing cells are counted and left out of everything else.
/// Quantiles are exact up to 1,024 rows and distinct counts up to 16,384 values; beyond, they come from sketches that
/// state their error.
///
/// # Errors
/// [`ProfileError::Table`] if target or key is no column, [`ProfileError::EmptyTarget`], [`ProfileError::NoSuchClass`],
/// and [`ProfileError::Stats`] for a level outside (0, 1).
pub fn profile(table: &Table, options: &Options) -> Result<Profile, ProfileError> {
    let target = match &options.target {
        Some(name) if table.n_rows() > 0 => Some(Target::of(table, name, options.positive.as_deref())?),
        Some(name) => table.column(name).map(|_| None)?,
        None => None,
    };
    if let Some(key) = &options.key {
        table.column(key)?;
    }
    let mut rows = Rows::new(table.n_rows());
    let mut found = Profile {
        n_rows: table.n_rows() as u64,
        n_columns: table.n_columns(),
        n_duplicate_rows: 0,
        columns: Vec::with_capacity(table.n_columns()),
        warnings: Vec::new(),
    };
    for (name, kind) in table.columns() {
        let cells = Cells::of(&table.column(&name)?);
        found.add(&name, kind, &cells, target.as_ref(), options, &mut rows)?;
    }
    found.n_duplicate_rows = rows.n_repeated();
    if found.n_duplicate_rows > 0 {
        found.warnings.push(Warning::DuplicateRows {
            n: found.n_duplicate_rows,
            n_rows: found.n_rows,
        });
    }
    found.warnings.sort_by_key(|warning| !warning.is_grave());
    Ok(found)
}

impl Profile {
    /// The column called `name`, if there is one.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }

    fn add(
        &mut self,
        name: &str,
        kind: Kind,
        cells: &Cells,
        target: Option<&Target>,
        options: &Options,
        rows: &mut Rows,
    ) -> Result<(), ProfileError> {
        let hashes = cells.hashes();
        let mut column = describe(name, kind, cells, &hashes, options.level)?;
        if options.target.as_deref() == Some(name) {
            column.meaning = Meaning::Target;
        } else if options.key.as_deref() == Some(name) {
            column.meaning = Meaning::Identifier;
        } else if let Some(target) = target {
            column.association = associate(cells, column.meaning, target, options.level);
            self.warn_of_leaks(&column, cells, target, options.level);
        }
        self.warn_of_content(&column, options);
        if let Some(other) = rows.add(name, &hashes) {
            let is_told = matches!(column.meaning, Meaning::Constant | Meaning::AllMissing);
            if !is_told {
                self.warnings.push(Warning::SameAs {
                    column: name.to_owned(),
                    other,
                });
            }
        }
        self.columns.push(column);
        Ok(())
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
            if distinct < n || column.n_missing > 0 {
                let n_repeated = n.saturating_sub(distinct);
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
        if column.missing_share() > 0.5 && n > 0 {
            self.warnings.push(Warning::MostlyMissing {
                column: name,
                share: column.missing_share(),
            });
        }
    }
}

/// Hashes of whole rows and whole columns.
struct Rows {
    rows: Vec<u64>,
    columns: BTreeMap<u64, String>,
    n_columns: usize,
}

impl Rows {
    fn new(n_rows: usize) -> Rows {
        Rows {
            rows: vec![0; n_rows],
            columns: BTreeMap::new(),
            n_columns: 0,
        }
    }

    /// Takes in a column; the name of an earlier one with the same cells.
    fn add(&mut self, name: &str, hashes: &[u64]) -> Option<String> {
        self.n_columns += 1;
        let mut whole = 0;
        for (row, hash) in self.rows.iter_mut().zip(hashes) {
            *row = join(*row, *hash);
            whole = join(whole, *hash);
        }
        let earlier = self.columns.get(&whole).cloned();
        if earlier.is_none() && !hashes.is_empty() {
            self.columns.insert(whole, name.to_owned());
        }
        earlier
    }

    fn n_repeated(mut self) -> u64 {
        if self.n_columns == 0 {
            return 0;
        }
        let n = self.rows.len();
        self.rows.sort_unstable();
        self.rows.dedup();
        (n - self.rows.len()) as u64
    }
}

fn join(a: u64, b: u64) -> u64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&a.to_le_bytes());
    bytes[8..].copy_from_slice(&b.to_le_bytes());
    hash_bytes(&bytes)
}

#[cfg(test)]
mod tests;
