//! The registry: a SQLite file and a folder of bundles.

use crate::RegistryError;
use crate::ledger::{LedgerEntry, verify};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, Sqlite, SqlitePool, Transaction};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use table::{Hash, file, nearest, quoted_list};

/// The schema's steps; each ends by setting `user_version`.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_first.sql")];
/// How long one process waits for another.
const BUSY: Duration = Duration::from_secs(30);

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
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| fail(error.to_string()))?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let pool = runtime
            .block_on(async {
                let pool = SqlitePoolOptions::new()
                    .max_connections(1)
                    .connect_with(options)
                    .await?;
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
        self.transact(async |transaction| {
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
    /// [`RegistryError::NoVersion`], [`RegistryError::Name`], [`RegistryError::Database`].
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
        self.transact(async |transaction| {
            sqlx::query("INSERT INTO aliases (model, alias, version) VALUES (?, ?, ?) ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version")
                .bind(model)
                .bind(alias)
                .bind(version as i64)
                .execute(&mut **transaction)
                .await?;
            let before: Option<String> = sqlx::query_scalar("SELECT hash FROM ledger ORDER BY entry DESC LIMIT 1")
                .fetch_optional(&mut **transaction)
                .await?;
            let entry = LedgerEntry {
                entry: 0,
                time_micros: now_micros,
                model: model.to_owned(),
                alias: alias.to_owned(),
                version,
                bundle_hash: resolved.hash.clone(),
                why: why.to_owned(),
                hash: String::new(),
            };
            let hash = entry.expected_hash(&before.unwrap_or_default());
            sqlx::query("INSERT INTO ledger (time_micros, model, alias, version, bundle_hash, why, hash) VALUES (?, ?, ?, ?, ?, ?, ?)")
                .bind(now_micros)
                .bind(model)
                .bind(alias)
                .bind(version as i64)
                .bind(&resolved.hash)
                .bind(why)
                .bind(hash)
                .execute(&mut **transaction)
                .await?;
            Ok(())
        })
    }

    /// Points an alias back to the version that it pointed to before, and writes it into the ledger.
    ///
    /// # Errors
    /// [`RegistryError::NothingBefore`], [`RegistryError::NoModel`], [`RegistryError::Database`].
    pub fn rollback(
        &self,
        model: &str,
        alias: &str,
        now_micros: i64,
        why: &str,
    ) -> Result<Resolved, RegistryError> {
        let current = self.resolve(&format!("{model}@{alias}"))?;
        let entries = self.ledger(Some(model))?;
        // Going back twice goes back two steps: what was rolled back to is found before its own promotion.
        let mut steps: Vec<u64> = Vec::new();
        for entry in entries.iter().filter(|entry| entry.alias == alias) {
            match steps.iter().position(|version| *version == entry.version) {
                Some(position) => steps.truncate(position + 1),
                None => steps.push(entry.version),
            }
        }
        let before = steps
            .iter()
            .rev()
            .find(|version| **version != current.version)
            .copied();
        let before = before.ok_or_else(|| RegistryError::NothingBefore {
            model: model.to_owned(),
            alias: alias.to_owned(),
        })?;
        self.set_alias(model, alias, before, now_micros, why)?;
        self.resolve(&format!("{model}@{before}"))
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
        let (versions, aliases, models) = self.transact(async |transaction| {
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
        let rows = self.transact(async |transaction| {
            sqlx::query("SELECT entry, time_micros, model, alias, version, bundle_hash, why, hash FROM ledger ORDER BY entry")
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
                        hash: row.try_get(7)?,
                    })
                })
                .collect::<Result<Vec<LedgerEntry>, sqlx::Error>>()
        })?;
        Ok(rows
            .into_iter()
            .filter(|entry| model.is_none_or(|model| model == entry.model))
            .collect())
    }

    /// Whether the ledger is as it was written.
    ///
    /// # Errors
    /// [`RegistryError::Tampered`] with the first entry that does not fit.
    pub fn verify_ledger(&self) -> Result<(), RegistryError> {
        verify(&self.ledger(None)?)
    }

    fn bundle_path(&self, hash: &str) -> PathBuf {
        self.folder.join("bundles").join(format!("{hash}.bundle"))
    }

    /// Runs `work` in one transaction that takes the write lock at once, so that two processes never deadlock.
    fn transact<T>(
        &self,
        work: impl AsyncFnOnce(&mut Transaction<'_, Sqlite>) -> Result<T, sqlx::Error>,
    ) -> Result<T, RegistryError> {
        let result = self.runtime.block_on(async {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
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

/// Brings the database to the newest schema; each step is one transaction.
async fn migrate(pool: &SqlitePool) -> Result<(), sqlx::Error> {
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
