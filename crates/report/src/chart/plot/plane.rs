//! Charts over two axes of numbers, and grids of shades, as marks.

use super::{Colour, Grid, Mark, Plot, Side};
use crate::chart::{self, heat};
use crate::{Format, format_count, format_percent};
use stats::math::{ln, sqrt};

pub(super) fn lines(held: &chart::Lines) -> Plot {
    let mut plot = Plot {
        x: Side::of(&held.x),
        y: Side::of(&held.y),
        ..Plot::default()
    };
    let has_points = |series: &chart::Series| !chart::lines::finite_runs(&series.points).is_empty();
    if !held.series.iter().any(has_points) {
        return plot;
    }
    for (place, series) in held.series.iter().enumerate() {
        add_band(
            &mut plot,
            Colour::of_series(place),
            &series.points,
            &series.band,
            "",
        );
    }
    if held.diagonal {
        plot.add(
            "chance",
            Colour::Ink,
            Mark::Line {
                points: vec![(0.0, 0.0), (1.0, 1.0)],
                dashed: true,
            },
        );
    }
    for (place, series) in held.series.iter().enumerate() {
        let mark = match lone(&series.points) {
            Some(dots) => dots,
            None => Mark::Line {
                points: thinned(&series.points),
                dashed: series.dashed,
            },
        };
        plot.add(&series.name, Colour::of_series(place), mark);
    }
    for mark in &held.marks {
        plot.add_rule(mark.at, mark.label.clone());
    }
    plot
}

/// Curves as thin as the SVG's; a gap stays a gap.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let runs = chart::lines::finite_runs(points);
    let runs: Vec<Vec<(f64, f64)>> = runs.iter().map(|run| chart::lines::thinned(run)).collect();
    runs.join(&(f64::NAN, f64::NAN))
}

/// The points of a series in which none stands beside another, which the SVG has as dots.
fn lone(points: &[(f64, f64)]) -> Option<Mark> {
    let runs = chart::lines::finite_runs(points);
    let points: Vec<(f64, f64)> = runs.concat();
    (!runs.is_empty() && points.len() == runs.len()).then(|| Mark::Dots {
        sizes: vec![1.0; points.len()],
        tips: vec![String::new(); points.len()],
        points,
    })
}

fn add_band(plot: &mut Plot, colour: Colour, points: &[(f64, f64)], band: &[(f64, f64)], name: &str) {
    if band.len() != points.len() || band.is_empty() {
        return;
    }
    let rows = points
        .iter()
        .zip(band)
        .map(|((x, _), (low, high))| (*x, *low, *high));
    let rows: Vec<_> = rows
        .filter(|(x, low, high)| x.is_finite() && low.is_finite() && high.is_finite())
        .collect();
    let every = rows.len().div_ceil(240).max(1);
    let last = rows.len().saturating_sub(1);
    let kept = rows
        .iter()
        .enumerate()
        .filter(|(place, _)| place % every == 0 || *place == last);
    let kept: Vec<_> = kept.map(|(_, row)| *row).collect();
    let (x, low, high) = (
        kept.iter().map(|row| row.0).collect(),
        kept.iter().map(|row| row.1).collect(),
        kept.iter().map(|row| row.2).collect(),
    );
    plot.add(name, colour, Mark::Band { x, low, high });
}

pub(super) fn reliability(held: &chart::Reliability) -> Plot {
    let axis = |title: &str| Side {
        range: Some((0.0, 1.0)),
        ..Side::titled(title, &Format::Percent)
    };
    let mut plot = Plot {
        x: axis("Predicted probability"),
        y: axis("Share that came true"),
        ..Plot::default()
    };
    let bins: Vec<_> = held.drawable().collect();
    if bins.is_empty() {
        return plot;
    }
    plot.add(
        "predicted equals actual",
        Colour::Ink,
        Mark::Line {
            points: vec![(0.0, 0.0), (1.0, 1.0)],
            dashed: true,
        },
    );
    let with_ends = || {
        bins.iter()
            .filter(|bin| bin.low.is_finite() && bin.high.is_finite())
    };
    plot.add(
        "interval",
        Colour::OneTint,
        Mark::Whiskers {
            across: false,
            at: with_ends().map(|bin| bin.predicted).collect(),
            low: with_ends().map(|bin| bin.low).collect(),
            high: with_ends().map(|bin| bin.high).collect(),
        },
    );
    let most = bins.iter().map(|bin| bin.n).max().unwrap_or(1).max(1) as f64;
    let dots = Mark::Dots {
        points: bins.iter().map(|bin| (bin.predicted, bin.observed)).collect(),
        sizes: bins
            .iter()
            .map(|bin| 0.8 + 0.8 * sqrt(bin.n as f64 / most))
            .collect(),
        tips: bins.iter().map(|bin| chart::reliability::words(bin)).collect(),
    };
    plot.add("rows of like prediction", Colour::One, dots);
    plot
}

