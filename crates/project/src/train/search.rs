//! The search for parameters within a budget, and what it decided.

use super::candidates::{names, trainer};
use super::folds::folds;
use super::target::Lesson;
use crate::file::{ModelSection, Project, SplitBy};
use crate::{Clock, Observer, ProjectError};
use learn::boost::{Params, Search, Trial, best};
use learn::{Boost, Context, Training, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often somebody may ask to stop.
const PERIOD: Duration = Duration::from_millis(50);

/// What a search decided: with it and the lock, the same model is made again without a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchRecord {
    /// The hash of what was searched: table, section, budget and seed.
    pub of: String,
    /// How many parameters were tried; 0 if there were too few rows to try any, and the defaults stand.
    pub trials: u32,
    /// The number of the best trial, from 1.
    pub winner: u32,
    /// Its rounds.
    pub rounds: u32,
    /// Its parameters beside those of the section, by name.
    pub params: BTreeMap<String, f64>,
    /// Whether the budget ended before the first trial was at its best: more time would do better.
    pub is_short: bool,
}

impl SearchRecord {
    fn new(of: String, trials: &[Trial]) -> SearchRecord {
        let winner = best(trials);
        let number = |(name, value): &(String, Value)| match value {
            Value::Whole(number) => Some((name.clone(), *number as f64)),
            Value::Number(number) => Some((name.clone(), *number)),
            _ => None,
        };
        SearchRecord {
            of,
            trials: trials.len() as u32,
            winner: winner.map_or(0, |winner| winner as u32 + 1),
            rounds: winner.map_or(0, |winner| trials[winner].rounds),
            params: winner.map_or(BTreeMap::new(), |winner| {
                trials[winner].settings.iter().filter_map(number).collect()
            }),
            is_short: trials.first().is_some_and(|trial| trial.is_cut),
        }
    }

    /// The parameters with the rounds, for a trainer; none if nothing was tried.
    pub(crate) fn settings(&self) -> Vec<(String, Value)> {
        if self.trials == 0 {
            return Vec::new();
        }
        let params = self.params.iter();
        let mut settings: Vec<(String, Value)> = params
            .map(|(name, number)| (name.clone(), value(*number)))
            .collect();
        settings.push(("rounds".to_owned(), Value::Whole(i64::from(self.rounds))));
        settings
    }
}

fn value(number: f64) -> Value {
    match number.fract() == 0.0 && number.abs() < 1e15 {
        true => Value::Whole(number as i64),
        false => Value::Number(number),
    }
}

/// What a search is asked for, and who is told.
pub(crate) struct Order<'a> {
    pub(crate) step: &'a str,
    pub(crate) of: String,
    pub(crate) budget_s: u64,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) clock: &'a dyn Clock,
}

/// Searches the parameters of the lesson's boosted trees until the budget is spent.
pub(crate) fn search(
    project: &Project,
    lesson: &Lesson<'_>,
    order: Order<'_>,
) -> Result<SearchRecord, ProjectError> {
    // What is wrong with the section's own parameters is said with its place, and before the time is spent.
    trainer(project, lesson, "boost")?;
    let Order {
        step,
        observer,
        clock,
        ..
    } = order;
    let until = clock
        .now_micros()
        .saturating_add(order.budget_s as i64 * 1_000_000);
    observer.told(step, &cost(lesson, order.budget_s));
    let stop = AtomicBool::new(false);
    let (sender, receiver) = channel();
    let (told, is_over) = (
        // Nobody listens any more only when the search was given up.
        // The worker owns the sender, so that its end is heard.
        move |trial: &Trial| drop(sender.send(trial.clone())),
        || stop.load(Ordering::Relaxed) || until <= clock.now_micros(),
    );
    let trials = std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let (told, is_over) = (told, is_over);
            trials(lesson, &told, &is_over)
        });
        let mut seen: Vec<Trial> = Vec::new();
        loop {
            match receiver.recv_timeout(PERIOD) {
                Ok(trial) => {
                    seen.push(trial);
                    tell(&seen, step, observer);
                }
                Err(RecvTimeoutError::Timeout) if observer.interrupted() => {
                    stop.store(true, Ordering::Relaxed)
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        worker.join()
    });
    let trials = trials.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    if stop.load(Ordering::Relaxed) {
        return Err(ProjectError::Interrupted {
            step: step.to_owned(),
        });
    }
    Ok(SearchRecord::new(order.of, &trials))
}

/// What is said before a search begins.
fn cost(lesson: &Lesson<'_>, budget_s: u64) -> String {
    format!(
        "searches parameters on {} rows for {budget_s} s at most; {} trainings follow",
        lesson.rows.n_rows(),
        lesson.section.n_folds + 1
    )
}

/// Tells of the last trial if it is the best so far.
fn tell(seen: &[Trial], step: &str, observer: &dyn Observer) {
    let (Some(last), Some(found)) = (seen.last(), best(seen)) else {
        return;
    };
    if found + 1 == seen.len() {
        let params: Vec<String> = last
            .settings
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        let news = format!(
            "trial {}: held-out loss {:.6} after {} rounds with {}",
            seen.len(),
            last.loss,
            last.rounds,
            params.join(", ")
        );
        observer.told(step, &news);
    }
}

fn trials(
    lesson: &Lesson<'_>,
    told: &(dyn Fn(&Trial) + Sync),
    is_over: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Trial>, ProjectError> {
    let recipe = lesson.fit_recipe(&lesson.rows, lesson.weights.as_deref())?.recipe;
    let features = recipe.apply(&lesson.rows)?;
    let data = Training {
        features: &features,
        target: &lesson.target,
        weights: lesson.training_weights.as_deref(),
        names: &names(&recipe),
    };
    let folds = match &lesson.section.split {
        SplitBy::Target => Vec::new(),
        SplitBy::Group(_) | SplitBy::Time(_) => folds(lesson, lesson.seed)?.0,
    };
    let boost = boost(lesson.section)?;
    let search = Search {
        folds: &folds,
        n_held_out: 0,
        is_over,
        told,
    };
    let context = Context {
        n_threads: lesson.n_threads,
        ..Context::new(lesson.seed)
    };
    Ok(boost.search(&data, &search, &context)?)
}

/// Boosted trees with the section's parameters, which were found right when the trainer was made.
fn boost(section: &ModelSection) -> Result<Boost, ProjectError> {
    let refuse = |error: learn::ParameterError| {
        let offender = format!("[model.{}.params]", section.name.value);
        ProjectError::data(offender, error.to_string(), "parameters of `boost`")
    };
    let mut params = Params::default();
    for (name, value) in &section.params {
        params.set(&name.value, value).map_err(refuse)?;
    }
    params.check().map_err(refuse)
}
