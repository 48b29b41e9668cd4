//! Files of the same columns, one behind the other.

use super::Passes;
use crate::ProjectError;
use query::source::{Local, Source};
use std::path::Path;
use table::Table;
use table::arrow::array::RecordBatch;
use table::read::{Format, Options, ParquetFile};

/// Rows that are handed out together of a file that is held.
const BATCH_ROWS: usize = 1 << 16;

/// Files of the same columns. Parquet is read piece by piece each time; other formats are read once and held.
#[derive(Debug)]
pub struct Files(Vec<File>);

#[derive(Debug)]
enum File {
    /// With what was fetched, which is removed when nobody reads it any more.
    Parquet {
        file: ParquetFile,
        _fetched: Local,
    },
    Held(Table),
}

impl Files {
    /// Opens files; their endings say what they are.
    ///
    /// # Errors
    /// [`ProjectError`] of the first that cannot be read.
    pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<Files, ProjectError> {
        let open = |path: &P| {
            let options = Options::default();
            let local = Source::of_path(path.as_ref())?.fetch(&options)?;
            Ok(match local.format()? {
                Format::Parquet => File::Parquet {
                    file: ParquetFile::open(local.path())?,
                    _fetched: local,
                },
                _ => File::Held(local.open(&options)?.table),
            })
        };
        Ok(Files(
            paths.iter().map(open).collect::<Result<_, ProjectError>>()?,
        ))
    }
}

impl Passes for Files {
    fn pass(
        &self,
        take: &mut dyn FnMut(&RecordBatch) -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        self.0.iter().try_for_each(|file| match file {
            File::Parquet { file, .. } => {
                let columns: Vec<usize> = (0..file.columns().len()).collect();
                let mut pieces = file.pieces(&columns, 0..file.n_row_groups())?;
                pieces.try_for_each(|piece| take(piece?.batch()))
            }
            File::Held(table) => (0..table.n_rows()).step_by(BATCH_ROWS).try_for_each(|first| {
                take(&table.batch().slice(first, BATCH_ROWS.min(table.n_rows() - first)))
            }),
        })
    }
}
