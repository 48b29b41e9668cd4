//! Made-up data sets with a known truth, and projects around them.

mod churn;

use crate::ProjectError;
use serde::Serialize;
use std::path::{Path, PathBuf};
use table::file::write_atomic;

pub use churn::{Planted, Truth};

/// What a demo wrote.
#[derive(Clone, Debug, Serialize)]
pub struct Demo {
    /// The project file.
    pub project: PathBuf,
    /// The planted truth.
    pub truth: PathBuf,
    /// Customers of a later month whose behaviour has changed, for scoring and the monitor.
    pub later: PathBuf,
}

/// The names of the demos.
pub const NAMES: [&str; 1] = ["churn"];

/// Writes the churn demo into `folder`: the same seed gives the same files.
///
/// # Errors
/// [`ProjectError::Table`] if a file cannot be written, [`ProjectError::Data`] if a file of one of its names is there
/// with another content; nothing is written then.
pub fn churn(folder: &Path, seed: u64) -> Result<Demo, ProjectError> {
    let made = churn::make(seed);
    let demo = Demo {
        project: folder.join("spanwise.toml"),
        truth: folder.join("truth.json"),
        later: folder.join("later.csv"),
    };
    let customers = folder.join("customers.csv");
    let truth = serde_json::to_vec_pretty(&made.truth).expect("numbers and texts are JSON");
    let files: [(&Path, &[u8]); 4] = [
        (&customers, made.customers.as_bytes()),
        (&demo.later, made.later.as_bytes()),
        (&demo.truth, &truth),
        (&demo.project, include_bytes!("churn.toml")),
    ];
    for (path, bytes) in files {
        is_free(folder, path, bytes)?;
    }
    for (path, bytes) in files {
        write_atomic(path, bytes)?;
    }
    Ok(demo)
}

/// Refuses to write over what somebody else wrote.
fn is_free(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), ProjectError> {
    let is_there = path.symlink_metadata().is_ok();
    if !is_there || std::fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Err(ProjectError::data(
        format!("the folder `{}`", folder.display()),
        format!("another `{name}`"),
        "an empty folder, or the same demo of the same seed; hint: pass --into FOLDER",
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_that_somebody_else_wrote_is_lost() {
        for name in ["customers.csv", "later.csv", "truth.json", "spanwise.toml"] {
            let folder = tempfile::tempdir().unwrap();
            // Not UTF-8 either.
            std::fs::write(folder.path().join(name), [b'm', 0xff]).unwrap();
            let error = churn(folder.path(), 7).unwrap_err().to_string();
            assert!(error.contains(&format!("another `{name}`")), "{error}");
            assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), [b'm', 0xff]);
            assert_eq!(
                std::fs::read_dir(folder.path()).unwrap().count(),
                1,
                "nothing else"
            );
        }
    }

    #[test]
    fn the_same_demo_again_is_no_loss() {
        let folder = tempfile::tempdir().unwrap();
        churn(folder.path(), 7).unwrap();
        churn(folder.path(), 7).unwrap();
        assert!(churn(folder.path(), 8).is_err());
    }
}
