//! How large an effect is, whatever its p-value.

pub mod table;
