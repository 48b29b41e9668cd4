//! The engine: names, memory, threads, and one way to run a query.

use crate::{QueryError, aggregate, repeatable};
use datafusion::arrow::compute::concat_batches;
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{ParquetReadOptions, SQLOptions, SessionConfig, SessionContext};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::{Complaints, Kind, Table, normalise};

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
}

/// Tables under names, and SQL over them.
pub struct Engine {
    context: SessionContext,
    runtime: tokio::runtime::Runtime,
    memory_bytes: u64,
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
        let context = SessionContext::new_with_config_rt(session, environment);
        aggregate::register(&context);
        Ok(Engine {
            context,
            runtime,
            memory_bytes: config.memory_bytes,
        })
    }

    /// Makes `table` known as `name`; a table of that name before is replaced.
    ///
    /// # Errors
    /// [`QueryError::Start`] if the engine refuses the name.
    pub fn register(&self, name: &str, table: &Table) -> Result<(), QueryError> {
        let start = |error: DataFusionError| QueryError::Start {
            found: error.strip_backtrace(),
        };
        let reference = datafusion::common::TableReference::bare(name);
        self.context.deregister_table(reference.clone()).map_err(start)?;
        let batch = table.batch();
        // Several batches let operators work in pieces and spill between them.
        let pieces = (0..batch.num_rows())
            .step_by(8192)
            .map(|at| batch.slice(at, 8192.min(batch.num_rows() - at)));
        let provider = datafusion::datasource::MemTable::try_new(batch.schema(), vec![pieces.collect()])
            .map_err(start)?;
        self.context
            .register_table(reference, Arc::new(provider))
            .map_err(start)
            .map(drop)
    }

    /// Makes a Parquet file known as `name`; it is read when queried, a piece at a time.
    ///
    /// # Errors
    /// [`QueryError::Start`] if the file is not Parquet.
    pub fn register_parquet(&self, name: &str, path: &Path) -> Result<(), QueryError> {
        let start = |error: DataFusionError| QueryError::Start {
            found: error.strip_backtrace(),
        };
        let reference = datafusion::common::TableReference::bare(name);
        self.context.deregister_table(reference.clone()).map_err(start)?;
        let path = path.display().to_string();
        let read = self
            .context
            .register_parquet(reference, &path, ParquetReadOptions::default());
        self.runtime.block_on(read).map_err(start)
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
        let plan = self.plan(sql)?;
        self.run(plan, sql)
    }

    /// Answers one `SELECT` whose rows a model will learn from: the same data give the same table, bit for bit.
    ///
    /// Rows stand in the order of `key` if the answer has that column, else in the order in which one thread finds
    /// them. Functions that are random, approximate or look at the clock are refused.
    ///
    /// # Errors
    /// As [`Engine::query`], and [`QueryError::NotRepeatable`].
    pub fn training_table(&self, sql: &str, key: Option<&str>) -> Result<Answer, QueryError> {
        let plan = self.plan(sql)?;
        repeatable::check(&plan)?;
        let threads = self.set("datafusion.execution.target_partitions", "1")?;
        let answer = self.run(plan, sql);
        self.set("datafusion.execution.target_partitions", &threads)?;
        let mut answer = answer?;
        if let Some(key) = key.filter(|key| answer.table.kind(key).is_some()) {
            answer.table = in_key_order(&answer.table, key)?;
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

    fn plan(&self, sql: &str) -> Result<LogicalPlan, QueryError> {
        let refuse = |error: DataFusionError| QueryError::plan(&error, &self.table_names());
        let plan = self
            .runtime
            .block_on(self.context.state().create_logical_plan(sql))
            .map_err(refuse)?;
        let only_select = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        only_select.verify_plan(&plan).map_err(refuse)?;
        Ok(plan)
    }

    fn run(&self, plan: LogicalPlan, sql: &str) -> Result<Answer, QueryError> {
        match self.collect(plan) {
            Ok(table) => Ok(Answer {
                table,
                notes: Vec::new(),
            }),
            Err(error) if is_out_of_memory(&error) => self.run_with_sort_merge(sql),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// DataFusion's hash join cannot spill; its sort-merge join can.
    fn run_with_sort_merge(&self, sql: &str) -> Result<Answer, QueryError> {
        // Small batches and few partitions (with one, a hash join is planned all the same), so that merging fits.
        const OPTIONS: [(&str, &str); 3] = [
            ("datafusion.optimizer.prefer_hash_join", "false"),
            ("datafusion.execution.target_partitions", "2"),
            ("datafusion.execution.batch_size", "1024"),
        ];
        let before: Result<Vec<String>, QueryError> = OPTIONS
            .iter()
            .map(|(option, value)| self.set(option, value))
            .collect();
        let before = before?;
        let result = self.plan(sql).map(|plan| self.collect(plan));
        for ((option, _), value) in OPTIONS.iter().zip(&before) {
            self.set(option, value)?;
        }
        match result? {
            Ok(table) => Ok(Answer {
                table,
                notes: vec![format!(
                    "a hash join did not fit into {} bytes and cannot spill; a sort-merge join was used, which is slower",
                    self.memory_bytes
                )],
            }),
            Err(error) => Err(self.failed(&error)),
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

    fn collect(&self, plan: LogicalPlan) -> Result<Table, DataFusionError> {
        let schema = Arc::clone(plan.schema().inner());
        let batches = self.runtime.block_on(async {
            let frame = self.context.execute_logical_plan(plan).await?;
            frame.collect().await
        })?;
        let schema = batches.first().map_or(schema, |batch| batch.schema());
        let batch = concat_batches(&schema, &batches)?;
        normalise(&batch, &mut Complaints::default())
            .map_err(|error| DataFusionError::External(Box::new(error)))
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

fn is_out_of_memory(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}

/// The rows sorted by the key, missing last; rows of one key keep their order.
fn in_key_order(table: &Table, key: &str) -> Result<Table, QueryError> {
    use datafusion::arrow::array::{Array, AsArray};
    use datafusion::arrow::datatypes::{Float64Type, Int64Type};
    let cells = table.column(key)?;
    let mut rows: Vec<usize> = (0..table.n_rows()).collect();
    let missing_last = |row: &usize| cells.is_null(*row);
    match table.kind(key) {
        Some(Kind::Integer) => {
            let values = cells.as_primitive::<Int64Type>();
            rows.sort_by_key(|row| (missing_last(row), values.value(*row)));
        }
        Some(Kind::Number) => {
            let values = cells.as_primitive::<Float64Type>();
            rows.sort_by(|a, b| {
                missing_last(a)
                    .cmp(&missing_last(b))
                    .then(values.value(*a).total_cmp(&values.value(*b)))
            });
        }
        // ISO text sorts as days and times do.
        _ => {
            rows.sort_by_cached_key(|row| (missing_last(row), table::write::cell_text(cells.as_ref(), *row)))
        }
    }
    Ok(table.take(&rows)?)
}
