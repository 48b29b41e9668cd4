//! Which groups stand out, before any model.

use super::{Finding, fact, with_interval};
use crate::ProjectError;
use crate::file::{ModelSection, SplitBy};
use bundle::{Bundle, Task};
use profile::Segment;
use report::{Bar, BarStyle, Bars, Chart, Evidence, Format, Section, Story};
use std::collections::BTreeSet;
use table::Table;

/// The confidence level of all intervals.
const LEVEL: f64 = 0.95;
/// The most segments shown.
const MOST: usize = 10;
/// The most segments that the lead tells.
const MOST_IN_LEAD: usize = 2;
/// A difference in shares below this is not worth a line; for means, as a part of the overall mean.
const WORTH: f64 = 0.03;

/// The segments of the model's inputs in which the target differs beyond chance, strongest first; `told` is the task as
/// pages may name it.
pub(super) fn find(
    section: &ModelSection,
    bundle: &Bundle,
    told: &Task,
    rows: &Table,
    private: &BTreeSet<String>,
) -> Result<Vec<Finding>, ProjectError> {
    let (positive, is_share) = match &bundle.task {
        Task::Binary { positive, .. } => (Some(positive.as_str()), true),
        Task::Regression { .. } | Task::Quantiles { .. } | Task::Ranking { .. } => (None, false),
        // With more classes there is no one number to compare, and anomalies have no target.
        Task::Classes { .. } | Task::Anomaly => return Ok(Vec::new()),
    };
    let target = bundle.task.target();
    let inputs: Vec<&str> = bundle
        .recipe
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    let mut names: Vec<String> = rows.names();
    let hidden = |name: &str| !inputs.contains(&name) || private.contains(name);
    names.retain(|name| hidden(name) && *name != target);
    if let SplitBy::Time(column) | SplitBy::Group(column) = &section.split {
        names.push(column.value.clone());
    }
    let segments = profile::segments(rows, target, positive, &names, LEVEL)?;
    let worth = |segment: &&Segment| {
        let scale = if is_share {
            1.0
        } else {
            segment.rest.abs().max(segment.rate.value.abs())
        };
        segment.holds && WORTH * scale <= segment.difference.value.abs()
    };
    let finding = |segment: &Segment| Finding {
        model: section.name.value.clone(),
        column: segment.column.clone(),
        other: segment.other.clone(),
        segment: segment.label.clone(),
        n: segment.n,
        inside: segment.rate.value,
        outside: segment.rest,
        difference: [
            segment.difference.value,
            segment.difference.low,
            segment.difference.high,
        ],
        p_adjusted: segment.p_adjusted,
        sentence: sentence(segment, told),
    };
    Ok(segments.iter().filter(worth).map(finding).collect())
}

fn sentence(segment: &Segment, task: &Task) -> String {
    let n = report::format_count(segment.n);
    let share = Format::Percent;
    match task {
        Task::Binary { target, positive, .. } => format!(
            "Where {}, {target} is {positive} for {}, against {} of everyone else: {}, {n} rows",
            segment.label,
            share.value(segment.rate.value),
            share.value(segment.rest),
            with_interval(
                &Format::Points,
                segment.difference.value,
                segment.difference.low,
                segment.difference.high
            ),
        ),
        _ => format!(
            "Where {}, the mean {} is {}, against {} elsewhere: {}, {n} rows",
            segment.label,
            task.target(),
            Format::Number.value(segment.rate.value),
            Format::Number.value(segment.rest),
            with_interval(
                &Format::Signed,
                segment.difference.value,
                segment.difference.low,
                segment.difference.high
            ),
        ),
    }
}

/// The section, and the first findings for the lead.
pub(super) fn tell(story: &mut Story, bundle: &Bundle, findings: &[Finding], of_model: &str) {
    let Some(first) = findings.first() else { return };
    let binary = matches!(bundle.task, Task::Binary { .. });
    let format = if binary { Format::Percent } else { Format::Number };
    let items = findings.iter().take(MOST).map(|finding| {
        Bar::new(finding.segment.clone(), finding.difference[0])
            .between(finding.difference[1], finding.difference[2])
    });
    let what = match &bundle.task {
        Task::Binary { target, positive, .. } => format!("the share where {target} is {positive}"),
        task => format!("the mean {}", task.target()),
    };
    let chart = Chart::new(
        format!("Difference in {what}, group against everyone else"),
        Bars {
            items: items.collect(),
            style: BarStyle::Dot,
            format: if binary { Format::Points } else { Format::Signed },
            interval: "95% interval".to_owned(),
            ..Bars::default()
        },
    );
    let rows = findings.iter().take(MOST).map(|finding| {
        vec![
            finding.segment.clone(),
            report::format_count(finding.n),
            format.value(finding.inside),
            format.value(finding.outside),
            report::format_p_value(finding.p_adjusted),
        ]
    });
    let table = Evidence::Table {
        caption: "The groups in numbers; p-values are corrected over all groups looked at.".to_owned(),
        header: ["Group", "Rows", "In the group", "Everyone else", "p"]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.collect(),
    };
    story.lead.extend(
        of_different_columns(findings)
            .into_iter()
            .take(MOST_IN_LEAD)
            .map(|finding| format!("{}.", finding.sentence)),
    );
    story.sections.push(Section {
        id: format!("groups-{}", bundle.name),
        question: format!("Which groups stand out{of_model}?"),
        answer: format!("{}.", first.sentence),
        evidence: vec![Evidence::Chart(chart), table],
        caveats: vec![
            "A group that stands out is associated with the outcome; that does not make it the cause, and groups overlap.".to_owned(),
        ],
        next_step: None,
    });
    for finding in findings.iter().take(MOST) {
        let value = with_interval(
            &if binary { Format::Points } else { Format::Signed },
            finding.difference[0],
            finding.difference[1],
            finding.difference[2],
        );
        story.appendix.push(fact(
            &finding.segment,
            value,
            None,
            &bundle.lineage.data,
            if binary {
                "Newcombe interval, Benjamini-Hochberg"
            } else {
                "Welch interval, Benjamini-Hochberg"
            },
        ));
    }
}

/// The strongest findings of which no two share a column, so that the lead does not say one thing twice.
fn of_different_columns(findings: &[Finding]) -> Vec<&Finding> {
    let columns = |finding: &Finding| [Some(finding.column.clone()), finding.other.clone()];
    let mut used: Vec<String> = Vec::new();
    let mut kept: Vec<&Finding> = Vec::new();
    for finding in findings {
        if !columns(finding)
            .iter()
            .flatten()
            .any(|column| used.contains(column))
        {
            used.extend(columns(finding).into_iter().flatten());
            kept.push(finding);
        }
    }
    kept
}
