use super::*;
use crate::Format;

/// Every kind of chart, each full, empty and odd.
pub(super) fn charts() -> Vec<Chart> {
    let odd = [0.5, f64::NAN, f64::INFINITY, -2.0, 1e300, 0.0];
    let items = |n: usize| {
        (0..n)
            .map(|i| Bar::new(format!("item {i}"), odd[i % 6]).between(-1.0, 1.0))
            .collect()
    };
    let bars = |n, style| Bars {
        items: items(n),
        style,
        reference: Some(Mark::new(0.3, "all")),
        ..Bars::default()
    };
    let counts: Vec<u64> = (0..30).map(|i| i * i).collect();
    let edges: Vec<f64> = (0..=30).map(f64::from).collect();
    let points: Vec<(f64, f64)> = (0..10_000).map(|i| (f64::from(i), f64::from(i % 97))).collect();
    let series = |name: &str| Series {
        name: name.to_owned(),
        points: points.clone(),
        ..Series::default()
    };
    let bin = |p: f64| ReliabilityBin {
        predicted: p,
        observed: p,
        low: p - 0.1,
        high: p + 0.1,
        n: 10,
    };
    let kinds: Vec<ChartKind> = vec![
        bars(40, BarStyle::Bar).into(),
        bars(40, BarStyle::Dot).into(),
        Bars::default().into(),
        Histogram {
            edges: edges.clone(),
            counts: counts.clone(),
            ..Histogram::default()
        }
        .into(),
        Histogram {
            edges,
            counts: counts.clone(),
            other: Some(("b".to_owned(), counts)),
            ..Histogram::default()
        }
        .into(),
        Histogram {
            edges: vec![0.0, 0.0],
            counts: vec![1],
            ..Histogram::default()
        }
        .into(),
        Lines {
            series: vec![series("a"), series("b")],
            ..Lines::default()
        }
        .into(),
        Lines {
            series: vec![series("a")],
            diagonal: true,
            x: Axis::share("x"),
            ..Lines::default()
        }
        .into(),
        Lines::default().into(),
        Reliability {
            bins: (0..20).map(|i| bin(f64::from(i) / 20.0)).collect(),
        }
        .into(),
        Reliability::default().into(),
        Effects {
            items: (0..30).map(|i| Effect::new("group", odd[i % 6], 7)).collect(),
            ..Effects::default()
        }
        .into(),
        Effects::default().into(),
        Shares {
            items: (0..40)
                .map(|i| Share::new(format!("{i}"), 0.1, odd[i % 6]))
                .collect(),
            ..Shares::default()
        }
        .into(),
        Shares::default().into(),
    ];
    let kinds = kinds.into_iter().chain(later_kinds(&odd));
    kinds.map(|kind| Chart::new("A <chart> & more", kind)).collect()
}

