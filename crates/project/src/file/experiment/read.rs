//! From the keys of `[experiment.*]` to what they mean.

use super::metric::metrics;
use super::{Agree, BaselineSection, Detect, ExperimentSection, MetricSection, MonitoringWord};
use crate::file::keys::KeyKind;
use crate::file::problem::{Located, Problem};
use crate::file::read::Reader;
use crate::file::service::one_of;
use stats::experiment::{Correction, Spending};

const CORRECTIONS: [&str; 4] = ["holm", "bonferroni", "benjamini-hochberg", "none"];
/// More looks than these are what always-valid methods are for.
const MOST_LOOKS: u64 = 50;

pub(in crate::file) fn experiment(name: Located<String>, reader: &Reader<'_>) -> Option<ExperimentSection> {
    let empty = || Located {
        value: String::new(),
        span: name.span.clone(),
    };
    let arms = arms(reader);
    let metrics = metrics(reader);
    let primary = primary(reader, &metrics);
    let alpha = share(reader, "alpha", 0.05, 0.5);
    let power = share(reader, "power", 0.8, 1.0);
    let (detect, baseline) = (detect(reader), baseline(reader));
    let (monitoring, correction) = (monitoring(reader), correction(reader));
    let covariates = reader.texts("covariates").unwrap_or_default();
    let strata = reader.text("strata");
    if let (Some(first), Some(_)) = (covariates.first(), &strata) {
        let expected = "one of the two: both take the same noise out";
        reader.wrong("covariates", "`strata` beside it", expected, first.span.clone());
    }
    let arm = reader.required("arm");
    let arms = arms?;
    let (allocation, agree) = (allocation(reader, &arms), agree(reader, &arms));
    Some(ExperimentSection {
        ask: reader
            .text("ask")
            .map_or_else(|| name.value.clone(), |ask| ask.value),
        data: reader.text("data").unwrap_or_else(empty),
        unit: reader.text("unit"),
        arm: arm?,
        allocation: allocation?,
        agree: agree?,
        arms,
        primary: primary?,
        metrics,
        alpha: alpha?,
        power: power?,
        detect: detect?,
        baseline: baseline?,
        monitoring: monitoring?,
        covariates,
        strata,
        segments: reader.texts("segments").unwrap_or_default(),
        correction: correction?,
        name,
    })
}

/// The control and the treatments, each once.
fn arms(reader: &Reader<'_>) -> Option<Vec<Located<String>>> {
    let control = reader.required("control");
    let treatments = reader.texts("treatments").unwrap_or_default();
    if treatments.is_empty() {
        let expected =
            "the other arms, such as `treatments = [\"treatment\"]`: a plan names them before they are seen";
        reader.add(Problem::new(
            &reader.name,
            "no `treatments`",
            expected,
            reader.span.clone(),
        ));
        return None;
    }
    let mut arms = vec![control?];
    for treatment in treatments {
        if arms.iter().any(|arm| arm.value == treatment.value) {
            let found = format!("{:?} twice", treatment.value);
            reader.wrong(
                "treatments",
                found,
                "each arm once, and not the control",
                treatment.span,
            );
            return None;
        }
        arms.push(treatment);
    }
    Some(arms)
}

/// A table with a value for each arm, and for nothing else.
fn per_arm<T>(
    table: &Reader<'_>,
    arms: &[Located<String>],
    besides: &[&str],
    read: impl Fn(&str) -> Option<T>,
) -> Option<Vec<T>> {
    let known = || {
        arms.iter()
            .map(|arm| arm.value.as_str())
            .chain(besides.iter().copied())
    };
    check_inner(table, &known().collect::<Vec<_>>());
    let missing = arms
        .iter()
        .find(|arm| !table.entries().iter().any(|(key, _)| key.value == arm.value));
    if let Some(arm) = missing {
        let found = format!("nothing for the arm `{}`", arm.value);
        table.add(Problem::new(
            &table.name,
            found,
            "a value for each arm",
            table.span.clone(),
        ));
        return None;
    }
    arms.iter().map(|arm| read(&arm.value)).collect()
}

