//! Bundles in other formats.

mod error;
mod onnx;

pub use error::ExportError;
pub use onnx::onnx;
