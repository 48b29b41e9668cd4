//! What the page says of effects: pictures with intervals, and the numbers behind them.

use crate::experiment::decision::format_of;
use crate::experiment::health::p_words;
use crate::experiment::{AnalysisRecord, EffectRecord, SegmentsRecord};
use crate::file::{ExperimentSection, MonitoringWord};
use report::{
    Axis, Bar, BarStyle, Bars, Chart, Evidence, Format, Lines, Mark, Section, Series, format_count,
    format_level, format_p_value, format_percent,
};

/// The metric that decides.
pub(super) fn primary(section: &ExperimentSection, record: &AnalysisRecord) -> Section {
    let effects: Vec<&EffectRecord> = record.effects.iter().filter(|effect| effect.is_primary).collect();
    let found: Vec<String> = effects.iter().map(|effect| in_short(effect)).collect();
    let sign = if section.primary().higher_is_better {
        1.0
    } else {
        -1.0
    };
    let kind = effects.first().map_or("mean", |effect| effect.kind.as_str());
    let chart = Chart::new(
        format!(
            "Effect on {}, against {}",
            section.primary().name.value,
            section.arms[0].value
        ),
        Bars {
            items: effects
                .iter()
                .map(|effect| bar(effect.treatment.clone(), effect.effect))
                .collect(),
            style: BarStyle::Dot,
            reference: Some(Mark::new(sign * record.size.effect, "smallest of interest")),
            format: format_of(kind),
            interval: interval_name(&effects),
            ..Bars::default()
        },
    );
    let mut evidence = vec![Evidence::Chart(chart), table_of(&effects)];
    evidence.extend(effects.iter().map(|effect| folded(effect)));
    let failed = effects
        .iter()
        .flat_map(|effect| effect.checks.iter().filter(|(_, holds, _)| !holds));
    let mut caveats: Vec<String> = failed
        .map(|(name, _, detail)| format!("The method assumes: {name}. Here: {detail}."))
        .collect();
    caveats.extend(record.caveats.iter().cloned());
    Section {
        id: "effect".to_owned(),
        question: format!("What does it do to {}?", section.primary().name.value),
        answer: format!("{} is {}.", section.primary().name.value, found.join(", ")),
        evidence,
        caveats,
        next_step: None,
    }
}

/// What was found of one treatment, in a few words.
fn in_short(effect: &EffectRecord) -> String {
    let size = format_of(&effect.kind).value(effect.effect[0]);
    match (effect.is_better(), effect.is_worse()) {
        (true, _) => format!("better with {} ({size})", effect.treatment),
        (_, true) => format!("worse with {} ({size})", effect.treatment),
        _ => format!("not shown to differ with {} ({size})", effect.treatment),
    }
}

fn bar(name: String, [value, low, high]: [f64; 3]) -> Bar {
    Bar::new(name, value).between(low, high)
}

fn interval_name(effects: &[&EffectRecord]) -> String {
    effects.first().map_or(String::new(), |effect| {
        format!("{} interval", format_level(effect.level))
    })
}

fn table_of(effects: &[&EffectRecord]) -> Evidence {
    let header = [
        "Metric",
        "Control",
        "Treatment",
        "Effect",
        "Relative",
        "p, corrected",
    ];
    let row = |effect: &&EffectRecord| {
        let level = if effect.kind == "proportion" {
            Format::Percent
        } else {
            Format::Number
        };
        let relative = effect.relative.map_or("–".to_owned(), |[value, low, high]| {
            format!(
                "{} ({})",
                Format::Change.value(value),
                Format::Change.range(low, high)
            )
        });
        vec![
            format!("{}, {}", effect.metric, effect.treatment),
            fine(&level, effect.control_value),
            fine(&level, effect.treatment_value),
            format_of(&effect.kind).value(effect.effect[0]),
            relative,
            format_p_value(effect.p_adjusted),
        ]
    };
    Evidence::Table {
        caption: String::new(),
        header: header.map(str::to_owned).to_vec(),
        rows: effects.iter().map(row).collect(),
    }
}

/// Shares near one another need a digit more than percents usually have.
fn fine(format: &Format, value: f64) -> String {
    match format {
        Format::Percent if value.is_finite() => format!("{:.2}%", value * 100.0),
        _ => format.value(value),
    }
}

