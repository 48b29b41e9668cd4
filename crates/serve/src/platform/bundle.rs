//! The bundle in a folder that a platform mounted.

use crate::ServeError;
use std::path::{Path, PathBuf};

/// The only file that ends in `.bundle` in `folder`, or one level further down, where Azure ML puts a model that is a
/// folder. A path of such a file is itself.
///
/// # Errors
/// [`ServeError::Folder`]: none is found, or several on one level.
pub fn bundle_in(folder: &Path) -> Result<PathBuf, ServeError> {
    if is_bundle(folder) && folder.is_file() {
        return Ok(folder.to_owned());
    }
    let entries = entries(folder)?;
    let is_bundle = |path: &&PathBuf| is_bundle(path) && path.is_file();
    let here: Vec<PathBuf> = entries.iter().filter(is_bundle).cloned().collect();
    let found = if here.is_empty() {
        let folders = entries.iter().filter(|path| path.is_dir());
        let below = folders.flat_map(|path| self::entries(path).unwrap_or_default());
        below.filter(|path| is_bundle(&path)).collect()
    } else {
        here
    };
    match found.as_slice() {
        [only] => Ok(only.clone()),
        _ => {
            let names = found.iter().filter_map(|path| path.file_name()?.to_str());
            let listed = table::quoted_list(names, 12);
            let found = if found.is_empty() {
                "none".to_owned()
            } else {
                listed
            };
            Err(ServeError::Folder {
                folder: folder.to_owned(),
                found,
            })
        }
    }
}

fn is_bundle(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "bundle")
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, ServeError> {
    let fail = |source: std::io::Error| ServeError::Folder {
        folder: folder.to_owned(),
        found: source.to_string(),
    };
    let paths = std::fs::read_dir(folder)
        .map_err(fail)?
        .filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.collect();
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_only_bundle_is_found_also_one_level_down() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let refused = || bundle_in(folder.path()).unwrap_err().to_string();
        assert!(refused().contains("none"), "{}", refused());
        std::fs::create_dir(path("model")).unwrap();
        std::fs::write(path("model/a.bundle"), b"").unwrap();
        assert_eq!(bundle_in(folder.path()).unwrap(), path("model/a.bundle"));
        std::fs::write(path("b.bundle"), b"").unwrap();
        assert_eq!(bundle_in(folder.path()).unwrap(), path("b.bundle"));
        assert_eq!(bundle_in(&path("b.bundle")).unwrap(), path("b.bundle"));
        std::fs::write(path("c.bundle"), b"").unwrap();
        assert!(refused().contains("`b.bundle`, `c.bundle`"), "{}", refused());
        assert!(bundle_in(&path("gone")).is_err());
    }
}
