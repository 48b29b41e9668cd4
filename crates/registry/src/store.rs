//! The registry: a SQLite file and a folder of bundles.

use crate::RegistryError;
use crate::ledger::{LedgerEntry, verify, verify_aliases, version_before};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, Sqlite, SqlitePool, Transaction};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use table::{Hash, file, nearest, quoted_list};

/// The schema's steps; each ends by setting `user_version`.
const MIGRATIONS: [&str; 4] = [
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_ledger.sql"),
    include_str!("../migrations/0003_experiments.sql"),
    include_str!("../migrations/0004_issues.sql"),
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

/// One run to be recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// The project's name.
    pub project: String,
    /// When it began, in microseconds since 1970-01-01 UTC.
    pub started_micros: i64,
    /// When it ended.
    pub finished_micros: i64,
    /// How it ended: `done` or `failed`.
    pub status: String,
    /// What it was run with.
    pub parameters: BTreeMap<String, String>,
    /// What it found.
    pub metrics: BTreeMap<String, f64>,
}

/// One version of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub version: u64,
    /// The bundle's hash.
    pub hash: String,
    /// When it was added, in microseconds since 1970-01-01 UTC.
    pub added_micros: i64,
    /// The aliases that point to it, sorted.
    pub aliases: Vec<String>,
}

