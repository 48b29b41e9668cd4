//! Models of other libraries become bundles: same margins bit for bit, nothing of the library needed afterwards.
//!
//! | source | margins | answers |
//! |---|---|---|
//! | LightGBM text (`save_model`) | sums of `f64` in the order of its trees | its link in `f64` |
//! | XGBoost JSON and UBJSON (`save_model`) | sums of `f32` in the order of its trees, from its `base_score` | its link in `f32` |
//!
//! The recipe of such a bundle passes the features through as numbers, under the names in the file or `Column_0`,
//! `Column_1` and so on. A category is the whole-number code that the library was trained with. There is no contract
//! and no baseline: the file knows nothing of its training rows; golden rows are made of its thresholds.
//! Files are hostile until they are read: sizes are checked, trees that are no trees are refused, nothing runs.

mod assemble;
mod error;
mod json;
mod lightgbm;
mod lightgbm_objective;
mod origin;
#[cfg(test)]
mod tests;
mod ubjson;
mod value;
mod xgboost;
mod xgboost_objective;

pub use error::ImportError;
pub use origin::Origin;

use crate::Bundle;

/// What the file does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// The model's name.
    pub name: String,
    /// What the predicted column is called.
    pub target: String,
    /// The classes in the order of their codes, the negative one first if there are two; `0`, `1` and so on if absent.
    pub classes: Option<Vec<String>>,
}

impl Default for ImportOptions {
    fn default() -> ImportOptions {
        ImportOptions {
            name: "imported".to_owned(),
            target: "target".to_owned(),
            classes: None,
        }
    }
}

/// An imported model.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The bundle.
    pub bundle: Bundle,
    /// What the library calls things.
    pub origin: Origin,
}

/// A kind of model file that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFormat {
    /// What LightGBM's `save_model` and `model_to_string` write.
    LightgbmText,
    /// What XGBoost's `save_model("model.json")` writes.
    XgboostJson,
    /// What XGBoost's `save_model("model.ubj")` writes.
    XgboostUbj,
}

/// Imports a model file of any known kind.
///
/// # Errors
/// [`ImportError`] naming what was found, what was expected and where.
pub fn import(bytes: &[u8], options: &ImportOptions) -> Result<Bundle, ImportError> {
    Ok(import_with_origin(bytes, options)?.bundle)
}

/// Imports a model file of any known kind, and keeps what its library calls leaves and what it says of splits.
///
/// # Errors
/// As [`import`].
pub fn import_with_origin(bytes: &[u8], options: &ImportOptions) -> Result<Imported, ImportError> {
    let source = match detect(bytes)? {
        SourceFormat::LightgbmText => lightgbm::read(bytes)?,
        SourceFormat::XgboostJson => xgboost::read(&json::parse(bytes)?)?,
        SourceFormat::XgboostUbj => xgboost::read(&ubjson::parse(bytes)?)?,
    };
    assemble::bundle(source, options)
}

/// The kind of a model file, from its first bytes.
///
/// # Errors
/// [`ImportError::Unknown`] with a hint for files that are known but cannot be read.
pub fn detect(bytes: &[u8]) -> Result<SourceFormat, ImportError> {
    let start = bytes.trim_ascii_start();
    if start.starts_with(b"tree\n") || start.starts_with(b"tree\r\n") {
        return Ok(SourceFormat::LightgbmText);
    }
    if let Some(rest) = start.strip_prefix(b"{") {
        return match rest.trim_ascii_start().first() {
            Some(b'"' | b'}') => Ok(SourceFormat::XgboostJson),
            _ => Ok(SourceFormat::XgboostUbj),
        };
    }
    let (found, hint) = if start.starts_with(b"binf") || start.starts_with(b"bs64") {
        (
            "XGBoost's old binary format",
            "load it with XGBoost and save it as `model.json` or `model.ubj`",
        )
    } else if start.starts_with(b"\x80") {
        (
            "a pickle",
            "pickles can run code and are never read; save the model with `save_model`",
        )
    } else {
        (
            "something else",
            "LightGBM models are saved with `save_model(\"model.txt\")`, XGBoost's as `model.json` or `model.ubj`",
        )
    };
    Err(ImportError::Unknown { found, hint })
}

/// Imports a LightGBM text model.
///
/// # Errors
/// [`ImportError`] naming the line and the key; [`ImportError::Unsupported`] for linear trees and unknown objectives.
pub fn lightgbm_text(bytes: &[u8], options: &ImportOptions) -> Result<Bundle, ImportError> {
    Ok(assemble::bundle(lightgbm::read(bytes)?, options)?.bundle)
}

/// Imports an XGBoost JSON model.
///
/// # Errors
/// [`ImportError`] naming the key; [`ImportError::Unsupported`] for `gblinear`, vector leaves, several targets and
/// unknown objectives.
pub fn xgboost_json(bytes: &[u8], options: &ImportOptions) -> Result<Bundle, ImportError> {
    Ok(assemble::bundle(xgboost::read(&json::parse(bytes)?)?, options)?.bundle)
}

/// Imports an XGBoost UBJSON model.
///
/// # Errors
/// As [`xgboost_json`].
pub fn xgboost_ubj(bytes: &[u8], options: &ImportOptions) -> Result<Bundle, ImportError> {
    Ok(assemble::bundle(xgboost::read(&ubjson::parse(bytes)?)?, options)?.bundle)
}
