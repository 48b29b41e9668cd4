//! Preparation of rows for a model: *what must a row be, and what does the model see of it?*
//!
//! The main types are [`contract::Contract`] (what rows and tables must be), [`expression::Expression`] (row-wise
//! features) and [`recipe::Recipe`] (fitted once, applied everywhere), which makes [`Features`].
//! [`compiled`] lays both out for single rows.
//!
//! ```
//! use prepare::recipe::{Derived, RecipeBuilder};
//! let text = (0..30).map(|i| format!("{},{}\n", i % 7, ["a", "b"][i % 2])).collect::<String>();
//! let bytes = format!("months,plan\n{text}");
//! let table = table::read::from_bytes(bytes.as_bytes(), table::read::Format::Csv, "x.csv", &Default::default())?.table;
//! let builder = RecipeBuilder { derived: vec![Derived::parse("years", "months / 12")?], ..Default::default() };
//! let recipe = builder.fit(&table, None)?.recipe;
//! assert_eq!(recipe.apply(&table)?.columns.len(), 3);
//! # Ok::<(), prepare::PrepareError>(())
//! ```
//!
//! What is absent: models, files, and anything that looks at other rows when a row is scored.

pub mod compiled;
pub mod contract;
mod error;
pub mod expression;
mod features;
pub mod recipe;

pub use error::PrepareError;
pub use features::{FeatureColumn, Features, MISSING_CODE};
