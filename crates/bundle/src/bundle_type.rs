//! The bundle: everything between training and serving, in one immutable file named by its hash.

use crate::baseline::Baseline;
use crate::card::{Card, Lineage};
use crate::decide::Decision;
use crate::evaluation::Evaluation;
use crate::fits::check;
use crate::format::{Front, Head, Manifest, Opened, read, read_model, to_bytes, write_model};
use crate::golden::Golden;
use crate::{BundleError, Calibration, Intervals, Link, Model, Task};
use prepare::contract::Contract;
use prepare::recipe::Recipe;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use table::{Hash, file};

/// The largest bundle that is read, in bytes.
pub const MAX_BYTES: u64 = 2 << 30;

/// What a bundle is made of, before it is one.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The model's name in the project.
    pub name: String,
    /// What it predicts.
    pub task: Task,
    /// Inputs that are never logged.
    pub private: Vec<String>,
    /// From raw rows to features.
    pub recipe: Recipe,
    /// What rows must be.
    pub contract: Contract,
    /// From features to margins.
    pub model: Model,
    /// What the margins mean.
    pub link: Link,
    /// From margins to honest probabilities, in place of the link.
    pub calibration: Calibration,
    /// From what is told to a range that holds the truth as often as promised; only for numbers and quantiles.
    pub intervals: Option<Intervals>,
    /// From probabilities, or the scores of anomalies, to decisions; only for two classes and anomalies.
    pub decision: Option<Decision>,
    /// How good it is.
    pub evaluation: Evaluation,
    /// What the training rows looked like.
    pub baseline: Baseline,
    /// Where it comes from.
    pub lineage: Lineage,
    /// What it is for.
    pub card: Card,
}

/// A sound bundle: read from a file or made from a draft, its golden rows answered.
#[derive(Clone, Debug)]
pub struct Bundle {
    draft: Draft,
    golden: Golden,
    hash: Hash,
    front: Front,
}

impl Bundle {
    /// Makes a bundle and reads it back, golden rows and contract included; the same draft gives the same bytes.
    ///
    /// # Errors
    /// [`BundleError`] if the parts do not fit each other, or what was written could not be read again.
    pub fn build(draft: Draft) -> Result<Bundle, BundleError> {
        check(&draft, &draft.name)?;
        let golden = Golden::make(&draft)?;
        let (header, arrays) = write_model(&draft.model);
        let manifest = Manifest {
            name: draft.name.clone(),
            task: draft.task.clone(),
            private: draft.private.clone(),
            recipe: draft.recipe.clone(),
            contract: draft.contract.clone(),
            link: draft.stored_link(),
            model: header,
            calibration: draft.calibration.into(),
            intervals: draft.intervals.clone(),
            decision: draft.decision.clone(),
            evaluation: draft.evaluation.clone(),
            baseline: draft.baseline.clone(),
            golden,
            lineage: draft.lineage.clone(),
            card: draft.card.clone(),
        };
        // What cannot be read back is found now, not when it is to serve.
        Bundle::from_bytes(&to_bytes(&manifest, &arrays)?, &draft.name)
    }

    /// The bundle that was read, checked, the golden rows answered.
    fn of(opened: Opened, name: &str) -> Result<Bundle, BundleError> {
        let Opened {
            front,
            version,
            manifest,
            arrays,
            hash,
        } = opened;
        if version < manifest.version() {
            let expected = format!("{}, for what the manifest says", manifest.version());
            return Err(BundleError::format(name, "the format version", version, expected));
        }
        let (link, calibration) = manifest.meaning(name)?;
        let model = read_model(&manifest.model, arrays, name)?;
        let draft = Draft {
            name: manifest.name,
            task: manifest.task,
            private: manifest.private,
            recipe: manifest.recipe,
            contract: manifest.contract,
            model,
            link,
            calibration,
            intervals: manifest.intervals,
            decision: manifest.decision,
            evaluation: manifest.evaluation,
            baseline: manifest.baseline,
            lineage: manifest.lineage,
            card: manifest.card,
        };
        check(&draft, name)?;
        manifest.golden.check(&draft, name)?;
        Ok(Bundle {
            draft,
            golden: manifest.golden,
            hash,
            front,
        })
    }

