//! A run: all steps, then results put where people look for them, and the run and its bundles into the registry.

use crate::decisions::{Decision, Decisions, decide};
use crate::file::Project;
use crate::lineage::Lineage;
use crate::question::QuestionRecord;
use crate::records::{ContractRecord, SourceRecord, from_json};
use crate::story::Finding;
use crate::why::ChangeRecord;
use crate::{Clock, ProjectError, columns, steps};
use bundle::{Bundle, Candidate, Driver, Metric};
use prepare::contract::{Contract, check_table};
use registry::Registry;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::file::write_atomic;
use workflow::{Observer, Outcome, Store};

/// Where a project keeps its results.
#[derive(Clone, Debug)]
pub struct Places {
    /// The folder of the project file.
    pub root: PathBuf,
}

impl Places {
    /// The places of a project.
    pub fn of(project: &Project) -> Places {
        Places { root: project.root() }
    }

    /// The results of steps: may be deleted at any time.
    pub fn cache(&self) -> PathBuf {
        self.root.join(".spanwise/cache")
    }

    /// Runs, versions, aliases and the ledger.
    pub fn registry(&self) -> PathBuf {
        self.root.join(".spanwise/registry")
    }

    /// The registry for questions alone.
    ///
    /// # Errors
    /// [`ProjectError::Data`] about `what` if the project was never run, [`ProjectError::Registry`].
    pub(crate) fn registry_for_reading(&self, what: &str) -> Result<Registry, ProjectError> {
        self.was_run(what)?;
        Ok(Registry::open_for_reading(&self.registry())?)
    }

    pub(crate) fn was_run(&self, what: &str) -> Result<(), ProjectError> {
        if self.registry().join("registry.sqlite").is_file() {
            return Ok(());
        }
        let expected = "a project that was run; hint: `spanwise run`";
        Err(ProjectError::data(what, "no registry", expected))
    }

    /// Prediction logs, a folder per service.
    pub fn log(&self, service: &str) -> PathBuf {
        self.root.join(".spanwise/log").join(service)
    }

    /// What instances of a service saw of champion and challenger.
    pub(crate) fn guard(&self, service: &str) -> PathBuf {
        self.root.join(".spanwise/guard").join(service)
    }

    /// Stories, bundles, quarantined rows.
    pub fn out(&self) -> PathBuf {
        self.root.join("out")
    }

    /// Removes what runs that were killed left half written.
    fn sweep(&self) {
        table::file::sweep(&self.out());
        table::file::sweep(&self.cache());
        table::file::sweep(&self.registry());
    }
}

