//! What the page says of the plan.

use super::day;
use crate::experiment::AnalysisRecord;
use crate::experiment::decision::format_of;
use crate::file::ExperimentSection;
use report::{Evidence, Section, format_count, format_level, format_percent};

pub(super) fn planned(section: &ExperimentSection, record: &AnalysisRecord) -> Section {
    let size = &record.size;
    let format = format_of(section.primary().kind.word());
    let relative = size.relative_effect.map_or(String::new(), |share| {
        format!(", {} of the baseline", format_percent(share))
    });
    let answer = format!(
        "{} units, to find an effect of {}{relative} with a chance of {}.",
        format_count(size.total),
        format.value(size.effect).trim_start_matches('+'),
        format_level(section.power)
    );
    let sizes = size.sizes.iter().map(|row| {
        vec![
            format_count(row.total),
            row.detectable.map_or("–".to_owned(), |effect| {
                format.value(effect).trim_start_matches('+').to_owned()
            }),
            format_percent(row.power),
        ]
    });
    let lines = record
        .plan
        .lines
        .iter()
        .map(|(key, value)| vec![key.clone(), value.clone()]);
    Section {
        id: "plan".to_owned(),
        question: "What was planned?".to_owned(),
        answer,
        evidence: vec![
            Evidence::Table {
                caption: "What other sizes would find: the smallest effect with the planned power, and the power for the smallest effect of interest".to_owned(),
                header: vec![
                    "Units".to_owned(),
                    "Smallest effect".to_owned(),
                    "Power".to_owned(),
                ],
                rows: sizes.collect(),
            },
            Evidence::Text(format!(
                "Version {} of the plan, registered on {} {} data were there; hash {}.",
                record.plan.version,
                day(&record.plan.registered),
                if record.plan.had_data { "when" } else { "before" },
                &record.plan.hash[..record.plan.hash.len().min(12)]
            )),
            Evidence::Folded {
                caption: "The registered plan".to_owned(),
                header: vec!["Key".to_owned(), "Value".to_owned()],
                rows: lines.collect(),
            },
        ],
        caveats: Vec::new(),
        next_step: None,
    }
}
