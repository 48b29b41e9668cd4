//! *What is in a table, and can I trust it? Which part of it behaves differently, and which part moved a number?*
//!
//! [`profile`] describes every column (its [`Meaning`], numbers, levels, how strongly it belongs to the target) and returns
//! [`Warning`]s about what should not be believed: leaks, identifiers, duplicates, gaps. [`segments`] finds the groups of
//! rows whose target differs from everyone else's, each with its interval and corrected for having looked at all of them.
//!
//! ```
//! let text = "id,plan,months,left\n".to_owned()
//!     + &(0..200).map(|i| format!("c{i},{},{},{}\n", ["a", "b"][i % 2], i / 4, i % 2)).collect::<String>();
//! let read = table::read::from_bytes(text.as_bytes(), table::read::Format::Csv, "demo", &Default::default())?;
//! let options = profile::Options { target: Some("left".to_owned()), ..Default::default() };
//! let found = profile::profile(&read.table, &options)?;
//! assert_eq!(found.columns[0].meaning, profile::Meaning::Identifier);
//! assert!(found.warnings.iter().any(|warning| warning.to_string().contains("`plan` tells the target")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`slices`] names the few groups, of up to three conditions, in which a number of each row (such as the loss of a model)
//! is larger than elsewhere. [`why`](why()) explains why a number changed between two periods or groups.
//!
//! What is absent: files, SQL, pictures, and any model.

mod association;
mod by_hash;
mod cells;
mod classes;
mod column;
mod compare;
pub mod course;
mod dates;
mod describe;
mod error;
mod histogram;
mod meaning;
mod pass;
mod ranges;
mod relation;
mod segment;
mod target;
mod texts;
mod units;
mod warning;
pub mod why;
mod work;

pub use association::Association;
pub use classes::ClassSpread;
pub use column::{ColumnProfile, Levels, NumberSummary};
pub use compare::{Aspect, Comparison, Difference, compare};
pub use course::Course;
pub use dates::DateSummary;
pub use describe::{Options, Profile, Profiler, profile};
pub use error::ProfileError;
pub use histogram::Histogram;
pub use meaning::Meaning;
pub use relation::{Dependency, Gaps, Plane, Relation, Relations};
pub use segment::{Design, Segment, Slice, SliceOptions, Slices, Sought, designed_mean, segments, slices};
pub use texts::TextSummary;
pub use warning::Warning;
pub use why::{why, why_between};
