//! Tells why a number changed in three real tables, and how long a large one takes.
//!
//! `tell telco|rossmann|retail [THREADS]` reads `../shared/data` beside the repository; `tell speed ROWS [THREADS]` makes
//! a table of ten columns up.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use profile::why::{Metric, Options, Shift, Why, why};
use stats::{Draw, Estimate};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use table::Table;
use table::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray};
use table::arrow::datatypes::{Float64Type, Int64Type, TimestampMicrosecondType};

type Asked = (Table, Vec<Option<bool>>, Metric, Options);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| arguments.get(place).and_then(|text| text.parse::<usize>().ok());
    let name = arguments.first().map_or("", String::as_str);
    let (asked, n_threads) = match name {
        "telco" => (telco(), number(1)),
        "rossmann" => (rossmann(None), number(1)),
        "rossmann-stores" => (rossmann(Some("Store")), number(1)),
        "rossmann-days" => (rossmann(Some("Date")), number(1)),
        "retail" => (retail(), number(1)),
        "speed" => (speed(number(1).unwrap_or(1_000_000)), number(2)),
        _ => {
            return eprintln!(
                "error: `{name}`, expected telco, rossmann, rossmann-stores, rossmann-days, retail or speed"
            );
        }
    };
    let (table, period, metric, options) = asked;
    let options = Options {
        n_threads: n_threads.unwrap_or(1),
        ..options
    };
    let started = Instant::now();
    match why(&table, &period, &metric, &options) {
        Ok(answer) => tell(&answer),
        Err(refused) => return eprintln!("error: {refused}"),
    }
    println!(
        "{:.2} s for {} rows x {} columns",
        started.elapsed().as_secs_f64(),
        table.n_rows(),
        table.n_columns()
    );
}

fn read(name: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    table::read::open(&path, &table::read::Options::default())
        .expect("the data are there")
        .table
}

fn telco() -> Asked {
    let table = read("churn/telco_customer_churn.csv");
    let contract = table.column("Contract").expect("a contract");
    let texts = contract.as_string::<i32>();
    let period = texts.iter().map(|text| match text {
        Some("One year") => Some(false),
        Some("Month-to-month") => Some(true),
        _ => None,
    });
    let metric = Metric::Rate {
        column: "Churn".to_owned(),
        positive: Some("Yes".to_owned()),
    };
    let options = Options {
        exclude: vec!["Contract".to_owned()],
        ..Options::default()
    };
    (table.clone(), period.collect(), metric, options)
}

fn rossmann(cluster: Option<&str>) -> Asked {
    let table = read("demand/rossmann_open_days.parquet");
    let date = table.column("Date").expect("a date");
    let year = |row: usize| {
        let text = table::arrow::util::display::array_value_to_string(&date, row).unwrap_or_default();
        match text.get(..4) {
            Some("2013") => Some(false),
            Some("2014") => Some(true),
            _ => None,
        }
    };
    let period = (0..table.n_rows()).map(year).collect();
    let metric = Metric::Mean {
        column: "Sales".to_owned(),
    };
    let exclude = ["Date", "Customers", "Year"].map(str::to_owned).to_vec();
    let exclude = exclude
        .into_iter()
        .filter(|name| table.kind(name).is_some())
        .collect();
    let options = Options {
        cluster: cluster.map(str::to_owned),
        exclude,
        ..Options::default()
    };
    (table, period, metric, options)
}

/// Revenue from March to May and from September to November.
fn retail() -> Asked {
    let table = read("ltv/online_retail.csv.gz");
    let quantity = table.column("Quantity").expect("a quantity");
    let price = table.column("UnitPrice").expect("a price");
    let quantity = quantity.as_primitive::<Int64Type>();
    let price = price.as_primitive::<Float64Type>();
    let revenue: ArrayRef = Arc::new(
        quantity
            .iter()
            .zip(price)
            .map(|(q, p)| Some(q? as f64 * p?))
            .collect::<Float64Array>(),
    );
    let when = table.column("InvoiceDate").expect("a time");
    let when = when.as_primitive::<TimestampMicrosecondType>();
    let instant = |text: &str| table::read::instant_of(text).expect("a day");
    let [spring, summer, autumn, winter] =
        ["2011-03-01", "2011-06-01", "2011-09-01", "2011-12-01"].map(instant);
    let period = (0..when.len()).map(|row| match when.value(row) {
        t if spring <= t && t < summer => Some(false),
        t if autumn <= t && t < winter => Some(true),
        _ => None,
    });
    let period: Vec<Option<bool>> = period.collect();
    let known = table.column("CustomerID").expect("a customer");
    let cancelled = table.column("InvoiceNo").expect("an invoice");
    let is_cancelled = |row: usize| cancelled.as_string::<i32>().value(row).starts_with('C');
    let day = |row: usize| (when.value(row) / 86_400_000_000 + 3).rem_euclid(7) + 1;
    let n = when.len();
    let known: ArrayRef = Arc::new(BooleanArray::from_iter(
        (0..n).map(|row| Some(known.is_valid(row))),
    ));
    let is_cancelled: ArrayRef = Arc::new(BooleanArray::from_iter((0..n).map(|row| Some(is_cancelled(row)))));
    let weekday: ArrayRef = Arc::new(Int64Array::from_iter_values((0..n).map(day)));
    let mut table = table.with_column("revenue", revenue).expect("as many rows");
    for (name, column) in [
        ("customer known", known),
        ("cancelled", is_cancelled),
        ("weekday", weekday),
    ] {
        table = table.with_column(name, column).expect("as many rows");
    }
    let metric = Metric::Sum {
        column: "revenue".to_owned(),
    };
    let options = Options {
        cluster: Some("InvoiceNo".to_owned()),
        exclude: [
            "InvoiceDate",
            "CustomerID",
            "Quantity",
            "UnitPrice",
            "Description",
        ]
        .map(str::to_owned)
        .to_vec(),
        ..Options::default()
    };
    (table, period, metric, options)
}

