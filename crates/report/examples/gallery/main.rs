//! Writes a story, a monitor page, and each kind of chart alone in every form: `gallery FOLDER`.
//!
//! The numbers are made up in the manner of a telecom's churn study; none of them is a result.

mod many;

use report::{
    Axis, Bar, BarStyle, Bars, Chart, Effect, Effects, Evidence, Fact, Format, Histogram, Lines, Mark,
    MonitorPage, MonitorRow, Reliability, ReliabilityBin, Section, Series, Share, Shares, Story, Verdict,
};
use stats::math::{exp, sin, sqrt};
use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "gallery".to_owned());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("story.html"), story().to_html())?;
    std::fs::write(folder.join("monitor.html"), monitor().to_html())?;
    std::fs::write(folder.join("hostile.html"), hostile().to_html())?;
    for (name, chart) in charts().into_iter().chain(many::charts()) {
        let write =
            |ending: &str, content: &[u8]| std::fs::write(folder.join(format!("{name}.{ending}")), content);
        write("svg", chart.to_svg().as_bytes())?;
        write("png", &chart.to_png(2.0).map_err(std::io::Error::other)?)?;
        write("json", chart.to_plotly().to_string().as_bytes())?;
        write("py", chart.to_matplotlib_code().as_bytes())?;
        write("txt", chart.to_text(100, false).as_bytes())?;
    }
    Ok(())
}

fn charts() -> Vec<(&'static str, Chart)> {
    vec![
        ("bars", contracts()),
        ("dots", segments()),
        ("histogram", tenure()),
        ("two-groups", bills()),
        ("roc", roc()),
        ("forecast", forecast()),
        ("reliability", reliability()),
        ("effects", effects()),
        ("shares", shares()),
    ]
}

fn story() -> Story {
    Story {
        title: "Why customers leave".to_owned(),
        subtitle: "7,043 customers of a telecom in California, third quarter; 1,869 of them left".to_owned(),
        standing: None,
        lead: lines(&[
            "Customers without a contract leave fifteen times as often as those on two years, and most leave within \
             nine months.",
            "Month-to-month customers leave at 42.7% (41.1–44.3%), two-year customers at 2.8% (2.1–3.7%).",
            "New customers on fibre are the largest group at risk: 1,063 customers, of whom 69% left.",
            "The model finds them: its top tenth holds 29% of those who will leave, 2.9 times as many as chance.",
        ]),
        sections: vec![
            contract_section(),
            segment_section(),
            time_section(),
            model_section(),
            demand_section(),
        ],
        appendix: facts(),
        foot: lines(&[
            "Made by Spanwise from telco.csv. Intervals are at 95%; p-values are corrected for the number of \
             questions asked.",
            "What customers said when they left was not part of the data.",
        ]),
    }
}

fn contract_section() -> Section {
    Section {
        question: "Do month-to-month customers leave more often?".to_owned(),
        answer: "Yes. Of month-to-month customers 42.7% left; of those on two years only 2.8%.".to_owned(),
        evidence: vec![
            Evidence::Chart(contracts()),
            Evidence::Text(
                "The difference holds among new and old customers alike, and in every payment method, so that it is \
                 not explained by how long they have been customers."
                    .to_owned(),
            ),
            Evidence::Table {
                caption: "Customers and revenue by contract".to_owned(),
                header: lines(&["Contract", "Customers", "Left", "Share", "Monthly revenue"]),
                rows: vec![
                    lines(&["Month-to-month", "3,875", "1,655", "42.7%", "€257,294"]),
                    lines(&["One year", "1,473", "166", "11.3%", "€95,817"]),
                    lines(&["Two year", "1,695", "48", "2.8%", "€103,006"]),
                ],
            },
        ],
        caveats: lines(&[
            "Customers chose their contracts. Those who meant to leave may have avoided a long one, so moving a \
             customer to a longer contract need not lower the rate as much.",
        ]),
        next_step: Some(
            "Offer one-year contracts to a random half of month-to-month customers for a quarter, and compare."
                .to_owned(),
        ),
        ..Section::default()
    }
}

fn segment_section() -> Section {
    Section {
        question: "Which customers are most at risk?".to_owned(),
        answer: "New customers on fibre, and those who pay by electronic check.".to_owned(),
        evidence: vec![Evidence::Chart(segments()), Evidence::Chart(effects())],
        caveats: lines(&[
            "Segments overlap: a customer may belong to several of them.",
            "140 segments were tested.",
        ]),
        next_step: Some("Call new fibre customers in their second month.".to_owned()),
        ..Section::default()
    }
}

