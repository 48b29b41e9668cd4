#![allow(clippy::unwrap_used)]

use crate::{Config, Engine, Moments};
use table::Table;
use table::read::{Format, Options, from_bytes};
use table::write::to_csv;

fn read(name: &str, text: &str) -> Table {
    from_bytes(text.as_bytes(), Format::Csv, name, &Options::plain())
        .unwrap()
        .table
}

/// Orders of two shops, and prices that were set, some of them made known later or corrected.
fn engine() -> Engine {
    let engine = Engine::new(&Config::default()).unwrap();
    let orders = "id,sku,at\n1,a,2024-01-02T00:00:00\n2,a,2024-01-05T00:00:00\n3,b,2024-01-05T00:00:00\n4,c,2024-01-05T00:00:00\n5,a,\n6,,2024-01-05T00:00:00\n";
    let prices = "sku,price,since,published\n\
        a,10,2024-01-01T00:00:00,2024-01-01T00:00:00\n\
        a,11,2024-01-05T00:00:00,2024-01-05T00:00:00\n\
        a,12,2024-01-04T00:00:00,2024-01-09T00:00:00\n\
        b,20,2024-01-01T00:00:00,2024-01-06T00:00:00\n\
        b,21,2023-12-01T00:00:00,2023-12-01T00:00:00\n\
        b,22,2023-12-01T00:00:00,2023-12-02T00:00:00\n\
        a,13,,2024-01-01T00:00:00\n";
    engine.register("orders", &read("orders", orders)).unwrap();
    engine.register("prices", &read("prices", prices)).unwrap();
    engine
}

fn declared() -> Engine {
    let engine = engine();
    let moments = Moments {
        event_time: Some("since".to_owned()),
        known_at: vec!["published".to_owned()],
        lost: None,
    };
    engine.declare("prices", &moments).unwrap();
    engine
}

