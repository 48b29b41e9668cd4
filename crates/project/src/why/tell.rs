//! A change told: the answer in a sentence, the steps as a picture, the segments as a table.

use super::record::{ChangeRecord, DimensionRecord, FindingRecord, LevelRecord, ShiftRecord};
use report::{
    Chart, Evidence, Format, Section, Step, Story, Waterfall, format_count, format_level, format_p_value,
};

/// Columns whose levels are told.
const DIMENSIONS: usize = 4;
/// Levels of a column that are told.
const LEVELS: usize = 8;

/// The answer in a sentence or three.
#[must_use]
pub fn answer(found: &ChangeRecord) -> String {
    let value = |x: f64| format(found).value(x);
    let moved = format!(
        "The {} went from {} to {}",
        found.number,
        value(found.before.value[0]),
        value(found.after.value[0])
    );
    let is_sure = found.change[1] > 0.0 || found.change[2] < 0.0;
    let shift = found.everything_moved.first().map(everything);
    let told = found
        .findings
        .iter()
        .filter(|finding| finding.share_of_change.is_some())
        .take(2);
    let named: Vec<String> = told
        .map(|finding| format!("`{}` ({})", finding.label, effect_words(found, finding.effect[0])))
        .collect();
    match (is_sure, shift, named.as_slice()) {
        (false, None, []) => {
            format!("{moved}, which is within chance, and no segment moved beyond the rest.")
        }
        (true, None, []) => format!("{moved}. No segment moved beyond the rest; the change is spread."),
        (_, Some(shift), []) => format!("{moved}. {shift}; no segment moved beyond the rest."),
        (_, None, named) => format!("{moved}. Most moved {}.", named.join(" and ")),
        (_, Some(shift), named) => format!("{moved}. {shift}; beyond that moved {}.", named.join(" and ")),
    }
}

fn everything(shift: &ShiftRecord) -> String {
    let what = match shift.kind.as_str() {
        "volume" if shift.amount < 0.0 => "There is less of everything",
        "volume" => "There is more of everything",
        _ => "Everything moved alike",
    };
    let amount = match shift.scale.as_str() {
        "amount" => format!("by {}", Format::Signed.value(shift.amount)),
        "odds" => format!("its odds by {}", Format::Change.value(shift.amount)),
        _ => format!("by {}", Format::Change.value(shift.amount)),
    };
    format!("{what}, {amount}")
}

/// How much an effect changes the number: `+1.2 points`, `−340`.
#[must_use]
pub fn effect_words(found: &ChangeRecord, effect: f64) -> String {
    change_format(found).value(effect)
}

fn format(found: &ChangeRecord) -> Format {
    if found.is_share {
        Format::Percent
    } else {
        Format::Number
    }
}

fn change_format(found: &ChangeRecord) -> Format {
    if found.is_share {
        Format::Points
    } else {
        Format::Signed
    }
}

/// Answers as a page of their own.
#[must_use]
pub fn page(found: &[ChangeRecord]) -> String {
    let story = Story {
        title: found.first().map(|record| record.ask.clone()).unwrap_or_default(),
        // a single answer is said once
        lead: match found {
            [_] => Vec::new(),
            found => found.iter().map(answer).collect(),
        },
        sections: found.iter().map(section).collect(),
        ..Story::default()
    };
    story.to_html()
}

/// The pictures of an answer, each with a name of its own.
#[must_use]
pub fn charts(found: &ChangeRecord) -> Vec<(String, Chart)> {
    vec![("change".to_owned(), picture(found))]
}

