//! Postgres: one snapshot, read only, sent as text and read by what each column was declared as.

use super::copy::{Fault, Lines};
use super::sink::{Column, Sink, names};
use super::{Ask, Fetch, Local};
use crate::QueryError;
use futures::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgStatement, PgTypeInfo, PgTypeKind};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Executor, PgConnection, Row, SqlSafeStr, Statement, TypeInfo,
};
use std::str::FromStr;
use std::time::Duration;
use table::Kind;

/// One snapshot that nothing is written to, moments in UTC, every digit of a number, and rows in the order they lie in.
const BEGIN: [&str; 7] = [
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL extra_float_digits = 3",
    "SET LOCAL synchronize_seqscans = off",
    "SET LOCAL max_parallel_workers_per_gather = 0",
];
const TABLES: &str = "SELECT CASE table_schema WHEN 'public' THEN table_name ELSE table_schema || '.' || table_name END \
     FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1 LIMIT 1000";
const KEY: &str = "SELECT a.attname::text FROM pg_index i \
     JOIN unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) ON true \
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum \
     WHERE i.indisprimary AND i.indrelid = to_regclass($1) ORDER BY k.place";
/// How long to wait for the server to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Fetches a table or the answer to a query.
pub(super) async fn fetch(uri: &str, ask: &Ask, at: &Fetch<'_>) -> Result<Local, QueryError> {
    let mut connection = connect(uri, at).await?;
    for statement in BEGIN {
        let done = connection.execute(statement).await;
        done.map_err(|error| at.refused(told(&error), "a session that only reads"))?;
    }
    let body = body(&mut connection, ask, at).await?;
    let prepared = (&mut connection)
        .prepare(AssertSqlSafe(body.clone()).into_sql_str())
        .await;
    let prepared = prepared.map_err(|error| at.refused(told(&error), "one SELECT"))?;
    let columns = columns(&mut connection, &prepared, &body, at).await?;
    let width = columns.len();
    let mut sink = Sink::new(columns, at)?;
    let refused = |error: sqlx::Error| at.refused(told(&error), "rows");
    let sql = format!("COPY (\n{body}\n) TO STDOUT");
    let mut arriving = connection.copy_out_raw(&sql).await.map_err(refused)?;
    let mut lines = Lines::default();
    while let Some(bytes) = arriving.try_next().await.map_err(refused)? {
        lines
            .take(&bytes, width, &mut sink)?
            .map_err(|fault| match fault {
                Fault::Width(n) => at.refused(format!("a row of {n} cells"), &format!("{width} cells")),
                Fault::Encoding => at.refused("a text that is not UTF-8", "a database or client in UTF-8"),
            })?;
    }
    drop(arriving);
    sink.finish(Vec::new())
}

async fn connect(uri: &str, at: &Fetch<'_>) -> Result<PgConnection, QueryError> {
    // What was given may hold a password, so that no part of it is told.
    let options = PgConnectOptions::from_str(uri)
        .map_err(|_| {
            at.refused(
                "a URI that cannot be taken apart",
                "postgres://USER@HOST:PORT/DATABASE?table=NAME",
            )
        })?
        .application_name("spanwise")
        .disable_statement_logging();
    let connected = tokio::time::timeout(PATIENCE, options.connect()).await;
    let refused = |found: String| at.refused(found, "a server that lets this user in");
    match connected {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(refused(told(&error))),
        Err(_) => Err(refused(format!(
            "no answer within {} seconds",
            PATIENCE.as_secs()
        ))),
    }
}

/// What a server says, without the words around it.
fn told(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    }
}

