//! The engine: names, memory, threads, and one way to run a query.

use crate::as_of::{self, AsOfRelation, Declared, Moments};
use crate::lineage::origins;
use crate::predict::{self, Models};
use crate::{Parameter, QueryError, aggregate, parameter, repeatable};
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::{SortOptions, concat_batches};
use datafusion::arrow::datatypes::{Field, Float64Type};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use table::{Complaints, Table, normalise};

/// How long a query that ran out of memory waits for what it held before it is tried another way.
const FREED_WITHIN: Duration = Duration::from_secs(10);

/// Limits of an engine.
#[derive(Clone, Debug)]
pub struct Config {
    /// Bytes that queries may hold; more is spilled to disk. Default 2 GiB.
    pub memory_bytes: u64,
    /// Where spilled data goes; the system's temporary folder if `None`.
    pub spill_folder: Option<PathBuf>,
    /// Threads; default 2.
    pub n_threads: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            memory_bytes: 2 << 30,
            spill_folder: None,
            n_threads: 2,
        }
    }
}

/// What a query gives.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The rows.
    pub table: Table,
    /// What the reader of the answer should know, such as a fallback that was taken.
    pub notes: Vec<String>,
    /// Whether memory ran out and a plan was taken whose rows come in no particular order.
    fell_back: bool,
}

