//! Rows as callers send them, in any form, become cells or columns of exactly the model's inputs.

mod builder;
mod cells;
mod column;
mod columnar;
mod csv;
mod inputs;
mod json;
mod libsvm;
mod npy;
#[allow(clippy::module_inception)]
mod rows;
mod tokens;

pub(crate) use builder::RowsBuilder;
pub(crate) use column::{Cell, Column};
pub(crate) use columnar::{ArrowBatches, from_arrow, from_parquet};
pub(crate) use csv::from_csv;
pub(crate) use json::{ColumnsForm, Shape, cells_into, columns_into, from_lines, rows_into, tolerant};
pub(crate) use libsvm::from_libsvm;
pub(crate) use npy::from_npy;
pub(crate) use rows::Rows;
