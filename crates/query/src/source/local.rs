//! What was fetched, and is read from here on.

use crate::QueryError;
use std::path::{Path, PathBuf};
use table::read::{Blocks, Format, Options, Read};
use table::{Complaints, Hash, TableError};

/// A file with the rows of a source; what was fetched is removed with it.
#[derive(Debug)]
pub struct Local {
    pub(super) path: PathBuf,
    pub(super) sheet: Option<String>,
    /// What was repaired on the way.
    pub(super) complaints: Complaints,
    /// What was found out on the way, one sentence each.
    pub(super) guesses: Vec<String>,
    pub(super) folder: Option<tempfile::TempDir>,
}

impl Local {
    pub(super) fn of(path: PathBuf) -> Local {
        Local {
            path,
            sheet: None,
            complaints: Complaints::default(),
            guesses: Vec::new(),
            folder: None,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was repaired and found out on the way, one sentence each.
    pub fn notes(&self) -> Vec<String> {
        let complaints = self.complaints.iter().map(ToString::to_string);
        complaints.chain(self.guesses.iter().cloned()).collect()
    }

    /// The hash of the bytes.
    ///
    /// # Errors
    /// [`TableError::File`].
    pub fn hash(&self) -> Result<Hash, QueryError> {
        Ok(Hash::of_file(&self.path)?)
    }

    /// How it is read: with `options`, and with the sheet that the source names.
    fn options(&self, options: &Options) -> Options {
        let sheet = self.sheet.clone().or_else(|| options.sheet.clone());
        Options {
            sheet,
            ..options.clone()
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// As [`table::read::open`].
    pub fn open(&self, options: &Options) -> Result<Read, QueryError> {
        Ok(self.open_hashed(options)?.0)
    }

    /// Reads it, with the hash of the bytes that were read.
    ///
    /// # Errors
    /// As [`table::read::open_hashed`].
    pub fn open_hashed(&self, options: &Options) -> Result<(Read, Hash), QueryError> {
        let (mut read, hash) = table::read::open_hashed(&self.path, &self.options(options))?;
        let mut complaints = self.complaints.clone();
        complaints.extend(read.complaints);
        read.complaints = complaints;
        read.guesses.splice(0..0, self.guesses.iter().cloned());
        Ok((read, hash))
    }

    /// Its rows block by block, as [`table::read::in_blocks`].
    ///
    /// # Errors
    /// As there.
    pub fn in_blocks<E: From<TableError>>(
        &self,
        options: &Options,
        begin: impl FnMut(&[(String, table::Kind)]) -> Result<(), E>,
        see: impl FnMut(&table::Table) -> Result<(), E>,
    ) -> Result<Blocks, E> {
        let mut read = table::read::in_blocks(&self.path, &self.options(options), begin, see)?;
        let mut complaints = self.complaints.clone();
        complaints.extend(read.complaints);
        read.complaints = complaints;
        read.guesses.splice(0..0, self.guesses.iter().cloned());
        Ok(read)
    }

    /// Its format.
    ///
    /// # Errors
    /// [`TableError::UnknownFormat`].
    pub fn format(&self) -> Result<Format, TableError> {
        Format::of(&self.path)
    }
}