fn time_section() -> Section {
    Section {
        question: "When do they leave, and what do they pay?".to_owned(),
        answer: "Half of those who leave do so within ten months, and they pay more.".to_owned(),
        evidence: vec![Evidence::Chart(tenure()), Evidence::Chart(bills())],
        caveats: vec![],
        next_step: None,
        ..Section::default()
    }
}

fn model_section() -> Section {
    Section {
        question: "Can we tell who will leave?".to_owned(),
        answer: "Well enough to choose whom to call: in 85 of 100 pairs the model ranks the leaver higher."
            .to_owned(),
        evidence: vec![Evidence::Chart(roc()), Evidence::Chart(reliability())],
        caveats: lines(&[
            "Measured on 1,409 customers that the model had not seen, all of the same quarter.",
        ]),
        next_step: Some("Serve the model to the call centre, and watch it weekly.".to_owned()),
        ..Section::default()
    }
}

fn demand_section() -> Section {
    Section {
        question: "What comes next?".to_owned(),
        answer: "About 610 customers will leave in the next quarter, between 540 and 690.".to_owned(),
        evidence: vec![Evidence::Chart(forecast())],
        caveats: vec![],
        next_step: None,
        ..Section::default()
    }
}

fn facts() -> Vec<Fact> {
    let hash = "b3:5f0c9e1d7a64c1e0".to_owned();
    vec![
        Fact {
            name: "Share that left, month-to-month".to_owned(),
            value: "42.7% (41.1–44.3%), 1,655 of 3,875".to_owned(),
            query: Some(
                "SELECT avg(Churn = 'Yes')\nFROM customers\nWHERE Contract = 'Month-to-month'".to_owned(),
            ),
            data_hash: hash.clone(),
            method: "Wilson interval at 95%".to_owned(),
        },
        Fact {
            name: "Area under the ROC curve".to_owned(),
            value: "0.849 (0.828–0.869)".to_owned(),
            query: None,
            data_hash: hash,
            method: "DeLong interval at 95%, 1,409 held-out customers".to_owned(),
        },
    ]
}

fn contracts() -> Chart {
    Chart::new(
        "Share of customers that left, by contract",
        Bars {
            items: vec![
                Bar::new("Month-to-month", 0.427).between(0.411, 0.443).strong(),
                Bar::new("One year", 0.113).between(0.098, 0.130),
                Bar::new("Two year", 0.028).between(0.021, 0.037),
            ],
            reference: Some(Mark::new(0.265, "all customers")),
            format: Format::Percent,
            interval: "95% interval".to_owned(),
            ..Bars::default()
        },
    )
    .caption("Third quarter, 7,043 customers. Lines show 95% intervals.")
}

fn segments() -> Chart {
    let items = [
        (
            "tenure ≤ 9 and InternetService = Fiber optic",
            0.462,
            0.433,
            0.489,
        ),
        ("Contract = Month-to-month", 0.359, 0.342, 0.376),
        ("tenure ≤ 9", 0.299, 0.274, 0.324),
        ("PaymentMethod = Electronic check", 0.282, 0.259, 0.304),
        ("InternetService = Fiber optic", 0.274, 0.254, 0.294),
        ("OnlineSecurity = No", 0.262, 0.243, 0.281),
        ("TechSupport = No", 0.258, 0.239, 0.277),
        ("SeniorCitizen = 1", 0.181, 0.151, 0.210),
        ("PaperlessBilling = Yes", 0.172, 0.153, 0.192),
        ("MultipleLines = Yes", 0.033, 0.011, 0.055),
        ("gender = Female", 0.008, -0.013, 0.028),
        ("Partner = Yes", -0.133, -0.153, -0.113),
        ("Dependents = Yes", -0.158, -0.178, -0.137),
        ("Contract = One year", -0.193, -0.212, -0.173),
        ("Contract = Two year", -0.310, -0.325, -0.294),
    ];
    Chart::new(
        "How much more often a segment leaves than everyone else",
        Bars {
            items: items
                .map(|(label, value, low, high)| Bar::new(label, value).between(low, high))
                .to_vec(),
            style: BarStyle::Dot,
            reference: None,
            format: Format::Points,
            axis: "Percentage points".to_owned(),
            interval: "95% interval".to_owned(),
        },
    )
    .caption("Difference of the shares that left, inside and outside the segment.")
}

fn tenure() -> Chart {
    let edges: Vec<f64> = (0..=24).map(|bin| f64::from(bin) * 3.0).collect();
    let counts = (0..24)
        .map(|bin| (620.0 * exp(-f64::from(bin) / 5.0) + 12.0) as u64)
        .collect();
    Chart::new(
        "Months with us before leaving",
        Histogram {
            edges,
            counts,
            marks: vec![Mark::new(10.0, "median")],
            axis: "Months".to_owned(),
            ..Histogram::default()
        },
    )
    .caption("1,869 customers that left, in bins of three months.")
}

