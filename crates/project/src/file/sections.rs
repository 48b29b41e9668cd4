//! The project as typed sections; names that refer to other sections or to columns keep their places.

use super::experiment::ExperimentSection;
use super::guard::GuardSection;
use super::problem::{Located, Problem, Problems};
use crate::question::Asked;
use prepare::contract::Contract;
use prepare::recipe::Derived;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// The project file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// `[project].name`
    pub name: String,
    /// `[project].seed`
    pub seed: u64,
    /// `[project].memory`
    pub memory_bytes: u64,
    /// `[project].threads`
    pub n_threads: usize,
    /// `[data.*]`, in the order of the file.
    pub data: Vec<Data>,
    /// `[expect.*]`
    pub expect: Vec<Expect>,
    /// `[question.*]`
    pub questions: Vec<Question>,
    /// `[why.*]`
    pub changes: Vec<WhySection>,
    /// `[experiment.*]`
    pub experiments: Vec<ExperimentSection>,
    /// `[model.*]`
    pub models: Vec<ModelSection>,
    /// `[report.*]`
    pub reports: Vec<Report>,
    /// `[service.*]`
    pub services: Vec<Service>,
    /// `[score.*]`
    pub scores: Vec<ScoreSection>,
    /// `[monitor.*]`
    pub monitors: Vec<Monitor>,
    /// What was fetched of sources that are no files.
    pub(crate) fetched: crate::sources::Fetched,
}

/// One table.
#[derive(Clone, Debug)]
pub struct Data {
    /// Its name.
    pub name: Located<String>,
    /// Where its rows come from.
    pub origin: Origin,
    /// The column that names a row.
    pub key: Option<Located<String>>,
    /// Columns that are never logged.
    pub private: Vec<Located<String>>,
    /// How files are read.
    pub options: table::read::Options,
    /// The column of days or times at which rows happened.
    pub event_time: Option<Located<String>>,
    /// The column of days or times at which rows became known.
    pub known_at: Option<Located<String>>,
}

/// Where rows come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file.
    File(Located<PathBuf>),
    /// A database or a store of objects.
    Source(Located<query::source::Source>),
    /// A query over other tables.
    Sql(Located<String>),
}

/// What is expected of one table.
#[derive(Clone, Debug)]
pub struct Expect {
    /// The table.
    pub table: Located<String>,
    /// The rules.
    pub contract: Contract,
    /// The columns that rules are about, with their places.
    pub columns: Vec<Located<String>>,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its name.
    pub name: Located<String>,
    /// As a person asks it.
    pub ask: String,
    /// The table.
    pub data: Located<String>,
    /// What is asked of it.
    pub asked: Asked,
    /// Where its keys stand.
    pub places: BTreeMap<String, Range<usize>>,
}

impl Question {
    /// Where a key's value stands; the section's name if the key is left out.
    pub fn place(&self, key: &str) -> Range<usize> {
        self.places.get(key).unwrap_or(&self.name.span).clone()
    }

    /// Columns that it names, by key.
    pub(crate) fn columns(&self) -> Vec<(&'static str, Located<String>)> {
        let named = [
            ("outcome", Some(&self.asked.outcome)),
            ("by", self.asked.by.as_ref()),
            ("paired", self.asked.paired.as_ref()),
        ];
        let located = |(key, column): (&'static str, Option<&String>)| {
            let value = column?.clone();
            let span = self.place(key);
            Some((key, Located { value, span }))
        };
        named.into_iter().filter_map(located).collect()
    }
}

/// One change to be explained.
#[derive(Clone, Debug)]
pub struct WhySection {
    /// Its name.
    pub name: Located<String>,
    /// As a person asks it.
    pub ask: String,
    /// The table.
    pub data: Located<String>,
    /// The table of the period before, where it is another.
    pub before_data: Option<Located<String>>,
    /// What is asked of it.
    pub asked: crate::why::Asked,
    /// Columns that it names, by key.
    pub columns: Vec<(&'static str, Located<String>)>,
    /// Where its keys stand.
    pub places: BTreeMap<String, Range<usize>>,
}

impl WhySection {
    /// Where a key's value stands; the section's name if the key is left out.
    pub fn place(&self, key: &str) -> Range<usize> {
        self.places.get(key).unwrap_or(&self.name.span).clone()
    }
}

/// What is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskWord {
    /// A class.
    Classification,
    /// A number, or quantiles of it.
    Regression,
    /// The order of the rows of a query.
    Ranking,
    /// How unlike the others a row is.
    Anomaly,
}

