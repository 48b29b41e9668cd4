//! SQLite, whose cells have types of their own: what the cells of a column are decides, then what it was declared as.

use super::sink::{Column, Sink, names};
use super::value::Value;
use super::{Ask, Fetch, Local};
use crate::QueryError;
use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow, SqliteStatement};
use sqlx::{
    AssertSqlSafe, Column as _, Connection, Executor, Row, SqlSafeStr, SqliteConnection, Statement, TypeInfo,
    ValueRef,
};
use std::path::Path;
use table::{Kind, TableError};

/// How a database begins.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Columns that are counted in one query.
const AT_ONCE: usize = 100;

/// Fetches a table or the answer to a query.
pub(super) async fn fetch(path: &Path, ask: &Ask, at: &Fetch<'_>) -> Result<Local, QueryError> {
    check(path, at)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .create_if_missing(false)
        // Views of a file that somebody else made may call no function that reaches beyond it.
        .pragma("trusted_schema", "OFF")
        .pragma("query_only", "ON");
    let refused = |error: sqlx::Error| at.refused(told(&error), "a SQLite database that can be read");
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(refused)?;
    // Both passes see the same rows.
    connection.execute("BEGIN").await.map_err(refused)?;
    let body = body(&mut connection, ask, at).await?;
    let statement = (&mut connection)
        .prepare(AssertSqlSafe(body.clone()).into_sql_str())
        .await
        .map_err(|error| at.refused(told(&error), "one SELECT"))?;
    if statement.columns().is_empty() {
        return Err(at.refused("a statement that gives no columns", "one SELECT"));
    }
    let (columns, guesses) = columns(&mut connection, &statement, &body, at).await?;
    let width = columns.len();
    let mut sink = Sink::new(columns, at)?;
    let mut rows = sqlx::query(AssertSqlSafe(body)).fetch(&mut connection);
    while let Some(row) = rows
        .try_next()
        .await
        .map_err(|error| at.refused(told(&error), "rows"))?
    {
        for position in 0..width {
            cell(&row, position, &mut sink).map_err(refused)?;
        }
        sink.end_row()?;
    }
    drop(rows);
    sink.finish(guesses)
}

/// What a database says of itself, without the words around it.
fn told(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    }
}

fn check(path: &Path, at: &Fetch<'_>) -> Result<(), QueryError> {
    use std::io::Read;
    let read = || -> std::io::Result<Vec<u8>> {
        let mut begin = Vec::new();
        std::fs::File::open(path)?
            .take(MAGIC.len() as u64)
            .read_to_end(&mut begin)?;
        Ok(begin)
    };
    let begin = read().map_err(|error| at.refused(error, "a SQLite database"))?;
    // A database without a table has no byte.
    match begin.is_empty() || begin == MAGIC {
        true => Ok(()),
        false => Err(QueryError::Table(TableError::NotThatFormat {
            name: at.name.to_owned(),
            expected: "a SQLite database",
            found: "it does not begin like one".to_owned(),
        })),
    }
}

/// The SELECT that is asked for.
async fn body(connection: &mut SqliteConnection, ask: &Ask, at: &Fetch<'_>) -> Result<String, QueryError> {
    if let Ask::Query(query) = ask {
        return Ok(query.trim().trim_end_matches(';').to_owned());
    }
    const TABLES: &str = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let rows = connection.fetch_all(TABLES).await;
    let rows = rows.map_err(|error| at.refused(told(&error), "a SQLite database that can be read"))?;
    let tables: Vec<String> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
    let table = super::sink::table(&tables, ask, at)?;
    Ok(format!("SELECT * FROM {}", quoted(&table)))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// How many cells of a column are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    integers: i64,
    numbers: i64,
    texts: i64,
    blobs: i64,
    /// Texts like `2024-12-31`.
    days: i64,
    /// Texts like `2024-12-31 10:00`.
    times: i64,
    /// Integers that are 0 or 1.
    truths: i64,
}

/// Names and kinds of the columns, and a sentence on what was found out.
async fn columns(
    connection: &mut SqliteConnection,
    statement: &SqliteStatement,
    body: &str,
    at: &Fetch<'_>,
) -> Result<(Vec<Column>, Vec<String>), QueryError> {
    let written = statement.columns().iter().map(|column| column.name().to_owned());
    let names = names(written.collect(), at)?;
    let counts = counts(connection, body, names.len(), at).await?;
    let mut guesses = Vec::new();
    let mut columns = Vec::with_capacity(names.len());
    for ((name, counts), column) in names.into_iter().zip(counts).zip(statement.columns()) {
        if 0 < counts.blobs {
            let found = format!("{} blobs in column `{name}`", counts.blobs);
            return Err(at.refused(
                found,
                "numbers and texts; hint: leave it out with `query = \"SELECT ...\"`",
            ));
        }
        let kind = match at.options.kinds.get(&name) {
            Some(asked) => *asked,
            None => kind(counts, column.type_info().name()),
        };
        let n_numbers = counts.integers + counts.numbers;
        if kind == Kind::Text && 0 < n_numbers && 0 < counts.texts && !at.options.kinds.contains_key(&name) {
            guesses.push(format!(
                "`{name}`: {} texts among {n_numbers} numbers, read as text",
                counts.texts
            ));
        }
        columns.push(Column {
            name,
            kind,
            is_decimal: false,
        });
    }
    Ok((columns, guesses))
}