fn bills() -> Chart {
    let edges: Vec<f64> = (0..=20).map(|bin| 18.0 + f64::from(bin) * 5.0).collect();
    let bump = |bin: i32, at: f64, wide: f64| exp(-(f64::from(bin) - at) * (f64::from(bin) - at) / wide);
    let stayed = (0..20)
        .map(|bin| (900.0 * bump(bin, 0.0, 2.0) + 300.0 * bump(bin, 12.0, 40.0)) as u64)
        .collect();
    let left = (0..20)
        .map(|bin| (90.0 * bump(bin, 1.0, 5.0) + 240.0 * bump(bin, 13.0, 14.0)) as u64)
        .collect();
    Chart::new(
        "Monthly bill of those who stayed and those who left",
        Histogram {
            edges,
            counts: stayed,
            name: "Stayed".to_owned(),
            other: Some(("Left".to_owned(), left)),
            format: Format::Prefix("€".to_owned()),
            axis: "Monthly bill".to_owned(),
            ..Histogram::default()
        },
    )
    .caption("Share of each group's customers.")
}

fn roc() -> Chart {
    let curve = |power: f64| -> Vec<(f64, f64)> {
        (0..=100)
            .map(|step| f64::from(step) / 100.0)
            .map(|x| (x, 1.0 - stats::math::pow(1.0 - x, power)))
            .collect()
    };
    let forest = curve(5.6);
    let band = forest.iter().map(|(x, y)| {
        (
            y - 0.12 * x * (1.0 - x) - 0.005,
            (y + 0.1 * x * (1.0 - x)).min(1.0),
        )
    });
    Chart::new(
        "How well the model separates leavers from the others",
        Lines {
            series: vec![
                Series {
                    name: "Boosted trees, 0.849".to_owned(),
                    band: band.collect(),
                    points: forest,
                    dashed: false,
                },
                Series {
                    name: "Contract alone, 0.742".to_owned(),
                    points: curve(2.9),
                    dashed: true,
                    ..Series::default()
                },
            ],
            diagonal: true,
            x: Axis::share("Stayers flagged by mistake"),
            y: Axis::share("Leavers found"),
            ..Lines::default()
        },
    )
    .caption("ROC curve on held-out customers, with a 95% band; the dashed diagonal is chance.")
}

fn forecast() -> Chart {
    let week = |place: i32| 19_730.0 + 7.0 * f64::from(place);
    let level = |place: i32| 45.0 + 0.15 * f64::from(place) + 7.0 * sin(f64::from(place) * 0.35);
    let noise = |place: i32| 4.0 * sin(f64::from(place * place % 17));
    let ahead = |place: i32| 3.0 + 2.2 * sqrt(f64::from(place - 51));
    Chart::new(
        "Customers leaving each week, and the next quarter",
        Lines {
            series: vec![
                Series {
                    name: "Measured".to_owned(),
                    points: (0..52)
                        .map(|place| (week(place), level(place) + noise(place)))
                        .collect(),
                    ..Series::default()
                },
                Series {
                    name: "Expected, with 80% interval".to_owned(),
                    points: (52..65).map(|place| (week(place), level(place))).collect(),
                    band: (52..65)
                        .map(|at| (level(at) - ahead(at), level(at) + ahead(at)))
                        .collect(),
                    dashed: true,
                },
            ],
            marks: vec![Mark::new(week(51), "today")],
            x: Axis::new("", Format::Date),
            y: Axis::new("Customers a week", Format::Number),
            ..Lines::default()
        },
    )
}

fn reliability() -> Chart {
    let bins = (0..10).map(|bin| {
        let predicted = 0.04 + 0.1 * f64::from(bin);
        let observed = (predicted + 0.03 * sin(f64::from(bin) * 1.3)).clamp(0.0, 1.0);
        let n = (420.0 * exp(-f64::from(bin) / 3.5)) as u64;
        let half = 1.96 * sqrt(observed * (1.0 - observed) / n as f64);
        ReliabilityBin {
            predicted,
            observed,
            low: (observed - half).max(0.0),
            high: (observed + half).min(1.0),
            n,
        }
    });
    Chart::new(
        "Predicted and actual shares agree",
        Reliability { bins: bins.collect() },
    )
    .caption("Held-out customers in ten bins; on the diagonal, scores can be taken at their word.")
}

