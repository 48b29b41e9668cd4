//! The graph: steps, their needs, and a run over them.

use crate::Store;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use table::Hash;

/// The named results of a step.
pub type Outputs = BTreeMap<String, Vec<u8>>;

/// What a step does with what it needs.
type Work<'a> = Box<dyn Fn(&Inputs<'_>) -> Result<Outputs, Box<dyn std::error::Error + Send + Sync>> + 'a>;

/// One step.
pub struct Step<'a> {
    name: String,
    identity: Vec<u8>,
    needs: Vec<String>,
    work: Work<'a>,
}

/// Steps and what they need.
#[derive(Default)]
pub struct Graph<'a> {
    steps: Vec<Step<'a>>,
}

/// A refusal of a workflow.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkflowError {
    /// A step failed.
    #[error("{step}: {source}")]
    Step {
        /// The step.
        step: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Results could not be kept.
    #[error("cannot keep results: {source}")]
    Store {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A result is no longer what was kept; it was forgotten, so that running the graph again makes it anew.
    #[error("the result `{output}` of `{step}` is damaged and was forgotten; run again")]
    Damaged {
        /// The step.
        step: String,
        /// Its result.
        output: String,
    },
    /// A step needs one that does not exist before it.
    #[error("step `{step}` needs `{need}`, which does not stand before it")]
    Order {
        /// The step.
        step: String,
        /// What it needs.
        need: String,
    },
    /// Somebody asked to stop; finished steps are kept.
    #[error("stopped before {step} was done; finished steps are kept, run again to go on")]
    Interrupted {
        /// The step that was next, or was being done.
        step: String,
    },
}

impl WorkflowError {
    pub(crate) fn store(source: impl std::error::Error + Send + Sync + 'static) -> WorkflowError {
        WorkflowError::Store {
            source: Box::new(source),
        }
    }
}

/// Told what happens while a graph runs.
pub trait Observer {
    /// A step begins; `done` of `total` are behind it.
    fn started(&self, step: &str, done: usize, total: usize);
    /// A step has its results; `cached` if it had them already.
    fn finished(&self, step: &str, cached: bool, done: usize, total: usize);
    /// A step that takes long says how far it is, or what it will cost before it begins.
    fn told(&self, _step: &str, _news: &str) {}
    /// Whether the run should stop: before the next step, or within one that searches.
    fn interrupted(&self) -> bool {
        false
    }
}

/// The results of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    store: Store,
    /// Steps whose results turned out to be damaged.
    damaged: RefCell<BTreeSet<String>>,
    results: BTreeMap<String, (Hash, BTreeMap<String, Hash>)>,
    /// The steps that were done anew, in order.
    pub fresh: Vec<String>,
    /// The steps whose results were known.
    pub cached: Vec<String>,
}

/// What a step may read: the results of the steps that it needs.
#[derive(Debug)]
pub struct Inputs<'r> {
    outcome: &'r Outcome,
    step: &'r str,
    needs: &'r [String],
}

impl<'a> Step<'a> {
    /// A step called `name` whose result depends on `identity` and on the results of `needs` alone.
    pub fn new(
        name: &str,
        identity: &[u8],
        needs: &[&str],
        work: impl Fn(&Inputs<'_>) -> Result<Outputs, Box<dyn std::error::Error + Send + Sync>> + 'a,
    ) -> Step<'a> {
        let needs = needs.iter().map(|need| (*need).to_owned()).collect();
        Step {
            name: name.to_owned(),
            identity: identity.to_vec(),
            needs,
            work: Box::new(work),
        }
    }
}

impl std::fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step")
            .field("name", &self.name)
            .field("needs", &self.needs)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Graph<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.steps).finish()
    }
}

impl<'a> Graph<'a> {
    /// Adds a step behind those that it needs.
    pub fn add(&mut self, step: Step<'a>) {
        self.steps.push(step);
    }

