//! Charts of named groups, and histograms, as marks.

use super::{Bars, Colour, Mark, Plot, Side};
use crate::chart::{self, BarStyle, MOST_ITEMS};
use crate::{Format, format_count};

/// How much of a name's row its bar fills.
const THICK: f64 = 0.6;

impl Bars {
    /// Lying bars from zero, one for each name.
    fn across(values: Vec<f64>, words: Vec<String>, tips: Vec<String>) -> Bars {
        let n = values.len();
        Bars {
            across: true,
            at: (0..n).map(|place| place as f64).collect(),
            thick: vec![THICK; n],
            from: vec![0.0; n],
            words_at: values.clone(),
            to: values,
            words,
            tips,
            shades: Vec::new(),
        }
    }

    /// Those of the bars that are chosen.
    fn only(&self, is_chosen: impl Fn(usize) -> bool) -> Bars {
        let places: Vec<usize> = (0..self.at.len()).filter(|place| is_chosen(*place)).collect();
        let pick = |from: &[f64]| {
            places
                .iter()
                .filter_map(|place| from.get(*place).copied())
                .collect()
        };
        let texts = |from: &[String]| {
            places
                .iter()
                .filter_map(|place| from.get(*place).cloned())
                .collect()
        };
        Bars {
            across: self.across,
            at: pick(&self.at),
            thick: pick(&self.thick),
            from: pick(&self.from),
            to: pick(&self.to),
            words: texts(&self.words),
            words_at: pick(&self.words_at),
            tips: texts(&self.tips),
            shades: pick(&self.shades),
        }
    }
}

pub(super) fn bars(held: &chart::Bars) -> Plot {
    let shown = &held.items[..held.items.len().min(MOST_ITEMS)];
    let mut plot = Plot {
        x: Side::titled(&held.axis, &held.format),
        y: Side::named(shown.iter().map(|bar| &bar.label)),
        ..Plot::default()
    };
    if shown.is_empty() {
        return plot;
    }
    let words: Vec<String> = shown.iter().map(|bar| held.format.value(bar.value)).collect();
    let tips: Vec<String> = shown.iter().map(|bar| held.tip(bar)).collect();
    let values: Vec<f64> = shown.iter().map(|bar| bar.value).collect();
    let mut all = Bars::across(values.clone(), words, tips.clone());
    for (at, bar) in all.words_at.iter_mut().zip(shown) {
        let ends = bar
            .between
            .filter(|(low, high)| low.is_finite() && high.is_finite());
        *at = ends.map_or(*at, |(low, high)| if bar.value < 0.0 { low } else { high });
    }
    let has_strong = shown.iter().any(|bar| bar.strong);
    if held.style == BarStyle::Bar {
        for (colour, strong) in [(Colour::One, true), (Colour::Grey, false)] {
            let chosen =
                all.only(|place| !has_strong && strong || has_strong && shown[place].strong == strong);
            if !chosen.at.is_empty() {
                plot.add("", colour, Mark::Bars(chosen));
            }
        }
    }
    let with_ends: Vec<(usize, (f64, f64))> = shown
        .iter()
        .enumerate()
        .filter_map(|(place, bar)| Some((place, bar.between?)))
        .collect();
    if !with_ends.is_empty() {
        let whiskers = Mark::Whiskers {
            across: true,
            at: with_ends.iter().map(|(place, _)| *place as f64).collect(),
            low: with_ends.iter().map(|(_, (low, _))| *low).collect(),
            high: with_ends.iter().map(|(_, (_, high))| *high).collect(),
        };
        let colour = if held.style == BarStyle::Dot {
            Colour::OneTint
        } else {
            Colour::Ink
        };
        plot.add(&held.interval, colour, whiskers);
    }
    if held.style == BarStyle::Dot {
        let points = values.iter().zip(&all.at).map(|(x, y)| (*x, *y)).collect();
        plot.add(
            "",
            Colour::One,
            Mark::Dots {
                points,
                sizes: vec![1.0; shown.len()],
                tips,
            },
        );
    }
    if let Some(mark) = &held.reference {
        plot.add_rule(mark.at, mark.text(&held.format));
    }
    plot
}

