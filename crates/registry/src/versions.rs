//! Bundles under the numbers of a model's versions, and what a name such as `churn@champion` means.

use crate::{Registry, RegistryError};
use std::path::PathBuf;
use table::{Hash, file, nearest, quoted_list};

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

impl Registry {
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
                what: format!("the bundle of `{model}`"),
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

    fn bundle_path(&self, hash: &str) -> PathBuf {
        self.folder().join("bundles").join(format!("{hash}.bundle"))
    }
}

pub(crate) fn check_name(name: &str) -> Result<(), RegistryError> {
    let usable = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.is_empty() && name.chars().count() <= 100 && name.chars().all(usable) {
        return Ok(());
    }
    Err(RegistryError::Name {
        name: name.to_owned(),
    })
}