/// What a name such as `churn@champion` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The model.
    pub model: String,
    /// The version.
    pub version: u64,
    /// The bundle's hash.
    pub hash: String,
    /// The bundle's file.
    pub path: PathBuf,
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

    /// Records a run and gives its number.
    ///
    /// # Errors
    /// [`RegistryError::Database`].
    pub fn record_run(&self, run: &Run) -> Result<i64, RegistryError> {
        self.transact(async |transaction| {
            let id: i64 = sqlx::query_scalar(
                "INSERT INTO runs (project, started_micros, finished_micros, status) VALUES (?, ?, ?, ?) RETURNING id",
            )
            .bind(&run.project)
            .bind(run.started_micros)
            .bind(run.finished_micros)
            .bind(&run.status)
            .fetch_one(&mut **transaction)
            .await?;
            let parameters = run.parameters.iter().map(|(name, value)| ("parameter", name, value.clone()));
            let metrics = run.metrics.iter().map(|(name, value)| ("metric", name, value.to_string()));
            for (kind, name, value) in parameters.chain(metrics) {
                sqlx::query("INSERT INTO run_values (run, kind, name, value) VALUES (?, ?, ?, ?)")
                    .bind(id)
                    .bind(kind)
                    .bind(name)
                    .bind(value)
                    .execute(&mut **transaction)
                    .await?;
            }
            Ok(id)
        })
    }

    /// The runs with their numbers, oldest first.
    ///
    /// # Errors
    /// [`RegistryError::Database`].
    pub fn runs(&self) -> Result<Vec<(i64, Run)>, RegistryError> {
        self.read(async |transaction| {
            let rows = sqlx::query(
                "SELECT id, project, started_micros, finished_micros, status FROM runs ORDER BY id",
            )
            .fetch_all(&mut **transaction)
            .await?;
            let values =
                sqlx::query("SELECT run, kind, name, value FROM run_values ORDER BY run, kind, name")
                    .fetch_all(&mut **transaction)
                    .await?;
            let mut runs = Vec::with_capacity(rows.len());
            for row in rows {
                let id: i64 = row.try_get(0)?;
                let mut run = Run {
                    project: row.try_get(1)?,
                    started_micros: row.try_get(2)?,
                    finished_micros: row.try_get(3)?,
                    status: row.try_get(4)?,
                    ..Run::default()
                };
                for value in &values {
                    if value.try_get::<i64, _>(0)? == id {
                        let (kind, name, text): (String, String, String) =
                            (value.try_get(1)?, value.try_get(2)?, value.try_get(3)?);
                        if kind == "metric" {
                            run.metrics.insert(name, text.parse().unwrap_or(f64::NAN));
                        } else {
                            run.parameters.insert(name, text);
                        }
                    }
                }
                runs.push((id, run));
            }
            Ok(runs)
        })
    }

    /// Adds a bundle as the next version of `model`; the same bundle again keeps its version.
    ///
    /// # Errors
    /// [`RegistryError::Hash`] if the bytes have another hash, [`RegistryError::Name`], [`RegistryError::Database`].
    pub fn add_bundle(
        &self,
        model: &str,
        bytes: &[u8],
        hash: &str,
        now_micros: i64,
    ) -> Result<u64, RegistryError> {
        check_name(model)?;
        let found = Hash::of(bytes).to_hex();
        if found != hash {
            return Err(RegistryError::Hash {
                found,
                expected: hash.to_owned(),
            });
        }
        let path = self.bundle_path(hash);
        if !Hash::of_file(&path).is_ok_and(|there| there.to_hex() == hash) {
            file::write_atomic(&path, bytes)?;
        }
        self.transact(async |transaction| {
            let known: Option<i64> = sqlx::query_scalar("SELECT version FROM versions WHERE model = ? AND hash = ?")
                .bind(model)
                .bind(hash)
                .fetch_optional(&mut **transaction)
                .await?;
            if let Some(version) = known {
                return Ok(version as u64);
            }
            let version: i64 = sqlx::query_scalar(
                "INSERT INTO versions (model, version, hash, added_micros)
                 VALUES (?1, (SELECT coalesce(max(version), 0) + 1 FROM versions WHERE model = ?1), ?2, ?3) RETURNING version",
            )
            .bind(model)
            .bind(hash)
            .bind(now_micros)
            .fetch_one(&mut **transaction)
            .await?;
            Ok(version as u64)
        })
    }

    /// Points an alias to a version and writes it into the ledger.
    ///
    /// # Errors
    /// [`RegistryError::NoVersion`], [`RegistryError::Name`], [`RegistryError::NoReason`], [`RegistryError::Database`].
    pub fn set_alias(
        &self,
        model: &str,
        alias: &str,
        version: u64,
        now_micros: i64,
        why: &str,
    ) -> Result<(), RegistryError> {
        check_name(alias)?;
        if alias.parse::<u64>().is_ok() {
            return Err(RegistryError::Name {
                name: alias.to_owned(),
            });
        }
        let resolved = self.resolve(&format!("{model}@{version}"))?;
        self.point(&LedgerEntry {
            entry: 0,
            time_micros: now_micros,
            model: model.to_owned(),
            alias: alias.to_owned(),
            version,
            bundle_hash: resolved.hash,
            why: why.to_owned(),
            is_rollback: false,
            hash: String::new(),
        })
    }

    /// Points an alias back to the version that it pointed to before, and writes it into the ledger; doing it again goes
    /// back another step.
    ///
    /// # Errors
    /// [`RegistryError::NothingBefore`], [`RegistryError::NoModel`], [`RegistryError::NoReason`],
    /// [`RegistryError::Database`].
    pub fn rollback(
        &self,
        model: &str,
        alias: &str,
        now_micros: i64,
        why: &str,
    ) -> Result<Resolved, RegistryError> {
        self.resolve(&format!("{model}@{alias}"))?;
        let before = version_before(&self.ledger(Some(model))?, alias);
        let before = before.ok_or_else(|| RegistryError::NothingBefore {
            model: model.to_owned(),
            alias: alias.to_owned(),
        })?;
        let resolved = self.resolve(&format!("{model}@{before}"))?;
        self.point(&LedgerEntry {
            entry: 0,
            time_micros: now_micros,
            model: model.to_owned(),
            alias: alias.to_owned(),
            version: before,
            bundle_hash: resolved.hash.clone(),
            why: why.to_owned(),
            is_rollback: true,
            hash: String::new(),
        })?;
        Ok(resolved)
    }

    /// Moves the alias of an entry and writes the entry behind the last one.
    fn point(&self, entry: &LedgerEntry) -> Result<(), RegistryError> {
        if entry.why.trim().is_empty() {
            return Err(RegistryError::NoReason {
                model: entry.model.clone(),
                alias: entry.alias.clone(),
            });
        }
        self.transact(async |transaction| {
            sqlx::query("INSERT INTO aliases (model, alias, version) VALUES (?, ?, ?) ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version")
                .bind(&entry.model)
                .bind(&entry.alias)
                .bind(entry.version as i64)
                .execute(&mut **transaction)
                .await?;
            let before: Option<String> = sqlx::query_scalar("SELECT hash FROM ledger ORDER BY entry DESC LIMIT 1")
                .fetch_optional(&mut **transaction)
                .await?;
            let hash = entry.expected_hash(&before.unwrap_or_default());
            let number: i64 = sqlx::query_scalar("INSERT INTO ledger (time_micros, model, alias, version, bundle_hash, why, is_rollback, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING entry")
                .bind(entry.time_micros)
                .bind(&entry.model)
                .bind(&entry.alias)
                .bind(entry.version as i64)
                .bind(&entry.bundle_hash)
                .bind(&entry.why)
                .bind(entry.is_rollback)
                .bind(&hash)
                .fetch_one(&mut **transaction)
                .await?;
            sqlx::query("UPDATE ledger_head SET entry = ?, hash = ?")
                .bind(number)
                .bind(&hash)
                .execute(&mut **transaction)
                .await?;
            Ok(())
        })
    }

    /// What a name stands for: `model@alias`, `model@version`, or `model` for the champion, else the newest version.
    ///
    /// # Errors
    /// [`RegistryError::NoModel`], [`RegistryError::NoVersion`] with the nearest name.
    pub fn resolve(&self, name: &str) -> Result<Resolved, RegistryError> {
        let (model, asked) = name
            .split_once('@')
            .map_or((name, None), |(model, asked)| (model, Some(asked)));
        let versions = self.versions(model)?;
        let matches = |version: &&Version, asked: &str| {
            version.version.to_string() == asked || version.aliases.iter().any(|alias| alias == asked)
        };
        let found = match asked {
            Some(asked) => versions.iter().find(|version| matches(version, asked)),
            None => versions
                .iter()
                .find(|version| matches(version, "champion"))
                .or_else(|| versions.last()),
        };
        match found {
            Some(version) => Ok(Resolved {
                model: model.to_owned(),
                version: version.version,
                hash: version.hash.clone(),
                path: self.bundle_path(&version.hash),
            }),
            None => {
                let asked = asked.unwrap_or_default();
                let known: Vec<String> = versions
                    .iter()
                    .flat_map(|version| {
                        version
                            .aliases
                            .iter()
                            .cloned()
                            .chain([version.version.to_string()])
                    })
                    .collect();
                let names = || known.iter().map(String::as_str);
                Err(RegistryError::NoVersion {
                    model: model.to_owned(),
                    asked: asked.to_owned(),
                    found: quoted_list(names(), 12),
                    nearest: nearest(asked, names()).map(str::to_owned),
                })
            }
        }
    }

    /// The versions of a model, oldest first.
    ///
    /// # Errors
    /// [`RegistryError::NoModel`] with the nearest name.
    pub fn versions(&self, model: &str) -> Result<Vec<Version>, RegistryError> {
        let (versions, aliases, models) = self.read(async |transaction| {
            let versions: Vec<(i64, String, i64)> = sqlx::query_as(
                "SELECT version, hash, added_micros FROM versions WHERE model = ? ORDER BY version",
            )
            .bind(model)
            .fetch_all(&mut **transaction)
            .await?;
            let aliases: Vec<(String, i64)> =
                sqlx::query_as("SELECT alias, version FROM aliases WHERE model = ? ORDER BY alias")
                    .bind(model)
                    .fetch_all(&mut **transaction)
                    .await?;
            let models: Vec<String> =
                sqlx::query_scalar("SELECT DISTINCT model FROM versions ORDER BY model")
                    .fetch_all(&mut **transaction)
                    .await?;
            Ok((versions, aliases, models))
        })?;
        if versions.is_empty() {
            let known = || models.iter().map(String::as_str);
            return Err(RegistryError::NoModel {
                model: model.to_owned(),
                found: quoted_list(known(), 12),
                nearest: nearest(model, known()).map(str::to_owned),
            });
        }
        let aliases_of = |version: i64| {
            aliases
                .iter()
                .filter(|(_, to)| *to == version)
                .map(|(alias, _)| alias.clone())
                .collect()
        };
        Ok(versions
            .into_iter()
            .map(|(version, hash, added_micros)| Version {
                version: version as u64,
                hash,
                added_micros,
                aliases: aliases_of(version),
            })
            .collect())
    }

    /// The ledger of one model or of all, oldest first.
    ///
    /// # Errors
    /// [`RegistryError::Database`].
    pub fn ledger(&self, model: Option<&str>) -> Result<Vec<LedgerEntry>, RegistryError> {
        let mut entries = self.read(ledger_of)?;
        entries.retain(|entry| model.is_none_or(|model| model == entry.model));
        Ok(entries)
    }

    /// Whether the ledger is as it was written, to its end, and every alias points where it says.
    ///
    /// # Errors
    /// [`RegistryError::Tampered`] with the first entry that does not fit, [`RegistryError::Cut`],
    /// [`RegistryError::Moved`].
    pub fn verify_ledger(&self) -> Result<(), RegistryError> {
        let (entries, head, aliases) = self.read(async |transaction| {
            let entries = ledger_of(transaction).await?;
            let head: (i64, String) = sqlx::query_as("SELECT entry, hash FROM ledger_head")
                .fetch_one(&mut **transaction)
                .await?;
            let aliases: Vec<(String, String, i64)> =
                sqlx::query_as("SELECT model, alias, version FROM aliases")
                    .fetch_all(&mut **transaction)
                    .await?;
            Ok((entries, head, aliases))
        })?;
        verify(&entries)?;
        let (number, hash) = entries
            .last()
            .map_or((0, ""), |last| (last.entry, last.hash.as_str()));
        if (number, hash) != (head.0, head.1.as_str()) {
            return Err(RegistryError::Cut {
                found: number,
                expected: head.0,
            });
        }
        let aliases = aliases
            .into_iter()
            .map(|(model, alias, version)| ((model, alias), version as u64))
            .collect();
        verify_aliases(&entries, &aliases)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn bundle_path(&self, hash: &str) -> PathBuf {
        self.folder.join("bundles").join(format!("{hash}.bundle"))
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

/// All entries, oldest first.
async fn ledger_of(transaction: &mut Transaction<'_, Sqlite>) -> Result<Vec<LedgerEntry>, sqlx::Error> {
    sqlx::query("SELECT entry, time_micros, model, alias, version, bundle_hash, why, is_rollback, hash FROM ledger ORDER BY entry")
        .fetch_all(&mut **transaction)
        .await?
        .into_iter()
        .map(|row| {
            Ok(LedgerEntry {
                entry: row.try_get(0)?,
                time_micros: row.try_get(1)?,
                model: row.try_get(2)?,
                alias: row.try_get(3)?,
                version: row.try_get::<i64, _>(4)? as u64,
                bundle_hash: row.try_get(5)?,
                why: row.try_get(6)?,
                is_rollback: row.try_get(7)?,
                hash: row.try_get(8)?,
            })
        })
        .collect()
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

fn check_name(name: &str) -> Result<(), RegistryError> {
    let usable = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.is_empty() && name.chars().count() <= 100 && name.chars().all(usable) {
        return Ok(());
    }
    Err(RegistryError::Name {
        name: name.to_owned(),
    })
}
