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
/// [`ProjectError::Table`] if a file cannot be written, [`ProjectError::Data`] if another project is there.
pub fn churn(folder: &Path, seed: u64) -> Result<Demo, ProjectError> {
    let made = churn::make(seed);
    let demo = Demo {
        project: folder.join("spanwise.toml"),
        truth: folder.join("truth.json"),
        later: folder.join("later.csv"),
    };
    let project = include_str!("churn.toml");
    let truth = serde_json::to_vec_pretty(&made.truth).expect("numbers and texts are JSON");
    let customers = folder.join("customers.csv");
    // Another seed's demo may be replaced, anything else is the user's.
    let is_demo = std::fs::read(&demo.project).is_ok_and(|there| there == project.as_bytes());
    let files = [&demo.project, &customers, &demo.later, &demo.truth];
    if let Some(there) = files.into_iter().find(|file| !is_demo && file.exists()) {
        let what = format!("the folder `{}`", folder.display());
        return Err(ProjectError::data(
            what,
            format!(
                "a `{}` that no demo made",
                there.file_name().unwrap_or_default().display()
            ),
            "an empty folder or an earlier demo; hint: pass --into FOLDER",
        ));
    }
    write_atomic(&customers, made.customers.as_bytes())?;
    write_atomic(&demo.later, made.later.as_bytes())?;
    write_atomic(&demo.truth, &truth)?;
    write_atomic(&demo.project, project.as_bytes())?;
    Ok(demo)
}
