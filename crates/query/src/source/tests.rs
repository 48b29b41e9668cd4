#![allow(clippy::unwrap_used)]

use super::*;
use sqlx::{AssertSqlSafe, Connection, Executor, SqlSafeStr};
use table::Kind;
use table::write::to_csv;

fn source(text: &str) -> Source {
    Source::of(text, Path::new("/base")).unwrap()
}

fn refusal(text: &str) -> String {
    Source::of(text, Path::new("/base")).unwrap_err().to_string()
}

#[test]
fn names_are_taken_apart() {
    let path = |text: &str| source(text).path().map(|path| path.display().to_string());
    assert_eq!(path("a/b.csv").as_deref(), Some("/base/a/b.csv"));
    assert_eq!(path("/a b.csv").as_deref(), Some("/a b.csv"));
    assert_eq!(path("file:///a%20b.csv").as_deref(), Some("/a b.csv"));
    // A file may be called so.
    assert_eq!(path("what?.csv").as_deref(), Some("/base/what?.csv"));
    assert_eq!(path("book.xlsx?sheet=May+1").as_deref(), Some("/base/book.xlsx"));
    let sqlite = |text: &str| match source(text).place {
        Place::Sqlite(path, ask) => (path.display().to_string(), ask),
        _ => panic!("{text}"),
    };
    let table = || Ask::Table("orders".to_owned());
    assert_eq!(
        sqlite("sqlite:shop.db?table=orders"),
        ("/base/shop.db".to_owned(), table())
    );
    assert_eq!(
        sqlite("sqlite:///shop.db?table=orders"),
        ("/base/shop.db".to_owned(), table())
    );
    assert_eq!(
        sqlite("sqlite:////data/shop?table=orders"),
        ("/data/shop".to_owned(), table())
    );
    assert_eq!(
        sqlite("shop.sqlite?table=orders"),
        ("/base/shop.sqlite".to_owned(), table())
    );
    assert_eq!(sqlite("shop.db"), ("/base/shop.db".to_owned(), Ask::Only));
    let query = Ask::Query("SELECT 1 + 1".to_owned());
    assert_eq!(sqlite("sqlite:shop.db?query=SELECT%201%20%2B%201").1, query);
    let Place::Postgres(uri, ask) =
        source("postgresql+psycopg://me:a%40b@host:5/db?sslmode=require&table=t").place
    else {
        panic!("no database");
    };
    assert_eq!(
        (uri.as_str(), ask),
        (
            "postgres://me:a%40b@host:5/db?sslmode=require",
            Ask::Table("t".to_owned())
        )
    );
    assert_eq!(source("s3://bucket/a/b.parquet").title(), "b.parquet");
    assert_eq!(source("postgres://me@host/db").title(), "db");
}

