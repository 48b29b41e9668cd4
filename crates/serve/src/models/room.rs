//! How much memory bundles take, and the folder that they come from when they are asked for.

use super::{NotLoaded, Slot};
use crate::config::Model;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

/// The bounds of what is loaded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room {
    /// About the most bytes that bundles may take together.
    limit_bytes: Option<u64>,
    /// Each file `NAME.bundle` in it is the model `NAME`.
    folder: Option<PathBuf>,
}

impl Room {
    pub(crate) fn new(limit_bytes: Option<u64>, folder: Option<PathBuf>) -> Room {
        Room { limit_bytes, folder }
    }

    /// Refuses what would not fit if it were alone.
    pub(super) fn check(&self, needed_bytes: u64) -> Result<(), NotLoaded> {
        match self.limit_bytes {
            Some(limit_bytes) if limit_bytes < needed_bytes => Err(NotLoaded::NoRoom {
                needed_bytes,
                limit_bytes,
            }),
            _ => Ok(()),
        }
    }

    /// Lets those rest that were asked for longest ago, until the others fit; never the last one asked for. Requests under
    /// way keep theirs.
    pub(super) fn make(&self, slots: &mut [Slot]) {
        let Some(limit_bytes) = self.limit_bytes else {
            return;
        };
        loop {
            let mut awake: Vec<&mut Slot> = slots.iter_mut().filter(|slot| slot.loaded.is_some()).collect();
            let taken = awake.iter().filter_map(|slot| slot.loaded.as_ref());
            let taken: u64 = taken.map(|loaded| loaded.size_bytes).sum();
            awake.sort_by_key(|slot| slot.used.load(Relaxed));
            match awake.as_mut_slice() {
                [oldest, _, ..] if limit_bytes < taken => oldest.loaded = None,
                _ => return,
            }
        }
    }

    /// The models of the folder, in the order of their names.
    pub(crate) fn listed(&self) -> std::io::Result<Vec<Model>> {
        let Some(folder) = &self.folder else {
            return Ok(Vec::new());
        };
        let entries = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
        let mut models: Vec<Model> = entries.filter_map(|path| model_at(&path)).collect();
        models.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(models)
    }

    /// The model `name` of the folder, which may have come there since.
    pub(super) fn find(&self, name: &str) -> Option<Model> {
        let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0', ':']);
        let path = self
            .folder
            .as_ref()
            .filter(|_| plain)?
            .join(format!("{name}.bundle"));
        model_at(&path)
    }
}

fn model_at(path: &Path) -> Option<Model> {
    let is_bundle = path.extension().is_some_and(|ending| ending == "bundle") && path.is_file();
    let name = path.file_stem()?.to_str()?.to_owned();
    is_bundle.then(|| Model {
        name,
        version: "1".to_owned(),
        path: path.to_owned(),
        ..Model::default()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_files_of_the_folder_itself_are_models() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("models");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(folder.path().join("secret.bundle"), "").unwrap();
        let room = Room::new(None, Some(path.clone()));
        assert_eq!(room.listed().unwrap(), []);
        std::fs::write(path.join("a.bundle"), "").unwrap();
        std::fs::write(path.join("b.txt"), "").unwrap();
        assert_eq!(room.listed().unwrap().len(), 1);
        assert_eq!(room.find("a").map(|model| model.name).as_deref(), Some("a"));
        for name in ["../secret", "b", "", ".", "..", "./a", "a\0"] {
            assert_eq!(room.find(name), None, "{name:?}");
        }
    }
}
