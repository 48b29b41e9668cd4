//! Plans of experiments, locked by their hash before data are read, and the looks taken at the data since.

use crate::{Registry, RegistryError};
use sqlx::Row;
use table::Hash;

/// One version of an experiment's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The experiment.
    pub experiment: String,
    /// Its number, from 1.
    pub version: u64,
    /// The plan in its canonical form.
    pub text: String,
    /// Whether the data were there already when it was registered.
    pub had_data: bool,
    /// When, in microseconds since 1970-01-01 UTC.
    pub registered_micros: i64,
    /// The hash of all this and of the version before.
    pub hash: String,
}

/// One look at the data of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The experiment.
    pub experiment: String,
    /// The version of the plan that it was taken under.
    pub plan_version: u64,
    /// Its number under that version, from 1; 0 before it is recorded.
    pub look: u64,
    /// The hash of the data.
    pub data_hash: String,
    /// The share of the planned units that were in.
    pub information: f64,
    /// What was found, as the caller writes it.
    pub record: String,
    /// When, in microseconds since 1970-01-01 UTC.
    pub taken_micros: i64,
}

impl Plan {
    fn expected_hash(&self, before: &str) -> String {
        let (version, time) = (self.version.to_string(), self.registered_micros.to_string());
        let had_data = if self.had_data {
            "after data"
        } else {
            "before data"
        };
        let parts = [before, &self.experiment, &version, &time, had_data, &self.text];
        Hash::of_parts(parts.map(str::as_bytes)).to_hex()
    }
}

impl Registry {
    /// Registers a plan and gives its version, and whether it is new: the text of the newest version keeps that one.
    ///
    /// # Errors
    /// [`RegistryError::TamperedPlan`], [`RegistryError::Database`].
    pub fn register_plan(
        &self,
        experiment: &str,
        text: &str,
        had_data: bool,
        now_micros: i64,
    ) -> Result<(Plan, bool), RegistryError> {
        // verified before anything is put on top
        self.plans(experiment)?;
        self.transact(async |transaction| {
            let rows = sqlx::query(PLANS).bind(experiment).fetch_all(&mut **transaction).await?;
            let newest = rows.last().map(plan_of).transpose()?;
            if let Some(newest) = newest.clone().filter(|newest| newest.text == text) {
                return Ok((newest, false));
            }
            let mut plan = Plan {
                experiment: experiment.to_owned(),
                version: newest.as_ref().map_or(1, |newest| newest.version + 1),
                text: text.to_owned(),
                had_data,
                registered_micros: now_micros,
                hash: String::new(),
            };
            plan.hash = plan.expected_hash(newest.as_ref().map_or("", |newest| &newest.hash));
            sqlx::query("INSERT INTO plans (experiment, version, plan, had_data, registered_micros, hash) VALUES (?, ?, ?, ?, ?, ?)")
                .bind(experiment)
                .bind(plan.version as i64)
                .bind(text)
                .bind(had_data)
                .bind(now_micros)
                .bind(&plan.hash)
                .execute(&mut **transaction)
                .await?;
            Ok((plan, true))
        })
    }

    /// The versions of an experiment's plan, oldest first; none if none was registered.
    ///
    /// # Errors
    /// [`RegistryError::TamperedPlan`] with the first version that is not as it was registered,
    /// [`RegistryError::Database`].
    pub fn plans(&self, experiment: &str) -> Result<Vec<Plan>, RegistryError> {
        let plans: Vec<Plan> = self.read(async |transaction| {
            let rows = sqlx::query(PLANS)
                .bind(experiment)
                .fetch_all(&mut **transaction)
                .await?;
            rows.iter().map(plan_of).collect()
        })?;
        let mut before = String::new();
        for (position, plan) in plans.iter().enumerate() {
            if plan.version != position as u64 + 1 || plan.hash != plan.expected_hash(&before) {
                return Err(RegistryError::TamperedPlan {
                    experiment: experiment.to_owned(),
                    version: plan.version,
                });
            }
            before.clone_from(&plan.hash);
        }
        Ok(plans)
    }

    /// Records a look and gives its number; the same data under the same plan keep theirs.
    ///
    /// # Errors
    /// [`RegistryError::Database`], also for a version of the plan that is not registered.
    pub fn record_look(&self, look: &Look) -> Result<u64, RegistryError> {
        self.transact(async |transaction| {
            let known: Option<i64> = sqlx::query_scalar("SELECT look FROM looks WHERE experiment = ? AND plan_version = ? AND data_hash = ?")
                .bind(&look.experiment)
                .bind(look.plan_version as i64)
                .bind(&look.data_hash)
                .fetch_optional(&mut **transaction)
                .await?;
            if let Some(known) = known {
                return Ok(known as u64);
            }
            let number: i64 = sqlx::query_scalar(
                "INSERT INTO looks (experiment, plan_version, look, data_hash, information, record, taken_micros)
                 VALUES (?1, ?2, (SELECT coalesce(max(look), 0) + 1 FROM looks WHERE experiment = ?1 AND plan_version = ?2), ?3, ?4, ?5, ?6) RETURNING look",
            )
            .bind(&look.experiment)
            .bind(look.plan_version as i64)
            .bind(&look.data_hash)
            .bind(look.information)
            .bind(&look.record)
            .bind(look.taken_micros)
            .fetch_one(&mut **transaction)
            .await?;
            Ok(number as u64)
        })
    }

    /// The looks taken at an experiment, under whatever version of its plan, oldest first.
    ///
    /// # Errors
    /// [`RegistryError::Database`].
    pub fn looks(&self, experiment: &str) -> Result<Vec<Look>, RegistryError> {
        self.read(async |transaction| {
            let rows = sqlx::query(
                "SELECT experiment, plan_version, look, data_hash, information, record, taken_micros FROM looks
                 WHERE experiment = ? ORDER BY plan_version, look",
            )
            .bind(experiment)
            .fetch_all(&mut **transaction)
            .await?;
            rows.iter().map(look_of).collect()
        })
    }
}

const PLANS: &str = "SELECT experiment, version, plan, had_data, registered_micros, hash FROM plans WHERE experiment = ? ORDER BY version";

fn plan_of(row: &sqlx::sqlite::SqliteRow) -> Result<Plan, sqlx::Error> {
    Ok(Plan {
        experiment: row.try_get(0)?,
        version: row.try_get::<i64, _>(1)? as u64,
        text: row.try_get(2)?,
        had_data: row.try_get(3)?,
        registered_micros: row.try_get(4)?,
        hash: row.try_get(5)?,
    })
}

fn look_of(row: &sqlx::sqlite::SqliteRow) -> Result<Look, sqlx::Error> {
    Ok(Look {
        experiment: row.try_get(0)?,
        plan_version: row.try_get::<i64, _>(1)? as u64,
        look: row.try_get::<i64, _>(2)? as u64,
        data_hash: row.try_get(3)?,
        information: row.try_get(4)?,
        record: row.try_get(5)?,
        taken_micros: row.try_get(6)?,
    })
}