async fn counts(
    connection: &mut SqliteConnection,
    body: &str,
    width: usize,
    at: &Fetch<'_>,
) -> Result<Vec<Counts>, QueryError> {
    let names: Vec<String> = (0..width).map(|position| format!("c{position}")).collect();
    let mut all = Vec::with_capacity(width);
    for part in names.chunks(AT_ONCE) {
        let counted: Vec<String> = part.iter().map(|name| counted(name)).collect();
        let sql = format!(
            "WITH q({}) AS (\n{body}\n) SELECT {} FROM q",
            names.join(", "),
            counted.join(", ")
        );
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *connection).await;
        let row = row.map_err(|error| at.refused(told(&error), "one SELECT"))?;
        let count = |position: usize| {
            row.try_get::<Option<i64>, _>(position)
                .ok()
                .flatten()
                .unwrap_or(0)
        };
        all.extend((0..part.len()).map(|place| place * 7).map(|first| Counts {
            integers: count(first),
            numbers: count(first + 1),
            texts: count(first + 2),
            blobs: count(first + 3),
            days: count(first + 4),
            times: count(first + 5),
            truths: count(first + 6),
        }));
    }
    Ok(all)
}

/// The seven counts of a column.
fn counted(name: &str) -> String {
    const DAY: &str = "[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]";
    let of = |kind: &str| format!("sum(typeof({name}) = '{kind}')");
    [
        of("integer"),
        of("real"),
        of("text"),
        of("blob"),
        format!("sum(typeof({name}) = 'text' AND {name} GLOB '{DAY}')"),
        format!("sum(typeof({name}) = 'text' AND {name} GLOB '{DAY}[ T][0-2][0-9]:[0-5][0-9]*')"),
        format!("sum(typeof({name}) = 'integer' AND {name} IN (0, 1))"),
    ]
    .join(", ")
}

fn kind(counts: Counts, declared: &str) -> Kind {
    let Counts {
        integers,
        numbers,
        texts,
        ..
    } = counts;
    match (integers, numbers, texts) {
        (0, 0, 0) => match declared {
            "BOOLEAN" => Kind::Boolean,
            "INTEGER" => Kind::Integer,
            "REAL" => Kind::Number,
            "DATE" => Kind::Date,
            "DATETIME" => Kind::Time,
            _ => Kind::Text,
        },
        (_, 0, 0) if declared == "BOOLEAN" && counts.truths == integers => Kind::Boolean,
        (_, 0, 0) => Kind::Integer,
        (_, _, 0) => Kind::Number,
        (0, 0, _) if counts.days == texts => Kind::Date,
        (0, 0, _) if counts.days + counts.times == texts => Kind::Time,
        _ => Kind::Text,
    }
}

fn cell(row: &SqliteRow, position: usize, sink: &mut Sink<'_>) -> Result<(), sqlx::Error> {
    let value = row.try_get_raw(position)?;
    if value.is_null() {
        sink.push(position, Value::Missing);
        return Ok(());
    }
    let kind = value.type_info().name().to_owned();
    match kind.as_str() {
        "INTEGER" => sink.push(position, Value::Integer(row.try_get_unchecked(position)?)),
        "REAL" => sink.push(position, Value::Number(row.try_get_unchecked(position)?)),
        _ => sink.push(position, Value::Text(row.try_get_unchecked(position)?)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_decide_and_declarations_where_there_are_none() {
        let counts = |integers, numbers, texts, days, times| Counts {
            integers,
            numbers,
            texts,
            days,
            times,
            ..Counts::default()
        };
        assert_eq!(kind(counts(0, 0, 0, 0, 0), "DATETIME"), Kind::Time);
        assert_eq!(kind(counts(3, 0, 0, 0, 0), "TEXT"), Kind::Integer);
        assert_eq!(kind(counts(3, 1, 0, 0, 0), "INTEGER"), Kind::Number);
        assert_eq!(kind(counts(3, 0, 1, 0, 0), "INTEGER"), Kind::Text);
        assert_eq!(kind(counts(0, 0, 4, 4, 0), "TEXT"), Kind::Date);
        assert_eq!(kind(counts(0, 0, 4, 1, 3), "TEXT"), Kind::Time);
        assert_eq!(kind(counts(0, 0, 4, 1, 2), "DATE"), Kind::Text);
        let truths = Counts {
            truths: 3,
            ..counts(3, 0, 0, 0, 0)
        };
        assert_eq!(kind(truths, "BOOLEAN"), Kind::Boolean);
        assert_eq!(kind(Counts { truths: 2, ..truths }, "BOOLEAN"), Kind::Integer);
    }
}
