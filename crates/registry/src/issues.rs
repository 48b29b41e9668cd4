//! Issues of stories: what each one said, so that two can be compared.

use crate::{Registry, RegistryError};
use sqlx::Row;
use std::path::PathBuf;
use table::{Hash, file, quoted_list};

/// One issue of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The story.
    pub story: String,
    /// Its number, from 1.
    pub issue: u64,
    /// The hash of what it said.
    pub hash: String,
    /// When it was made, in microseconds since 1970-01-01 UTC.
    pub made_micros: i64,
}

impl Registry {
    /// Adds what a story says now as its next issue; the same as in the newest issue keeps that one's number.
    ///
    /// # Errors
    /// [`RegistryError::Table`] if it cannot be written, [`RegistryError::Database`].
    pub fn add_issue(&self, story: &str, record: &[u8], now_micros: i64) -> Result<u64, RegistryError> {
        let hash = Hash::of(record).to_hex();
        let path = self.issue_path(&hash);
        if !Hash::of_file(&path).is_ok_and(|there| there.to_hex() == hash) {
            file::write_atomic(&path, record)?;
        }
        self.transact(async |transaction| {
            let newest =
                sqlx::query("SELECT issue, hash FROM issues WHERE story = ? ORDER BY issue DESC LIMIT 1")
                    .bind(story)
                    .fetch_optional(&mut **transaction)
                    .await?;
            let newest: Option<(i64, String)> = newest
                .map(|row| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?)))
                .transpose()?;
            let number = match newest {
                Some((number, known)) if known == hash => return Ok(number as u64),
                Some((number, _)) => number + 1,
                None => 1,
            };
            sqlx::query("INSERT INTO issues (story, issue, hash, made_micros) VALUES (?, ?, ?, ?)")
                .bind(story)
                .bind(number)
                .bind(&hash)
                .bind(now_micros)
                .execute(&mut **transaction)
                .await?;
            Ok(number as u64)
        })
    }

    /// The issues of a story, oldest first; none if there was none.
    ///
    /// # Errors
    /// [`RegistryError::Database`].
    pub fn issues(&self, story: &str) -> Result<Vec<Issue>, RegistryError> {
        self.read(async |transaction| {
            let rows = sqlx::query(
                "SELECT story, issue, hash, made_micros FROM issues WHERE story = ? ORDER BY issue",
            )
            .bind(story)
            .fetch_all(&mut **transaction)
            .await?;
            rows.iter().map(issue_of).collect()
        })
    }

    /// One issue and what it said; the bytes are those that were written.
    ///
    /// # Errors
    /// [`RegistryError::NoIssue`] with the issues that there are, [`RegistryError::Hash`] if the file was changed,
    /// [`RegistryError::Table`] if it cannot be read, [`RegistryError::Database`].
    pub fn issue(&self, story: &str, number: u64) -> Result<(Issue, Vec<u8>), RegistryError> {
        let all = self.issues(story)?;
        let Some(issue) = all.iter().find(|issue| issue.issue == number) else {
            let known: Vec<String> = all.iter().map(|issue| issue.issue.to_string()).collect();
            return Err(RegistryError::NoIssue {
                story: story.to_owned(),
                asked: number,
                found: quoted_list(known.iter().map(String::as_str), 12),
            });
        };
        let path = self.issue_path(&issue.hash);
        let bytes = std::fs::read(&path).map_err(|source| table::TableError::File {
            action: "read",
            path,
            source,
        })?;
        let found = Hash::of(&bytes).to_hex();
        if found != issue.hash {
            return Err(RegistryError::Hash {
                what: format!("issue {number} of the story `{story}`"),
                found,
                expected: issue.hash.clone(),
            });
        }
        Ok((issue.clone(), bytes))
    }

    fn issue_path(&self, hash: &str) -> PathBuf {
        self.folder().join("stories").join(format!("{hash}.json"))
    }
}

fn issue_of(row: &sqlx::sqlite::SqliteRow) -> Result<Issue, sqlx::Error> {
    Ok(Issue {
        story: row.try_get(0)?,
        issue: row.try_get::<i64, _>(1)? as u64,
        hash: row.try_get(2)?,
        made_micros: row.try_get(3)?,
    })
}
