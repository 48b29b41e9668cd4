//! The project file: parsed once, checked as a whole, every complaint with its place.

mod data;
mod expect;
mod experiment;
mod guard;
mod intervals;
mod keys;
mod load;
mod model;
mod problem;
mod question;
mod read;
mod reading;
mod references;
mod score;
mod sections;
mod service;
mod size;
#[cfg(test)]
mod tests;
mod why;

pub use experiment::{
    Agree, BaselineSection, Detect, ExperimentSection, MetricKind, MetricSection, MonitoringWord,
};
pub(crate) use guard::alias_of as guard_alias;
pub use guard::{Act, GuardSection};
pub use keys::{KEYS, KeyKind, KeySpec, reference_page};
pub use load::{Overrides, load, parse};
pub use model::value_of_text;
pub use problem::{Located, Problem, Problems};
pub use sections::{
    ClassWeight, Data, Decide, Expect, IntervalSection, ModelSection, Monitor, Origin, Project, Question,
    Report, ScoreSection, Service, SplitBy, TaskWord, WhySection,
};
pub use service::watch_seconds;
pub(crate) use service::{DEFAULT_SHARE, DEFAULT_WATCH_S};
pub use size::bytes_of;
