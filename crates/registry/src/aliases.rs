//! Where aliases point, and the ledger of how they came to.

use crate::ledger::{Decision, LedgerEntry, verify, verify_aliases, version_before};
use crate::versions::check_name;
use crate::{Registry, RegistryError, Resolved};
use sqlx::{Row, Sqlite, Transaction};

impl Registry {
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
        let entry = self.entry(model, alias, version, now_micros, why)?;
        self.point(&entry, &[]).map(drop)
    }

    /// Points an alias to a version if all of the model's aliases that it names point where it expects, and writes it into
    /// the ledger with its evidence: of several who decide the same, one does it. Whether it was done.
    ///
    /// # Errors
    /// As [`Registry::set_alias`].
    pub fn decide(&self, decision: &Decision<'_>, now_micros: i64) -> Result<bool, RegistryError> {
        let Decision {
            model,
            alias,
            version,
            expected,
            why,
            evidence,
        } = *decision;
        let mut entry = self.entry(model, alias, version, now_micros, why)?;
        entry.evidence = Some(evidence.to_owned());
        self.point(&entry, expected)
    }

    fn entry(
        &self,
        model: &str,
        alias: &str,
        version: u64,
        now_micros: i64,
        why: &str,
    ) -> Result<LedgerEntry, RegistryError> {
        check_name(alias)?;
        if alias.parse::<u64>().is_ok() {
            return Err(RegistryError::Name {
                name: alias.to_owned(),
            });
        }
        let resolved = self.resolve(&format!("{model}@{version}"))?;
        Ok(LedgerEntry {
            entry: 0,
            time_micros: now_micros,
            model: model.to_owned(),
            alias: alias.to_owned(),
            version,
            bundle_hash: resolved.hash,
            why: why.to_owned(),
            is_rollback: false,
            evidence: None,
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
        let mut entry = self.entry(model, alias, before, now_micros, why)?;
        entry.is_rollback = true;
        self.point(&entry, &[])?;
        Ok(resolved)
    }

    /// Moves the alias of an entry and writes the entry behind the last one, if aliases point where they are expected to.
    fn point(&self, entry: &LedgerEntry, expected: &[(&str, u64)]) -> Result<bool, RegistryError> {
        if entry.why.trim().is_empty() {
            return Err(RegistryError::NoReason {
                model: entry.model.clone(),
                alias: entry.alias.clone(),
            });
        }
        self.transact(async |transaction| {
            if !point_as(transaction, &entry.model, expected).await? {
                return Ok(false);
            }
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
            let number: i64 = sqlx::query_scalar("INSERT INTO ledger (time_micros, model, alias, version, bundle_hash, why, is_rollback, evidence, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING entry")
                .bind(entry.time_micros)
                .bind(&entry.model)
                .bind(&entry.alias)
                .bind(entry.version as i64)
                .bind(&entry.bundle_hash)
                .bind(&entry.why)
                .bind(entry.is_rollback)
                .bind(&entry.evidence)
                .bind(&hash)
                .fetch_one(&mut **transaction)
                .await?;
            sqlx::query("UPDATE ledger_head SET entry = ?, hash = ?")
                .bind(number)
                .bind(&hash)
                .execute(&mut **transaction)
                .await?;
            Ok(true)
        })
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
}

/// Whether aliases of `model` point where they are expected to.
async fn point_as(
    transaction: &mut Transaction<'_, Sqlite>,
    model: &str,
    expected: &[(&str, u64)],
) -> Result<bool, sqlx::Error> {
    for (alias, version) in expected {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT version FROM aliases WHERE model = ? AND alias = ?")
                .bind(model)
                .bind(*alias)
                .fetch_optional(&mut **transaction)
                .await?;
        if found != Some(*version as i64) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// All entries, oldest first.
async fn ledger_of(transaction: &mut Transaction<'_, Sqlite>) -> Result<Vec<LedgerEntry>, sqlx::Error> {
    sqlx::query("SELECT entry, time_micros, model, alias, version, bundle_hash, why, is_rollback, evidence, hash FROM ledger ORDER BY entry")
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
                evidence: row.try_get(8)?,
                hash: row.try_get(9)?,
            })
        })
        .collect()
}
