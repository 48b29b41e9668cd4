#![allow(clippy::unwrap_used)]
use super::*;
use stats::Draw;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Date32Array, Float64Array, StringArray};

/// 4,000 rows, half of them after, of three regions, four products and a number; `y` is what `metric` says of a row.
struct Made {
    columns: Vec<(String, ArrayRef)>,
    period: Vec<Option<bool>>,
}

const REGIONS: [&str; 3] = ["north", "south", "east"];
const PRODUCTS: [&str; 4] = ["tea", "coffee", "cocoa", "milk"];

/// A row: its region, its product and whether it is after.
type Row = (usize, usize, bool);

fn made(after: impl Fn(usize, usize) -> f64, y: impl Fn(Row, &mut Draw) -> f64) -> Made {
    let draw = &mut Draw::new(11, 5);
    let (mut region, mut product, mut size, mut value) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut period = Vec::new();
    for _ in 0..4_000 {
        let (r, p) = (draw.below(3) as usize, draw.below(4) as usize);
        let is_after = draw.uniform() < after(r, p);
        region.push(REGIONS[r]);
        product.push(PRODUCTS[p]);
        size.push(draw.normal());
        value.push(y((r, p, is_after), draw));
        period.push(Some(is_after));
    }
    let columns = vec![
        ("region".to_owned(), texts(&region)),
        ("product".to_owned(), texts(&product)),
        ("size".to_owned(), numbers(size)),
        ("y".to_owned(), numbers(value)),
    ];
    Made { columns, period }
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn numbers(values: Vec<f64>) -> ArrayRef {
    Arc::new(Float64Array::from(values))
}

impl Made {
    fn with(mut self, name: &str, column: ArrayRef) -> Made {
        self.columns.push((name.to_owned(), column));
        self
    }

    fn table(&self) -> Table {
        Table::new(self.columns.clone()).unwrap()
    }

    fn why(&self, metric: &Metric, options: &Options) -> Why {
        let answer = why(&self.table(), &self.period, metric, options).unwrap();
        assert_adds_up(&answer);
        answer
    }

    fn mean(&self) -> Why {
        self.why(&mean(), &Options::default())
    }
}

fn mean() -> Metric {
    Metric::Mean {
        column: "y".to_owned(),
    }
}

fn even(_: usize, _: usize) -> f64 {
    0.5
}

fn found(answer: &Why) -> Vec<(&str, Effect)> {
    answer
        .findings
        .iter()
        .map(|one| (one.label.as_str(), one.effect_kind))
        .collect()
}

/// Bit for bit, from either end.
fn assert_adds_up(answer: &Why) {
    let change = answer.change.value;
    assert_eq!(answer.after.metric.value - answer.before.metric.value, change);
    let mut parts: Vec<f64> = answer.findings.iter().map(|one| one.effect.value).collect();
    parts.extend(answer.everything_moved.iter().map(|one| one.effect.value));
    parts.push(answer.everything_else.value);
    assert_eq!(parts.iter().sum::<f64>(), change);
    assert_eq!(parts.iter().rev().sum::<f64>(), change);
    for one in &answer.dimensions {
        let of = |level: &LevelEffects| [level.volume.value, level.mix.value, level.rate.value];
        let parts: Vec<f64> = one.levels.iter().flat_map(of).collect();
        assert_eq!(parts.iter().sum::<f64>(), change, "{}", one.column);
        assert_eq!(parts.iter().rev().sum::<f64>(), change, "{}", one.column);
        assert_eq!(
            one.volume.value + one.mix.value + one.rate.value,
            change,
            "{}",
            one.column
        );
    }
}

#[test]
fn a_segment_that_moved_is_told_beside_what_everything_did() {
    let answer = made(even, |(r, p, after), draw| {
        let moved = match (after, r == 0 && p == 1) {
            (false, _) => 1.0,
            (true, false) => 1.2,
            (true, true) => 2.0,
        };
        (10.0 + p as f64) * moved + 0.5 * draw.normal()
    })
    .mean();
    assert_eq!(
        found(&answer),
        [("region is north and product is coffee", Effect::Rate)]
    );
    let [shift] = &answer.everything_moved[..] else {
        panic!("{:?}", answer.everything_moved)
    };
    assert_eq!(
        (shift.effect_kind, shift.scale),
        (Effect::Rate, ShiftScale::Proportional)
    );
    assert!((shift.amount - 0.2).abs() < 0.01, "{}", shift.amount);
    let one = &answer.findings[0];
    // A twelfth of all rows moved from 11 to 22 where everything else would have made it 13.2.
    assert!((one.effect.value - 8.8 / 12.0).abs() < 0.08, "{:?}", one.effect);
    assert!(one.effect.low < one.effect.value && one.effect.value < one.effect.high);
    assert!(one.p_value <= one.p_adjusted && one.p_adjusted < 1e-10);
    let share = one.effect.value / answer.change.value;
    assert_eq!(one.share_of_change, Some(share));
    assert_eq!(one.conditions[1].cells, Cells::Text("coffee".to_owned()));
}

#[test]
fn what_everything_did_is_not_a_finding() {
    let answer = made(even, |(r, _, after), draw| {
        (5.0 + r as f64) * if after { 1.3 } else { 1.0 } + draw.normal()
    })
    .mean();
    assert_eq!(found(&answer), []);
    assert_eq!(answer.everything_moved.len(), 1);
    assert!(answer.everything_else.covers(0.0));
    let still = made(even, |(r, ..), draw| r as f64 + draw.normal()).mean();
    assert_eq!((found(&still), still.everything_moved.len()), (vec![], 0));
}

#[test]
fn a_parent_stands_for_its_children_and_a_child_for_its_parent() {
    let parent = made(
        even,
        |(r, _, after), draw| if after && r == 2 { 2.0 } else { 0.0 } + draw.normal(),
    )
    .mean();
    assert_eq!(found(&parent), [("region is east", Effect::Rate)]);
    let child = made(
        even,
        |(r, p, after), draw| if after && r == 2 && p == 3 { 2.0 } else { 0.0 } + draw.normal(),
    );
    assert_eq!(
        found(&child.mean()),
        [("region is east and product is milk", Effect::Rate)]
    );
}

#[test]
fn shares_that_move_are_mix_for_means_and_volume_for_totals() {
    let grown = made(
        |r, _| if r == 1 { 0.7 } else { 0.45 },
        |(r, ..), draw| 10.0 * (r == 1) as u8 as f64 + 20.0 + draw.normal(),
    );
    assert_eq!(found(&grown.mean()), [("region is south", Effect::Mix)]);
    let sum = grown.why(
        &Metric::Sum {
            column: "y".to_owned(),
        },
        &Options::default(),
    );
    assert_eq!(found(&sum), [("region is south", Effect::Volume)]);
    let count = grown.why(&Metric::Count, &Options::default());
    assert_eq!(found(&count), [("region is south", Effect::Volume)]);
    assert_eq!(count.before.metric.value + count.after.metric.value, 4_000.0);
    assert!(count.dimensions.iter().all(|one| one.rate.value == 0.0));
}

#[test]
fn of_two_halves_the_one_that_moved_is_named() {
    let draw = &mut Draw::new(4, 4);
    let n = 4_000;
    // The larger half moved, and the smaller one did not.
    let half: Vec<&str> = (0..n)
        .map(|_| if draw.uniform() < 0.6 { "large" } else { "small" })
        .collect();
    let period: Vec<Option<bool>> = (0..n).map(|_| Some(draw.uniform() < 0.5)).collect();
    let y = (0..n).map(|row| {
        draw.normal()
            + if half[row] == "large" && period[row] == Some(true) {
                1.0
            } else {
                0.0
            }
    });
    let y = numbers(y.collect());
    let columns = vec![("half".to_owned(), texts(&half)), ("y".to_owned(), y)];
    assert_eq!(
        found(&Made { columns, period }.mean()),
        [("half is large", Effect::Rate)]
    );
}

#[test]
fn rates_and_ratios_are_explained_too() {
    let moved = made(even, |(r, _, after), draw| {
        let p = if after && r == 0 { 0.5 } else { 0.2 };
        f64::from(u8::from(draw.uniform() < p))
    });
    let flags = moved.columns[3].1.clone();
    let rate = Metric::Rate {
        column: "y".to_owned(),
        positive: Some("1".to_owned()),
    };
    let answer = moved.why(&rate, &Options::default());
    assert_eq!(found(&answer), [("region is north", Effect::Rate)]);
    let moved = moved.with(
        "tries",
        numbers((0..4_000).map(|row| f64::from(row % 3 + 1)).collect()),
    );
    let ratio = Metric::Ratio {
        numerator: "y".to_owned(),
        denominator: "tries".to_owned(),
    };
    assert_eq!(
        found(&moved.why(&ratio, &Options::default())),
        [("region is north", Effect::Rate)]
    );
    assert_eq!(flags.len(), 4_000);
}

#[test]
fn weights_are_rows() {
    let plain = made(
        even,
        |(r, _, after), draw| if after && r == 2 { 2.0 } else { 0.0 } + draw.normal(),
    );
    let doubled = plain.why(
        &Metric::Sum {
            column: "y".to_owned(),
        },
        &Options::default(),
    );
    let weighted = made(
        even,
        |(r, _, after), draw| if after && r == 2 { 2.0 } else { 0.0 } + draw.normal(),
    )
    .with("w", numbers(vec![2.0; 4_000]))
    .why(
        &Metric::Sum {
            column: "y".to_owned(),
        },
        &Options {
            weight: Some("w".to_owned()),
            ..Options::default()
        },
    );
    assert!((weighted.change.value - 2.0 * doubled.change.value).abs() < 1e-9);
    assert_eq!(found(&weighted), [("region is east", Effect::Rate)]);
}

#[test]
fn one_wild_cluster_is_no_finding_where_clusters_are_named() {
    let store: Vec<String> = (0..4_000).map(|row| format!("s{}", row % 40)).collect();
    let store: Vec<&str> = store.iter().map(String::as_str).collect();
    let kind: Vec<&str> = (0..4_000).map(|row| ["a", "b", "c", "d"][row % 40 % 4]).collect();
    let mut moved = made(even, |_, draw| draw.normal());
    let y: Vec<f64> = (0..4_000)
        .map(|row| {
            let wild = row % 40 == 1 && moved.period[row] == Some(true);
            Draw::new(1, 77).at(row as u64) as f64 / 2e19 + if wild { 5.0 } else { 0.0 }
        })
        .collect();
    moved.columns[3].1 = numbers(y);
    let moved = moved.with("store", texts(&store)).with("kind", texts(&kind));
    let alone = moved.why(
        &mean(),
        &Options {
            exclude: vec!["store".to_owned()],
            ..Options::default()
        },
    );
    assert!(!alone.findings.is_empty());
    let together = moved.why(
        &mean(),
        &Options {
            cluster: Some("store".to_owned()),
            ..Options::default()
        },
    );
    assert_eq!(found(&together), []);
}

#[test]
fn threads_change_nothing() {
    let moved = made(
        |r, _| if r == 1 { 0.6 } else { 0.5 },
        |(r, p, after), draw| (r + p) as f64 + if after && p == 2 { 1.0 } else { 0.0 } + draw.normal(),
    );
    let one = moved.why(&mean(), &Options::default());
    let three = moved.why(
        &mean(),
        &Options {
            n_threads: 3,
            ..Options::default()
        },
    );
    assert_eq!(one, three);
}

#[test]
fn rare_levels_are_never_named_and_missing_is_a_level() {
    let city: Vec<Option<&str>> = (0..4_000)
        .map(|row| match row {
            0..9 => Some("Hiddenville"),
            _ if row % 5 == 0 => None,
            _ => Some(["Rome", "Oslo"][row % 2]),
        })
        .collect();
    let missing = |row: usize| row >= 9 && row.is_multiple_of(5);
    let mut moved = made(even, |_, draw| draw.normal());
    let y: Vec<f64> = (0..4_000)
        .map(|row| {
            let is_moved = missing(row) && moved.period[row] == Some(true);
            Draw::new(2, 77).uniform_at(row as u64) + if is_moved { 1.0 } else { 0.0 }
        })
        .collect();
    moved.columns[3].1 = numbers(y);
    let answer = moved.with("city", Arc::new(StringArray::from(city))).mean();
    assert_eq!(found(&answer), [("city is missing", Effect::Rate)]);
    assert!(!format!("{answer:?}").contains("Hiddenville"));
    let levels = &answer
        .dimensions
        .iter()
        .find(|one| one.column == "city")
        .unwrap()
        .levels;
    assert!(
        levels
            .iter()
            .any(|level| level.label == "city has other values" && level.n_rows.iter().sum::<u64>() == 9)
    );
}

#[test]
fn it_says_what_it_cannot_say() {
    let still = made(even, |(r, ..), draw| r as f64 + draw.normal());
    let twin: Vec<&str> = (still
        .table()
        .column("region")
        .unwrap()
        .as_any()
        .downcast_ref::<StringArray>()
        .unwrap()
        .iter())
    .map(|region| {
        if region == Some("north") {
            "N"
        } else if region == Some("south") {
            "S"
        } else {
            "E"
        }
    })
    .collect();
    let day = |row: usize| if still.period[row] == Some(true) { 20_000 } else { 19_000 } + row as i32 % 50;
    let days: ArrayRef = Arc::new(Date32Array::from_iter_values((0..4_000).map(day)));
    let brand = (0..4_000).map(|row| {
        if still.period[row] == Some(true) && row % 3 == 0 {
            "new"
        } else {
            "old"
        }
    });
    let brand = texts(&brand.collect::<Vec<_>>());
    let only: Vec<Option<&str>> = (0..4_000)
        .map(|row| (still.period[row] == Some(true)).then_some(["x", "y"][row % 2]))
        .collect();
    let twin = texts(&twin);
    let answer = still
        .with("code", twin)
        .with("day", days)
        .with("brand", brand)
        .with("only", Arc::new(StringArray::from(only)))
        .mean();
    let has = |caveat: &Caveat| {
        assert!(
            answer.caveats.contains(caveat),
            "{caveat:?} in {:?}",
            answer.caveats
        )
    };
    has(&Caveat::NotCausal);
    has(&Caveat::SameAs {
        column: "code".to_owned(),
        other: "region".to_owned(),
    });
    has(&Caveat::TellsPeriod {
        column: "day".to_owned(),
    });
    has(&Caveat::EmptyInOnePeriod {
        column: "only".to_owned(),
        period: "before",
    });
    has(&Caveat::NewOrGone {
        column: "brand".to_owned(),
        new: vec!["new".to_owned()],
        gone: vec![],
    });
    for caveat in &answer.caveats {
        assert!(!caveat.to_string().is_empty());
    }
}

#[test]
fn two_tables_are_two_periods() {
    let moved = made(
        even,
        |(r, _, after), draw| if after && r == 2 { 2.0 } else { 0.0 } + draw.normal(),
    );
    let table = moved.table();
    let of = |after: bool| {
        let rows: Vec<usize> = (0..4_000)
            .filter(|row| moved.period[*row] == Some(after))
            .collect();
        table.take(&rows).unwrap()
    };
    let after = of(true);
    let extra = after
        .with_column("extra", texts(&vec!["x"; after.n_rows()]))
        .unwrap();
    let answer = why_between(&of(false), &extra, &mean(), &Options::default()).unwrap();
    assert_adds_up(&answer);
    assert_eq!(found(&answer), [("region is east", Effect::Rate)]);
    assert!(answer.caveats.contains(&Caveat::InOnePeriod {
        column: "extra".to_owned(),
        period: "after"
    }));
}

#[test]
fn bad_questions_are_refused() {
    let still = made(even, |_, draw| draw.normal() - 5.0);
    let table = still.table();
    let ask = |period: &[Option<bool>], metric: &Metric, options: Options| {
        why(&table, period, metric, &options).unwrap_err().to_string()
    };
    let plain = Options::default;
    assert_eq!(
        ask(&[None], &mean(), plain()),
        "there are 1 periods, expected one for each of 4000 rows"
    );
    let sum = |column: &str| Metric::Sum {
        column: column.to_owned(),
    };
    assert_eq!(
        ask(&still.period, &sum("region"), plain()),
        "metric `region` holds text, expected numbers"
    );
    assert!(ask(&still.period, &sum("z"), plain()).contains("`z`"));
    let weighted = Options {
        weight: Some("y".to_owned()),
        ..plain()
    };
    assert!(ask(&still.period, &Metric::Count, weighted).starts_with("weight `y` is -"));
    let few: Vec<Option<bool>> = (0..4_000).map(|row| Some(row < 5)).collect();
    assert_eq!(
        ask(&few, &mean(), plain()),
        "the period after has 5 usable rows, expected at least 30"
    );
    let nowhere = Options {
        dimensions: vec!["regoin".to_owned()],
        ..plain()
    };
    assert!(ask(&still.period, &mean(), nowhere).contains("region"));
    for options in [
        Options {
            level: 1.0,
            ..plain()
        },
        Options {
            alpha: f64::NAN,
            ..plain()
        },
        Options {
            most_conditions: 4,
            ..plain()
        },
        Options {
            most_findings: 0,
            ..plain()
        },
        Options {
            n_resamples: 1,
            ..plain()
        },
        Options {
            smallest_share: 0.0,
            ..plain()
        },
        Options {
            smallest_effect: -0.1,
            ..plain()
        },
    ] {
        assert!(ask(&still.period, &mean(), options).contains("expected"));
    }
}

#[test]
fn odd_tables_are_answered() {
    // No dimension, constant metric, one level.
    let period: Vec<Option<bool>> = (0..200).map(|row| Some(row % 2 == 0)).collect();
    let columns = vec![
        ("y".to_owned(), numbers(vec![3.0; 200])),
        ("one".to_owned(), texts(&["a"; 200])),
    ];
    let made = Made { columns, period };
    let answer = made.mean();
    assert_eq!(
        (
            answer.change.value,
            answer.findings.len(),
            answer.dimensions.len()
        ),
        (0.0, 0, 0)
    );
    assert_eq!(answer.change.value.to_bits(), 0);
    let answer = made.why(&Metric::Count, &Options::default());
    assert!(answer.findings.is_empty());
}
