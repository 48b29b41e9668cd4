//! Rows as callers send them, in any form, become a table of exactly the model's inputs.

mod builder;
mod column;
mod file;
mod json;
mod tokens;

pub(crate) use builder::RowsBuilder;
pub(crate) use column::{Cell, Column};
pub(crate) use file::{from_csv, from_parquet};
pub(crate) use json::{ColumnsForm, Shape, cells_into, columns_into, from_lines, rows_into, tolerant};