/// How rows are kept apart.
#[derive(Clone, Debug)]
pub enum SplitBy {
    /// Equal shares of the target in each fold.
    Target,
    /// Groups stay together.
    Group(Located<String>),
    /// Forward in time.
    Time(Located<String>),
}

/// When a model says yes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decide {
    /// From one half on.
    Half,
    /// Where it pays.
    Money {
        /// What acting on a positive row brings.
        gain: f64,
        /// What acting costs.
        cost: f64,
    },
    /// The likeliest share.
    Capacity {
        /// The share, in (0, 1].
        share: f64,
    },
}

/// Prediction intervals.
#[derive(Clone, Debug)]
pub struct IntervalSection {
    /// The share of rows to hold, in (0, 1).
    pub level: Located<f64>,
    /// The column of groups that have intervals of their own.
    pub by: Option<Located<String>>,
}

/// How much the rows of a class count in training.
#[derive(Clone, Debug)]
pub enum ClassWeight {
    /// All classes together alike.
    Balanced,
    /// By name; 1 for others.
    Named(Vec<(Located<String>, f64)>),
}

/// One model.
#[derive(Clone, Debug)]
pub struct ModelSection {
    /// Its name.
    pub name: Located<String>,
    /// What is predicted, if it was said.
    pub task: Option<TaskWord>,
    /// The table learnt from.
    pub data: Located<String>,
    /// The column to predict; none for anomalies alone.
    pub target: Option<Located<String>>,
    /// The column that names the query of a row; for ranking alone.
    pub query: Option<Located<String>>,
    /// The share of rows to be flagged as anomalies.
    pub contamination: Option<f64>,
    /// The class whose probability is given.
    pub positive: Option<Located<String>>,
    /// The trainer; `None` for auto.
    pub trainer: Option<Located<String>>,
    /// Folds.
    pub n_folds: usize,
    /// How rows are kept apart.
    pub split: SplitBy,
    /// The column of weights.
    pub weight: Option<Located<String>>,
    /// How much the rows of a class count in training.
    pub class_weight: Option<ClassWeight>,
    /// The bundle that training goes on from, as the file says it.
    pub continue_from: Option<Located<String>>,
    /// Columns that the model must not see.
    pub exclude: Vec<Located<String>>,
    /// When it says yes.
    pub decide: Decide,
    /// Prediction intervals, if they are asked for.
    pub intervals: Option<IntervalSection>,
    /// Row-wise features.
    pub features: Vec<(Located<String>, Derived)>,
    /// Parameters of the trainer.
    pub params: Vec<(Located<String>, learn::Value)>,
    /// The seconds for which parameters are searched at most; no search if there are none.
    pub budget_s: Option<u64>,
}

/// One story.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its name.
    pub name: Located<String>,
    /// Its title.
    pub title: String,
    /// The models told about; all if `None`.
    pub models: Option<Vec<Located<String>>>,
    /// The questions told about; all if `None`.
    pub questions: Option<Vec<Located<String>>>,
    /// The changes told about; all if `None`.
    pub changes: Option<Vec<Located<String>>>,
}

/// One service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: Located<String>,
    /// The model with an alias or version.
    pub model: Located<String>,
    /// Where it listens.
    pub address: Located<String>,
    /// Where else it listens.
    pub grpc_address: Option<SocketAddr>,
    /// The files of TLS, where the project lies.
    pub tls: Option<serve::Tls>,
    /// The keys file, where the project lies.
    pub keys: Option<PathBuf>,
    /// Whose tokens are taken, and the file of the issuer's keys, where the project lies.
    pub jwt: Option<serve::Jwt>,
    /// `sampled`, `audit` or `off`.
    pub log: String,
    /// The most scoring requests under way at a time.
    pub max_in_flight: Option<usize>,
    /// The version that answers a share of the requests.
    pub challenger: Option<Located<String>>,
    /// The challenger's share, above 0 and below 1.
    pub share: f64,
    /// The version that is asked what the champion answered.
    pub shadow: Option<Located<String>>,
    /// How far the challenger may be from the champion, and what is done then.
    pub guard: Option<GuardSection>,
    /// Seconds between looks at the aliases; `None` for none.
    pub watch_s: Option<u64>,
    /// About the most bytes of memory that bundles may take.
    pub memory_bytes: Option<u64>,
    /// What resources cost.
    pub price: Option<serve::Price>,
    /// What of the answers is logged, and for how long.
    pub logging: serve::Logging,
    /// The form of the service's own lines.
    pub log_format: Option<serve::LineFormat>,
    /// The least of what the service tells.
    pub log_level: Option<serve::Level>,
    /// The file of the access log, where the project lies, or `-`.
    pub access_log: Option<String>,
    /// Where traces and logs go over OTLP.
    pub otlp: Option<String>,
    /// The file of the audit log, where the project lies.
    pub audit_log: Option<PathBuf>,
}