/// The section of a story.
#[must_use]
pub fn section(found: &ChangeRecord) -> Section {
    let mut evidence = vec![Evidence::Chart(picture(found))];
    if !found.findings.is_empty() {
        evidence.push(Evidence::Table {
            caption: "Segments that moved beyond the rest".to_owned(),
            header: ["segment", "how", "its own, then", "effect", "p, corrected"]
                .map(str::to_owned)
                .to_vec(),
            rows: found.findings.iter().map(|finding| row(found, finding)).collect(),
        });
    }
    for dimension in found.dimensions.iter().take(DIMENSIONS) {
        evidence.push(by(found, dimension));
    }
    let interval = format_level(found.level);
    evidence.push(Evidence::Text(format!(
        "{} segments were looked at, and p-values allow for all of them; intervals are {interval} and know of the rows' chance, not of the search.",
        format_count(found.n_looked_at)
    )));
    Section {
        id: format!("why-{}", found.name),
        question: found.ask.clone(),
        answer: answer(found),
        evidence,
        caveats: found.caveats.iter().map(|caveat| sentence(caveat)).collect(),
        next_step: next_step(found),
    }
}

fn sentence(caveat: &str) -> String {
    let mut chars = caveat.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().collect::<String>())
        .unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn next_step(found: &ChangeRecord) -> Option<String> {
    let finding = found.findings.first()?;
    Some(format!(
        "Ask whoever knows `{}` what happened there.",
        finding.label
    ))
}

fn picture(found: &ChangeRecord) -> Chart {
    let shifts = found.everything_moved.iter().map(|shift| Step {
        label: match shift.kind.as_str() {
            "volume" => "everything: how much of it".to_owned(),
            _ => "everything alike".to_owned(),
        },
        value: shift.effect[0],
        between: Some((shift.effect[1], shift.effect[2])),
    });
    let findings = found.findings.iter().map(|finding| Step {
        label: format!("{} ({})", finding.label, finding.kind),
        value: finding.effect[0],
        between: Some((finding.effect[1], finding.effect[2])),
    });
    let rest = Step {
        label: "everything else".to_owned(),
        value: found.everything_else[0],
        between: Some((found.everything_else[1], found.everything_else[2])),
    };
    let waterfall = Waterfall {
        before: (found.before.name.clone(), found.before.value[0]),
        steps: shifts.chain(findings).chain([rest]).collect(),
        after: (found.after.name.clone(), found.after.value[0]),
        format: format(found),
        change: change_format(found),
    };
    Chart::new(format!("How the {} changed", found.number), waterfall)
}

fn row(found: &ChangeRecord, finding: &FindingRecord) -> Vec<String> {
    let effect = change_format(found);
    let twins = match finding.twins.as_slice() {
        [] => String::new(),
        twins => format!(" (nearly the same rows: {})", twins.join("; ")),
    };
    vec![
        format!("{}{twins}", finding.label),
        finding.kind.clone(),
        two(format(found), finding.within),
        format!(
            "{} ({})",
            effect.value(finding.effect[0]),
            effect.range(finding.effect[1], finding.effect[2])
        ),
        format_p_value(finding.p_adjusted),
    ]
}

fn two(format: Format, [before, after]: [Option<f64>; 2]) -> String {
    let value = |x: Option<f64>| x.map_or("–".to_owned(), |x| format.value(x));
    format!("{}, {}", value(before), value(after))
}

fn by(found: &ChangeRecord, dimension: &DimensionRecord) -> Evidence {
    let effect = change_format(found);
    let cell =
        |[value, low, high]: [f64; 3]| format!("{} ({})", effect.value(value), effect.range(low, high));
    let has_volume = dimension.levels.iter().any(|level| level.volume[0] != 0.0);
    let size = |level: &LevelRecord| level.volume[0].abs() + level.mix[0].abs() + level.rate[0].abs();
    let mut levels: Vec<&LevelRecord> = dimension.levels.iter().collect();
    levels.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let row = |level: &&LevelRecord| {
        let mut cells = vec![
            level.label.clone(),
            two(Format::Percent, level.share.map(Some)),
            two(format(found), level.within),
        ];
        if has_volume {
            cells.push(cell(level.volume));
        }
        cells.extend([cell(level.mix), cell(level.rate)]);
        cells
    };
    let mut header = vec!["level", "of all, then", "its own, then"];
    if has_volume {
        header.push("volume");
    }
    header.extend(["mix", "rate"]);
    Evidence::Folded {
        caption: format!("The change over {}", dimension.column),
        header: header.into_iter().map(str::to_owned).collect(),
        rows: levels.iter().take(LEVELS).map(row).collect(),
    }
}
