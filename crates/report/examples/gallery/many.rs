//! Charts about many rows: spreads, gaps, points in cells, fans, swarms, matrices.

use report::{
    Axis, Cells, Chart, Fan, Format, Group, HeatMap, Lines, Missing, MissingColumn, Scatter, Series, Spread,
    Swarm, SwarmBin, SwarmFeature,
};
use stats::math::{exp, ln, sin};

pub(crate) fn charts() -> Vec<(&'static str, Chart)> {
    vec![
        (
            "boxes",
            spread("Months stayed, by whether the customer left", false),
        ),
        ("violins", spread("Money spent, by region", true)),
        ("missing", missing()),
        ("cells", cells()),
        ("points", points()),
        ("fan", fan()),
        ("swarm", swarm()),
        ("confusion", confusion()),
        (
            "precision-recall",
            curve("Precision and recall", |q| 0.95 - 0.68 * q * q, true),
        ),
        (
            "lift",
            curve("Lift", |q| 1.0 + 2.6 * (1.0 - q) * (1.0 - q), false),
        ),
        ("dependence", dependence()),
    ]
}

/// A number from -4 to 4 or so, most of them near zero, from nothing but its place.
fn noise(place: u64) -> f64 {
    let mixed = place
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(31)
        .wrapping_mul(0xff51_afd7_ed55_8ccd);
    let share = ((mixed >> 20) % 100_000) as f64 / 100_000.0 + 0.000_005;
    ln(share / (1.0 - share)) * 0.55
}

fn spread(title: &str, is_violin: bool) -> Chart {
    let group = |label: &str, middle: f64, wide: f64, n: u64| Group {
        label: label.to_owned(),
        n,
        low: middle - 2.2 * wide,
        first: middle - 0.6 * wide,
        median: middle,
        third: middle + 0.75 * wide,
        high: middle + 2.8 * wide,
        notch: Some((middle - 0.12 * wide, middle + 0.12 * wide)),
        mean: Some(middle + 0.1 * wide),
        far: vec![middle + 4.0 * wide],
        density: match is_violin {
            true => (-30..=30)
                .map(f64::from)
                .map(|z| (middle + z / 9.0 * wide, exp(-z * z / 162.0) / wide))
                .collect(),
            false => Vec::new(),
        },
    };
    let groups = vec![
        group("stayed", 38.0, 12.0, 5_174),
        group("left, and never came back", 14.0, 8.0, 1_869),
    ];
    let spread = Spread {
        groups,
        axis: "months".to_owned(),
        ..Spread::default()
    };
    Chart::new(title, spread).caption("Whiskers: 5% to 95%. Notches: about the median's 95% interval.")
}

fn missing() -> Chart {
    let column = |name: &str, share: fn(usize) -> f64| {
        let blocks: Vec<f64> = (0..40).map(share).collect();
        MissingColumn {
            name: name.to_owned(),
            share: blocks.iter().sum::<f64>() / 40.0,
            blocks,
        }
    };
    let columns = vec![
        column("comment", |_| 0.93),
        column("income", |block| if 20 < block { 0.48 } else { 0.1 }),
        column("age", |block| if 20 < block { 0.5 } else { 0.02 }),
        column("referred_by", |block| if block % 9 == 0 { 1.0 } else { 0.0 }),
    ];
    let together = vec![("age".to_owned(), "income".to_owned(), 0.24)];
    Chart::new(
        "Where values are missing",
        Missing {
            columns,
            n_rows: 1_234_567,
            together,
        },
    )
}

fn cells() -> Chart {
    let edges =
        |n: usize, low: f64, step: f64| (0..=n).map(|edge| low + step * edge as f64).collect::<Vec<f64>>();
    let (x_edges, y_edges) = (edges(36, -3.6, 0.2), edges(26, -4.0, 0.3));
    let mut counts = vec![vec![0; 36]; 26];
    for row in 0..200_000 {
        let x = noise(row);
        let y = 0.7 * x + 0.7 * noise(row.wrapping_mul(31) ^ 0x5bd1_e995_0000);
        let (column, line) = (((x + 3.6) / 0.2).floor(), ((y + 4.0) / 0.3).floor());
        if (0.0..36.0).contains(&column) && (0.0..26.0).contains(&line) {
            counts[line as usize][column as usize] += 1;
        }
    }
    let along = || (0..20).map(|step| -3.4 + 0.35 * f64::from(step));
    let fit = Series {
        name: "fitted".to_owned(),
        points: along().map(|x| (x, 0.7 * x)).collect(),
        band: along()
            .map(|x| (0.7 * x - 0.1 - 0.05 * x.abs(), 0.7 * x + 0.1 + 0.05 * x.abs()))
            .collect(),
        dashed: false,
    };
    let scatter = Scatter {
        cells: Some(Cells {
            x_edges,
            y_edges,
            counts,
        }),
        fit: Some(fit),
        x: Axis::new("income", Format::Number),
        y: Axis::new("spending", Format::Number),
        ..Scatter::default()
    };
    Chart::new("200,000 customers: spending against income", scatter)
}

