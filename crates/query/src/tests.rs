#![allow(clippy::unwrap_used)]
use super::*;
use table::Table;
use table::arrow::array::AsArray;
use table::arrow::datatypes::{Float64Type, Int64Type};
use table::read::{Format, Options, from_bytes};

fn csv(text: &str) -> Table {
    from_bytes(text.as_bytes(), Format::Csv, "t.csv", &Options::default())
        .unwrap()
        .table
}

fn engine(config: &Config) -> Engine {
    let engine = Engine::new(config).unwrap();
    let rows: String = (0..3000)
        .map(|i| {
            format!(
                "{},{},{}\n",
                (i * 7919) % 3001,
                ["a", "b", "c"][i % 3],
                0.1 * i as f64
            )
        })
        .collect();
    engine
        .register("Sales", &csv(&format!("id,Group,amount\n{rows}")))
        .unwrap();
    engine
}

fn number(table: &Table, column: &str) -> f64 {
    table
        .column(column)
        .unwrap()
        .as_primitive::<Float64Type>()
        .value(0)
}

fn error(sql: &str) -> String {
    engine(&Config::default()).query(sql).unwrap_err().to_string()
}

#[test]
fn aggregates_are_exact_for_any_number_of_threads() {
    let sql = "SELECT sum(amount) AS s, avg(amount) AS m, stddev(amount) AS d, var_pop(amount) AS v, corr(id, amount) AS c, sum(id) AS i, covar_samp(id, amount) AS cs FROM Sales";
    let answers: Vec<Table> = [1, 2, 3]
        .map(|n_threads| {
            engine(&Config {
                n_threads,
                ..Config::default()
            })
            .query(sql)
            .unwrap()
            .table
        })
        .into();
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    // numpy 2.x on the same column: sum, mean, std(ddof=1), var().
    let one = &answers[0];
    assert!((number(one, "s") - 449_850.0).abs() < 1e-9);
    assert!((number(one, "m") - 149.95).abs() < 1e-12);
    assert!((number(one, "v") - 7_499.999_166_666_667).abs() < 1e-8);
    assert!((number(one, "d") - (7_499.999_166_666_667_f64 * 3000.0 / 2999.0).sqrt()).abs() < 1e-9);
    assert_eq!(
        one.column("i").unwrap().as_primitive::<Int64Type>().value(0),
        (0..3000i64).map(|i| i * 7919 % 3001).sum::<i64>()
    );
}

#[test]
fn a_whole_sum_that_does_not_fit_is_an_error_not_a_wrap() {
    let engine = Engine::new(&Config::default()).unwrap();
    engine.register("t", &csv("x\n9223372036854775807\n1\n")).unwrap();
    assert!(
        engine
            .query("SELECT sum(x) FROM t")
            .unwrap_err()
            .to_string()
            .contains("does not fit")
    );
}

#[test]
fn names_keep_their_case_and_wrong_ones_get_the_nearest() {
    assert!(error("SELECT amont FROM Sales").contains("did you mean `amount`"));
    assert!(error("SELECT 1 FROM Sale").contains("no table `Sale`; found `Sales`; did you mean `Sales`?"));
    assert!(error("SELEC 1").contains("cannot plan"));
    assert!(error("DROP TABLE Sales").contains("cannot plan"));
    assert!(error("CREATE TABLE x AS SELECT 1").contains("cannot plan"));
    assert!(error("COPY Sales TO 'x.csv'").contains("cannot plan"));
}

