//! Tables from wherever they are: files, databases and stores of objects, each fetched once in a run.

use crate::ProjectError;
use query::source::{Local, Source};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use table::read::{Options, Read};

/// Reads the file at `path`, or what the URI in its place names.
///
/// # Errors
/// [`ProjectError::Query`]: the source cannot be reached or read; [`ProjectError::Table`].
pub fn open(path: &Path, options: &Options) -> Result<Read, ProjectError> {
    Ok(Source::of_path(path)?.open(options)?)
}

/// A short name of what `path` names, for pages: that of the file, table or object.
#[must_use]
pub fn title(path: &Path) -> String {
    match Source::of_path(path) {
        Ok(source) => source.title(),
        Err(_) => path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
    }
}

/// The same without an ending, for names of tables.
#[must_use]
pub fn stem(path: &Path) -> String {
    let title = title(path);
    Path::new(&title)
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// Where files about `path` are named after: a file itself, or the title of what a URI names.
#[must_use]
pub fn beside(path: &Path) -> PathBuf {
    match Source::of_path(path) {
        Ok(source) => source
            .path()
            .map_or_else(|| source.title().into(), Path::to_owned),
        Err(_) => title(path).into(),
    }
}

/// What a project fetched so far: every step of a run sees the same rows, whatever happens to them meanwhile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fetched(Arc<Mutex<Vec<(Source, String, Arc<Local>)>>>);

impl Fetched {
    /// The rows of a source, fetched unless they are there.
    pub(crate) fn get(&self, source: &Source, options: &Options) -> Result<Arc<Local>, ProjectError> {
        let read_as = format!("{options:?}");
        let mut fetched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = fetched
            .iter()
            .find(|(known, of, _)| known == source && *of == read_as);
        if let Some((.., local)) = known {
            return Ok(Arc::clone(local));
        }
        let local = Arc::new(source.fetch(options)?);
        fetched.push((source.clone(), read_as, Arc::clone(&local)));
        Ok(local)
    }
}
