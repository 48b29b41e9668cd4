//! `[why.*]`

use super::problem::Located;
use super::read::Reader;
use super::sections::WhySection;
use super::service::one_of;
use crate::why::{Asked, MetricWord, Periods};
use profile::why::Options;

pub(super) fn why(name: Located<String>, reader: &Reader<'_>) -> Option<WhySection> {
    let before_data = reader.text("before_data");
    let periods = match (&before_data, reader.text("by")) {
        (None, _) => Some(Periods {
            by: reader.required("by")?.value,
            before: reader.required("before")?.value,
            after: reader.required("after")?.value,
        }),
        (Some(_), None) => None,
        (Some(_), Some(by)) => {
            let expected = "one of `by` and `before_data`";
            reader.wrong(
                "by",
                format!("`{}` beside `before_data`", by.value),
                expected,
                by.span,
            );
            return None;
        }
    };
    let value = |key: &str| reader.text(key).map(|text| text.value);
    let level = match reader.number("level") {
        Some(level) if !(0.0 < level.value && level.value < 1.0) => {
            let expected = "a confidence level above 0 and below 1";
            reader.wrong("level", level.value.to_string(), expected, level.span);
            return None;
        }
        level => level.map_or(0.95, |level| level.value),
    };
    let lists = ["dimensions", "exclude"].map(|key| (key, reader.texts(key).unwrap_or_default()));
    let names = |list: &[Located<String>]| list.iter().map(|name| name.value.clone()).collect();
    let asked = Asked {
        metric: metric(reader)?,
        of: value("of"),
        per: value("per"),
        positive: value("positive"),
        periods,
        options: Options {
            weight: value("weight"),
            cluster: value("cluster"),
            dimensions: names(&lists[0].1),
            exclude: names(&lists[1].1),
            level,
            alpha: 1.0 - level,
            ..Options::default()
        },
    };
    let single = ["of", "per", "by", "weight", "cluster"].into_iter();
    let single = single.filter_map(|key| Some((key, reader.text(key)?)));
    let listed = lists
        .into_iter()
        .flat_map(|(key, names)| names.into_iter().map(move |name| (key, name)));
    Some(WhySection {
        ask: value("ask").unwrap_or_else(|| asked.sentence()),
        data: reader.text("data").unwrap_or(Located {
            value: String::new(),
            span: name.span.clone(),
        }),
        before_data,
        columns: single.chain(listed).collect(),
        places: reader
            .entries()
            .into_iter()
            .map(|(key, value)| (key.value, value.span()))
            .collect(),
        asked,
        name,
    })
}

fn metric(reader: &Reader<'_>) -> Option<MetricWord> {
    let Some(found) = reader.text("metric") else {
        return Some(MetricWord::default());
    };
    let known = MetricWord::WORDS.map(|(word, _)| word);
    let word = one_of(reader, "metric", &found, &known)?;
    MetricWord::WORDS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, metric)| *metric)
}