fn allocation(reader: &Reader<'_>, arms: &[Located<String>]) -> Option<Vec<f64>> {
    if !has(reader, "allocation") {
        return Some(vec![1.0; arms.len()]);
    }
    let table = reader.table("allocation")?;
    per_arm(&table, arms, &[], |arm| {
        let units = table.number(arm)?;
        if 0.0 < units.value {
            return Some(units.value);
        }
        table.wrong(arm, units.value.to_string(), "a number above 0", units.span);
        None
    })
}

/// Nothing is a fine answer: the outer `None` is one that was refused.
fn agree(reader: &Reader<'_>, arms: &[Located<String>]) -> Option<Option<Agree>> {
    if !has(reader, "agree") {
        return Some(None);
    }
    let table = reader.table("agree")?;
    let column = table.required("column");
    let shown = per_arm(&table, arms, &["column"], |arm| table.text(arm));
    Some(Some(Agree {
        column: column?,
        shown: shown?,
    }))
}

fn primary(reader: &Reader<'_>, metrics: &[MetricSection]) -> Option<usize> {
    if metrics.is_empty() && has(reader, "metrics") {
        return None;
    }
    if metrics.is_empty() {
        let expected = "at least one `[experiment.NAME.metrics.METRIC]`";
        reader.add(Problem::new(
            &reader.name,
            "no metric",
            expected,
            reader.span.clone(),
        ));
        return None;
    }
    let known: Vec<&str> = metrics.iter().map(|metric| metric.name.value.as_str()).collect();
    match reader.text("primary") {
        Some(found) => {
            let word = one_of(reader, "primary", &found, &known)?;
            known.iter().position(|name| *name == word)
        }
        None if metrics.len() == 1 => Some(0),
        None => {
            let found = format!("{} metrics and no `primary`", metrics.len());
            let expected = format!("the one that decides: one of {}", table::quoted_list(known, 12));
            reader.add(Problem::new(&reader.name, found, expected, reader.span.clone()));
            None
        }
    }
}

fn share(reader: &Reader<'_>, key: &str, default: f64, below: f64) -> Option<f64> {
    let Some(found) = reader.number(key) else {
        return (!has(reader, key)).then_some(default);
    };
    if 0.0 < found.value && found.value < below {
        return Some(found.value);
    }
    let expected = format!("a probability above 0 and below {below}");
    reader.wrong(key, found.value.to_string(), expected, found.span);
    None
}

fn detect(reader: &Reader<'_>) -> Option<Detect> {
    let table = required_table(
        reader,
        "detect",
        "the smallest effect of interest, such as `detect = { relative = 0.05 }`",
    )?;
    check_inner(&table, &["absolute", "relative"]);
    let (absolute, relative) = (table.number("absolute"), table.number("relative"));
    let (effect, detect) = match (absolute, relative) {
        (Some(effect), None) => (effect.clone(), Detect::Absolute(effect.value)),
        (None, Some(effect)) => (effect.clone(), Detect::Relative(effect.value)),
        _ => {
            table.add(Problem::new(
                &table.name,
                "none or both",
                "`absolute` or `relative`",
                table.span.clone(),
            ));
            return None;
        }
    };
    if 0.0 < effect.value {
        return Some(detect);
    }
    table.add(Problem::new(
        &table.name,
        effect.value.to_string(),
        "a size above 0; `better` tells the direction",
        effect.span,
    ));
    None
}

