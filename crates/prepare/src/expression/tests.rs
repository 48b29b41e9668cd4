#![allow(clippy::unwrap_used)]
use super::*;
use table::Table;
use table::read::{Format, Options, from_bytes};
use table::write::cell_text;

const ROWS: &str = "\
n,i,t,b,d,s
2.5,4,Month,true,2024-02-29,2024-02-29T13:30:00Z
-1.5,0,yes %,false,2023-12-31,2023-12-31T00:00:00Z
,,,,,
";

fn rows() -> Table {
    from_bytes(ROWS.as_bytes(), Format::Csv, "rows.csv", &Options::default())
        .unwrap()
        .table
}

fn check(text: &str, expected: [&str; 3]) {
    let array = evaluate(&parse(text).unwrap(), &rows()).unwrap_or_else(|error| panic!("{text}: {error}"));
    let found: Vec<String> = (0..3)
        .map(|row| cell_text(array.as_ref(), row).unwrap_or("null".into()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn arithmetic_is_in_numbers_and_missing_spreads() {
    check("n * i + 1", ["11", "1", "null"]);
    check("i / 8", ["0.5", "0", "null"]);
    check("n / i", ["0.625", "null", "null"]);
    check("-n % 2", ["-0.5", "1.5", "null"]);
    check("ln(n)", [&stats::math::ln(2.5).to_string(), "null", "null"]);
    check("power(i, 2) - sqrt(i)", ["14", "0", "null"]);
    check("least(n, i, 1)", ["1", "-1.5", "1"]);
    check("exp(1000)", ["null", "null", "null"]);
}

#[test]
fn conditions_follow_three_valued_logic() {
    check("n > 0 OR i = 0", ["true", "true", "null"]);
    check("b AND FALSE", ["false", "false", "false"]);
    check("n IS NULL", ["false", "false", "true"]);
    check("NOT b", ["false", "true", "null"]);
    check("i BETWEEN 1 AND 4", ["true", "false", "null"]);
    check("i IN (4, 5)", ["true", "false", "null"]);
    check(
        "CASE WHEN n > 0 THEN 'up' WHEN n < 0 THEN 'down' ELSE 'none' END",
        ["up", "down", "none"],
    );
    check("CASE i WHEN 4 THEN 1 END", ["1", "null", "null"]);
    check("coalesce(n, i, 9)", ["2.5", "-1.5", "9"]);
    check("nullif(i, 0)", ["4", "null", "null"]);
}

#[test]
fn text_and_dates() {
    check("lower(t) || '!'", ["month!", "yes %!", "null"]);
    check("t LIKE '%on_h'", ["true", "false", "null"]);
    check("substr(t, 2, 2)", ["on", "es", "null"]);
    check("length(t)", ["5", "5", "null"]);
    check("year(d) * 100 + month(d)", ["202402", "202312", "null"]);
    check("weekday(d)", ["4", "7", "null"]);
    check("EXTRACT(hour FROM s)", ["13", "0", "null"]);
    check("d + 1", ["2024-03-01", "2024-01-01", "null"]);
    check("d >= '2024-01-01'", ["true", "false", "null"]);
    check("epoch_days(s) - epoch_days(d)", ["0.5625", "0", "null"]);
    check("CAST(t AS double)", ["null", "null", "null"]);
    check("CAST(i AS text)", ["4", "0", "null"]);
}

#[test]
fn casts_do_what_they_say_or_are_refused() {
    check("CAST(n AS INT)", ["2", "-1", "null"]);
    check("CAST(CAST(n AS text) AS bigint)", ["null", "null", "null"]);
    check("CAST(CAST(i AS text) AS integer)", ["4", "0", "null"]);
    for to in ["DECIMAL(10,2)", "CHAR(3)", "varchar(3)", "char", "smallint"] {
        let error = parse(&format!("CAST(n AS {to})")).unwrap_err().to_string();
        assert!(error.contains("cannot cast to"), "{error}");
    }
    assert!(parse("FLOOR(n, 2)").is_err() && parse("CEIL(d TO DAY)").is_err());
}

#[test]
fn days_among_times_are_times() {
    check(
        "coalesce(d, s)",
        ["2024-02-29T00:00:00Z", "2023-12-31T00:00:00Z", "null"],
    );
    check(
        "CASE WHEN i > 0 THEN s ELSE d END",
        ["2024-02-29T13:30:00Z", "2023-12-31T00:00:00Z", "null"],
    );
    check(
        "CAST(coalesce(d, s) AS text)",
        ["2024-02-29T00:00:00Z", "2023-12-31T00:00:00Z", "null"],
    );
    check(
        "CAST(coalesce(d, s) AS double) - CAST(s AS double)",
        ["-48600000000", "0", "null"],
    );
    check("nullif(d, s)", ["2024-02-29", "null", "null"]);
    let error = parse("coalesce(d, s) + 1")
        .unwrap()
        .kind(&rows().columns())
        .unwrap_err();
    assert!(error.to_string().contains("found time"), "{error}");
}

#[test]
fn depth_is_bounded_and_runs_of_one_operator_are_shallow() {
    let run = |sign: &str, n: usize| vec!["b"; n].join(sign);
    assert!(parse(&run(" + ", 40)).is_ok());
    let error = parse(&run(" + ", 80)).unwrap_err().to_string();
    assert!(error.contains("too many operators in each other"), "{error}");
    assert!(parse(&run(" - ", 100_000)).unwrap_err().to_string().len() < 500);
    for sign in [" AND ", " OR "] {
        check(&run(sign, 1000), ["true", "false", "null"]);
        check(
            &format!("{} {sign} i IS NULL", run(sign, 9)),
            if sign == " AND " {
                ["false", "false", "null"]
            } else {
                ["true", "false", "true"]
            },
        );
    }
    check(&["'x'"; 5].join(" || "), ["xxxxx"; 3]);
    check("'a' || 'b' || lower(t) || 'c'", ["abmonthc", "abyes %c", "null"]);
}

#[test]
fn the_deepest_expression_accepted_is_read_again_inside_a_manifest() {
    let deepest = |make: &dyn Fn(usize) -> String| {
        let tree = (1..200).map_while(|n| parse(&make(n)).ok()).last().unwrap();
        // A manifest has four levels around an expression; eight here.
        let json = format!(
            "{}{}{}",
            "[".repeat(8),
            serde_json::to_string(&tree).unwrap(),
            "]".repeat(8)
        );
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
        let text = serde_json::to_string(&tree).unwrap();
        assert_eq!(serde_json::from_str::<Expression>(&text).unwrap(), tree);
    };
    deepest(&|n| vec!["n"; n].join(" * "));
    deepest(&|n| format!("{}n{}", "CASE WHEN b THEN ".repeat(n), " ELSE 1 END".repeat(n)));
    deepest(&|n| format!("{}n{}", "least(1, ".repeat(n), ")".repeat(n)));
    deepest(&|n| format!("n{}", " IS NULL".repeat(n)));
}

#[test]
fn refusals_name_the_offender_and_the_nearest_name() {
    let error = |text: &str| match parse(text) {
        Err(error) => error.to_string(),
        Ok(tree) => tree.kind(&rows().columns()).unwrap_err().to_string(),
    };
    assert!(error("nn + 1").contains("`nn`"));
    assert!(error("T || 'x'").contains("did you mean `t`"));
    assert!(error("lenght(t)").contains("did you mean `length`"));
    assert!(error("sum(n) OVER ()").contains("other rows"));
    assert!(error("t + 1").contains("found text, expected number"));
    assert!(error("n = 'a'").contains("number and text"));
    assert!(error("n +").contains("n +"));
    assert!(error("n n").contains("after the end"));
    assert!(error("round()").contains("0 arguments"));
    assert!(error("(SELECT 1)").contains("not part of the row-wise language"));
    assert!(parse(&format!("{}n{}", "(".repeat(5000), ")".repeat(5000))).is_err());
}

#[test]
fn the_calendar_agrees_with_known_days() {
    use super::evaluate::DatePart;
    let day = |days: i64| {
        [DatePart::Year, DatePart::Month, DatePart::Day, DatePart::Weekday]
            .map(|part| part.of(days * 86_400_000_000))
    };
    assert_eq!(day(0), [1970.0, 1.0, 1.0, 4.0]);
    assert_eq!(day(-1), [1969.0, 12.0, 31.0, 3.0]);
    assert_eq!(day(19_782), [2024.0, 2.0, 29.0, 4.0]);
    assert_eq!(day(-719_468), [0.0, 3.0, 1.0, 3.0]);
    // days beyond all instants of 64 bits go on as before; found by fuzzing
    assert_eq!(DatePart::EpochDays.of_day(i32::MAX), f64::from(i32::MAX));
    assert_eq!(DatePart::Year.of_day(i32::MIN), -5_877_641.0);
    for days in [-719_468, -1, 0, 19_782] {
        for part in [
            DatePart::Year,
            DatePart::Weekday,
            DatePart::Hour,
            DatePart::EpochDays,
        ] {
            let of_instant = part.of(i64::from(days) * 86_400_000_000);
            assert_eq!(part.of_day(days).to_bits(), of_instant.to_bits());
        }
    }
}