pub(super) fn heat(held: &chart::HeatMap) -> Plot {
    let (n_rows, n_columns) = (
        held.rows.len().min(heat::MOST),
        held.columns.len().min(heat::MOST),
    );
    let mut plot = Plot {
        x: Side {
            title: held.axes[1].clone(),
            downward: false,
            ..Side::named(held.columns[..n_columns].iter())
        },
        y: Side {
            title: held.axes[0].clone(),
            ..Side::named(held.rows[..n_rows].iter())
        },
        ..Plot::default()
    };
    if n_rows == 0 || n_columns == 0 {
        return plot;
    }
    let each = |of: &dyn Fn((usize, usize)) -> String| -> Vec<Vec<String>> {
        (0..n_rows)
            .map(|row| (0..n_columns).map(|column| of((row, column))).collect())
            .collect()
    };
    let word = |at| match held.value(at) {
        value if value.is_finite() => held.word(at).unwrap_or_else(|| held.format.value(value)),
        _ => String::new(),
    };
    let grid = Grid {
        x_edges: (0..=n_columns).map(|place| place as f64 - 0.5).collect(),
        y_edges: (0..=n_rows).map(|place| place as f64 - 0.5).collect(),
        shades: (0..n_rows)
            .map(|row| (0..n_columns).map(|column| held.value((row, column))).collect())
            .collect(),
        words: if n_columns <= 12 { each(&word) } else { Vec::new() },
        tips: each(&|(row, column)| {
            format!(
                "{} and {}: {}",
                held.rows[row],
                held.columns[column],
                word((row, column))
            )
        }),
    };
    plot.add("", Colour::One, Mark::Grid(grid));
    plot
}

pub(super) fn missing(held: &chart::Missing) -> Plot {
    let shown = held.shown();
    let n_blocks = held.n_blocks();
    let mut plot = Plot {
        x: Side {
            title: "rows, first to last".to_owned(),
            ..Side::default()
        },
        y: Side::named(shown.iter().map(|column| &column.name)),
        ..Plot::default()
    };
    if n_blocks == 0 {
        return plot;
    }
    let block = held.n_rows.max(1) as f64 / n_blocks as f64;
    let share =
        |column: &chart::MissingColumn, place: usize| column.blocks.get(place).copied().unwrap_or(0.0);
    let tip = |column: &chart::MissingColumn, place: usize| {
        format!(
            "{}, rows {}: {} missing",
            column.name,
            held.rows(place, place + 1),
            format_percent(share(column, place))
        )
    };
    let grid = Grid {
        x_edges: (0..=n_blocks).map(|place| place as f64 * block).collect(),
        y_edges: (0..=shown.len()).map(|place| place as f64 - 0.5).collect(),
        // warm: what is missing is a warning
        shades: shown
            .iter()
            .map(|column| (0..n_blocks).map(|place| -share(column, place)).collect())
            .collect(),
        words: Vec::new(),
        tips: shown
            .iter()
            .map(|column| (0..n_blocks).map(|place| tip(column, place)).collect())
            .collect(),
    };
    plot.add("", Colour::Two, Mark::Grid(grid));
    plot
}

pub(super) fn scatter(held: &chart::Scatter) -> Plot {
    let mut plot = Plot {
        x: Side::of(&held.x),
        y: Side::of(&held.y),
        ..Plot::default()
    };
    let points = held.shown();
    if let Some(cells) = held.drawable_cells() {
        let most = ln(1.0 + cells.most() as f64);
        let shade = |count: &u64| {
            if *count == 0 {
                f64::NAN
            } else {
                ln(1.0 + *count as f64) / most
            }
        };
        let tip = |count: &u64| {
            if *count == 0 {
                String::new()
            } else {
                format!("{} rows", format_count(*count))
            }
        };
        let grid = Grid {
            x_edges: cells.x_edges.clone(),
            y_edges: cells.y_edges.clone(),
            shades: cells
                .counts
                .iter()
                .map(|row| row.iter().map(shade).collect())
                .collect(),
            words: Vec::new(),
            tips: cells
                .counts
                .iter()
                .map(|row| row.iter().map(tip).collect())
                .collect(),
        };
        plot.add("", Colour::One, Mark::Grid(grid));
    } else if !points.is_empty() {
        let tip = |(x, y): &(f64, f64)| format!("{}, {}", held.x.format.value(*x), held.y.format.value(*y));
        let (sizes, tips) = (vec![0.7; points.len()], points.iter().map(tip).collect());
        plot.add("", Colour::One, Mark::Dots { points, sizes, tips });
    } else {
        return plot;
    }
    if let Some(fit) = &held.fit {
        add_band(&mut plot, Colour::Two, &fit.points, &fit.band, "");
        plot.add(
            &fit.name,
            Colour::Two,
            Mark::Line {
                points: thinned(&fit.points),
                dashed: fit.dashed,
            },
        );
    }
    plot
}

pub(super) fn fan(held: &chart::Fan) -> Plot {
    let mut plot = Plot {
        x: Side::of(&held.x),
        y: Side::of(&held.y),
        ..Plot::default()
    };
    for (level, band) in held.nested().into_iter().rev() {
        add_band(
            &mut plot,
            Colour::Two,
            &held.forecast,
            band,
            &format!("{} interval", crate::format_level(*level)),
        );
    }
    let curves = [
        ("measured", Colour::One, &held.history, false),
        ("forecast", Colour::Two, &held.forecast, false),
        ("came later", Colour::One, &held.came, true),
    ];
    for (name, colour, points, dashed) in curves {
        let points = thinned(points);
        if !points.is_empty() {
            plot.add(name, colour, Mark::Line { points, dashed });
        }
    }
    plot
}
