use super::*;
use crate::Format;

/// Every kind of chart, each full, empty and odd.
fn charts() -> Vec<Chart> {
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
    kinds
        .into_iter()
        .map(|kind| Chart::new("A <chart> & more", kind))
        .collect()
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
        assert!(svg.len() < 15_000, "{} bytes: {:?}", svg.len(), chart.kind);
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
