//! Sums that outlive a process: one file for each instance, which is its own for as long as it holds a lock.

use super::tally::{Pair, Tally};
use crate::ProjectError;
use serve::Watched;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use table::TableError;

/// The most instances of a service that are added up.
const MAX_INSTANCES: usize = 256;

/// The file of this instance.
#[derive(Debug, Default)]
pub(super) struct Keeper(Option<Kept>);

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    /// Held: no other instance writes to the file, and whoever is killed holds it no longer.
    _lock: File,
    pair: Pair,
    meeting: u64,
    /// What stood in the file when this instance took it over.
    before: Tally,
    written: Option<Tally>,
}

impl Keeper {
    /// Writes what was seen to the file of this instance; what all instances have seen.
    ///
    /// # Errors
    /// [`ProjectError`]: files cannot be read or written, are not sound, or there are too many instances.
    pub(super) fn keep(
        &mut self,
        folder: &Path,
        pair: &Pair,
        watched: &Watched,
    ) -> Result<Tally, ProjectError> {
        let is_same = |kept: &&mut Kept| kept.pair == *pair && kept.meeting == watched.meeting;
        let kept = match self.0.as_mut().filter(is_same) {
            Some(_) => self.0.as_mut(),
            None => {
                // the lock of the pair before is given back first: it may be the same pair that is met again
                self.0 = None;
                self.0 = Some(Kept::claim(folder, pair, watched.meeting)?);
                self.0.as_mut()
            }
        };
        let kept = kept.expect("it was just put there");
        kept.write(watched)?;
        all_in(folder, pair)
    }
}

impl Kept {
    /// Takes the first file that no other instance holds, with what stands in it.
    fn claim(folder: &Path, pair: &Pair, meeting: u64) -> Result<Kept, ProjectError> {
        table::file::make_folder(folder)?;
        table::file::sweep(folder);
        for instance in 0..MAX_INSTANCES {
            let lock = folder.join(format!("{instance}.lock"));
            let Some(lock) = locked(&lock)? else { continue };
            let path = folder.join(format!("{instance}.json"));
            return Ok(Kept {
                before: Tally::read(&path, pair)?,
                path,
                _lock: lock,
                pair: pair.clone(),
                meeting,
                written: None,
            });
        }
        let found = format!("{MAX_INSTANCES} instances of one service");
        Err(ProjectError::data("the sums of a guard", found, "fewer"))
    }

    fn write(&mut self, watched: &Watched) -> Result<(), ProjectError> {
        let mut own = self.before.clone();
        own.add(&watched.arms);
        if self.written.as_ref() != Some(&own) {
            own.write(&self.path)?;
            self.written = Some(own);
        }
        Ok(())
    }
}

/// The lock file, if nobody else holds it.
fn locked(path: &Path) -> Result<Option<File>, ProjectError> {
    let mut options = OpenOptions::new();
    let opened = options.create(true).truncate(false).write(true).open(path);
    let fail = |action| {
        let path = path.to_owned();
        move |source| ProjectError::from(TableError::File { action, path, source })
    };
    let file = opened.map_err(fail("write"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(fail("lock")(source)),
    }
}

/// What all instances have seen of a pair.
///
/// # Errors
/// [`ProjectError`]: a file cannot be read or is not sound.
pub(super) fn all_in(folder: &Path, pair: &Pair) -> Result<Tally, ProjectError> {
    let mut all = Tally::empty(pair);
    for path in files_in(folder) {
        all.add(&Tally::read(&path, pair)?.arms);
    }
    Ok(all)
}

/// The files of sums in the folder of a pair.
pub(super) fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let of_instance = |instance| folder.join(format!("{instance}.json"));
    (0..MAX_INSTANCES).map(of_instance).filter(|path| path.is_file())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serve::ArmSums;

    fn watched(meeting: u64, requests: u64) -> Watched {
        let mut arms = [ArmSums::default(), ArmSums::default()];
        arms[1].requests[7] = requests;
        Watched {
            model: "churn".to_owned(),
            versions: ["1".to_owned(), "2".to_owned()],
            bundles: ["a".to_owned(), "b".to_owned()],
            share: 0.1,
            meeting,
            arms,
        }
    }

    fn names() -> [String; 2] {
        ["churn@champion", "churn@challenger"].map(str::to_owned)
    }

    fn kept(keeper: &mut Keeper, folder: &Path, meeting: u64, requests: u64) -> u64 {
        let watched = watched(meeting, requests);
        let all = keeper
            .keep(folder, &Pair::of(&watched, &names()), &watched)
            .unwrap();
        all.arms[1].requests[7]
    }

    #[test]
    fn sums_outlive_their_process_and_are_counted_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Keeper::default();
        assert_eq!(kept(&mut first, folder.path(), 1, 10), 10);
        assert_eq!(kept(&mut first, folder.path(), 1, 15), 15);
        let mut second = Keeper::default();
        assert_eq!(kept(&mut second, folder.path(), 1, 100), 115);
        assert_eq!(kept(&mut first, folder.path(), 1, 16), 116);
        drop(first);
        // who comes next goes on where the first one ended
        let mut third = Keeper::default();
        assert_eq!(kept(&mut third, folder.path(), 1, 0), 116);
        assert_eq!(kept(&mut third, folder.path(), 1, 4), 120);
        // the same pair met again by the same process
        assert_eq!(kept(&mut third, folder.path(), 3, 1), 121);
        assert_eq!(kept(&mut second, folder.path(), 1, 101), 122);
    }

    #[test]
    fn files_that_are_not_sound_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let pair = Pair::of(&watched(1, 0), &names());
        for (text, found) in [("{}", "missing field"), ("[", "EOF")] {
            std::fs::write(folder.path().join("0.json"), text).unwrap();
            let error = all_in(folder.path(), &pair).unwrap_err().to_string();
            assert!(error.contains("0.json") && error.contains(found), "{error}");
        }
        let mut other = pair.clone();
        other.share = 0.2;
        Tally::empty(&other).write(&folder.path().join("0.json")).unwrap();
        let error = all_in(folder.path(), &pair).unwrap_err().to_string();
        assert!(error.contains("another pair"), "{error}");
        let mut short = Tally::empty(&pair);
        short.arms[0].rows.pop();
        short.write(&folder.path().join("0.json")).unwrap();
        let error = all_in(folder.path(), &pair).unwrap_err().to_string();
        assert!(error.contains("1023 groups"), "{error}");
    }
}