#[test]
fn secrets_are_told_to_nobody() {
    assert_eq!(
        source("postgres://host:5/db?query=SELECT+'a@b'").to_string(),
        "postgres://host:5/db?query=SELECT+'a@b'"
    );
    assert_eq!(
        source("abfs://box@account/a.csv").to_string(),
        "abfs://box@account/a.csv"
    );
    assert_eq!(source("https://host/a@b.csv").to_string(), "https://host/a@b.csv");
    for text in [
        "https://secret@host/a.csv",
        "https://me:pa?secret@host/a.csv",
        "https://me:pa/secret@host/a.csv",
        "http://secret@host/a.csv",
        "https://host/a.csv?sig=secret",
        "https://host/a.csv?X-Amz-Signature=secret",
        "https://host/a.csv?a=b@c&SIG=secret",
        "https://host/a.csv?pwd=secret",
        "s3://id:secret@bucket",
        "s3://id:secret@bucket/a.csv",
        "mysql://me:pa?secret@host/db",
        "mysql://host/db?pwd=secret",
        "postgres://host/db?pwd=secret",
        "postgres://host/db?token=secret",
        "postgres://host/db?user=me&PASSWORD=secret",
        "shop.db?key=secret",
    ] {
        let told = refusal(text).replace("secrets are taken", "");
        assert!(!told.contains("secret"), "{text}: {told}");
    }
    for text in [
        "postgres://me:secret@host/db?table=t",
        "postgres://me:sec/secret@host/db",
        "postgres://host/db?user=me&password=secret",
        "postgresql://me:secret@[::1]:5/db",
        "postgres://me:pa?secret@host",
        "postgres://me:pa?secret@host/db?table=t",
        "postgres://me:12?secret@host/db",
        "postgres://me:p@ss?secret@host/db",
        "postgres://me:p#secret@host/db",
    ] {
        let source = source(text);
        let told = format!("{source} {source:?} {}", source.title());
        assert!(!told.contains("secret"), "{told}");
        assert!(told.contains("***"), "{told}");
    }
    assert!(!refusal("mysql://me:secret@host/db").contains("secret"));
    assert!(!refusal("https://me:secret@host/a.csv").contains("secret@"));
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_one() {
    for (text, expected) in [
        ("postgres://host/db?tabel=zz", "`tabel`; did you mean `table`?"),
        ("postgres://host/db?sslmod=require", "did you mean `sslmode`?"),
        ("sqlite:shop.db?querry=zz", "did you mean `query`?"),
        ("shop.db?tabel=zz", "did you mean `table`?"),
        ("book.xlsx?sheeet=May", "did you mean `sheet`?"),
        ("file:///a.xlsx?shet=May", "did you mean `sheet`?"),
        ("shop.db?table=a&query=SELECT+1", "both `table` and `query`"),
        (
            "postgres://host/db?table=a&query=SELECT+1",
            "both `table` and `query`",
        ),
        ("shop.db?table=a&table=b", "`table` twice"),
    ] {
        let found = refusal(text);
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn what_is_not_read_is_refused() {
    for (text, expected) in [
        ("mysql://host/db", "the scheme `mysql`"),
        ("s3://bucket", "a bucket and a key"),
        ("http://example.org/a.csv", "https, or http to this machine alone"),
        (
            "https://example.org/a.csv?sig=secret",
            "secrets are taken from the environment",
        ),
    ] {
        let found = refusal(text);
        assert!(found.contains(expected), "{text}: {found}");
    }
    assert!(source("http://127.0.0.1:80/a.csv").path().is_none());
    let twice = source("shop.db?table=a")
        .asking(Ask::Table("b".to_owned()))
        .unwrap_err();
    assert!(twice.to_string().contains("a table or query already"));
    assert!(
        source("a.csv")
            .asking(Ask::Only)
            .unwrap_err()
            .to_string()
            .contains("no database")
    );
}

/// A database made of these statements, in a folder that is removed with the answer.
fn database(statements: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        connection
            .execute(AssertSqlSafe(statements.to_owned()).into_sql_str())
            .await
            .unwrap();
        connection.close().await.unwrap();
    });
    let text = path.display().to_string();
    (folder, text)
}

const SHOP: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY, paid BOOLEAN, price NUMERIC, day DATE, at TEXT, note TEXT, big INTEGER, odd);
    INSERT INTO orders VALUES (1, 1, 2.5, '2024-01-31', '2024-01-31 10:00:00', 'a', 9223372036854775807, 1),
        (2, 0, 3, NULL, '2024-02-01T11:30:00.25+01:00', '', -1, 'x'), (3, NULL, NULL, '2024-02-29', NULL, NULL, NULL, NULL);
    CREATE TABLE photos (id INTEGER, photo BLOB); INSERT INTO photos VALUES (1, x'00ff');
    CREATE TABLE \"a \"\"b\"\"\" (x REAL);";