/// Kinds about many rows: boxes, gaps, points, fans, swarms, matrices.
fn later_kinds(odd: &[f64; 6]) -> Vec<ChartKind> {
    let group = |place: usize| Group {
        label: format!("a group with a long name {place}"),
        n: 1_234,
        low: 0.0,
        first: 1.0,
        median: 2.0,
        third: 3.0,
        high: 5.0 + place as f64,
        notch: Some((1.8, 2.3)),
        mean: Some(odd[place % 6]),
        far: vec![-3.0, odd[place % 6], 20.0],
        density: (0..30)
            .map(|i| (f64::from(i) / 4.0, f64::from(i * (29 - i))))
            .collect(),
    };
    let column = |place: usize| MissingColumn {
        name: format!("column {place}"),
        share: 0.2,
        blocks: (0..40)
            .map(|block| {
                if place.is_multiple_of(7) {
                    f64::from(block / 4 % 5) / 5.0
                } else {
                    0.0
                }
            })
            .collect(),
    };
    let edges = |n: usize| (0..=n).map(|edge| edge as f64).collect::<Vec<f64>>();
    let cells = Cells {
        x_edges: edges(32),
        y_edges: edges(24),
        counts: (0..24_u64)
            .map(|y| (0..32_u64).map(|x| (x * x + y * y * y) % 5_000).collect())
            .collect(),
    };
    let line = |n: i32| {
        (0..n)
            .map(|i| (f64::from(i), f64::from(i % 7)))
            .collect::<Vec<_>>()
    };
    let bin = |low: f64| SwarmBin {
        low,
        high: low + 0.1,
        n: 7,
        level: low,
    };
    let swarm = (0..20).map(|place| SwarmFeature {
        name: format!("feature {place}"),
        bins: (-5..5).map(|i| bin(f64::from(i) / 10.0)).collect(),
    });
    vec![
        Spread {
            groups: (0..5).map(group).collect(),
            axis: "days".to_owned(),
            ..Spread::default()
        }
        .into(),
        Spread {
            groups: vec![Group {
                low: f64::NAN,
                ..Group::default()
            }],
            ..Spread::default()
        }
        .into(),
        Spread::default().into(),
        Missing {
            columns: (0..30).map(column).collect(),
            n_rows: 10_000,
            together: vec![("a".to_owned(), "b".to_owned(), 0.1)],
        }
        .into(),
        Missing::default().into(),
        Scatter {
            cells: Some(cells),
            x: Axis::new("x", Format::Number),
            ..Scatter::default()
        }
        .into(),
        Scatter {
            points: line(5_00),
            fit: Some(Series {
                points: line(3),
                ..Series::default()
            }),
            ..Scatter::default()
        }
        .into(),
        Scatter {
            points: vec![(f64::NAN, 1.0)],
            ..Scatter::default()
        }
        .into(),
        Fan {
            history: line(400),
            forecast: line(30),
            bands: vec![(0.8, vec![(1.0, 5.0); 30]), (0.5, vec![(2.0, 4.0); 30])],
            ..Fan::default()
        }
        .into(),
        Fan::default().into(),
        Swarm {
            features: swarm.collect(),
            ..Swarm::default()
        }
        .into(),
        Swarm::default().into(),
        HeatMap::confusion(
            &["no".to_owned(), "yes".to_owned()],
            &[vec![90.0, 10.0], vec![3.0, 7.0]],
        )
        .into(),
        Lines::lift(vec![Series {
            points: vec![(0.1, 3.0), (1.0, 1.0)],
            ..Series::default()
        }])
        .into(),
        Waterfall {
            before: ("before".to_owned(), 1.0),
            after: ("after".to_owned(), 3.0),
            steps: vec![Step {
                label: "a step".to_owned(),
                value: 2.0,
                between: None,
            }],
            ..Waterfall::default()
        }
        .into(),
    ]
}

/// The values of an attribute in `svg`, as numbers.
fn numbers(svg: &str, attribute: &str) -> Vec<f64> {
    let start = format!(" {attribute}=\"");
    let parts = svg.split(start.as_str()).skip(1);
    parts
        .filter_map(|part| part.split('"').next())
        .filter_map(|text| text.parse().ok())
        .collect()
}

#[test]
fn every_picture_is_small_titled_and_closed() {
    for chart in charts() {
        let svg = chart.to_svg();
        assert!(svg.len() < 30_000, "{} bytes: {:?}", svg.len(), chart.kind);
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>"));
        assert!(
            svg.contains("role=\"img\"><title>A &lt;chart&gt; &amp; more</title><desc>"),
            "{svg}"
        );
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{svg}");
        for element in ["rect", "text", "circle"] {
            let open = svg.matches(&format!("<{element} ")).count();
            let closed = svg.matches(&format!("</{element}>")).count();
            assert!(closed <= open && (element != "text" || closed == open));
        }
    }
}