pub(super) fn histogram(held: &chart::Histogram) -> Plot {
    let format = if held.other.is_some() {
        Format::Percent
    } else {
        Format::Number
    };
    let mut plot = Plot {
        x: Side::titled(&held.axis, &held.format),
        y: Side::titled("", &format),
        ..Plot::default()
    };
    if !held.is_drawable() {
        return plot;
    }
    let heights = held.heights(&held.counts);
    let bins = held.edges.windows(2);
    let bars = Bars {
        across: false,
        at: bins
            .clone()
            .map(|pair| pair[0] + (pair[1] - pair[0]) / 2.0)
            .collect(),
        thick: bins.map(|pair| pair[1] - pair[0]).collect(),
        from: vec![0.0; heights.len()],
        to: heights,
        words: Vec::new(),
        words_at: Vec::new(),
        tips: (0..held.counts.len())
            .map(|bin| format!("{}: {}", held.bin(bin), format_count(held.counts[bin])))
            .collect(),
        shades: Vec::new(),
    };
    let colour = if held.other.is_some() {
        Colour::OneTint
    } else {
        Colour::One
    };
    plot.add(&held.name, colour, Mark::Bars(bars));
    if let Some((name, counts)) = &held.other {
        let mut points = vec![(held.edges[0], 0.0)];
        for (pair, height) in held.edges.windows(2).zip(held.heights(counts)) {
            points.extend([(pair[0], height), (pair[1], height)]);
        }
        points.push((held.edges[held.edges.len() - 1], 0.0));
        plot.add(
            name,
            Colour::Two,
            Mark::Line {
                points,
                dashed: false,
            },
        );
    }
    for mark in &held.marks {
        plot.add_rule(mark.at, mark.text(&held.format));
    }
    plot
}

pub(super) fn effects(held: &chart::Effects) -> Plot {
    let shown = &held.items[..held.items.len().min(MOST_ITEMS)];
    let mut plot = Plot {
        x: Side::titled("", &held.format),
        y: Side::named(shown.iter().map(|item| &item.group)),
        ..Plot::default()
    };
    let words: Vec<String> = shown.iter().map(|item| held.format.value(item.mean)).collect();
    let tips = shown
        .iter()
        .map(|item| format!("{}: {}", item.group, held.format.value(item.mean)))
        .collect();
    let all = Bars::across(shown.iter().map(|item| item.mean).collect(), words, tips);
    for (name, colour, below) in [
        (&held.below, Colour::One, true),
        (&held.above, Colour::Two, false),
    ] {
        let chosen = all.only(|place| (shown[place].mean < 0.0) == below && shown[place].mean.is_finite());
        if !chosen.at.is_empty() {
            plot.add(name, colour, Mark::Bars(chosen));
        }
    }
    plot
}

pub(super) fn shares(held: &chart::Shares) -> Plot {
    let shown = held.shown();
    let mut plot = Plot {
        x: Side::titled("", &Format::Percent),
        y: Side::named(shown.iter().map(|item| &item.label)),
        ..Plot::default()
    };
    if shown.is_empty() {
        return plot;
    }
    let sides = [
        (&held.baseline, Colour::Grey, -0.2),
        (&held.current, Colour::One, 0.2),
    ];
    for (name, colour, beside) in sides {
        let value = |item: &chart::Share| if beside < 0.0 { item.baseline } else { item.current };
        let values: Vec<f64> = shown.iter().map(value).collect();
        let words: Vec<String> = values.iter().map(|x| Format::Percent.value(*x)).collect();
        let tips = shown
            .iter()
            .zip(&words)
            .map(|(item, word)| format!("{}: {word}", item.label))
            .collect();
        let mut bars = Bars::across(values, words, tips);
        bars.at.iter_mut().for_each(|at| *at += beside);
        bars.thick.fill(0.36);
        plot.add(name, colour, Mark::Bars(bars));
    }
    plot
}