fn folded(effect: &EffectRecord) -> Evidence {
    let mut rows = vec![
        ("Method", effect.method.clone()),
        (
            "Units of control / treatment",
            format!(
                "{} / {}",
                format_count(effect.n_control),
                format_count(effect.n_treatment)
            ),
        ),
        ("Units left out because missing", format_count(effect.n_dropped)),
        (
            "Statistic",
            format!(
                "{} = {}",
                effect.statistic.0,
                report::format_number(effect.statistic.1)
            ),
        ),
        ("p on its own", format_p_value(effect.p_value)),
    ];
    rows.extend(
        effect
            .variance_ratio
            .map(|ratio| ("Variance taken out by covariates", format_percent(1.0 - ratio))),
    );
    rows.extend(
        effect
            .boundary
            .map(|z| ("Boundary at this look (z)", report::format_number(z))),
    );
    let checks = effect.checks.iter().map(|(name, holds, detail)| {
        vec![
            name.clone(),
            format!("{}: {detail}", if *holds { "holds" } else { "does not hold" }),
        ]
    });
    Evidence::Folded {
        caption: format!(
            "The comparison behind it: {}, {}",
            effect.metric, effect.treatment
        ),
        header: vec!["What".to_owned(), "Found".to_owned()],
        rows: rows
            .into_iter()
            .map(|(what, found)| vec![what.to_owned(), found])
            .chain(checks)
            .collect(),
    }
}

/// The looks so far against the boundary; none where the data are looked at once.
pub(super) fn development(section: &ExperimentSection, record: &AnalysisRecord) -> Option<Section> {
    if matches!(section.monitoring, MonitoringWord::Fixed) {
        return None;
    }
    let charts = record.boundaries.iter().map(|(treatment, boundary)| {
        let looks = record
            .looks
            .iter()
            .filter(|look| look.plan_version == record.plan.version);
        let seen: Vec<(f64, [f64; 3])> = looks
            .filter_map(|look| {
                let (_, effect, _) = look.effects.iter().find(|(name, ..)| name == treatment)?;
                // an interval that is open says nothing yet, and has no place on an axis
                let is_drawn = effect.iter().all(|end| end.is_finite());
                is_drawn.then_some((look.units as f64, *effect))
            })
            .collect();
        let side = |name: &str, sign: f64| Series {
            name: name.to_owned(),
            points: boundary
                .iter()
                .map(|point| (point.units as f64, sign * point.effect))
                .collect(),
            dashed: true,
            ..Series::default()
        };
        let observed = Series {
            name: "effect and interval".to_owned(),
            points: seen.iter().map(|(units, [value, ..])| (*units, *value)).collect(),
            band: seen.iter().map(|(_, [_, low, high])| (*low, *high)).collect(),
            dashed: false,
        };
        let lines = Lines {
            series: vec![observed, side("stop above", 1.0), side("stop below", -1.0)],
            x: Axis::new("units analysed", Format::Number),
            y: Axis::new("effect", format_of(&section.primary().kind.word().to_owned())),
            marks: vec![Mark::new(record.size.total as f64, "planned")],
            ..Lines::default()
        };
        Evidence::Chart(Chart::new(format!("{treatment}: the effect look by look"), lines))
    });
    let answer = match section.monitoring {
        MonitoringWord::AlwaysValid => "An effect outside the boundary decides, whenever one looks.",
        _ => "An effect outside the boundary at a look decides.",
    };
    Some(Section {
        id: "looks".to_owned(),
        question: "How did it develop?".to_owned(),
        answer: answer.to_owned(),
        evidence: charts.collect(),
        ..Section::default()
    })
}