    /// The same bundle with further inputs that are never logged; its file and hash stay as they are.
    #[must_use]
    pub fn keeping_private(mut self, inputs: &[String]) -> Bundle {
        self.draft.private.extend_from_slice(inputs);
        self
    }

    /// The same bundle for pages that must not name its classes; its file and hash stay as they are.
    #[must_use]
    pub fn with_unnamed_classes(mut self) -> Bundle {
        self.draft.task = self.draft.task.unnamed();
        self
    }

    /// Reads a bundle's bytes; `name` is for messages. Everything is checked, and the golden rows are answered.
    ///
    /// # Errors
    /// [`BundleError`] with the first thing that is not as it must be.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Bundle, BundleError> {
        let failed = |error| BundleError::format(name, "the file", error, "bytes");
        Bundle::of(read(bytes, bytes.len() as u64, name, failed)?, name)
    }

    /// Reads the bundle at `path`.
    ///
    /// # Errors
    /// [`BundleError`]: the file cannot be read or is not a sound bundle.
    pub fn load(path: &Path) -> Result<Bundle, BundleError> {
        let name = path.display().to_string();
        let failed = |source| read_failed(path, source);
        let file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if !about.is_file() {
            // whatever comes out of a pipe is as long as it turns out to be
            let bytes = poured(file, &name, failed)?;
            return Bundle::from_bytes(&bytes, &name);
        }
        check_size(about.len(), &name)?;
        // A bundle is never compressed, so that a compressed file is refused by its first bytes.
        Bundle::of(read(file, about.len(), &name, failed)?, &name)
    }

    /// Writes the bundle to `path`, whole or not at all.
    ///
    /// # Errors
    /// [`BundleError::Table`] if the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), BundleError> {
        Ok(file::write_atomic(path, &self.to_bytes())?)
    }

    /// The hash of the file.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The bytes of the file, made anew: a bundle in memory holds its model's numbers once.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (_, arrays) = write_model(&self.draft.model);
        self.front.with_sections(&arrays)
    }

    /// Lays out what answers single rows, as is done by itself when some dozens have been asked: for those who load a bundle
    /// while another answers.
    pub fn lay_out(&self) {
        if let Model::Trees(trees) = &self.draft.model {
            trees.lay_out();
        }
    }

    /// The golden rows.
    pub fn golden(&self) -> &Golden {
        &self.golden
    }

    /// The golden rows as a caller would send them, `(16, n_inputs)`.
    ///
    /// # Errors
    /// None for a bundle that was loaded; the rows were checked then.
    pub fn golden_rows(&self) -> Result<table::Table, BundleError> {
        self.golden.table(&self.draft.recipe)
    }
}

impl Draft {
    /// The link as the manifest holds it: left out where it is the task's own and trees are ours, as in version 1.
    fn stored_link(&self) -> Option<Link> {
        let is_usual = self.link == self.task.link() && self.model.source_precision().is_none();
        (!is_usual).then_some(self.link)
    }
}

impl std::ops::Deref for Bundle {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        &self.draft
    }
}

/// What comes out of a pipe, if it begins as a bundle does.
fn poured(
    mut pipe: File,
    name: &str,
    failed: impl Fn(io::Error) -> BundleError,
) -> Result<Vec<u8>, BundleError> {
    let mut bytes = Vec::new();
    let head = Head::N_BYTES as u64;
    pipe.by_ref()
        .take(head)
        .read_to_end(&mut bytes)
        .map_err(&failed)?;
    Head::read(&bytes, name)?;
    pipe.take(MAX_BYTES - head + 1)
        .read_to_end(&mut bytes)
        .map_err(&failed)?;
    check_size(bytes.len() as u64, name)?;
    Ok(bytes)
}

fn check_size(n_bytes: u64, name: &str) -> Result<(), BundleError> {
    if n_bytes <= MAX_BYTES {
        return Ok(());
    }
    let (found, expected) = (format!("{n_bytes} bytes"), format!("at most {MAX_BYTES}"));
    Err(BundleError::format(name, "the file", found, expected))
}

/// What is told where `path` cannot be read.
pub(crate) fn read_failed(path: &Path, source: std::io::Error) -> BundleError {
    BundleError::Table(match source.kind() {
        std::io::ErrorKind::IsADirectory => table::TableError::IsFolder {
            path: path.to_owned(),
        },
        _ => table::TableError::File {
            action: "read",
            path: path.to_owned(),
            source,
        },
    })
}