/// What a run made, as `spanwise run --json` prints it (`docs/run.schema.json`).
#[derive(Clone, Debug, Serialize)]
pub struct RunRecord {
    /// The project's name.
    pub project: String,
    /// The run's number in the registry; absent if nothing was done anew.
    pub run: Option<String>,
    /// Steps done anew.
    pub fresh: Vec<String>,
    /// Steps whose results were known.
    pub cached: Vec<String>,
    /// The tables by name.
    pub tables: BTreeMap<String, TableRecord>,
    /// The answers, in the order of the project file.
    pub questions: Vec<QuestionRecord>,
    /// Why numbers changed, in the order of the file.
    pub changes: Vec<ChangeRecord>,
    /// The models by name.
    pub models: BTreeMap<String, ModelRecord>,
    /// The segments that stand out.
    pub findings: Vec<Finding>,
    /// The first story.
    pub story: Option<PathBuf>,
    /// All stories by name.
    pub stories: BTreeMap<String, PathBuf>,
    /// The number of each story's issue, by name: a story that says something else than before is another issue.
    pub issues: BTreeMap<String, u64>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// One table of a run.
#[derive(Clone, Debug, Serialize)]
pub struct TableRecord {
    /// What reading or querying it found.
    #[serde(flatten)]
    pub source: SourceRecord,
    /// What its contract found.
    pub contract: Option<ContractRecord>,
    /// The rows left out.
    pub quarantine: Option<PathBuf>,
}

/// One model of a run.
#[derive(Clone, Debug, Serialize)]
pub struct ModelRecord {
    /// `classification` or `regression`.
    pub task: String,
    /// The trainer chosen.
    pub trainer: String,
    /// How rows were kept apart.
    pub method: String,
    /// Metrics of out-of-fold predictions, by name.
    pub metrics: BTreeMap<String, Interval>,
    /// All candidates.
    pub candidates: Vec<Candidate>,
    /// What a search within a budget decided, if there is one.
    pub search: Option<Decision>,
    /// From which probability on it says yes.
    pub threshold: Option<f64>,
    /// What drives it, strongest first.
    pub drivers: Vec<Driver>,
    /// The bundle.
    pub bundle: BundleRecord,
}

/// A value with its interval at the 95 % level.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Interval {
    /// The value.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A bundle of a run.
#[derive(Clone, Debug, Serialize)]
pub struct BundleRecord {
    /// The file.
    pub path: PathBuf,
    /// Its hash.
    pub hash: String,
    /// Its version in the registry.
    pub version: u64,
    /// The alias that points to it, if one does.
    pub champion: bool,
}

impl From<&Metric> for Interval {
    fn from(metric: &Metric) -> Interval {
        Interval {
            value: metric.value,
            low: metric.low,
            high: metric.high,
        }
    }
}

/// Runs a project: what is known is not done again.
///
/// A run that fails is recorded as such, if the registry can be written.
///
/// # Errors
/// [`ProjectError`] of the first step that fails; finished steps are kept, and what stood in `out` before is untouched.
pub fn run(project: &Project, observer: &dyn Observer, clock: &dyn Clock) -> Result<RunRecord, ProjectError> {
    let places = Places::of(project);
    let started = clock.now_micros();
    places.sweep();
    let result = healing(|| run_once(project, &places, started, observer, clock));
    if let Err(error) = &result {
        // The refusal is what the caller must hear; a registry that fails as well adds nothing.
        let _ = record_failure(project, &places, started, error, clock);
    }
    result
}

/// Does `work` again if a kept result turned out to be damaged: it is forgotten then, and made anew.
pub(crate) fn healing<T>(work: impl Fn() -> Result<T, ProjectError>) -> Result<T, ProjectError> {
    const MOST: usize = 8;
    let mut result = work();
    for _ in 1..MOST {
        if !matches!(result, Err(ProjectError::Damaged { .. })) {
            break;
        }
        result = work();
    }
    result
}

fn run_once(
    project: &Project,
    places: &Places,
    started: i64,
    observer: &dyn Observer,
    clock: &dyn Clock,
) -> Result<RunRecord, ProjectError> {
    let store = Store::new(&places.cache());
    let tables = steps::tables(project)?.run(&store, observer)?;
    let lineage = Lineage::of(project, &tables)?;
    columns::check(project, &lineage)?;
    check_tables(project, &tables, started)?;
    let decisions = decide(project, &lineage, &tables, &store, observer, clock)?;
    let outcome = steps::all(project, &lineage, &decisions.by_model)?.run(&store, observer)?;
    let mut publisher = Publisher {
        project,
        places,
        lineage: &lineage,
        decisions: &decisions,
        outcome: &outcome,
        started,
    };
    publisher.publish(&tables, clock)
}

/// A run that did not end well: where, and not why, because a reason may quote the data.
fn record_failure(
    project: &Project,
    places: &Places,
    started: i64,
    error: &ProjectError,
    clock: &dyn Clock,
) -> Result<(), ProjectError> {
    let (status, step) = match error {
        ProjectError::Interrupted { step } => ("interrupted", Some(step)),
        ProjectError::Step { step, .. } => ("failed", Some(step)),
        _ => ("failed", None),
    };
    let seed = ("seed".to_owned(), project.seed.to_string());
    let step = step.map(|step| ("step".to_owned(), step.clone()));
    Registry::open(&places.registry())?.record_run(&registry::Run {
        project: project.name.clone(),
        started_micros: started,
        finished_micros: clock.now_micros(),
        status: status.to_owned(),
        parameters: [seed].into_iter().chain(step).collect(),
        metrics: BTreeMap::new(),
    })?;
    Ok(())
}

/// The rules about whole tables; freshness makes them depend on the clock, so they are never cached.
pub(crate) fn check_tables(
    project: &Project,
    outcome: &Outcome,
    now_micros: i64,
) -> Result<(), ProjectError> {
    for expect in project
        .expect
        .iter()
        .filter(|expect| !expect.contract.table.is_empty())
    {
        let name = &expect.table.value;
        let table = steps::read_outcome_table(outcome, &format!("table {name}"))?;
        let contract = Contract {
            columns: Vec::new(),
            table: expect.contract.table.clone(),
        };
        let breaches = check_table(&contract, &table, now_micros)?;
        if !breaches.is_empty() {
            let found: Vec<String> = breaches.into_iter().map(|breach| breach.sentence).collect();
            return Err(ProjectError::Contract {
                table: name.clone(),
                found: found.join("; "),
            });
        }
    }
    Ok(())
}

struct Publisher<'r> {
    project: &'r Project,
    places: &'r Places,
    lineage: &'r Lineage,
    decisions: &'r Decisions,
    outcome: &'r Outcome,
    started: i64,
}