#[test]
fn cells_of_sqlite_become_columns() {
    let (_folder, path) = database(SHOP);
    let read = source(&format!("{path}?table=orders"))
        .open(&Options::default())
        .unwrap();
    let kinds: Vec<Kind> = read.table.columns().into_iter().map(|(_, kind)| kind).collect();
    use Kind::{Boolean, Date, Integer, Number, Text, Time};
    assert_eq!(kinds, [Integer, Boolean, Number, Date, Time, Text, Integer, Text]);
    let text = String::from_utf8(to_csv(&read.table, ',')).unwrap();
    assert_eq!(
        text,
        "id,paid,price,day,at,note,big,odd\n\
         1,true,2.5,2024-01-31,2024-01-31T10:00:00Z,a,9223372036854775807,1\n\
         2,false,3,,2024-02-01T10:30:00.250Z,,-1,x\n\
         3,,,2024-02-29,,,,\n"
    );
    assert!(
        read.guesses
            .iter()
            .any(|guess| guess == "`odd`: 1 texts among 1 numbers, read as text"),
        "{:?}",
        read.guesses
    );
}

#[test]
fn databases_are_asked_as_told_and_never_written_to() {
    let (_folder, path) = database(SHOP);
    let found = |ask: &str| {
        source(&format!("{path}{ask}"))
            .open(&Options::default())
            .map(|read| to_csv(&read.table, ','))
    };
    let answer = found("?query=SELECT+count(*)+AS+n,+max(price)+AS+top+FROM+orders;").unwrap();
    assert_eq!(answer, b"n,top\n3,3\n");
    for (ask, expected) in [
        ("", "3 tables and none named"),
        ("?table=ordrs", "did you mean `orders`?"),
        ("?table=photos", "1 blobs in column `photo`"),
        ("?query=SELECT+nowhere+FROM+orders", "no such column"),
        ("?query=DELETE+FROM+orders", "expected one SELECT"),
        ("?query=SELECT+1;+DROP+TABLE+orders", "expected one SELECT"),
    ] {
        let refused = found(ask).unwrap_err().to_string();
        assert!(refused.contains(expected), "{ask}: {refused}");
    }
    assert!(
        found("?query=SELECT+count(*)+AS+n+FROM+orders")
            .unwrap()
            .ends_with(b"3\n")
    );
    let typed = Options {
        kinds: [("id".to_owned(), Kind::Time)].into(),
        ..Options::default()
    };
    let read = source(&format!("{path}?query=SELECT+id+FROM+orders+WHERE+id=1"))
        .open(&typed)
        .unwrap();
    assert_eq!(to_csv(&read.table, ','), b"id\n1970-01-01T00:00:01Z\n");
    let small = Options {
        max_bytes: 20,
        ..Options::default()
    };
    let refused = source(&format!("{path}?table=orders")).open(&small).unwrap_err();
    assert!(refused.to_string().contains("larger than 20 bytes"), "{refused}");
    let strict = Options {
        renames: false,
        ..Options::default()
    };
    let twice = source(&format!("{path}?query=SELECT+id,+price+AS+id+FROM+orders"));
    assert!(
        twice
            .open(&strict)
            .unwrap_err()
            .to_string()
            .contains("names column `id` twice")
    );
    assert_eq!(
        twice.open(&Options::default()).unwrap().table.names(),
        ["id", "id_2"]
    );
}

#[test]
fn what_is_no_database_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let found = |text: &str| source(text).open(&Options::default()).unwrap_err().to_string();
    assert!(found(&path.display().to_string()).contains("No such file"));
    std::fs::write(&path, b"not a database at all").unwrap();
    assert!(found(&path.display().to_string()).contains("is not a SQLite database"));
    let mut broken = b"SQLite format 3\0".to_vec();
    broken.extend([7; 4000]);
    std::fs::write(&path, &broken).unwrap();
    assert!(found(&format!("{}?table=t", path.display())).contains("expected a SQLite database"));
}

#[test]
fn a_fetched_file_goes_with_its_holder() {
    let (_folder, path) = database(SHOP);
    let source = source(&format!("{path}?table=orders"));
    let (one, two) = (
        source.fetch(&Options::default()).unwrap(),
        source.fetch(&Options::default()).unwrap(),
    );
    assert_eq!(one.hash().unwrap(), two.hash().unwrap());
    let place = one.path().to_owned();
    assert!(place.exists());
    drop(one);
    assert!(!place.exists());
}