    /// The names of the steps, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.name.as_str())
    }

    /// Does every step whose result is not known yet, and again those whose result a later step finds damaged.
    ///
    /// # Errors
    /// [`WorkflowError`] of the first step that fails; the results of the steps before it are kept.
    pub fn run(&self, store: &Store, observer: &dyn Observer) -> Result<Outcome, WorkflowError> {
        let mut outcome = Outcome {
            store: store.clone(),
            damaged: RefCell::default(),
            results: BTreeMap::new(),
            fresh: Vec::new(),
            cached: Vec::new(),
        };
        let total = self.steps.len();
        for (done, step) in self.steps.iter().enumerate() {
            let key = outcome.key(step)?;
            if let Some(outputs) = store.recorded(key) {
                outcome.results.insert(step.name.clone(), (key, outputs));
                outcome.cached.push(step.name.clone());
                observer.finished(&step.name, true, done + 1, total);
                continue;
            }
            if observer.interrupted() {
                return Err(WorkflowError::Interrupted {
                    step: step.name.clone(),
                });
            }
            observer.started(&step.name, done, total);
            self.make(step, &mut outcome)?;
            observer.finished(&step.name, false, done + 1, total);
        }
        Ok(outcome)
    }

    /// Does a step; what it needs and finds damaged is made anew first, each step once.
    fn make(&self, step: &Step<'a>, outcome: &mut Outcome) -> Result<(), WorkflowError> {
        let mut remade: BTreeSet<String> = BTreeSet::new();
        let outputs = loop {
            let error = match self.work(step, outcome) {
                Ok(outputs) => break outputs,
                Err(error) => error,
            };
            let damaged = outcome.damaged.take();
            if !damaged.iter().any(|name| remade.insert(name.clone())) {
                return Err(error);
            }
            for needed in self.steps.iter().filter(|step| damaged.contains(&step.name)) {
                self.make(needed, outcome)?;
            }
        };
        // What was made anew may have another content.
        let key = outcome.key(step)?;
        outcome.store.record(key, &outputs)?;
        outcome.results.insert(step.name.clone(), (key, outputs));
        outcome.cached.retain(|name| *name != step.name);
        if !outcome.fresh.contains(&step.name) {
            outcome.fresh.push(step.name.clone());
        }
        Ok(())
    }

    fn work(&self, step: &Step<'a>, outcome: &mut Outcome) -> Result<BTreeMap<String, Hash>, WorkflowError> {
        let inputs = Inputs {
            outcome,
            step: &step.name,
            needs: &step.needs,
        };
        let outputs = (step.work)(&inputs).map_err(|source| WorkflowError::Step {
            step: step.name.clone(),
            source,
        })?;
        outputs
            .into_iter()
            .map(|(name, bytes)| Ok((name, outcome.store.put(&bytes)?)))
            .collect()
    }
}

impl Outcome {
    fn key(&self, step: &Step<'_>) -> Result<Hash, WorkflowError> {
        let mut parts: Vec<Vec<u8>> = vec![step.name.as_bytes().to_vec(), step.identity.clone()];
        for need in &step.needs {
            let (_, outputs) = self.results.get(need).ok_or_else(|| WorkflowError::Order {
                step: step.name.clone(),
                need: need.clone(),
            })?;
            for (name, hash) in outputs {
                parts.push(format!("{need}/{name}={hash}").into_bytes());
            }
        }
        Ok(Hash::of_parts(parts.iter().map(Vec::as_slice)))
    }

    /// The content of a step's result.
    ///
    /// # Errors
    /// [`WorkflowError::Store`] if there is no such result, [`WorkflowError::Damaged`] if it is damaged; it is forgotten
    /// then, so that the next run makes it anew.
    pub fn read(&self, step: &str, output: &str) -> Result<Vec<u8>, WorkflowError> {
        let missing = |what: String| WorkflowError::Store { source: what.into() };
        let (key, outputs) = self
            .results
            .get(step)
            .ok_or_else(|| missing(format!("there is no step `{step}`")))?;
        let hash = outputs
            .get(output)
            .ok_or_else(|| missing(format!("`{step}` has no result `{output}`")))?;
        self.store.get(*hash).ok_or_else(|| {
            self.store.forget(*key);
            self.damaged.borrow_mut().insert(step.to_owned());
            WorkflowError::Damaged {
                step: step.to_owned(),
                output: output.to_owned(),
            }
        })
    }

    #[cfg(test)]
    pub(crate) fn key_of(&self, step: &str) -> Option<Hash> {
        self.results.get(step).map(|(key, _)| *key)
    }

    /// The hash of a step's result.
    pub fn hash(&self, step: &str, output: &str) -> Option<Hash> {
        self.results.get(step)?.1.get(output).copied()
    }

    /// The file that holds a step's result.
    pub fn path(&self, step: &str, output: &str) -> Option<PathBuf> {
        self.hash(step, output).map(|hash| self.store.path_of(hash))
    }

    /// The names of a step's results.
    pub fn outputs(&self, step: &str) -> Vec<&str> {
        self.results
            .get(step)
            .map(|(_, outputs)| outputs.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }
}

impl Inputs<'_> {
    /// The content of a result of a step that this one needs.
    ///
    /// # Errors
    /// As [`Outcome::read`], and [`WorkflowError::Order`] for a step that was not declared as needed.
    pub fn read(&self, step: &str, output: &str) -> Result<Vec<u8>, WorkflowError> {
        self.declared(step)?;
        self.outcome.read(step, output)
    }

    /// The hash of a result of a step that this one needs.
    ///
    /// # Errors
    /// [`WorkflowError::Order`] for a step that was not declared as needed.
    pub fn hash(&self, step: &str, output: &str) -> Result<Option<Hash>, WorkflowError> {
        self.declared(step)?;
        Ok(self.outcome.hash(step, output))
    }

    fn declared(&self, step: &str) -> Result<(), WorkflowError> {
        if self.needs.iter().any(|need| need == step) {
            return Ok(());
        }
        Err(WorkflowError::Order {
            step: self.step.to_owned(),
            need: step.to_owned(),
        })
    }
}