fn effects() -> Chart {
    let items = [
        ("Contract = Month-to-month", 0.84, 3_875),
        ("InternetService = Fiber optic", 0.52, 3_096),
        ("tenure ≤ 9", 0.47, 1_854),
        ("PaymentMethod = Electronic check", 0.29, 2_365),
        ("OnlineSecurity = Yes", -0.21, 2_019),
        ("Contract = One year", -0.44, 1_473),
        ("tenure > 55", -0.71, 1_741),
        ("Contract = Two year", -1.32, 1_695),
    ];
    Chart::new(
        "What moves the model's score",
        Effects {
            items: items.map(|(group, mean, n)| Effect::new(group, mean, n)).to_vec(),
            below: "stays".to_owned(),
            above: "leaves".to_owned(),
            format: Format::Signed,
        },
    )
    .caption("Mean contribution to the log-odds of leaving, in each group.")
}

fn shares() -> Chart {
    let items = [
        ("Electronic check", 0.336, 0.214),
        ("Mailed check", 0.229, 0.187),
        ("Bank transfer (automatic)", 0.219, 0.231),
        ("Credit card (automatic)", 0.216, 0.229),
        ("Digital wallet", 0.0, 0.139),
    ];
    Chart::new(
        "How customers pay",
        Shares {
            items: items
                .map(|(label, then, now)| Share::new(label, then, now))
                .to_vec(),
            baseline: "In training".to_owned(),
            current: "Last day".to_owned(),
        },
    )
    .caption("PaymentMethod, 1,204 requests on 14 March.")
}

fn monitor() -> MonitorPage {
    let row = |feature: &str, check: &str, numbers: [f64; 4], state: Verdict| MonitorRow {
        feature: feature.to_owned(),
        check: check.to_owned(),
        p_value: Some(numbers[0]),
        p_adjusted: Some(numbers[1]),
        effect: numbers[2],
        floor: numbers[3],
        state,
    };
    MonitorPage {
        title: "churn@champion".to_owned(),
        verdict: Verdict::Alarm,
        sentence: "Customers now pay in a way that the model has never seen, and its scores have fallen."
            .to_owned(),
        facts: [
            ("Window", "14 March 2025, one day"),
            ("Requests", "1,204"),
            ("Bundle", "3f9a c21e"),
            ("Checks", "24"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        rows: vec![
            row(
                "tenure",
                "Kolmogorov–Smirnov",
                [0.66, 0.91, 0.021, 0.1],
                Verdict::Calm,
            ),
            row(
                "PaymentMethod",
                "new categories",
                [1e-40, 1e-38, 0.139, 0.01],
                Verdict::Alarm,
            ),
            row(
                "PaymentMethod",
                "chi-squared",
                [1e-30, 1e-28, 0.42, 0.1],
                Verdict::Alarm,
            ),
            row(
                "MonthlyCharges",
                "Kolmogorov–Smirnov",
                [0.000_4, 0.004, 0.083, 0.1],
                Verdict::Watch,
            ),
            row("Contract", "chi-squared", [0.21, 0.55, 0.03, 0.1], Verdict::Calm),
            row(
                "score",
                "Kolmogorov–Smirnov",
                [1e-9, 1e-8, 0.131, 0.1],
                Verdict::Alarm,
            ),
        ],
        charts: vec![shares(), bills()],
        notes: lines(&[
            "Without any change, these checks raise one false alarm in about twelve weeks.",
            "A change counts only if it is both certain (corrected p below 0.05) and large enough to matter.",
            "Whether the predictions came true is not known yet; outcomes arrive after 30 days.",
        ]),
    }
}

/// Names that try to break out, and values that cannot be drawn.
fn hostile() -> Story {
    let long = "a very long category name that goes on and on without any end in sight, really ".repeat(3);
    let names = [
        "<script>alert(1)</script>",
        "\" onload=\"alert(1)",
        "abc\u{202e}fdp.exe",
        &long,
        "東京都千代田区",
        "",
        "&amp;",
    ];
    let values = [0.5, f64::NAN, 1e12, -0.2, f64::INFINITY, 0.0, 3.0];
    let items: Vec<Bar> = names
        .iter()
        .zip(values)
        .map(|(name, value)| Bar::new(*name, value))
        .collect();
    let many = (0..40)
        .map(|place| Share::new(format!("level {place}"), 0.025, 0.025))
        .collect();
    Story {
        title: "<b>Hostile</b> names & values".to_owned(),
        lead: lines(&["</style><script>alert(1)</script> stays text."]),
        sections: vec![Section {
            question: "Does anything escape?".to_owned(),
            answer: "No.".to_owned(),
            evidence: vec![
                Evidence::Chart(Chart::new(
                    "Odd <names>",
                    Bars {
                        items,
                        ..Bars::default()
                    },
                )),
                Evidence::Chart(Chart::new(
                    "Forty levels",
                    Shares {
                        items: many,
                        ..Shares::default()
                    },
                )),
                Evidence::Chart(Chart::new("Nothing at all", Lines::default())),
            ],
            ..Section::default()
        }],
        ..Story::default()
    }
}

fn lines(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
