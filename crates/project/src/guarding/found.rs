//! Who is compared by a service that runs elsewhere: its sums know what it was started with.

use super::keep::files_in;
use super::tally::{Pair, Tally};
use crate::ProjectError;
use registry::{Registry, RegistryError};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A pair, the names that a service calls it by, and the folder of its sums.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) pair: Pair,
    pub(super) names: [String; 2],
    pub(super) folder: PathBuf,
}

/// The pair below `folder` whose sums were written last, if its names stand for their versions still: an older pair is nobody's
/// any more.
///
/// # Errors
/// [`ProjectError`]: sums are not sound, or the registry is not.
pub(super) fn last(folder: &Path, registry: &Registry) -> Result<Option<Found>, ProjectError> {
    for path in newest_first(folder) {
        let pair = Tally::open(&path)?.pair;
        let folder = path.parent().unwrap_or(folder).to_owned();
        let Some(names) = pair.names.clone() else {
            continue;
        };
        let is_served = is_served(&pair, &names, registry)?;
        return Ok(is_served.then_some(Found { pair, names, folder }));
    }
    Ok(None)
}

/// The file of each pair that was written last, the newest of them first.
fn newest_first(folder: &Path) -> Vec<PathBuf> {
    let written = |path: PathBuf| {
        let at = std::fs::metadata(&path).and_then(|found| found.modified());
        (at.unwrap_or(SystemTime::UNIX_EPOCH), path)
    };
    let pairs = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let of_pair = |pair: std::fs::DirEntry| files_in(&pair.path()).map(written).max();
    let mut files: Vec<(SystemTime, PathBuf)> = pairs.filter_map(of_pair).collect();
    files.sort_by(|a, b| b.cmp(a));
    files.into_iter().map(|(_, path)| path).collect()
}

fn is_served(pair: &Pair, names: &[String; 2], registry: &Registry) -> Result<bool, ProjectError> {
    for (arm, name) in names.iter().enumerate() {
        let resolved = match registry.resolve(name) {
            Ok(resolved) => resolved,
            Err(RegistryError::NoVersion { .. } | RegistryError::NoModel { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let is_it = resolved.version.to_string() == pair.versions[arm] && resolved.hash == pair.bundles[arm];
        if !is_it {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pair(share: f64, names: Option<[&str; 2]>) -> Pair {
        Pair {
            model: "churn".to_owned(),
            versions: ["1".to_owned(), "2".to_owned()],
            bundles: ["a".repeat(20), "b".repeat(20)],
            share,
            names: names.map(|names| names.map(str::to_owned)),
        }
    }

    #[test]
    fn sums_are_found_newest_first_and_one_file_a_pair() {
        let folder = tempfile::tempdir().unwrap();
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let write = |share: f64, instance: usize, seconds: u64| {
            let pair = pair(share, None);
            let path = folder
                .path()
                .join(pair.folder_name())
                .join(format!("{instance}.json"));
            Tally::empty(&pair).write(&path).unwrap();
            let file = std::fs::File::options().append(true).open(&path).unwrap();
            file.set_modified(at(seconds)).unwrap();
            path
        };
        let _older = write(0.1, 0, 10);
        let (first, second) = (write(0.3, 0, 30), write(0.1, 1, 20));
        assert_eq!(newest_first(folder.path()), [first, second]);
        assert!(newest_first(&folder.path().join("none")).is_empty());
    }

    #[test]
    fn sums_keep_the_names_of_who_is_compared_and_older_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0.json");
        let named = pair(0.3, Some(["churn@champion", "churn@candidate"]));
        Tally::empty(&named).write(&path).unwrap();
        assert_eq!(Tally::open(&path).unwrap().pair, named);
        // as they were written before
        let text = std::fs::read_to_string(&path).unwrap();
        let names = ",\"names\":[\"churn@champion\",\"churn@candidate\"]";
        assert!(text.contains(names), "{text:.300}");
        std::fs::write(&path, text.replace(names, "")).unwrap();
        assert_eq!(Tally::open(&path).unwrap().pair.names, None);
        assert_eq!(Tally::read(&path, &named).unwrap().pair.share, 0.3);
    }
}