fn baseline(reader: &Reader<'_>) -> Option<Located<BaselineSection>> {
    let words = "`{ share = 0.12 }`, `{ mean = 20, sd = 35 }` or `{ data = \"earlier\" }`";
    let table = required_table(
        reader,
        "baseline",
        &format!("what is known of the primary metric: {words}"),
    )?;
    check_inner(&table, &["share", "mean", "sd", "data"]);
    let (share, mean, sd, data) = (
        table.number("share"),
        table.number("mean"),
        table.number("sd"),
        table.text("data"),
    );
    let value = match (share, mean, sd, data) {
        (Some(share), None, None, None) if 0.0 < share.value && share.value < 1.0 => {
            BaselineSection::Share(share.value)
        }
        (None, Some(mean), Some(sd), None) if 0.0 < sd.value => BaselineSection::Mean {
            mean: mean.value,
            sd: sd.value,
        },
        (None, None, None, Some(data)) => BaselineSection::Data(data.value),
        _ => {
            table.add(Problem::new(
                &table.name,
                "something else",
                format!("{words}; a share in (0, 1), an sd above 0"),
                table.span.clone(),
            ));
            return None;
        }
    };
    Some(Located {
        value,
        span: table.span.clone(),
    })
}

fn monitoring(reader: &Reader<'_>) -> Option<MonitoringWord> {
    if !has(reader, "monitoring") {
        return Some(MonitoringWord::Fixed);
    }
    match reader.text_or_table("monitoring", KeyKind::TextOrTable)? {
        Some(word) => match one_of(reader, "monitoring", &word, &["fixed", "always-valid"])? {
            "fixed" => Some(MonitoringWord::Fixed),
            _ => Some(MonitoringWord::AlwaysValid),
        },
        None => looks(&reader.table("monitoring")?),
    }
}

fn looks(table: &Reader<'_>) -> Option<MonitoringWord> {
    check_inner(table, &["looks", "spending"]);
    let spending = match table.text("spending") {
        Some(word) => match one_of(table, "spending", &word, &["obrien-fleming", "pocock"])? {
            "pocock" => Spending::Pocock,
            _ => Spending::OBrienFleming,
        },
        None => Spending::OBrienFleming,
    };
    let Some(n) = table
        .whole("looks")
        .filter(|n| (2..=MOST_LOOKS).contains(&n.value))
    else {
        let expected = format!("`looks` from 2 to {MOST_LOOKS}");
        table.add(Problem::new(
            &table.name,
            "another number of looks",
            expected,
            table.span.clone(),
        ));
        return None;
    };
    Some(MonitoringWord::Looks {
        n_looks: n.value as usize,
        spending,
    })
}

fn correction(reader: &Reader<'_>) -> Option<Option<Correction>> {
    let Some(word) = reader.text("correction") else {
        return (!has(reader, "correction")).then_some(Some(Correction::Holm));
    };
    Some(match one_of(reader, "correction", &word, &CORRECTIONS)? {
        "holm" => Some(Correction::Holm),
        "bonferroni" => Some(Correction::Bonferroni),
        "benjamini-hochberg" => Some(Correction::BenjaminiHochberg),
        _ => None,
    })
}

fn has(reader: &Reader<'_>, key: &str) -> bool {
    reader.entries().iter().any(|(name, _)| name.value == key)
}

fn required_table<'a>(reader: &Reader<'a>, key: &str, expected: &str) -> Option<Reader<'a>> {
    if !has(reader, key) {
        let span = reader.span.clone();
        reader.add(Problem::new(&reader.name, format!("no `{key}`"), expected, span));
        return None;
    }
    reader.table(key)
}

/// Complains about keys of a table within the section that are not among `known`.
fn check_inner(table: &Reader<'_>, known: &[&str]) {
    for (key, _) in table.entries() {
        if !known.contains(&key.value.as_str()) {
            let expected = format!("one of {}", table::quoted_list(known.iter().copied(), 20));
            let problem = Problem::new(
                &table.name,
                format!("unknown key `{}`", key.value),
                expected,
                key.span.clone(),
            );
            table.add(problem.did_you_mean(&key.value, known.iter().copied()));
        }
    }
}
