use thiserror::Error;

use crate::{BundleError, ModelError};

/// Why a model file of another library was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file is of no kind that can be imported.
    #[error(
        "the file is {found}, expected a LightGBM text model or an XGBoost JSON or UBJSON model; hint: {hint}"
    )]
    Unknown {
        /// What it seems to be.
        found: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Something in the file is not as the library writes it.
    #[error("{place}: found {found}, expected {expected}")]
    Malformed {
        /// The line and key, the key path or the byte.
        place: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// The file is sound, but a bundle cannot say the same.
    #[error("{place}: {found} cannot be imported; hint: {hint}")]
    Unsupported {
        /// The line and key or the key path.
        place: String,
        /// What it is.
        found: String,
        /// What can be done.
        hint: &'static str,
    },
    /// A tree was refused.
    #[error("tree {tree}: {source}")]
    Tree {
        /// The tree's position.
        tree: usize,
        /// Why.
        source: ModelError,
    },
    /// The trees together were refused.
    #[error("the model is not sound: {0}")]
    Model(#[from] ModelError),
    /// The bundle could not be made.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl ImportError {
    pub(super) fn malformed(
        place: impl Into<String>,
        found: impl ToString,
        expected: impl ToString,
    ) -> ImportError {
        // Texts of a hostile file may be of any length.
        let found: String = found.to_string().chars().take(200).collect();
        ImportError::Malformed {
            place: place.into(),
            found,
            expected: expected.to_string(),
        }
    }

    pub(super) fn unsupported(
        place: impl Into<String>,
        found: impl ToString,
        hint: &'static str,
    ) -> ImportError {
        let found: String = found.to_string().chars().take(200).collect();
        ImportError::Unsupported {
            place: place.into(),
            found,
            hint,
        }
    }
}
