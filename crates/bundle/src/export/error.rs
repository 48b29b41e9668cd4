use thiserror::Error;

/// Why a bundle cannot be said in another format.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ExportError {
    /// A part of the bundle has no counterpart.
    #[error("{part} cannot be said in ONNX: found {found}; hint: {hint}")]
    Unsupported {
        /// Which part.
        part: String,
        /// What it is.
        found: String,
        /// What can be done.
        hint: &'static str,
    },
}

impl ExportError {
    pub(super) fn unsupported(
        part: impl Into<String>,
        found: impl Into<String>,
        hint: &'static str,
    ) -> ExportError {
        ExportError::Unsupported {
            part: part.into(),
            found: found.into(),
            hint,
        }
    }
}
