//! Where tables come from beside files: databases and stores of objects, named by URIs.
//!
//! Whatever a source is, it is fetched into a file once, within a limit, and read from there: [`Source::fetch`] gives a
//! [`Local`] file. A file is its own. Passwords and keys stand in no name, message or `Debug` text.

mod copy;
mod glob;
mod joined;
mod local;
mod name;
mod object;
mod postgres;
mod sink;
mod sqlite;
#[cfg(test)]
mod tests;
mod value;

use crate::QueryError;
use name::{Parts, Scheme};
use std::fmt;
use std::path::{Path, PathBuf};
use table::TableError;
use table::read::{Options, Read};

pub use local::Local;

/// Whether a URI holds a password that `is_given` does not pass, such as one with a mark for something to put in.
pub fn holds_password(text: &str, is_given: impl Fn(&str) -> bool) -> bool {
    name::holds_password(text, is_given)
}

/// Where in a URI user and password stand, in bytes.
pub fn user_range(text: &str) -> Option<std::ops::Range<usize>> {
    name::user_range(text)
}

/// What is read of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Its only table.
    Only,
    /// A table, with its schema in front if it has one.
    Table(String),
    /// A SELECT in the database's own words.
    Query(String),
}

/// A place that a table is read from.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// As it was given, with passwords and keys left out.
    name: String,
    place: Place,
}

