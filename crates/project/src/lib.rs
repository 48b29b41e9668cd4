//! The project: `spanwise.toml` with its places and errors, and the steps wired together.
//!
//! [`file::load`] reads a project, [`run()`] runs it, [`scoring`], [`serving`], [`watching`], [`query`] and
//! [`promotion`], [`explore`] and [`experiment`] are the other verbs; [`estimator`] learns from rows in memory; [`demo`] makes data with a known truth. The command line and the Python wheel
//! both call this crate and hold no logic of their own.

pub mod batch;
mod clock;
mod columns;
mod continuing;
mod decisions;
pub mod demo;
mod error;
pub mod estimator;
pub mod experiment;
pub mod explain;
pub mod explore;
pub mod file;
pub mod guarding;
mod hints;
mod lineage;
mod lock;
mod moments;
mod new;
pub mod paper;
pub mod promotion;
pub mod query;
pub mod question;
mod records;
mod run;
pub mod scoring;
pub mod serving;
pub mod sources;
mod steps;
pub mod stories;
mod story;
mod train;
pub mod watching;
pub mod weak;
pub mod why;

pub use clock::{Clock, SystemClock};
pub use decisions::Decision;
pub use error::ProjectError;
pub use new::{beside, new_project, table_name};
pub use question::{GroupRecord, QuestionRecord, Unit};
pub use records::{BreachRecord, ComplaintRecord, ContractRecord, SourceRecord};
pub use run::{BundleRecord, Interval, ModelRecord, Places, RunRecord, TableRecord, run};
pub use story::{
    Finding, answer_sentence, difference_text, effect_text, group_text, model_charts, question_charts,
};
pub use train::SearchRecord;
pub use workflow::Observer;
