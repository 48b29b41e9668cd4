//! SQL over tables and files: *which rows and columns come out of which others?* The only home of DataFusion.
//!
//! The main type is [`Engine`]: tables are registered under names, [`Engine::query`] answers SQL within a memory limit,
//! spilling to disk. `sum`, `avg`, `var`, `stddev` and `corr` are ours: exact, so that order, threads and spilling
//! never change a bit. [`Engine::training_table`] also refuses functions whose answer can change from run to run.
//!
//! Names keep their case and need no quotes unless they are unusual.
//! `predict('churn@champion')` and `decide(...)` ask a model about each row, where the caller brought models
//! ([`Engine::ask_models`]).
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bytes = b"city,price\nOslo,3\nOslo,4\nBergen,5\n";
//! let prices = table::read::from_bytes(bytes, table::read::Format::Csv, "p.csv", &Default::default())?.table;
//! let engine = query::Engine::new(&query::Config::default())?;
//! engine.register("prices", &prices)?;
//! let answer = engine.query("SELECT city, sum(price) AS total FROM prices GROUP BY city ORDER BY city")?;
//! assert_eq!(answer.table.n_rows(), 2);
//! # Ok(())
//! # }
//! ```

mod aggregate;
mod as_of;
mod engine;
mod error;
mod lineage;
mod names;
mod parameter;
mod parquet;
mod predict;
mod repeatable;
pub mod source;
#[cfg(test)]
mod tests;

pub use as_of::Moments;
pub use engine::{Answer, Config, Engine};
pub use error::QueryError;
pub use lineage::{Lineage, Passage, Source};
pub use names::tables_of;
pub use parameter::Parameter;
pub use predict::{Model, Models};