#[test]
fn training_tables_stand_in_key_order_and_refuse_what_does_not_repeat() {
    let engine = engine(&Config::default());
    let table = engine
        .training_table("SELECT id, amount FROM Sales WHERE amount > 10", Some("id"))
        .unwrap()
        .table;
    let ids = table.column("id").unwrap();
    let ids = ids.as_primitive::<Int64Type>();
    assert!((1..ids.len()).all(|row| ids.value(row - 1) <= ids.value(row)));
    let refused = |sql: &str| engine.training_table(sql, None).unwrap_err().to_string();
    assert!(refused("SELECT random() AS r FROM Sales").contains("`random`"));
    assert!(refused("SELECT now() AS r FROM Sales").contains("clock"));
    assert!(refused("SELECT approx_percentile_cont(amount, 0.5) AS r FROM Sales").contains("approximate"));
    assert!(
        refused("SELECT * FROM Sales WHERE amount > (SELECT approx_median(amount) FROM Sales)")
            .contains("approximate")
    );
    assert_eq!(
        engine
            .columns("SELECT id, amount * 2 AS twice FROM Sales")
            .unwrap(),
        ["id", "twice"]
    );
}

#[test]
fn a_join_larger_than_memory_falls_back_to_sort_merge_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        memory_bytes: 12 << 20,
        spill_folder: Some(folder.path().to_owned()),
        n_threads: 2,
    };
    let engine = Engine::new(&config).unwrap();
    let rows: String = (0..200_000u64)
        .map(|i| format!("{},text number {i} with some length\n", i * 48_271 % 200_003))
        .collect();
    let table = csv(&format!("k,t\n{rows}"));
    engine.register("l", &table).unwrap();
    engine.register("r", &table).unwrap();
    let answer = engine
        .query("SELECT count(*) AS n, max(l.t || r.t) AS m FROM l JOIN r ON l.k = r.k")
        .unwrap();
    assert_eq!(
        answer
            .table
            .column("n")
            .unwrap()
            .as_primitive::<Int64Type>()
            .value(0),
        200_000
    );
    assert!(answer.notes[0].contains("sort-merge"), "{:?}", answer.notes);
    let rows = |_: usize| {
        let sql = "SELECT l.k AS k, l.t AS t FROM l JOIN r ON l.k = r.k WHERE l.k % 50 = 0";
        engine.training_table(sql, None).unwrap().table
    };
    assert_eq!(rows(0), rows(1));
}

#[test]
fn sums_over_sliding_windows_forget_what_leaves() {
    let engine = Engine::new(&Config::default()).unwrap();
    engine
        .register("t", &csv("i,x,w\n1,1e300,1\n2,1,2\n3,,3\n4,2,4\n5,0.5,5\n"))
        .unwrap();
    let answer = engine
        .query("SELECT i, sum(x) OVER w AS s, sum(w) OVER w AS k, avg(x) OVER w AS m, var_pop(x) OVER w AS v FROM t WINDOW w AS (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) ORDER BY i")
        .unwrap()
        .table;
    let text = |column: &str| -> Vec<String> {
        let cells = answer.column(column).unwrap();
        (0..5)
            .map(|row| table::write::cell_text(cells.as_ref(), row).unwrap_or_default())
            .collect()
    };
    assert_eq!(
        text("s")[1..],
        [
            "1e300".parse::<f64>().unwrap().to_string().as_str(),
            "1",
            "2",
            "2.5"
        ]
    );
    assert_eq!(text("k"), ["1", "3", "5", "7", "9"]);
    assert_eq!(text("m")[2..], ["1", "2", "1.25"]);
    assert_eq!(text("v")[2..], ["0", "0", "0.5625"]);
}

#[test]
fn correlation_does_not_depend_on_the_unit() {
    let engine = Engine::new(&Config::default()).unwrap();
    engine.register("t", &csv("x,y\n1,2\n2,3\n3,7\n")).unwrap();
    let corr = |scale: &str| {
        number(
            &engine
                .query(&format!("SELECT corr(x * {scale}, y * {scale}) AS c FROM t"))
                .unwrap()
                .table,
            "c",
        )
    };
    let plain = corr("1.0");
    for scale in ["1e-150", "1e120"] {
        assert!((corr(scale) - plain).abs() < 1e-12, "{scale}: {}", corr(scale));
    }
}