fn points() -> Chart {
    let point = |row: u64| {
        let x = 36.0 + 20.0 * noise(row).clamp(-1.8, 1.8);
        (x, 0.02 * (36.0 - x) + 0.1 * noise(row + 99))
    };
    Chart::new(
        "What months stayed do",
        Scatter::dependence("months stayed", Format::Number, (0..150).map(point).collect()),
    )
}

fn fan() -> Chart {
    let expected = |day: i32| 100.0 + 0.3 * f64::from(day) + 12.0 * sin(f64::from(day) * 0.9);
    let at = |day: i32| 19_700.0 + f64::from(day);
    let measured = |day: i32| (at(day), expected(day) + 4.0 * noise(day.unsigned_abs().into()));
    let band = |z: f64| {
        let half = |day: i32| z * (3.0 + 0.6 * f64::from(day - 120));
        (120..160)
            .map(|day| (expected(day) - half(day), expected(day) + half(day)))
            .collect()
    };
    let fan = Fan {
        history: (0..120).map(measured).collect(),
        forecast: (120..160).map(|day| (at(day), expected(day))).collect(),
        bands: vec![(0.5, band(0.67)), (0.8, band(1.28)), (0.95, band(1.96))],
        came: (120..140).map(measured).collect(),
        x: Axis::new("", Format::Date),
        y: Axis::new("units a day", Format::Number),
    };
    Chart::new("Demand for the next 40 days", fan)
}

fn swarm() -> Chart {
    let feature = |name: &str, wide: f64, direction: f64| {
        let bin = |place: i32| {
            let z = f64::from(place) / 6.0;
            SwarmBin {
                low: z * wide,
                high: (z + 1.0 / 6.0) * wide,
                n: (4_000.0 * exp(-0.8 * z * z)) as u64,
                level: if direction == 0.0 {
                    f64::NAN
                } else {
                    0.5 + direction * z / 4.0
                },
            }
        };
        SwarmFeature {
            name: name.to_owned(),
            bins: (-12..12).map(bin).collect(),
        }
    };
    let features = vec![
        feature("contract", 1.2, 0.0),
        feature("months stayed", 0.9, -1.0),
        feature("monthly charge", 0.5, 1.0),
        feature("age", 0.1, 1.0),
    ];
    let swarm = Swarm {
        features,
        axis: "contribution to the margin".to_owned(),
        format: Format::Signed,
    };
    Chart::new("How features move predictions", swarm)
}

fn confusion() -> Chart {
    let classes = ["stays", "leaves", "pauses"].map(str::to_owned);
    let counts = [[4_700.0, 420.0, 54.0], [610.0, 1_200.0, 59.0], [40.0, 12.0, 8.0]].map(Vec::from);
    Chart::new(
        "What was predicted of what happened",
        HeatMap::confusion(&classes, &counts),
    )
}

fn curve(title: &str, height: fn(f64) -> f64, is_share: bool) -> Chart {
    let points = (1..=20)
        .map(|step| f64::from(step) / 20.0)
        .map(|q| (q, height(q)))
        .collect();
    let series = vec![Series {
        name: "model".to_owned(),
        points,
        ..Series::default()
    }];
    Chart::new(
        title,
        if is_share {
            Lines::precision_recall(series, 0.265)
        } else {
            Lines::lift(series)
        },
    )
}

fn dependence() -> Chart {
    let height = |months: f64| 0.5 * exp(-months / 30.0);
    let months = || (0..=24).map(|step| 3.0 * f64::from(step));
    let series = Series {
        points: months().map(|x| (x, height(x))).collect(),
        band: months().map(|x| (height(x) - 0.03, height(x) + 0.03)).collect(),
        ..Series::default()
    };
    let y = Axis::new("mean probability to leave", Format::Percent);
    Chart::new(
        "What months stayed do on average",
        Lines::dependence("months stayed", vec![series], Format::Number, y),
    )
}