#[test]
fn nothing_is_drawn_outside_the_picture() {
    for chart in charts() {
        for (fragment, width) in chart.to_fragments().iter().zip([WIDE, NARROW]) {
            let height = fragment
                .split("viewBox=\"0 0 ")
                .nth(1)
                .and_then(|rest| rest.split(['"', ' ']).nth(1));
            let height: f64 = height.and_then(|text| text.parse().ok()).unwrap_or(0.0);
            for name in ["x", "x1", "x2", "cx"] {
                assert!(
                    numbers(fragment, name).iter().all(|x| (0.0..=width).contains(x)),
                    "{name}: {fragment}"
                );
            }
            for name in ["y", "y1", "y2", "cy"] {
                assert!(
                    numbers(fragment, name).iter().all(|y| (0.0..=height).contains(y)),
                    "{name}: {fragment}"
                );
            }
        }
    }
}

#[test]
fn long_tails_are_cut_and_counted() {
    let items = (0..40).map(|i| Bar::new(format!("level {i}"), 1.0)).collect();
    let svg = Chart::new(
        "t",
        Bars {
            items,
            ..Bars::default()
        },
    )
    .to_svg();
    assert!(svg.contains("level 11<") && !svg.contains("level 12<") && svg.contains("28 more not shown"));
    let items = (0..40)
        .map(|i| Share::new(format!("level {i}"), 0.025, 0.025))
        .collect();
    let svg = Chart::new(
        "t",
        Shares {
            items,
            ..Shares::default()
        },
    )
    .to_svg();
    assert!(svg.contains("29 more") && svg.contains("72.5%"), "{svg}");
}

#[test]
fn hostile_labels_are_shown_not_obeyed() {
    let items = vec![
        Bar::new("</text><script>", 1.0),
        Bar::new("\u{202e}evil\" onload=\"x", 2.0),
    ];
    let svg = Chart::new(
        "t",
        Bars {
            items,
            ..Bars::default()
        },
    )
    .to_svg();
    assert!(!svg.contains("<script") && !svg.contains('\u{202e}') && !svg.contains("\" onload"));
    assert!(svg.contains("⟨U+202E⟩"));
}

#[test]
fn a_long_label_is_cut_with_the_whole_in_its_title() {
    let name = "unreasonably-long-label-without-any-space-".repeat(3);
    let svg = Chart::new(
        "t",
        Bars {
            items: vec![Bar::new(name.as_str(), 1.0)],
            ..Bars::default()
        },
    )
    .to_svg();
    assert!(svg.contains(&format!("<title>{name}</title>")) && svg.contains("…</text>"));
}

#[test]
fn a_picture_without_words_is_described_by_its_numbers() {
    let bars = Bars {
        items: vec![Bar::new("a", 0.25).between(0.2, 0.3)],
        format: Format::Percent,
        ..Bars::default()
    };
    assert!(
        Chart::new("t", bars.clone())
            .to_svg()
            .contains("<desc>a: 25.0% (20.0–30.0%)</desc>")
    );
    assert!(
        Chart::new("t", bars)
            .alt("in words")
            .to_svg()
            .contains("<desc>in words</desc>")
    );
}

#[test]
fn thinned_curves_keep_their_peak() {
    let mut points: Vec<(f64, f64)> = (0..5_000).map(|i| (f64::from(i), 0.0)).collect();
    points[2_345].1 = 1.0;
    let lines = Lines {
        series: vec![Series {
            points,
            ..Series::default()
        }],
        ..Lines::default()
    };
    let svg = Chart::new("t", lines).to_svg();
    let top = svg.split("<line class=\"g\"").last().map_or("", |rest| rest);
    assert!(!top.is_empty());
    let path = svg
        .split("<path class=\"s s0\" d=\"M")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("");
    let heights: Vec<&str> = path
        .split(' ')
        .filter_map(|pair| pair.split(',').nth(1))
        .collect();
    let mut different = heights.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 2, "the peak is lost: {different:?}");
}

#[test]
fn a_curve_of_one_point_is_seen() {
    let lines = Lines {
        series: vec![Series {
            name: "first look".to_owned(),
            points: vec![(10.0, 0.5)],
            band: vec![(0.2, 0.8)],
            dashed: false,
        }],
        ..Lines::default()
    };
    let svg = Chart::new("Looks", lines).to_svg();
    assert!(
        svg.contains("<circle class=\"o0\"") && svg.contains("<line class=\"s s0\""),
        "{svg}"
    );
}