impl Publisher<'_> {
    fn publish(&mut self, first: &Outcome, clock: &dyn Clock) -> Result<RunRecord, ProjectError> {
        let mut fresh = first.fresh.clone();
        fresh.extend(self.decisions.fresh.iter().cloned());
        fresh.extend(self.outcome.fresh.iter().cloned());
        let cached = self
            .outcome
            .cached
            .iter()
            .filter(|step| !fresh.contains(step))
            .cloned()
            .collect();
        let mut record = RunRecord {
            project: self.project.name.clone(),
            run: None,
            fresh,
            cached,
            tables: BTreeMap::new(),
            questions: self.questions()?,
            changes: crate::why::answers(self.project, self.outcome)?,
            models: BTreeMap::new(),
            findings: Vec::new(),
            story: None,
            stories: BTreeMap::new(),
            issues: BTreeMap::new(),
            notes: self.notes(),
        };
        for data in &self.project.data {
            record
                .tables
                .insert(data.name.value.clone(), self.table(&data.name.value)?);
        }
        self.stories(&mut record)?;
        self.register(&mut record, clock)?;
        crate::lock::write(self.project, &record)?;
        Ok(record)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = crate::hints::hints(self.project, self.lineage);
        notes.extend(self.decisions.notes.iter().cloned());
        for (name, search) in &self.decisions.by_model {
            if search.is_short {
                notes.push(format!(
                    "model `{name}`: the budget ended within the first trial; more time would do better"
                ));
            }
        }
        notes
    }

    fn questions(&self) -> Result<Vec<QuestionRecord>, ProjectError> {
        crate::question::answers(self.project, self.outcome)
    }

    fn table(&self, name: &str) -> Result<TableRecord, ProjectError> {
        let step = format!("table {name}");
        let mut source: SourceRecord = from_json(&self.outcome.read(&step, "record")?, &step)?;
        let private = self.lineage.private(self.project, name);
        for complaint in &mut source.complaints {
            let is_private = |column: &String| private.contains(column);
            if complaint.column.as_ref().is_some_and(is_private) {
                complaint.sentence = crate::story::without_value(complaint);
            }
        }
        let step = format!("contract {name}");
        let quarantine = self.places.out().join(format!("{name}.quarantine.csv"));
        let contract: Option<ContractRecord> = match self.outcome.hash(&step, "record") {
            Some(_) => Some(from_json(&self.outcome.read(&step, "record")?, &step)?),
            None => None,
        };
        let has_quarantine = contract
            .as_ref()
            .is_some_and(|contract| 0 < contract.n_quarantined);
        if has_quarantine {
            self.place(&quarantine, &step, "quarantine")?;
        } else if quarantine.is_file() {
            // Rows that were broken once are not any more.
            let fail = |source| table::TableError::File {
                action: "remove",
                path: quarantine.clone(),
                source,
            };
            std::fs::remove_file(&quarantine).map_err(fail)?;
        }
        Ok(TableRecord {
            source,
            contract,
            quarantine: has_quarantine.then_some(quarantine),
        })
    }

    fn stories(&self, record: &mut RunRecord) -> Result<(), ProjectError> {
        for name in crate::story::names(self.project) {
            let step = format!("story {name}");
            let path = self.places.out().join(format!("{name}.html"));
            self.place(&path, &step, "html")?;
            let findings: Vec<Finding> = from_json(&self.outcome.read(&step, "findings")?, &step)?;
            for finding in findings {
                if !record.findings.contains(&finding) {
                    record.findings.push(finding);
                }
            }
            record.story.get_or_insert_with(|| path.clone());
            record.stories.insert(name, path);
        }
        Ok(())
    }

    /// Puts a step's result where people look for it, unless it is there already.
    fn place(&self, path: &Path, step: &str, output: &str) -> Result<(), ProjectError> {
        let there = table::Hash::of_file(path).ok();
        if there.is_none() || there != self.outcome.hash(step, output) {
            write_atomic(path, &self.outcome.read(step, output)?)?;
        }
        Ok(())
    }

    fn register(&self, record: &mut RunRecord, clock: &dyn Clock) -> Result<(), ProjectError> {
        if self.project.models.is_empty() && record.fresh.is_empty() {
            return Ok(());
        }
        let registry = Registry::open(&self.places.registry())?;
        for section in &self.project.models {
            let name = &section.name.value;
            let step = format!("model {name}");
            let path = self.places.out().join(format!("{name}.bundle"));
            self.place(&path, &step, "bundle")?;
            let bundle =
                Bundle::from_bytes(&self.outcome.read(&step, "bundle")?, &path.display().to_string())?;
            let version = self.version(&registry, name, &bundle, clock)?;
            let made = ModelRecord {
                search: self.decisions.of(name),
                ..model_record(&bundle, path, version)
            };
            record.models.insert(name.clone(), made);
        }
        for story in crate::story::names(self.project) {
            let step = format!("story {story}");
            let issue =
                registry.add_issue(&story, &self.outcome.read(&step, "record")?, clock.now_micros())?;
            record.issues.insert(story, issue);
        }
        if !record.fresh.is_empty() {
            record.run = Some(self.record_run(&registry, record, clock)?);
        }
        Ok(())
    }

    /// The bundle's version and whether it is the champion; the first version becomes champion by itself.
    fn version(
        &self,
        registry: &Registry,
        name: &str,
        bundle: &Bundle,
        clock: &dyn Clock,
    ) -> Result<(u64, bool), ProjectError> {
        let hash = bundle.hash().to_hex();
        let version = registry.add_bundle(name, &bundle.to_bytes(), &hash, clock.now_micros())?;
        let champion = match registry.resolve(&format!("{name}@champion")) {
            Ok(champion) => Some(champion),
            Err(registry::RegistryError::NoVersion { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        if champion.is_none() {
            registry.set_alias(
                name,
                "champion",
                version,
                clock.now_micros(),
                "the first version of this model",
            )?;
        }
        Ok((
            version,
            champion.is_none_or(|champion| champion.version == version),
        ))
    }

    fn record_run(
        &self,
        registry: &Registry,
        record: &RunRecord,
        clock: &dyn Clock,
    ) -> Result<String, ProjectError> {
        let metrics: BTreeMap<String, f64> = record
            .models
            .iter()
            .flat_map(|(model, entry)| {
                entry
                    .metrics
                    .iter()
                    .map(move |(name, interval)| (format!("{model}.{name}"), interval.value))
            })
            .collect();
        let run = registry::Run {
            project: self.project.name.clone(),
            started_micros: self.started,
            finished_micros: clock.now_micros(),
            status: "done".to_owned(),
            parameters: [("seed".to_owned(), self.project.seed.to_string())].into(),
            metrics,
        };
        Ok(registry.record_run(&run)?.to_string())
    }
}

fn model_record(bundle: &Bundle, path: PathBuf, (version, champion): (u64, bool)) -> ModelRecord {
    let evaluation = &bundle.evaluation;
    ModelRecord {
        task: bundle.task.word().to_owned(),
        trainer: bundle.lineage.trainer.clone(),
        method: evaluation.method.clone(),
        metrics: evaluation
            .metrics
            .iter()
            .map(|metric| (metric.name.clone(), Interval::from(metric)))
            .collect(),
        candidates: evaluation.candidates.clone(),
        search: None,
        threshold: bundle.decision.as_ref().map(|decision| decision.threshold),
        drivers: evaluation.drivers.clone(),
        bundle: BundleRecord {
            path,
            hash: bundle.hash().to_hex(),
            version,
            champion,
        },
    }
}
