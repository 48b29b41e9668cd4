//! The registry: a SQLite file and a folder of bundles.

use crate::RegistryError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};
use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use table::file;

/// The schema's steps; each ends by setting `user_version`.
const MIGRATIONS: [&str; 5] = [
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_ledger.sql"),
    include_str!("../migrations/0003_experiments.sql"),
    include_str!("../migrations/0004_issues.sql"),
    include_str!("../migrations/0005_evidence.sql"),
];
/// How long one process waits for another.
const BUSY: Duration = Duration::from_secs(30);
/// How long it waits before it asks again.
const PAUSE: Duration = Duration::from_millis(10);

/// Runs, versions, aliases and the ledger of one project.
pub struct Registry {
    pool: SqlitePool,
    runtime: tokio::runtime::Runtime,
    folder: PathBuf,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// Opens the registry in `folder`; makes it if it is not there.
    ///
    /// # Errors
    /// [`RegistryError`]: the folder cannot be made, or the file is no registry.
    pub fn open(folder: &Path) -> Result<Registry, RegistryError> {
        file::make_folder(folder)?;
        let path = folder.join("registry.sqlite");
        let fail = |found: String| RegistryError::Database {
            path: path.display().to_string(),
            found,
        };
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let runtime = runtime().map_err(|error| fail(error.to_string()))?;
        let pool = runtime
            .block_on(async {
                let pool = connect(options).await?;
                migrate(&pool).await?;
                Ok::<_, sqlx::Error>(pool)
            })
            .map_err(|error| fail(error.to_string()))?;
        Ok(Registry {
            pool,
            runtime,
            folder: folder.to_owned(),
        })
    }

    /// Opens the registry in `folder` for questions alone: nothing is written, so that a folder that may only be read
    /// will do, and nobody waits for a writer.
    ///
    /// # Errors
    /// [`RegistryError::Database`]: there is no registry, or it is of a newer version.
    pub fn open_for_reading(folder: &Path) -> Result<Registry, RegistryError> {
        let path = folder.join("registry.sqlite");
        let fail = |found: String| RegistryError::Database {
            path: path.display().to_string(),
            found,
        };
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .read_only(true)
            .busy_timeout(BUSY);
        let runtime = runtime().map_err(|error| fail(error.to_string()))?;
        let opened = runtime.block_on(async {
            let first = open_at_version(options.clone()).await;
            let has_journal = path.with_extension("sqlite-wal").exists();
            match first {
                // Without a writer, and in a folder where SQLite cannot put its own files, nothing can change.
                Err(_) if !has_journal => open_at_version(options.immutable(true)).await,
                first => first,
            }
        });
        let (pool, version) = opened.map_err(|error| fail(error.to_string()))?;
        let registry = Registry {
            pool,
            runtime,
            folder: folder.to_owned(),
        };
        match version.cmp(&(MIGRATIONS.len() as i64)) {
            Ordering::Equal => Ok(registry),
            // An old one is brought up to date, which is the one thing that must be written.
            Ordering::Less => {
                drop(registry);
                Registry::open(folder)
            }
            Ordering::Greater => Err(fail(format!(
                "version {version}, expected at most {}",
                MIGRATIONS.len()
            ))),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs `work` in one transaction that takes the write lock at once, so that two processes never deadlock.
    pub(crate) fn transact<T>(
        &self,
        work: impl AsyncFnOnce(&mut Transaction<'_, Sqlite>) -> Result<T, sqlx::Error>,
    ) -> Result<T, RegistryError> {
        self.within("BEGIN IMMEDIATE", work)
    }

    /// Runs `work`, which only reads, in one transaction: it sees one state and waits for nobody.
    pub(crate) fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut Transaction<'_, Sqlite>) -> Result<T, sqlx::Error>,
    ) -> Result<T, RegistryError> {
        self.within("BEGIN DEFERRED", work)
    }

    fn within<T>(
        &self,
        begin: &'static str,
        work: impl AsyncFnOnce(&mut Transaction<'_, Sqlite>) -> Result<T, sqlx::Error>,
    ) -> Result<T, RegistryError> {
        let result = self.runtime.block_on(async {
            let mut transaction = self.pool.begin_with(begin).await?;
            let value = work(&mut transaction).await?;
            transaction.commit().await?;
            Ok::<T, sqlx::Error>(value)
        });
        let path = self.folder.join("registry.sqlite").display().to_string();
        result.map_err(|error| RegistryError::Database {
            path,
            found: error.to_string(),
        })
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

async fn connect(options: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let begun = Instant::now();
    loop {
        let opened = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await;
        match opened {
            // SQLite does not wait where two at once give a new file its journal.
            Err(error) if is_busy(&error) && begun.elapsed() < BUSY => tokio::time::sleep(PAUSE).await,
            opened => return opened,
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some("5")
}

/// A database and the number of its schema.
async fn open_at_version(options: SqliteConnectOptions) -> Result<(SqlitePool, i64), sqlx::Error> {
    let pool = connect(options).await?;
    let version = sqlx::query_scalar("PRAGMA user_version").fetch_one(&pool).await?;
    Ok((pool, version))
}

/// Brings the database to the newest schema; each step is one transaction.
async fn migrate(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    let newest: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(pool).await?;
    if MIGRATIONS.len() as i64 <= newest {
        return Ok(());
    }
    for (position, step) in MIGRATIONS.iter().enumerate() {
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        let done: i64 = sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(&mut *transaction)
            .await?;
        if done == position as i64 {
            sqlx::raw_sql(*step).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}
