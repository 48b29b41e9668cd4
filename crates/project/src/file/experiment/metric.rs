//! `[experiment.*.metrics.*]`

use super::{MetricKind, MetricSection};
use crate::file::problem::{Located, Problem};
use crate::file::read::Reader;
use crate::file::service::one_of;

/// The metrics in the order of the file.
pub(super) fn metrics(reader: &Reader<'_>) -> Vec<MetricSection> {
    let Some(group) = reader.table("metrics") else {
        return Vec::new();
    };
    let named = |(name, _): (Located<String>, _)| {
        let table = group.table(&name.value)?;
        table.check_keys("experiment.metrics");
        metric(name, &table)
    };
    group.entries().into_iter().filter_map(named).collect()
}

fn metric(name: Located<String>, reader: &Reader<'_>) -> Option<MetricSection> {
    let word = reader.required("kind")?;
    let word = one_of(
        reader,
        "kind",
        &word,
        &["proportion", "mean", "ratio", "quantile"],
    )?;
    let better = reader.text("better");
    let better = better.and_then(|found| one_of(reader, "better", &found, &["higher", "lower"]));
    refuse_stray(reader, word);
    Some(MetricSection {
        kind: kind(reader, word)?,
        column: reader.text("column").unwrap_or_else(|| name.clone()),
        positive: reader.text("positive"),
        higher_is_better: better != Some("lower"),
        cap: reader.number("cap").map(|cap| cap.value),
        name,
    })
}

fn kind(reader: &Reader<'_>, word: &str) -> Option<MetricKind> {
    match word {
        "proportion" => Some(MetricKind::Proportion),
        "mean" => Some(MetricKind::Mean),
        "ratio" => Some(MetricKind::Ratio {
            per: reader.required("per")?,
        }),
        _ => quantile(reader),
    }
}

fn quantile(reader: &Reader<'_>) -> Option<MetricKind> {
    let Some(at) = reader.number("at") else {
        let span = reader.span.clone();
        reader.add(Problem::new(
            &reader.name,
            "no `at`",
            "a quantile such as `at = 0.9`",
            span,
        ));
        return None;
    };
    if 0.0 < at.value && at.value < 1.0 {
        return Some(MetricKind::Quantile { at: at.value });
    }
    reader.wrong(
        "at",
        at.value.to_string(),
        "a quantile above 0 and below 1",
        at.span,
    );
    None
}

/// Keys that other kinds of metric have.
fn refuse_stray(reader: &Reader<'_>, word: &str) {
    let belongs = [
        ("positive", &["proportion"][..]),
        ("per", &["ratio"]),
        ("at", &["quantile"]),
        ("cap", &["mean", "ratio"]),
    ];
    for (key, _) in reader.entries() {
        let home = belongs.iter().find(|(name, _)| *name == key.value);
        if let Some((_, kinds)) = home.filter(|(_, kinds)| !kinds.contains(&word)) {
            let found = format!("`{}` of a {word}", key.value);
            let expected = format!(
                "it under a metric of kind {}",
                table::quoted_list(kinds.iter().copied(), 4)
            );
            reader.wrong(&key.value, found, expected, key.span.clone());
        }
    }
}