/// Six texts and four numbers, of which one segment moved.
fn speed(n: usize) -> Asked {
    let draw = &mut Draw::new(1, 0);
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for k in 0..6_u64 {
        let texts = (0..n).map(|_| format!("v{}", draw.below(5 + 5 * k)));
        columns.push((format!("t{k}"), Arc::new(StringArray::from_iter_values(texts))));
    }
    for k in 0..4 {
        let numbers: ArrayRef = match k % 2 {
            0 => Arc::new((0..n).map(|_| Some(draw.normal())).collect::<Float64Array>()),
            _ => Arc::new(
                (0..n)
                    .map(|_| Some(draw.below(100) as i64))
                    .collect::<Int64Array>(),
            ),
        };
        columns.push((format!("n{k}"), numbers));
    }
    let period: Vec<Option<bool>> = (0..n).map(|_| Some(draw.uniform() < 0.5)).collect();
    let first = columns[0].1.clone();
    let moved = |row: usize| period[row] == Some(true) && first.as_string::<i32>().value(row) == "v1";
    let y = (0..n).map(|row| 10.0 + draw.normal() + if moved(row) { 1.0 } else { 0.0 });
    columns.push(("y".to_owned(), Arc::new(Float64Array::from_iter_values(y))));
    let metric = Metric::Mean {
        column: "y".to_owned(),
    };
    (
        Table::new(columns).expect("equal lengths"),
        period,
        metric,
        Options::default(),
    )
}

fn tell(answer: &Why) {
    println!(
        "before {} ({} rows), after {} ({} rows)",
        number(&answer.before.metric),
        answer.before.n_rows,
        number(&answer.after.metric),
        answer.after.n_rows
    );
    println!("change {}", number(&answer.change));
    for Shift {
        effect_kind,
        scale,
        effect,
        amount,
    } in &answer.everything_moved
    {
        println!(
            "  everything moved, {} ({scale:?} {amount:+.4}): {}",
            effect_kind.name(),
            number(effect)
        );
    }
    for one in &answer.findings {
        let share = one.share_of_change.map_or(String::new(), |share| {
            format!(", {:.0}% of the change", 100.0 * share)
        });
        println!(
            "  {} [{}]: {}{share}",
            one.label,
            one.effect_kind.name(),
            number(&one.effect)
        );
        let [before, after] = one.rate.map(|rate| rate.map_or("nothing".to_owned(), short));
        println!(
            "      rows {} to {}, share {:.1}% to {:.1}%, rate {before} to {after}, adjusted p {:.1e}{}",
            one.n_rows[0],
            one.n_rows[1],
            100.0 * one.share[0],
            100.0 * one.share[1],
            one.p_adjusted,
            if one.twins.is_empty() {
                String::new()
            } else {
                format!(", also known as {:?}", one.twins)
            }
        );
    }
    println!("  everything else: {}", number(&answer.everything_else));
    println!("looked at {} segments; dimensions:", answer.n_looked_at);
    for one in answer.dimensions.iter().take(6) {
        println!(
            "  {}: volume {}, mix {}, rate {}",
            one.column,
            number(&one.volume),
            number(&one.mix),
            number(&one.rate)
        );
    }
    answer
        .caveats
        .iter()
        .for_each(|caveat| println!("  note: {caveat}"));
}

fn number(estimate: &Estimate) -> String {
    format!(
        "{} ({} to {})",
        short(estimate.value),
        short(estimate.low),
        short(estimate.high)
    )
}

fn short(x: f64) -> String {
    match x.abs() {
        size if size >= 1000.0 => format!("{x:.0}"),
        size if size >= 10.0 => format!("{x:.1}"),
        _ => format!("{x:.4}"),
    }
}