/// Files that a model scores.
#[derive(Clone, Debug)]
pub struct ScoreSection {
    /// Its name.
    pub name: Located<String>,
    /// The model with an alias or version.
    pub model: Located<String>,
    /// Files, folders and patterns, where the project lies.
    pub inputs: Vec<PathBuf>,
    /// The folder of outputs, where the project lies.
    pub out: PathBuf,
    /// The ending of the outputs; that of each input if `None`.
    pub format: Option<String>,
    /// Columns to carry along; all if `None`.
    pub keep: Option<Vec<String>>,
    /// How many reasons to give with each row.
    pub n_reasons: usize,
    /// How many pairs of features to give with each row.
    pub n_pairs: usize,
}

/// One monitor.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// Its name.
    pub name: Located<String>,
    /// The model with an alias or version.
    pub model: Located<String>,
    /// Seconds of the log compared at once.
    pub window_s: u64,
    /// Bearable false alarms per second of watching.
    pub false_alarms_per_s: f64,
    /// `false_alarms` as it was written.
    pub false_alarms: String,
    /// The smallest effect that alarms.
    pub floor: f64,
}

impl TaskWord {
    /// The words of project files, in the order of the tasks.
    pub const WORDS: [&'static str; 4] = ["classification", "regression", "ranking", "anomaly"];

    /// The task of a word.
    pub fn from_word(word: &str) -> Option<TaskWord> {
        let all = [
            TaskWord::Classification,
            TaskWord::Regression,
            TaskWord::Ranking,
            TaskWord::Anomaly,
        ];
        let position = TaskWord::WORDS.iter().position(|known| *known == word)?;
        Some(all[position])
    }
}

impl ModelSection {
    /// What is said of intervals, without places in the file; empty if nothing is.
    pub(crate) fn interval_meaning(&self) -> String {
        self.intervals.as_ref().map_or(String::new(), |intervals| {
            let by = intervals.by.as_ref().map(|by| &by.value);
            format!(" intervals {} {by:?}", intervals.level.value)
        })
    }

    /// The class weights without their places in the file; empty if classes are balanced.
    pub(crate) fn class_weights(&self) -> Option<Vec<(&str, f64)>> {
        self.class_weight.as_ref().map(|weights| match weights {
            ClassWeight::Balanced => Vec::new(),
            ClassWeight::Named(named) => {
                let pairs = named
                    .iter()
                    .map(|(class, weight)| (class.value.as_str(), *weight));
                pairs.collect()
            }
        })
    }
}

impl Data {
    /// The file that the table comes from; none for a query.
    pub fn file(&self) -> Option<&std::path::Path> {
        match &self.origin {
            Origin::File(path) => Some(&path.value),
            Origin::Source(_) | Origin::Sql(_) => None,
        }
    }
}

impl Project {
    /// The folder of the project file.
    pub fn root(&self) -> PathBuf {
        self.path.parent().map(PathBuf::from).unwrap_or_default()
    }

    /// The table called `name`.
    pub fn data(&self, name: &str) -> Option<&Data> {
        self.data.iter().find(|data| data.name.value == name)
    }

    /// Problems found after the file was read, as one error.
    pub fn problems(&self, mut list: Vec<Problem>) -> Problems {
        list.sort_by_key(|problem| problem.span.start);
        Problems {
            path: self.path.clone(),
            text: self.text.clone(),
            list,
        }
    }
}