/// Tables under names, and SQL over them.
pub struct Engine {
    context: SessionContext,
    runtime: tokio::runtime::Runtime,
    memory_bytes: u64,
    declared: Declared,
    models: Option<Models>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("tables", &self.table_names())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine without tables.
    ///
    /// # Errors
    /// [`QueryError::Start`].
    pub fn new(config: &Config) -> Result<Engine, QueryError> {
        let start = |found: String| QueryError::Start { found };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(config.n_threads.max(1))
            // DataFusion plans recursively; deep queries need room.
            .thread_stack_size(8 << 20)
            .enable_all()
            .build()
            .map_err(|error| start(error.to_string()))?;
        let mut disk = DiskManagerBuilder::default();
        if let Some(folder) = &config.spill_folder {
            disk = disk.with_mode(DiskManagerMode::Directories(vec![folder.clone()]));
        }
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(config.memory_bytes as usize)))
            .with_disk_manager_builder(disk)
            .build_arc()
            .map_err(|error| start(error.strip_backtrace()))?;
        let mut session = SessionConfig::new().with_target_partitions(config.n_threads.max(1));
        session.options_mut().sql_parser.enable_ident_normalization = false;
        // Each sort keeps this much back for merging; small limits need small reserves.
        let reserve = (config.memory_bytes / 8).min(10 << 20) as usize;
        session.options_mut().execution.sort_spill_reservation_bytes = reserve;
        let declared = Declared::default();
        let state = SessionStateBuilder::new()
            .with_config(session)
            .with_runtime_env(environment)
            .with_default_features()
            .with_query_planner(Arc::new(as_of::Planner))
            .with_relation_planners(vec![Arc::new(AsOfRelation {
                declared: Arc::clone(&declared),
            })])
            .build();
        let context = SessionContext::new_with_state(state);
        aggregate::register(&context);
        Ok(Engine {
            declared,
            context,
            runtime,
            memory_bytes: config.memory_bytes,
            models: None,
        })
    }

    /// From here on, queries may ask the models that `models` finds: `predict('NAME')` tells a number of each row,
    /// `decide('NAME')` what is decided, of the columns called as the model's inputs; `predict('NAME', a, b)` names the
    /// columns, in the order of the inputs.
    pub fn ask_models(&mut self, models: Models) {
        self.models = Some(models);
    }

    /// Makes `table` known as `name`; a table of that name before is replaced.
    ///
    /// # Errors
    /// [`QueryError::Start`] if the engine refuses the name.
    pub fn register(&self, name: &str, table: &Table) -> Result<(), QueryError> {
        let batch = table.batch();
        // Several batches let operators work in pieces and spill between them.
        let pieces = (0..batch.num_rows())
            .step_by(8192)
            .map(|at| batch.slice(at, 8192.min(batch.num_rows() - at)));
        let provider = datafusion::datasource::MemTable::try_new(batch.schema(), vec![pieces.collect()])
            .map_err(|error| QueryError::Start {
                found: error.strip_backtrace(),
            })?;
        self.register_provider(name, Arc::new(provider))
    }

    /// Makes a Parquet file known as `name`; it is read when queried, a piece at a time, and in it missing is what it is in
    /// every other file. Gives a sentence for each column that is left out.
    ///
    /// # Errors
    /// [`QueryError::Table`] if the file is not Parquet, [`QueryError::Start`] if the engine refuses the name.
    pub fn register_parquet(&self, name: &str, path: &Path) -> Result<Vec<String>, QueryError> {
        let file = table::read::ParquetFile::open(path)?;
        let left_out = file.complaints().iter().map(ToString::to_string).collect();
        self.register_provider(name, Arc::new(crate::parquet::ParquetTable::new(file)))?;
        Ok(left_out)
    }

    fn register_provider(&self, name: &str, provider: Arc<dyn TableProvider>) -> Result<(), QueryError> {
        let start = |error: DataFusionError| QueryError::Start {
            found: error.strip_backtrace(),
        };
        let reference = datafusion::common::TableReference::bare(name);
        self.context.deregister_table(reference.clone()).map_err(start)?;
        self.context
            .register_table(reference, provider)
            .map_err(start)
            .map(drop)
    }

    /// Says when the rows of a table happened and became known, which as-of joins onto it heed.
    ///
    /// # Errors
    /// [`QueryError::Plan`] if the table lacks such a column, or it has neither days nor times.
    pub fn declare(&self, name: &str, moments: &Moments) -> Result<(), QueryError> {
        for column in moments.event_time.iter().chain(&moments.known_at) {
            self.check_moment(name, column)?;
        }
        let mut declared = self
            .declared
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        declared.insert(name.to_owned(), moments.clone());
        Ok(())
    }

    fn check_moment(&self, table: &str, column: &str) -> Result<(), QueryError> {
        use datafusion::arrow::datatypes::DataType;
        let plan = self.plan(&format!("SELECT * FROM \"{}\"", table.replace('"', "\"\"")))?;
        let fields = plan.schema().fields();
        let found = match fields.iter().find(|field| field.name() == column) {
            Some(field) => match field.data_type() {
                DataType::Date32 | DataType::Timestamp(..) => return Ok(()),
                other => table::Kind::of(other).map_or(other.to_string(), |kind| kind.to_string()),
            },
            None => {
                let names = || fields.iter().map(|field| field.name().as_str());
                let hint = table::nearest(column, names()).map(|name| format!("; did you mean `{name}`?"));
                let names = table::quoted_list(names(), 12);
                format!("no such column among {names}{}", hint.unwrap_or_default())
            }
        };
        Err(QueryError::Plan {
            found: format!(
                "`{column}` of `{table}` says when rows happened or became known: found {found}, expected a column of days or times"
            ),
        })
    }

    /// When the rows of the answer to `sql` happened and became known, by what was declared of the tables that they come
    /// from: what as-of joins looked up was known at the moments of the rows that it was looked up for.
    ///
    /// # Errors
    /// As [`Engine::query`], for what planning finds.
    pub fn moments(&self, sql: &str) -> Result<Moments, QueryError> {
        let plan = self.plan(sql)?;
        let origins = origins(&plan);
        let fields = plan.schema().fields();
        let passed_on = |table: &str, name: &str| {
            let at = origins.iter().position(|origin| origin.is(table, name))?;
            Some(fields.get(at)?.name().clone())
        };
        let declared = self
            .declared
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut moments = Moments::default();
        let scanned = as_of::scanned(&plan, false);
        let has_window = as_of::has_window(&plan);
        for (table, _) in &scanned {
            let Some(of) = declared.get(table) else {
                continue;
            };
            // What other rows have a say in is known when all of them are.
            let is_gathered = has_window || 1 < scanned.iter().filter(|(other, _)| other == table).count();
            if let (Some(name), true) = (of.known_at.first(), is_gathered) {
                moments.lost = Some(format!("{table}.{name}"));
            }
            let event = of.event_time.as_ref().and_then(|name| passed_on(table, name));
            moments.event_time = moments.event_time.or(event);
            moments.lost = moments.lost.or_else(|| of.lost.clone());
            for name in &of.known_at {
                match passed_on(table, name) {
                    Some(column) if moments.known_at.contains(&column) => {}
                    Some(column) => moments.known_at.push(column),
                    None => moments.lost = Some(format!("{table}.{name}")),
                }
            }
        }
        Ok(moments)
    }

    /// A sentence for each table that says when its rows became known and is joined without asking.
    fn unasked(&self, plan: &LogicalPlan) -> Vec<String> {
        let declared = self
            .declared
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut told = Vec::new();
        for (table, is_joined) in as_of::scanned(plan, false) {
            let of = declared.get(&table).filter(|_| is_joined);
            if let Some(name) = of.and_then(|of| of.known_at.first()) {
                let sentence = format!(
                    "`{table}` says by `{name}` when its rows became known, and is joined without asking: they may tell of the future; hint: ASOF JOIN"
                );
                if !told.contains(&sentence) {
                    told.push(sentence);
                }
            }
        }
        told
    }

    /// The names of the tables, sorted.
    pub fn table_names(&self) -> Vec<String> {
        let schema = self
            .context
            .catalog("datafusion")
            .and_then(|catalog| catalog.schema("public"));
        let mut names = schema.map(|schema| schema.table_names()).unwrap_or_default();
        names.sort();
        names
    }

    /// Answers one `SELECT`.
    ///
    /// # Errors
    /// [`QueryError`]: not valid (with the nearest name), not a `SELECT`, out of memory, or failed.
    pub fn query(&self, sql: &str) -> Result<Answer, QueryError> {
        self.query_with(sql, &BTreeMap::new())
    }

    /// Answers one `SELECT` in which `$name` stands for the value of that name: it is bound, never read as SQL.
    ///
    /// # Errors
    /// As [`Engine::query`]; [`QueryError::Plan`] also for a `$name` without a value.
    pub fn query_with(
        &self,
        sql: &str,
        parameters: &BTreeMap<String, Parameter>,
    ) -> Result<Answer, QueryError> {
        let plan = parameter::bound(self.plan(sql)?, parameters)?;
        match as_of::joins(&plan) {
            // Of equals the later row is taken: rows must come in their order.
            true => self.in_one_part(|| self.run(plan)),
            false => self.run(plan),
        }
    }

    /// Answers one `SELECT` whose rows a model will learn from: the same data give the same table, bit for bit.
    ///
    /// Rows stand in the order of `key` (missing last) and then of all columns if the answer has that column, else in the
    /// order in which one thread finds them; if memory runs out, in the order of all columns. Functions that are random, approximate or look at the clock are refused.
    ///
    /// # Errors
    /// As [`Engine::query`], and [`QueryError::NotRepeatable`].
    pub fn training_table(&self, sql: &str, key: Option<&str>) -> Result<Answer, QueryError> {
        let plan = self.plan(sql)?;
        repeatable::check(&plan)?;
        let unasked = self.unasked(&plan);
        let mut answer = self.in_one_part(|| self.run(plan))?;
        answer.notes.extend(unasked);
        let key = key.filter(|key| answer.table.kind(key).is_some());
        if key.is_some() || answer.fell_back {
            answer.table = in_order(&answer.table, key)?;
        }
        Ok(answer)
    }

    /// The columns of the answer to `sql`, without running it.
    ///
    /// # Errors
    /// As [`Engine::query`].
    pub fn columns(&self, sql: &str) -> Result<Vec<String>, QueryError> {
        Ok(self
            .plan(sql)?
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect())
    }

    pub(crate) fn plan(&self, sql: &str) -> Result<LogicalPlan, QueryError> {
        let refuse = |error: DataFusionError| QueryError::plan(&error, &self.table_names());
        let state = self.context.state();
        let dialect = &state.config_options().sql_parser.dialect;
        let mut statement = state.sql_to_statement(sql, dialect).map_err(refuse)?;
        as_of::fold(&mut statement);
        // models are found out of the runtime: who finds them may have one of their own
        predict::bind(&mut statement, &self.context, self.models.as_ref())
            .map_err(|found| refuse(DataFusionError::Plan(found)))?;
        // a state knows the functions that there were when it was taken
        let state = self.context.state();
        let plan = self
            .runtime
            .block_on(state.statement_to_plan(statement))
            .map_err(refuse)?;
        let only_select = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        only_select.verify_plan(&plan).map_err(refuse)?;
        Ok(plan)
    }

    /// What `work` gives while queries are run in one part, in which rows keep their order.
    fn in_one_part<T>(&self, work: impl FnOnce() -> Result<T, QueryError>) -> Result<T, QueryError> {
        let threads = self.set("datafusion.execution.target_partitions", "1")?;
        let done = work();
        self.set("datafusion.execution.target_partitions", &threads)?;
        done
    }

    fn run(&self, plan: LogicalPlan) -> Result<Answer, QueryError> {
        match self.collect(plan.clone()) {
            Ok((table, notes)) => Ok(Answer {
                table,
                notes,
                fell_back: false,
            }),
            Err(error) if is_out_of_memory(&error) => self.run_with_sort_merge(plan),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// DataFusion's hash join cannot spill; its sort-merge join can.
    fn run_with_sort_merge(&self, plan: LogicalPlan) -> Result<Answer, QueryError> {
        // Small batches and few partitions (with one, a hash join is planned all the same), so that merging fits.
        let n_parts = if as_of::joins(&plan) { "1" } else { "2" };
        let options = [
            ("datafusion.optimizer.prefer_hash_join", "false"),
            ("datafusion.execution.target_partitions", n_parts),
            ("datafusion.execution.batch_size", "1024"),
        ];
        let before: Result<Vec<String>, QueryError> = options
            .iter()
            .map(|(option, value)| self.set(option, value))
            .collect();
        let before = before?;
        self.wait_for_memory();
        let result = self.collect(plan);
        for ((option, _), value) in options.iter().zip(&before) {
            self.set(option, value)?;
        }
        match result {
            Ok((table, mut notes)) => {
                notes.push(format!(
                    "a hash join did not fit into {} bytes and cannot spill; a sort-merge join was used, which is slower",
                    self.memory_bytes
                ));
                Ok(Answer {
                    table,
                    notes,
                    fell_back: true,
                })
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Tasks of a failed run are told to end, and give their memory back when they do: the next run must find it free.
    fn wait_for_memory(&self) {
        let pool = &self.context.runtime_env().memory_pool;
        let begun = Instant::now();
        // other queries of this engine may hold some for longer
        while 0 < pool.reserved() && begun.elapsed() < FREED_WITHIN {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn failed(&self, error: &DataFusionError) -> QueryError {
        let found = error.find_root().strip_backtrace();
        if is_out_of_memory(error) {
            return QueryError::Memory {
                limit_bytes: self.memory_bytes,
                found,
            };
        }
        QueryError::Run { found }
    }

    /// The rows, and a sentence for each thing that could not be kept of them.
    fn collect(&self, plan: LogicalPlan) -> Result<(Table, Vec<String>), DataFusionError> {
        let schema = Arc::clone(plan.schema().inner());
        let batches = self.runtime.block_on(async {
            let frame = self.context.execute_logical_plan(plan).await?;
            frame.collect().await
        })?;
        let schema = batches.first().map_or(schema, |batch| batch.schema());
        let batch = concat_batches(&schema, &batches)?;
        let mut complaints = Complaints::default();
        let table =
            normalise(&batch, &mut complaints).map_err(|error| DataFusionError::External(Box::new(error)))?;
        let mut notes: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        notes.extend(undefined(&batch));
        Ok((table, notes))
    }

    /// Sets an option and gives its value before.
    fn set(&self, option: &str, value: &str) -> Result<String, QueryError> {
        let state = self.context.state_ref();
        let mut state = state.write();
        let options = state.config_mut().options_mut();
        let before = options
            .entries()
            .into_iter()
            .find(|entry| entry.key == option)
            .and_then(|entry| entry.value);
        options.set(option, value).map_err(|error| QueryError::Start {
            found: error.strip_backtrace(),
        })?;
        Ok(before.unwrap_or_default())
    }
}

/// Which columns of an answer hold `NaN`, such as 0 / 0, which becomes missing.
fn undefined(batch: &RecordBatch) -> Vec<String> {
    let about = |(field, column): (&Arc<Field>, &ArrayRef)| {
        let numbers = column.as_primitive_opt::<Float64Type>()?;
        let n = numbers.iter().flatten().filter(|number| number.is_nan()).count();
        (0 < n).then(|| {
            format!(
                "column `{}`: {n} results that are no number became missing",
                field.name()
            )
        })
    };
    let schema = batch.schema();
    schema
        .fields()
        .iter()
        .zip(batch.columns())
        .filter_map(about)
        .collect()
}

fn is_out_of_memory(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}

/// The rows sorted by the key, missing last, then by all columns in their order: equal rows alone keep the order in which
/// they came, and that cannot be seen.
fn in_order(table: &Table, key: Option<&str>) -> Result<Table, QueryError> {
    let batch = table.batch();
    if batch.num_columns() == 0 {
        return Ok(table.clone());
    }
    let refuse = |source| {
        QueryError::Table(table::TableError::Arrow {
            name: "the answer".to_owned(),
            source,
        })
    };
    let key = key.and_then(|key| batch.column_by_name(key));
    let by: Vec<ArrayRef> = key.into_iter().chain(batch.columns()).cloned().collect();
    let missing_last = SortOptions {
        descending: false,
        nulls_first: false,
    };
    let fields = by
        .iter()
        .map(|cells| SortField::new_with_options(cells.data_type().clone(), missing_last));
    let converter = RowConverter::new(fields.collect()).map_err(refuse)?;
    let cells = converter.convert_columns(&by).map_err(refuse)?;
    let mut rows: Vec<usize> = (0..table.n_rows()).collect();
    rows.sort_by(|a, b| cells.row(*a).cmp(&cells.row(*b)));
    Ok(table.take(&rows)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use datafusion::execution::memory_pool::MemoryConsumer;

    #[test]
    fn memory_of_a_query_that_failed_is_waited_for() {
        let engine = Engine::new(&Config::default()).unwrap();
        let pool = Arc::clone(&engine.context.runtime_env().memory_pool);
        let held = MemoryConsumer::new("a task that is still ending").register(&pool);
        held.try_grow(1).unwrap();
        let ending = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            drop(held);
        });
        engine.wait_for_memory();
        assert_eq!(pool.reserved(), 0);
        ending.join().unwrap();
    }
}
