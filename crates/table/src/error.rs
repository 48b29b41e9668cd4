//! What can go wrong when tables are read, written or asked.

use std::path::PathBuf;

/// A refusal by the table crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// A file could not be opened, read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    File {
        /// What was tried: `read`, `write`, ...
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A path names something that is not a file.
    #[error("`{}` is a folder, expected a file", path.display())]
    IsFolder {
        /// The path.
        path: PathBuf,
    },
    /// There is nothing in the file.
    #[error("`{name}` is empty: found 0 bytes, expected a header line and rows")]
    Empty {
        /// The file's name.
        name: String,
    },
    /// There is a header but no row.
    #[error("`{name}` has a header and no row: found 0 rows, expected at least 1")]
    NoRows {
        /// The file's name.
        name: String,
    },
    /// The bytes are not of the expected format.
    #[error("`{name}` is not {expected}: {found}")]
    NotThatFormat {
        /// The file's name.
        name: String,
        /// What it should have been.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// The ending of a file name is not known.
    #[error(
        "`{name}` has an unknown format: found ending `{ending}`, expected one of csv, tsv, jsonl, parquet, arrow (optionally .gz or .zst), xlsx"
    )]
    UnknownFormat {
        /// The file's name.
        name: String,
        /// Its ending.
        ending: String,
    },
    /// A workbook has no sheet of that name.
    #[error("`{name}` has no sheet `{sheet}`; found {found}{}", hint(nearest))]
    NoSheet {
        /// The file's name.
        name: String,
        /// The name asked for.
        sheet: String,
        /// The names that exist.
        found: String,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// A sheet was asked for of what is no workbook.
    #[error(
        "`{name}` has no sheets: found the sheet `{sheet}`, expected a workbook (.xlsx); hint: leave the sheet out, or name it behind its workbook: `book.xlsx?sheet=NAME`"
    )]
    NoSheets {
        /// The file's name.
        name: String,
        /// The sheet asked for.
        sheet: String,
    },
    /// A workbook was asked for where only files that can be written are.
    #[error("cannot write `.xlsx`, expected one of csv, tsv, jsonl, parquet, arrow")]
    ReadOnly,
    /// Two columns have the same name.
    #[error(
        "`{name}` names column `{column}` twice: found at positions {first} and {second}, expected different names"
    )]
    DuplicateColumn {
        /// The file's name.
        name: String,
        /// The repeated column.
        column: String,
        /// Position of the first, from 1.
        first: usize,
        /// Position of the second, from 1.
        second: usize,
    },
    /// The table is wider than the limit.
    #[error(
        "`{name}` has {found} columns, expected at most {limit}; hint: select the columns you need, or raise `max_columns`"
    )]
    TooManyColumns {
        /// The file's name.
        name: String,
        /// How many columns were found.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The file is larger than the limit once decompressed and decoded.
    #[error(
        "`{name}` is larger than {limit_bytes} bytes once decompressed and decoded; hint: raise `memory` in `[project]`, or `max_bytes`"
    )]
    TooLarge {
        /// The file's name.
        name: String,
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// The file has more rows than the limit.
    #[error("`{name}` has more than {limit} rows")]
    TooManyRows {
        /// The file's name.
        name: String,
        /// The limit.
        limit: u64,
    },
    /// A column was asked for that is not there.
    #[error("no column `{column}`; found {found}{}", hint(nearest))]
    NoColumn {
        /// The name asked for.
        column: String,
        /// The names that exist.
        found: String,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// A column or value has a kind that cannot be used.
    #[error("column `{column}` is {found}, expected {expected}")]
    WrongKind {
        /// The column.
        column: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// An option's value is not usable.
    #[error("option `{option}` is `{found}`, expected {expected}")]
    Option {
        /// The option.
        option: &'static str,
        /// What was found.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Arrow refused.
    #[error("cannot build the table `{name}`: {source}")]
    Arrow {
        /// The file or table.
        name: String,
        /// What Arrow said.
        source: arrow::error::ArrowError,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

impl TableError {
    pub(crate) fn file(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> TableError {
        let path = path.to_owned();
        move |source| match source.kind() {
            std::io::ErrorKind::IsADirectory => TableError::IsFolder { path },
            _ => TableError::File { action, path, source },
        }
    }

    pub(crate) fn arrow(name: &str) -> impl FnOnce(arrow::error::ArrowError) -> TableError {
        let name = name.to_owned();
        move |source| TableError::Arrow { name, source }
    }
}
