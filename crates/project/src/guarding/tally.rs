//! What instances saw of a pair, as a file holds it.

use crate::ProjectError;
use serde::{Deserialize, Serialize};
use serve::{ArmSums, GROUPS, Watched};
use std::path::Path;

/// The most bytes that a file of sums may have.
const MAX_BYTES: u64 = 4 << 20;
/// Digits of a hash in a folder's name.
const SHORT: usize = 16;

/// A champion and a challenger, and the challenger's share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Pair {
    pub(super) model: String,
    pub(super) versions: [String; 2],
    pub(super) bundles: [String; 2],
    pub(super) share: f64,
    /// What the service calls them, such as `churn@champion`; absent in files of versions that did not say it.
    #[serde(default)]
    pub(super) names: Option<[String; 2]>,
}

/// What was seen of a pair.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tally {
    pub(super) pair: Pair,
    pub(super) arms: [ArmSums; 2],
}

/// A tally as JSON.
#[derive(Serialize, Deserialize)]
struct Written {
    pair: Pair,
    arms: [WrittenArm; 2],
}

#[derive(Serialize, Deserialize)]
struct WrittenArm {
    requests: Vec<u64>,
    errors: Vec<u64>,
    ln_micros: Vec<f64>,
    rows: Vec<u64>,
    answers: Vec<f64>,
}

impl Pair {
    pub(super) fn of(watched: &Watched, names: &[String; 2]) -> Pair {
        Pair {
            model: watched.model.clone(),
            versions: watched.versions.clone(),
            bundles: watched.bundles.clone(),
            share: watched.share,
            names: Some(names.clone()),
        }
    }

    /// Whether both are of the same versions and share, under whatever names.
    pub(super) fn is(&self, other: &Pair) -> bool {
        let named = Pair {
            names: other.names.clone(),
            ..self.clone()
        };
        named == *other
    }

    /// The folder of its sums: another pair, or another share, begins anew.
    pub(super) fn folder_name(&self) -> String {
        let short = |hash: &String| hash.chars().take(SHORT).collect::<String>();
        let [champion, challenger] = [short(&self.bundles[0]), short(&self.bundles[1])];
        format!("{champion}-{challenger}-{}", self.share)
    }
}

impl Tally {
    pub(super) fn empty(pair: &Pair) -> Tally {
        Tally {
            pair: pair.clone(),
            arms: [ArmSums::default(), ArmSums::default()],
        }
    }

    pub(super) fn add(&mut self, arms: &[ArmSums; 2]) {
        self.arms
            .iter_mut()
            .zip(arms)
            .for_each(|(arm, more)| arm.add(more));
    }

    /// Writes it whole or not at all.
    pub(super) fn write(&self, path: &Path) -> Result<(), ProjectError> {
        let written = Written {
            pair: self.pair.clone(),
            arms: self.arms.clone().map(WrittenArm::of),
        };
        let bytes = serde_json::to_vec(&written).map_err(|error| unsound(path, &error.to_string()))?;
        Ok(table::file::write_atomic(path, &bytes)?)
    }

    /// What stands in a file, which must be of this pair; nothing where there is none.
    ///
    /// # Errors
    /// [`ProjectError::Data`]: the file is no tally of the pair.
    pub(super) fn read(path: &Path, pair: &Pair) -> Result<Tally, ProjectError> {
        if !path.is_file() {
            return Ok(Tally::empty(pair));
        }
        let found = Tally::open(path)?;
        match found.pair.is(pair) {
            true => Ok(found),
            false => Err(unsound(path, "sums of another pair")),
        }
    }

    /// What stands in a file.
    ///
    /// # Errors
    /// [`ProjectError::Data`]: the file is no tally.
    pub(super) fn open(path: &Path) -> Result<Tally, ProjectError> {
        let bytes = table::file::read_whole(path, MAX_BYTES)?;
        let written: Written =
            serde_json::from_slice(&bytes).map_err(|error| unsound(path, &error.to_string()))?;
        let [first, second] = written.arms.map(|arm| arm.checked(path));
        Ok(Tally {
            pair: written.pair,
            arms: [first?, second?],
        })
    }
}

impl WrittenArm {
    fn of(arm: ArmSums) -> WrittenArm {
        let ArmSums {
            requests,
            errors,
            ln_micros,
            rows,
            answers,
        } = arm;
        WrittenArm {
            requests,
            errors,
            ln_micros,
            rows,
            answers,
        }
    }

    fn checked(self, path: &Path) -> Result<ArmSums, ProjectError> {
        let wholes = [&self.requests, &self.errors, &self.rows];
        let reals = [&self.ln_micros, &self.answers];
        let mut lengths = wholes.map(Vec::len).into_iter().chain(reals.map(Vec::len));
        if let Some(found) = lengths.find(|length| *length != GROUPS) {
            return Err(unsound(path, &format!("{found} groups")));
        }
        if self
            .errors
            .iter()
            .zip(&self.requests)
            .any(|(errors, requests)| requests < errors)
        {
            return Err(unsound(path, "more errors than requests"));
        }
        Ok(ArmSums {
            requests: self.requests,
            errors: self.errors,
            ln_micros: self.ln_micros,
            rows: self.rows,
            answers: self.answers,
        })
    }
}

fn unsound(path: &Path, found: &str) -> ProjectError {
    let what = format!("the sums of a guard in `{}`", path.display());
    let expected =
        format!("sums of champion and challenger in {GROUPS} groups; hint: remove the file to begin anew");
    ProjectError::data(&what, found, expected)
}