#[derive(Clone, PartialEq, Eq)]
enum Place {
    /// A file, and the sheet of a workbook.
    File(PathBuf, Option<String>),
    Sqlite(PathBuf, Ask),
    /// A URI with everything that it was given.
    Postgres(String, Ask),
    Object(object::Address),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Source {
    /// The source that `text` names; paths are taken from the folder `base`.
    ///
    /// # Errors
    /// [`QueryError::Source`]: a scheme that is not read, or a name that lacks a part.
    pub fn of(text: &str, base: &Path) -> Result<Source, QueryError> {
        let parts = Parts::of(text);
        let name = parts.masked();
        let refuse = |found: String, expected: &str| QueryError::source(&name, found, expected);
        parts
            .check()
            .map_err(|(found, expected)| refuse(found, expected))?;
        let place = match parts.scheme {
            Scheme::File => Place::File(name::path(&parts.rest, base), parts.parameter("sheet")),
            Scheme::Sqlite => Place::Sqlite(name::path(&parts.rest, base), parts.ask()),
            Scheme::Postgres => Place::Postgres(parts.for_postgres(), parts.ask()),
            Scheme::Object(scheme) => {
                let address = object::Address::of(scheme, &parts)
                    .map_err(|(found, expected)| refuse(found, expected))?;
                Place::Object(address)
            }
            Scheme::Other(other) => {
                return Err(refuse(
                    format!("the scheme `{other}`"),
                    "a file, `sqlite:`, `postgres:`, `s3:`, `gs:`, `az:` or `https:`",
                ));
            }
        };
        Ok(Source { name, place })
    }

    /// The same source, of which a table or the answer to a query is read.
    ///
    /// # Errors
    /// [`QueryError::Source`] if it is no database, or says already what is read.
    pub fn asking(mut self, what: Ask) -> Result<Source, QueryError> {
        match &mut self.place {
            Place::Sqlite(_, ask) | Place::Postgres(_, ask) if *ask == Ask::Only => *ask = what,
            Place::Sqlite(..) | Place::Postgres(..) => {
                return Err(QueryError::source(
                    &self.name,
                    "a table or query already",
                    "one of them",
                ));
            }
            _ => {
                return Err(QueryError::source(
                    &self.name,
                    "`table` or `query` beside a source that is no database",
                    "a source `sqlite:` or `postgres:`",
                ));
            }
        }
        Ok(self)
    }

    /// As [`Source::of`], for what may also be a path that is no text.
    ///
    /// # Errors
    /// As there.
    pub fn of_path(path: &Path) -> Result<Source, QueryError> {
        match path.to_str() {
            Some(text) => Source::of(text, Path::new("")),
            None => Ok(Source {
                name: path.display().to_string(),
                place: Place::File(path.to_owned(), None),
            }),
        }
    }

    /// The SELECT that a database answers, if there is one.
    pub fn query(&self) -> Option<&str> {
        match &self.place {
            Place::Sqlite(_, Ask::Query(query)) | Place::Postgres(_, Ask::Query(query)) => Some(query),
            _ => None,
        }
    }

    /// The path, if the source is a file.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path, _) => Some(path),
            _ => None,
        }
    }

    /// A short name for pages and files: that of the file, the table, or the database.
    pub fn title(&self) -> String {
        let last = |text: &str| {
            text.rsplit('/')
                .find(|part| !part.is_empty())
                .unwrap_or("table")
                .to_owned()
        };
        match &self.place {
            Place::File(path, _) => path.file_name().map_or_else(
                || path.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            ),
            Place::Sqlite(_, Ask::Table(table)) | Place::Postgres(_, Ask::Table(table)) => table.clone(),
            Place::Sqlite(path, _) => path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            Place::Postgres(..) => {
                let name = last(self.name.split('?').next().unwrap_or_default());
                name.rsplit('@').next().unwrap_or_default().to_owned()
            }
            Place::Object(address) => last(&address.key),
        }
    }

    /// Fetches the rows into a file, of at most `max_bytes` of `options`; a file stays where it is.
    ///
    /// # Errors
    /// [`QueryError::Source`]: not reached, not allowed, not there, a column of a type that is not read;
    /// [`TableError::TooLarge`].
    pub fn fetch(&self, options: &Options) -> Result<Local, QueryError> {
        self.fetched(options, false)
    }

    /// Fetches the only object that a pattern of keys names, whatever it holds; a file stays where it is.
    ///
    /// # Errors
    /// As [`Source::fetch`]; none or several are named.
    pub fn fetch_only(&self, options: &Options) -> Result<Local, QueryError> {
        self.fetched(options, true)
    }

    fn fetched(&self, options: &Options, is_only: bool) -> Result<Local, QueryError> {
        if let Place::File(path, sheet) = &self.place {
            return Ok(Local {
                sheet: sheet.clone(),
                ..Local::of(path.clone())
            });
        }
        let folder = tempfile::tempdir()
            .map_err(|error| QueryError::source(&self.name, error, "a temporary folder"))?;
        let at = Fetch {
            name: &self.name,
            folder: folder.path(),
            options,
        };
        let mut local = match &self.place {
            Place::File(path, _) => Local::of(path.clone()),
            Place::Sqlite(path, ask) => waited(sqlite::fetch(path, ask, &at), &at)?,
            Place::Postgres(uri, ask) => waited(postgres::fetch(uri, ask, &at), &at)?,
            Place::Object(address) if is_only => waited(object::fetch_only(address, &at), &at)?,
            Place::Object(address) => waited(object::fetch(address, &at), &at)?,
        };
        local.folder = Some(folder);
        Ok(local)
    }

    /// Fetches and reads the rows.
    ///
    /// # Errors
    /// As [`Source::fetch`] and [`table::read::open`].
    pub fn open(&self, options: &Options) -> Result<Read, QueryError> {
        self.fetch(options)?.open(options)
    }
}

/// Where to put what is fetched, and how much of it may be.
struct Fetch<'a> {
    name: &'a str,
    folder: &'a Path,
    options: &'a Options,
}

impl Fetch<'_> {
    fn refused(&self, found: impl ToString, expected: &str) -> QueryError {
        QueryError::source(self.name, found, expected)
    }

    fn too_large(&self) -> QueryError {
        QueryError::Table(TableError::TooLarge {
            name: self.name.to_owned(),
            limit_bytes: self.options.max_bytes,
        })
    }
}

/// Waits for a fetch on a runtime of its own.
fn waited<T>(work: impl Future<Output = Result<T, QueryError>>, at: &Fetch<'_>) -> Result<T, QueryError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| at.refused(error, "a runtime to wait on"))?
        .block_on(work)
}