pub(super) fn waterfall(held: &chart::Waterfall) -> Plot {
    let steps = held.shown();
    let labels: Vec<String> = std::iter::once(held.before.0.clone())
        .chain(steps.iter().map(|step| step.label.clone()))
        .chain([held.after.0.clone()])
        .collect();
    let mut plot = Plot {
        x: Side::titled("", &held.format),
        y: Side::named(labels.iter()),
        ..Plot::default()
    };
    if !(held.before.1.is_finite() && held.after.1.is_finite()) {
        return plot;
    }
    let mut level = held.before.1;
    let mut bars = Bars::across(
        vec![held.before.1],
        vec![held.format.value(held.before.1)],
        Vec::new(),
    );
    for step in &steps {
        bars.from.push(level);
        level += step.value;
        bars.to.push(level);
        bars.words.push(held.change.value(step.value));
    }
    bars.from.push(0.0);
    bars.to.push(held.after.1);
    bars.words.push(held.format.value(held.after.1));
    // beyond the farther end, whichever way the step went
    bars.words_at = bars
        .from
        .iter()
        .zip(&bars.to)
        .map(|(from, to)| from.max(*to))
        .collect();
    let n = labels.len();
    bars.at = (0..n).map(|place| place as f64).collect();
    bars.thick = vec![THICK; n];
    bars.tips = labels
        .iter()
        .zip(&bars.words)
        .map(|(label, word)| format!("{label}: {word}"))
        .collect();
    let is_total = |place: usize| place == 0 || place + 1 == n;
    let is_down = |place: usize| !is_total(place) && steps[place - 1].value < 0.0;
    plot.x.range = Some(held.range(&steps));
    plot.add("", Colour::Grey, Mark::Bars(bars.only(is_total)));
    for (colour, down) in [(Colour::One, false), (Colour::Two, true)] {
        let chosen = bars.only(|place| !is_total(place) && is_down(place) == down);
        if !chosen.at.is_empty() {
            plot.add("", colour, Mark::Bars(chosen));
        }
    }
    plot
}

pub(super) fn spread(held: &chart::Spread) -> Plot {
    let shown = held.shown();
    let mut plot = Plot {
        x: Side::titled(&held.axis, &held.format),
        y: Side::named(shown.iter().map(|group| &group.label)),
        ..Plot::default()
    };
    if !shown.iter().any(chart::Group::is_drawable) {
        return plot;
    }
    let heights = shown
        .iter()
        .flat_map(|group| &group.density)
        .map(|(_, height)| *height);
    let peak = heights.filter(|height| height.is_finite()).fold(0.0, f64::max);
    for (place, group) in shown
        .iter()
        .enumerate()
        .filter(|(_, group)| 2 < group.density.len() && group.is_drawable())
    {
        let at = |side: f64| move |(x, height): &(f64, f64)| (*x, place as f64 + side * 0.42 * height / peak);
        let finite = || {
            group
                .density
                .iter()
                .filter(|(x, height)| x.is_finite() && height.is_finite())
        };
        let outline = finite()
            .map(at(1.0))
            .chain(finite().rev().map(at(-1.0)))
            .collect();
        plot.add("", Colour::OneTint, Mark::Area(outline));
    }
    plot.add("", Colour::One, Mark::Boxes(shown.to_vec()));
    plot
}

pub(super) fn swarm(held: &chart::Swarm) -> Plot {
    let shown = held.shown();
    let mut plot = Plot {
        x: Side::titled(&held.axis, &held.format),
        y: Side::named(shown.iter().map(|feature| &feature.name)),
        ..Plot::default()
    };
    let most = shown
        .iter()
        .flat_map(|feature| &feature.bins)
        .map(|bin| bin.n)
        .max()
        .unwrap_or(0)
        .max(1);
    let (mut ordered, mut plain) = (
        Bars {
            across: true,
            ..Bars::default()
        },
        Bars {
            across: true,
            ..Bars::default()
        },
    );
    for (place, feature) in shown.iter().enumerate() {
        for bin in feature
            .bins
            .iter()
            .filter(|bin| 0 < bin.n && bin.low.is_finite() && bin.high.is_finite())
        {
            let bars = if bin.level.is_finite() {
                &mut ordered
            } else {
                &mut plain
            };
            bars.at.push(place as f64);
            bars.thick
                .push((0.84 * stats::math::sqrt(bin.n as f64 / most as f64)).max(0.04));
            bars.from.push(bin.low);
            bars.to.push(bin.high);
            bars.tips.push(held.tip(feature, bin));
            if bin.level.is_finite() {
                // low values in the first colour, as in the SVG
                let away = 1.0 - 2.0 * bin.level.clamp(0.0, 1.0);
                bars.shades
                    .push((0.2 + 0.8 * away.abs()) * if away < 0.0 { -1.0 } else { 1.0 });
            }
        }
    }
    for (colour, bars) in [(Colour::One, ordered), (Colour::Grey, plain)] {
        if !bars.at.is_empty() {
            plot.add("", colour, Mark::Bars(bars));
        }
    }
    plot
}
