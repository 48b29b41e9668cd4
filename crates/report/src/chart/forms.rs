#![allow(clippy::unwrap_used)]
//! What holds for every kind of chart in every form.

use super::tests::charts;
use super::*;

#[test]
fn every_kind_has_every_form() {
    for chart in charts() {
        let figure = chart.to_plotly();
        assert!(
            figure["data"].is_array() && figure["layout"]["title"]["text"] == "A &lt;chart&gt; &amp; more"
        );
        let code = chart.to_matplotlib_code();
        assert!(
            code.contains("def draw(ax):") && code.contains("return ax") && !code.contains("inf"),
            "{code}"
        );
        let text = chart.to_text(72, false);
        assert!(
            text.starts_with("A <chart> & more\n") && text.lines().all(|line| line.chars().count() <= 72),
            "{text}"
        );
        assert!(chart.to_png(0.5).unwrap().len() > 100);
        let tidy = chart.to_tidy();
        assert!(
            tidy.rows.iter().all(|row| row.len() == tidy.columns.len()),
            "{tidy:?}"
        );
    }
}

#[test]
fn forms_hold_the_numbers_of_the_chart() {
    let items = vec![Bar::new("a", 0.25).between(0.2, 0.3), Bar::new("b", f64::NAN)];
    let chart = Chart::new(
        "t",
        Bars {
            items,
            ..Bars::default()
        },
    );
    let tidy = chart.to_tidy();
    assert_eq!(tidy.columns, ["label", "value", "low", "high"]);
    let number = |x: f64| TidyCell::Number(Some(x));
    assert_eq!(
        tidy.rows[0],
        [TidyCell::from("a"), number(0.25), number(0.2), number(0.3)]
    );
    assert_eq!(tidy.rows[1][1], TidyCell::Number(None));
    let figure = chart.to_plotly();
    assert_eq!(figure["data"][0]["x"], serde_json::json!([0.25, null]));
    assert!(
        chart
            .to_matplotlib_code()
            .contains("ax.barh([0.0, 1.0], [0.25, nan], left=[0.0, 0.0]")
    );
}

#[test]
fn days_are_milliseconds_for_plotly_and_days_for_matplotlib() {
    let series = Series {
        points: vec![(19_700.0, 1.0), (19_701.0, 2.0)],
        ..Series::default()
    };
    let lines = Lines {
        series: vec![series],
        x: Axis::new("", crate::Format::Date),
        ..Lines::default()
    };
    let chart = Chart::new("t", lines);
    assert_eq!(chart.to_plotly()["data"][0]["x"][0], 19_700.0 * 86_400_000.0);
    let code = chart.to_matplotlib_code();
    assert!(
        code.contains("ax.plot([19700.0, 19701.0], [1.0, 2.0]") && code.contains("ax.xaxis_date()"),
        "{code}"
    );
}

#[test]
fn no_name_becomes_code() {
    let evil = "\"); import os #\\\n\"\"\"$x$";
    let items = vec![Bar::new(evil, 1.0)];
    let code = Chart::new(
        evil,
        Bars {
            items,
            ..Bars::default()
        },
    )
    .caption(evil)
    .to_matplotlib_code();
    for line in code.lines().filter(|line| line.contains("import os")) {
        // inside a string at every place: an even number of quotes that are not escaped before it
        let before = line
            .split("import os")
            .next()
            .unwrap()
            .replace("\\\\", "")
            .replace("\\\"", "");
        assert_eq!(
            before.replace("\"\"\"", "\"").matches('"').count() % 2,
            1,
            "{line}"
        );
    }
}