/// The guardrails, in the one unit that all have.
pub(super) fn others(section: &ExperimentSection, record: &AnalysisRecord) -> Option<Section> {
    let effects: Vec<&EffectRecord> = record
        .effects
        .iter()
        .filter(|effect| !effect.is_primary)
        .collect();
    if effects.is_empty() {
        return None;
    }
    let name = |effect: &EffectRecord| match section.treatments().len() {
        1 => effect.metric.clone(),
        _ => format!("{}, {}", effect.metric, effect.treatment),
    };
    let items = effects
        .iter()
        .filter_map(|effect| Some(bar(name(effect), effect.relative?)));
    let chart = Chart::new(
        format!(
            "Relative change of the other metrics, against {}",
            section.arms[0].value
        ),
        Bars {
            items: items.collect(),
            style: BarStyle::Dot,
            format: Format::Change,
            interval: interval_name(&effects),
            ..Bars::default()
        },
    );
    let count = |is: fn(&EffectRecord) -> bool| effects.iter().filter(|effect| is(effect)).count();
    let (better, worse) = (count(EffectRecord::is_better), count(EffectRecord::is_worse));
    let mut evidence = vec![Evidence::Chart(chart), table_of(&effects)];
    evidence.extend(effects.iter().map(|effect| folded(effect)));
    Some(Section {
        id: "guardrails".to_owned(),
        question: "What about the other metrics?".to_owned(),
        answer: counted(effects.len(), better, worse),
        evidence,
        caveats: vec![
            "A metric that is not shown to differ may still differ by less than its interval.".to_owned(),
        ],
        next_step: None,
    })
}

/// The primary effect segment by segment.
pub(super) fn for_whom(section: &ExperimentSection, record: &AnalysisRecord) -> Option<Section> {
    if record.segments.is_empty() {
        return None;
    }
    let differ: Vec<String> = record
        .segments
        .iter()
        .filter(|found| found.p_differ < section.alpha)
        .map(|found| format!("{} ({})", found.column, found.treatment))
        .collect();
    let answer = match differ.is_empty() {
        true => "No segment is shown to differ from the others.".to_owned(),
        false => format!("The effect differs by {}.", differ.join(", ")),
    };
    Some(Section {
        id: "segments".to_owned(),
        question: "For whom?".to_owned(),
        answer,
        evidence: record.segments.iter().map(|found| segment_chart(section, found)).collect(),
        caveats: vec![
            "Segments are searched, not tested by the plan: take a finding as a question for the next experiment.".to_owned(),
        ],
        next_step: None,
    })
}

fn segment_chart(section: &ExperimentSection, found: &SegmentsRecord) -> Evidence {
    let item = |segment: &crate::experiment::SegmentRecord| {
        let marked = if segment.found { " *" } else { "" };
        bar(format!("{}{marked}", segment.name), segment.effect)
    };
    let left_out = match found.left_out.is_empty() {
        true => String::new(),
        false => format!(" Too few units: {}.", found.left_out.join(", ")),
    };
    let chart = Chart::new(
        format!(
            "Effect of {} on {}, by {}",
            found.treatment,
            section.primary().name.value,
            found.column
        ),
        Bars {
            items: found.segments.iter().map(item).collect(),
            style: BarStyle::Dot,
            format: format_of(section.primary().kind.word()),
            interval: format!("{} interval", format_level(1.0 - section.alpha)),
            ..Bars::default()
        },
    );
    Evidence::Chart(chart.caption(format!(
        "* an effect after Benjamini-Hochberg. Effects that differ between segments at all: p {}.{left_out}",
        p_words(found.p_differ)
    )))
}

/// How many comparisons came out which way.
fn counted(n: usize, better: usize, worse: usize) -> String {
    let rest = n - better - worse;
    let found = [
        (better, "better"),
        (worse, "worse"),
        (rest, "not shown to differ"),
    ];
    let mut told = found.into_iter().filter(|(n, _)| 0 < *n);
    match (n, told.next()) {
        (1, Some((_, word))) => format!("The one comparison is {word}."),
        (_, Some((all, word))) if all == n => format!("All {n} comparisons are {word}."),
        (_, first) => {
            let told = first.into_iter().chain(told);
            let words: Vec<String> = told.map(|(n, word)| format!("{n} {word}")).collect();
            format!("Of {n} comparisons {}.", words.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn comparisons_are_counted_in_words_that_fit() {
        let counted = super::counted;
        assert_eq!(counted(1, 1, 0), "The one comparison is better.");
        assert_eq!(counted(4, 4, 0), "All 4 comparisons are better.");
        assert_eq!(counted(3, 0, 0), "All 3 comparisons are not shown to differ.");
        assert_eq!(
            counted(4, 1, 2),
            "Of 4 comparisons 1 better, 2 worse, 1 not shown to differ."
        );
    }
}