#[test]
fn parquet_files_are_read_like_all_others_whatever_they_are_called() {
    use table::arrow::array::{ArrayRef, Float64Array, StringArray};
    let folder = tempfile::tempdir().unwrap();
    let n = 20_000;
    let x: ArrayRef = std::sync::Arc::new(
        (0..n)
            .map(|i| (i % 10 != 0).then_some(f64::from(i)))
            .collect::<Float64Array>(),
    );
    let t: ArrayRef = std::sync::Arc::new(
        (0..n)
            .map(|i| Some(["", "a", " "][i as usize % 3]))
            .collect::<StringArray>(),
    );
    let table = Table::new(vec![("x".into(), x), ("t".into(), t)]).unwrap();
    for name in ["a.parquet", "x[1].parquet", "50%.pq"] {
        let path = folder.path().join(name);
        table::write::save(&table, &path).unwrap();
        let engine = Engine::new(&Config::default()).unwrap();
        assert!(engine.register_parquet("p", &path).unwrap().is_empty());
        let ask = |sql: &str| engine.query(sql).unwrap().table;
        let cell = |table: &Table, column: &str| {
            table::write::cell_text(table.column(column).unwrap().as_ref(), 0).unwrap_or_default()
        };
        let answer = ask("SELECT count(*) AS n, count(t) AS k, sum(x) AS s FROM p");
        assert_eq!(cell(&answer, "n"), "20000");
        assert_eq!(cell(&answer, "k"), "6667", "empty text is missing");
        assert_eq!(cell(&answer, "s"), "180000000");
        // Rows that are only counted need no column.
        assert_eq!(cell(&ask("SELECT count(*) AS n FROM p"), "n"), "20000");
        assert_eq!(cell(&ask("SELECT (SELECT count(*) FROM p) AS n"), "n"), "20000");
        assert_eq!(ask("SELECT 1 AS one FROM p").n_rows(), 20_000);
        assert_eq!(
            ask("SELECT t, x, x AS y FROM p WHERE x = 7 LIMIT 1").names(),
            ["t", "x", "y"]
        );
    }
    let broken = folder.path().join("b.parquet");
    std::fs::write(&broken, "PAR1 is not enough PAR1").unwrap();
    let error = Engine::new(&Config::default())
        .unwrap()
        .register_parquet("p", &broken)
        .unwrap_err();
    assert!(
        error.to_string().contains("b.parquet` is not a Parquet file"),
        "{error}"
    );
}

#[test]
fn what_an_answer_cannot_keep_is_said() {
    let engine = engine(&Config::default());
    let notes = engine
        .query("SELECT 0.0 / (amount - amount) AS q, [id] AS l, id FROM Sales LIMIT 3")
        .unwrap()
        .notes
        .join("; ");
    assert!(
        notes.contains("column `q`: 3 results") && notes.contains("column `l`"),
        "{notes}"
    );
    assert!(
        error("SELECT * FROM 'nan.parquet'").contains("no table `nan.parquet`"),
        "{}",
        error("SELECT * FROM 'nan.parquet'")
    );
}

#[test]
fn training_rows_have_one_order_whatever_comes_first() {
    let forth = "k,v\n2,a\n,z\n1,b\n2,\n,y\n1,a\n";
    let mut lines: Vec<&str> = forth.lines().collect();
    lines[1..].reverse();
    let back = lines.join("\n") + "\n";
    let tables = [forth, &back].map(|text| {
        let engine = Engine::new(&Config::default()).unwrap();
        engine.register("t", &csv(text)).unwrap();
        engine.training_table("SELECT * FROM t", Some("k")).unwrap().table
    });
    assert_eq!(tables[0], tables[1]);
    assert_eq!(
        table::write::to_csv(&tables[0], ','),
        b"k,v\n1,a\n1,b\n2,a\n2,\n,y\n,z\n"
    );
}