fn answer(engine: &Engine, sql: &str) -> String {
    let table = engine
        .query(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
        .table;
    String::from_utf8(to_csv(&table, ',')).unwrap()
}

fn refusal(engine: &Engine, sql: &str) -> String {
    engine.query(sql).unwrap_err().to_string()
}

const JOIN: &str = "SELECT id, price FROM orders ASOF JOIN prices MATCH_CONDITION (orders.at >= prices.since) ON orders.sku = prices.sku ORDER BY id";

#[test]
fn every_left_row_gets_the_latest_right_row() {
    let expected = "id,price\n1,10\n2,11\n3,20\n4,\n5,\n6,\n";
    assert_eq!(answer(&engine(), JOIN), expected);
    // The other way round it says the same.
    assert_eq!(
        answer(
            &engine(),
            &JOIN.replace("orders.at >= prices.since", "prices.since <= orders.at")
        ),
        expected
    );
    // An event of the same moment is too late for `>`.
    let strict = answer(&engine(), &JOIN.replace(">=", ">"));
    assert_eq!(strict, "id,price\n1,10\n2,12\n3,20\n4,\n5,\n6,\n");
}

#[test]
fn what_was_not_known_yet_does_not_count() {
    let expected = "id,price\n1,10\n2,11\n3,22\n4,\n5,\n6,\n";
    assert_eq!(answer(&declared(), JOIN), expected);
    assert_eq!(
        answer(
            &declared(),
            &JOIN.replace("orders.at >= prices.since", "orders.at")
        ),
        expected
    );
    let said = JOIN.replace("prices.since)", "prices.since AND orders.at >= prices.published)");
    assert_eq!(answer(&engine(), &said), expected);
    // Strictly before concerns the event; what becomes known at the moment is known.
    let strict = answer(&declared(), &JOIN.replace(">=", ">"));
    assert_eq!(strict, "id,price\n1,10\n2,10\n3,22\n4,\n5,\n6,\n");
}

#[test]
fn subqueries_keep_what_was_declared_or_are_refused() {
    let over = |right: &str| {
        format!(
            "SELECT o.id, p.price FROM orders o ASOF JOIN ({right}) p MATCH_CONDITION (o.at >= p.since) ON o.sku = p.sku ORDER BY id"
        )
    };
    let kept = over("SELECT sku, since, published AS p2, price FROM prices WHERE price < 100");
    assert_eq!(
        answer(&declared(), &kept),
        "id,price\n1,10\n2,11\n3,22\n4,\n5,\n6,\n"
    );
    let lost = refusal(&declared(), &over("SELECT sku, since, price FROM prices"));
    assert!(
        lost.contains("`prices.published`") && lost.contains("AND moment >= column"),
        "{lost}"
    );
    let gathered =
        "SELECT sku, since, max(published) AS published, max(price) AS price FROM prices GROUP BY sku, since";
    assert!(refusal(&declared(), &over(gathered)).contains("`prices.published`"));
    let said = over(gathered).replace("p.since)", "p.since AND o.at >= p.published)");
    assert_eq!(
        answer(&declared(), &said),
        "id,price\n1,10\n2,11\n3,22\n4,\n5,\n6,\n"
    );
}

#[test]
fn using_and_stars_and_joins_around_it() {
    let engine = declared();
    let using = "SELECT * FROM orders ASOF JOIN prices MATCH_CONDITION (at) USING (sku) WHERE id = 2";
    assert_eq!(
        answer(&engine, using),
        "id,sku,at,price,since,published\n2,a,2024-01-05T00:00:00Z,11,2024-01-05T00:00:00Z,2024-01-05T00:00:00Z\n"
    );
    let around = "WITH few AS (SELECT * FROM orders WHERE id < 3) \
        SELECT few.id, p.price, q.price AS other, count(*) AS n FROM few JOIN orders o2 ON o2.sku = few.sku \
        ASOF JOIN prices p MATCH_CONDITION (few.at >= p.since) ON few.sku = p.sku \
        ASOF JOIN prices q MATCH_CONDITION (few.at > q.since) ON few.sku = q.sku \
        LEFT JOIN orders o3 ON o3.id = few.id GROUP BY few.id, p.price, q.price ORDER BY few.id";
    assert_eq!(
        answer(&engine, around),
        "id,price,other,n\n1,10,10,3\n2,11,10,3\n"
    );
    let alone =
        "SELECT id, price FROM orders ASOF JOIN prices MATCH_CONDITION (at >= since) ORDER BY id LIMIT 2";
    assert_eq!(answer(&engine, alone), "id,price\n1,10\n2,11\n");
    let nested = "SELECT id FROM orders WHERE id IN (SELECT o.id FROM orders o ASOF JOIN prices p MATCH_CONDITION (o.at >= p.since) ON o.sku = p.sku WHERE p.price = 22)";
    assert_eq!(answer(&engine, nested), "id\n3\n");
}

#[test]
fn what_is_no_as_of_join_is_refused() {
    let engine = engine();
    for (condition, expected) in [
        ("orders.at <= prices.since", "looks into the future"),
        ("orders.at = prices.since", "expected left.moment >= right.event"),
        ("orders.at >= orders.at", "expected a column of each side"),
        ("orders.id >= prices.price", "expected a day or a time"),
        ("CAST(orders.at AS DATE) >= prices.since", "a day, with"),
        ("orders.at", "expected MATCH_CONDITION"),
        (
            "orders.at >= prices.since AND orders.at > prices.published",
            "expected `>=`",
        ),
        (
            "orders.at >= prices.since AND to_timestamp(orders.id) >= prices.published",
            "one moment of the left row",
        ),
    ] {
        let found = refusal(&engine, &JOIN.replace("orders.at >= prices.since", condition));
        assert!(found.contains(expected), "{condition}: {found}");
    }
    let found = refusal(
        &engine,
        &JOIN.replace("orders.sku = prices.sku", "orders.sku < prices.sku"),
    );
    assert!(found.contains("expected equalities"), "{found}");
    let found = refusal(
        &engine,
        &JOIN.replace("orders.sku = prices.sku", "orders.sku = prices.price"),
    );
    assert!(found.contains("CAST one of them"), "{found}");
    let wrong = Moments {
        known_at: vec!["publishd".to_owned()],
        ..Moments::default()
    };
    let found = engine.declare("prices", &wrong).unwrap_err().to_string();
    assert!(found.contains("did you mean `published`?"), "{found}");
    let wrong = Moments {
        event_time: Some("price".to_owned()),
        ..Moments::default()
    };
    assert!(
        engine
            .declare("prices", &wrong)
            .unwrap_err()
            .to_string()
            .contains("found integer")
    );
}

#[test]
fn moments_go_with_their_columns() {
    let engine = declared();
    let moments = |sql: &str| engine.moments(sql).unwrap();
    let kept = moments("SELECT since AS s, published AS p FROM prices");
    assert_eq!(
        (kept.event_time.as_deref(), kept.known_at, kept.lost),
        (Some("s"), vec!["p".to_owned()], None)
    );
    assert_eq!(
        moments("SELECT sku FROM prices").lost.as_deref(),
        Some("prices.published")
    );
    assert_eq!(moments(JOIN), Moments::default());
    let notes = engine
        .training_table("SELECT id, price FROM orders JOIN prices USING (sku)", None)
        .unwrap()
        .notes;
    assert!(notes.iter().any(|note| note.contains("ASOF JOIN")), "{notes:?}");
    assert!(engine.training_table(JOIN, None).unwrap().notes.is_empty());
}

#[test]
fn threads_and_repetition_change_nothing() {
    let rows = |n: usize, step: usize| -> String {
        let row = |i: usize| {
            format!(
                "{},k{},2024-01-{:02}T{:02}:00:00\n",
                i,
                i * 7 % 13,
                1 + i * step % 28,
                i % 24
            )
        };
        std::iter::once("id,k,at\n".to_owned())
            .chain((0..n).map(row))
            .collect()
    };
    let answers = [1, 4].map(|n_threads| {
        let engine = Engine::new(&Config {
            n_threads,
            ..Config::default()
        })
        .unwrap();
        engine.register("l", &read("l", &rows(30_000, 3))).unwrap();
        engine.register("r", &read("r", &rows(20_000, 5))).unwrap();
        let sql = "SELECT l.id, r.id AS other FROM l ASOF JOIN r MATCH_CONDITION (l.at >= r.at) ON l.k = r.k";
        let ordered = answer(&engine, &format!("{sql} ORDER BY l.id"));
        let trained = engine.training_table(sql, None).unwrap().table;
        (ordered, trained.hash().to_hex())
    });
    assert_eq!(answers[0], answers[1]);
}

/// `n` rows of few keys and few days, so that many rows are of one moment.
fn tied(n: usize, step: usize) -> Vec<(usize, usize)> {
    (0..n).map(|i| (i * 7 % 13, 1 + i * step % 9)).collect()
}

fn tied_table(name: &str, rows: &[(usize, usize)]) -> Table {
    let row = |(i, (key, day)): (usize, &(usize, usize))| format!("{i},k{key},2024-01-{day:02}T00:00:00\n");
    let rows: String = rows.iter().enumerate().map(row).collect();
    read(name, &format!("id,k,at\n{rows}"))
}

/// An engine with `n` rows on either side, by so many threads.
fn with_ties(n: usize, n_threads: usize) -> Engine {
    let engine = Engine::new(&Config {
        n_threads,
        ..Config::default()
    })
    .unwrap();
    engine.register("l", &tied_table("l", &tied(n, 5))).unwrap();
    engine.register("r", &tied_table("r", &tied(n, 11))).unwrap();
    engine
}

const TIES: &str = "SELECT l.id, r.id AS other FROM l ASOF JOIN r MATCH_CONDITION (l.at > r.at) ON l.k = r.k";

#[test]
fn of_equals_the_later_row_is_taken_by_any_threads() {
    let n = 60_000;
    let (left, right) = (tied(n, 5), tied(n, 11));
    // The last row of each key and day, then the last of the days before.
    let mut last = std::collections::HashMap::new();
    for (row, at) in right.iter().enumerate() {
        last.insert(*at, row);
    }
    let partner = |(key, day): &(usize, usize)| (0..*day).rev().find_map(|day| last.get(&(*key, day)));
    let naive = |(row, of): (usize, &(usize, usize))| match partner(of) {
        Some(other) => format!("{row},{other}\n"),
        None => format!("{row},\n"),
    };
    let expected: String = std::iter::once("id,other\n".to_owned())
        .chain(left.iter().enumerate().map(naive))
        .collect();
    let halves = TIES.replace(
        "JOIN r ",
        "JOIN (SELECT * FROM r WHERE id < 30000 UNION ALL SELECT * FROM r WHERE 30000 <= id) r ",
    );
    for n_threads in [1, 4] {
        let engine = with_ties(n, n_threads);
        for run in 0..5 {
            assert!(
                answer(&engine, TIES) == expected,
                "{n_threads} threads, run {run}"
            );
            assert!(
                answer(&engine, &halves) == expected,
                "{n_threads} threads, run {run}"
            );
        }
    }
}

#[test]
fn answers_are_ordered_by_columns_of_either_side() {
    for n_threads in [1, 2, 4] {
        let engine = with_ties(20_000, n_threads);
        for by in [
            "l.id",
            "l.at, l.id",
            "l.id DESC",
            "l.k, l.id",
            "r.id, l.id",
            "l.id LIMIT 5",
        ] {
            let sql = format!("{TIES} ORDER BY {by}");
            let found = engine
                .query(&sql)
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
            assert!(found.notes.is_empty(), "{:?}", found.notes);
        }
        let found = answer(&engine, &format!("{} ORDER BY id", TIES.replace("l.id", "l.*")));
        assert!(found.starts_with("id,k,at,other\n0,"), "{}", &found[..40]);
    }
}

#[test]
fn the_right_side_takes_no_more_memory_than_its_rows() {
    let engine = Engine::new(&Config {
        memory_bytes: 100 << 20,
        ..Config::default()
    })
    .unwrap();
    engine.register("l", &tied_table("l", &tied(1000, 5))).unwrap();
    engine
        .register("r", &tied_table("r", &tied(200_000, 11)))
        .unwrap();
    let found = engine.query(TIES).unwrap();
    assert!(found.notes.is_empty(), "{:?}", found.notes);
}

#[test]
fn other_rows_have_no_say_in_what_was_known() {
    let engine = declared();
    let over = |right: &str| {
        format!(
            "SELECT o.id, p.price FROM orders o ASOF JOIN ({right}) p MATCH_CONDITION (o.at >= p.since) ON o.sku = p.sku ORDER BY id"
        )
    };
    for right in [
        "SELECT a.sku, a.since, a.published, b.price FROM prices a JOIN prices b ON a.sku = b.sku",
        "SELECT a.sku, a.since, a.published, b.price FROM prices a JOIN (SELECT sku, max(price) AS price FROM prices GROUP BY sku) b ON a.sku = b.sku",
        "SELECT sku, since, published, lead(price) OVER (PARTITION BY sku ORDER BY since) AS price FROM prices",
        "SELECT sku, since, published, (SELECT max(price) FROM prices) AS price FROM prices",
        "SELECT sku, since, published, price FROM prices WHERE price = (SELECT max(price) FROM prices)",
        "SELECT sku, since, published, price FROM prices WHERE sku IN (SELECT sku FROM prices WHERE price = 22)",
        "SELECT DISTINCT sku, since, published, price FROM prices",
        "SELECT sku, since, published, price FROM prices ORDER BY price DESC LIMIT 3",
        "SELECT sku, since, published, price FROM prices UNION ALL SELECT sku, since, published, price FROM prices",
        "SELECT o.sku, o.at AS since, (SELECT max(price) FROM prices) AS price FROM orders o",
    ] {
        let found = refusal(&engine, &over(right));
        assert!(found.contains("`prices.published`"), "{right}: {found}");
    }
    let expected = "id,price\n1,10\n2,11\n3,22\n4,\n5,\n6,\n";
    for right in [
        "SELECT * FROM prices",
        "SELECT sku, since, published, price FROM (SELECT * FROM prices WHERE price < 100) q WHERE q.price > 0",
        "WITH q AS (SELECT sku AS s, since, published, price FROM prices) SELECT s AS sku, since, published AS known, price FROM q",
    ] {
        assert_eq!(answer(&engine, &over(right)), expected, "{right}");
    }
    // What such a query makes cannot be told apart any more.
    for sql in [
        "SELECT sku, since, published, lead(price) OVER (ORDER BY since) AS price FROM prices",
        "SELECT a.published, b.price FROM prices a JOIN prices b ON a.sku = b.sku",
        "SELECT published, (SELECT max(price) FROM prices) AS price FROM prices",
        "SELECT id, (SELECT max(price) FROM prices) AS price FROM orders",
    ] {
        assert_eq!(
            engine.moments(sql).unwrap().lost.as_deref(),
            Some("prices.published"),
            "{sql}"
        );
    }
    let notes = |sql: &str| engine.training_table(sql, None).unwrap().notes;
    for sql in [
        "SELECT id, (SELECT max(price) FROM prices) AS price FROM orders",
        "SELECT id FROM orders WHERE sku IN (SELECT sku FROM prices WHERE price = 22)",
    ] {
        assert!(notes(sql).iter().any(|note| note.contains("ASOF JOIN")), "{sql}");
    }
}
