//! What was run, with what, and what it found.

use crate::{Registry, RegistryError};
use sqlx::Row;
use std::collections::BTreeMap;

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

impl Registry {
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
}
