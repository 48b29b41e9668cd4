//! Typed, named columns, and the files they come from: *where do rows come from, and what was wrong with them?*
//!
//! The main types are [`Table`] (named columns of six [`Kind`]s, missing is null), [`read::Options`] with
//! [`read::open`] (any file in, a table and its located [`Complaints`] out), and the writers in [`write`].
//!
//! ```
//! let bytes = b"city,price\nOslo,12.5\nBergen,\n";
//! let read = table::read::from_bytes(bytes, table::read::Format::Csv, "prices.csv", &table::read::Options::default())?;
//! assert_eq!(read.table.n_rows(), 2);
//! assert_eq!(read.table.kind("price"), Some(table::Kind::Number));
//! assert_eq!(read.table.column("price")?.null_count(), 1);
//! # Ok::<(), table::TableError>(())
//! ```
//!
//! What is absent: SQL, statistics, and any knowledge of models.

mod category;
mod complaint;
mod error;
pub mod file;
mod hash;
mod kind;
mod names;
mod normalise;
mod range;
pub mod read;
pub mod segment;
mod table_type;
pub mod write;

pub use arrow;
pub use category::{category_texts, plain_category};
pub use complaint::{Complaint, ComplaintKind, Complaints, Example, clip};
pub use error::TableError;
pub use hash::{Hash, Hashing};
pub use kind::{Kind, MICROS_PER_DAY};
pub use names::{nearest, quoted_list};
pub use normalise::{blank_is_missing, normalise};
pub use range::{Scale, count_text};
pub use table_type::Table;