/// The SELECT that is asked for; rows of a table with a primary key stand in its order.
async fn body(connection: &mut PgConnection, ask: &Ask, at: &Fetch<'_>) -> Result<String, QueryError> {
    if let Ask::Query(query) = ask {
        return Ok(query.trim().trim_end_matches(';').to_owned());
    }
    let refused = |error: sqlx::Error| at.refused(told(&error), "tables that this user may see");
    let rows = connection.fetch_all(TABLES).await.map_err(refused)?;
    let tables: Vec<String> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
    let asked = match ask {
        Ask::Table(table) => Ask::Table(table.strip_prefix("public.").unwrap_or(table).to_owned()),
        other => other.clone(),
    };
    let table = super::sink::table(&tables, &asked, at)?;
    // A name with a point in it that is a table's own is told from a schema's by what is there.
    let quoted: Vec<String> = table.splitn(2, '.').map(quoted).collect();
    let name = quoted.join(".");
    let key = sqlx::query(KEY)
        .bind(&name)
        .fetch_all(&mut *connection)
        .await
        .map_err(refused)?;
    let key: Vec<String> = key
        .iter()
        .filter_map(|row| row.try_get::<String, _>(0).ok())
        .collect();
    let key: Vec<String> = key.iter().map(|column| self::quoted(column)).collect();
    let order = if key.is_empty() {
        String::new()
    } else {
        format!(" ORDER BY {}", key.join(", "))
    };
    Ok(format!("SELECT * FROM {name}{order}"))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn columns(
    connection: &mut PgConnection,
    prepared: &PgStatement,
    body: &str,
    at: &Fetch<'_>,
) -> Result<Vec<Column>, QueryError> {
    let written = prepared.columns().iter().map(|column| column.name().to_owned());
    let names = names(written.collect(), at)?;
    let types: Vec<String> = prepared
        .columns()
        .iter()
        .map(|column| type_of(column.type_info()))
        .collect();
    let whole = whole_decimals(connection, body, &types, at).await?;
    let mut columns = Vec::with_capacity(names.len());
    for ((name, of), is_whole) in names.into_iter().zip(&types).zip(whole) {
        if of == "BYTEA" {
            let found = format!("column `{name}` of type bytea");
            return Err(at.refused(
                found,
                "numbers, texts, days and times; hint: leave it out with `query = \"SELECT ...\"`",
            ));
        }
        let asked = at.options.kinds.get(&name).copied();
        columns.push(Column {
            kind: asked.unwrap_or_else(|| kind(of, is_whole)),
            is_decimal: of == "NUMERIC",
            name,
        });
    }
    Ok(columns)
}

/// The type's name, of a domain that of what it is made of.
fn type_of(of: &PgTypeInfo) -> String {
    match of.kind() {
        PgTypeKind::Domain(inner) => type_of(inner),
        _ => of.name().to_uppercase(),
    }
}

/// Kinds by what columns were declared as; what has none of ours is a text, as the server writes it.
fn kind(of: &str, is_whole: bool) -> Kind {
    match of {
        "BOOL" => Kind::Boolean,
        "INT2" | "INT4" | "INT8" | "OID" => Kind::Integer,
        "NUMERIC" if is_whole => Kind::Integer,
        "FLOAT4" | "FLOAT8" | "NUMERIC" => Kind::Number,
        "DATE" => Kind::Date,
        "TIMESTAMP" | "TIMESTAMPTZ" => Kind::Time,
        _ => Kind::Text,
    }
}

/// Which columns of exact decimals hold nothing but whole numbers of 64 bits.
async fn whole_decimals(
    connection: &mut PgConnection,
    body: &str,
    types: &[String],
    at: &Fetch<'_>,
) -> Result<Vec<bool>, QueryError> {
    let mut whole = vec![false; types.len()];
    let decimals: Vec<usize> = (0..types.len())
        .filter(|position| types[*position] == "NUMERIC")
        .collect();
    if decimals.is_empty() {
        return Ok(whole);
    }
    let names: Vec<String> = (0..types.len()).map(|position| format!("c{position}")).collect();
    let asked = decimals.iter().map(|position| {
        let name = &names[*position];
        format!("coalesce(bool_and(scale({name}) = 0 AND abs({name}) < 9223372036854775807), false)")
    });
    let sql = format!(
        "SELECT {} FROM (\n{body}\n) AS q({})",
        asked.collect::<Vec<_>>().join(", "),
        names.join(", ")
    );
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(connection).await;
    let row = row.map_err(|error| at.refused(told(&error), "one SELECT"))?;
    for (place, position) in decimals.into_iter().enumerate() {
        whole[position] = row.try_get(place).unwrap_or(false);
    }
    Ok(whole)
}
