//! A plan in its canonical form: a line `key = value` for everything that decides how the experiment is judged.

use crate::file::{
    BaselineSection, Detect, ExperimentSection, Located, MetricKind, MetricSection, MonitoringWord, Origin,
    Project,
};
use crate::steps::sources_of;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Lines that are computed from the plan, and not part of what the section says.
const COMPUTED: &str = "planned.";

/// A key of a plan whose value is another than the registered one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The key, such as `metrics.conversion.column`.
    pub key: String,
    /// The value registered; none if the key is new.
    pub registered: Option<String>,
    /// The value now; none if the key is gone.
    pub now: Option<String>,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(
            f,
            "`{}` was {} and is {}",
            self.key,
            words(&self.registered),
            words(&self.now)
        )
    }
}

/// What the section says, defaults filled in, with the queries and contracts behind its table.
pub(super) fn lines_of(project: &Project, section: &ExperimentSection) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::new();
    let mut put = |key: &str, value: String| lines.insert(key.to_owned(), value);
    put("ask", format!("{:?}", section.ask));
    put("data", format!("{:?}", section.data.value));
    put("unit", option(section.unit.as_ref()));
    put("arm", format!("{:?}", section.arm.value));
    put("arms", list(&section.arms));
    put("allocation", format!("{:?}", section.allocation));
    put("primary", format!("{:?}", section.primary().name.value));
    put("alpha", section.alpha.to_string());
    put("power", section.power.to_string());
    put("detect", detect(section.detect));
    put("baseline", baseline(&section.baseline.value));
    put("monitoring", monitoring(section.monitoring));
    put("covariates", list(&section.covariates));
    put("strata", option(section.strata.as_ref()));
    put("segments", list(&section.segments));
    put(
        "correction",
        section
            .correction
            .map_or("none".to_owned(), |correction| format!("{correction:?}")),
    );
    if let Some(agree) = &section.agree {
        put(
            "agree",
            format!("{:?} shows {}", agree.column.value, list(&agree.shown)),
        );
    }
    for metric in &section.metrics {
        put(&format!("metrics.{}", metric.name.value), metric_line(metric));
    }
    for table in sources_of(project, &section.data.value) {
        match project.data(&table).map(|data| &data.origin) {
            Some(Origin::Sql(sql)) => {
                put(&format!("data.{table}.sql"), format!("{:?}", sql.value));
            }
            Some(Origin::Source(source)) => {
                if let Some(query) = source.value.query() {
                    put(&format!("data.{table}.query"), format!("{query:?}"));
                }
            }
            _ => {}
        }
        if let Some(expect) = project.expect.iter().find(|expect| expect.table.value == table) {
            put(&format!("expect.{table}"), format!("{:?}", expect.contract));
        }
    }
    lines
}

fn metric_line(metric: &MetricSection) -> String {
    let more = match &metric.kind {
        MetricKind::Ratio { per } => format!(" per {:?}", per.value),
        MetricKind::Quantile { at } => format!(" at {at}"),
        _ => String::new(),
    };
    let positive = metric
        .positive
        .as_ref()
        .map_or(String::new(), |positive| format!(" is {:?}", positive.value));
    let cap = metric.cap.map_or(String::new(), |cap| format!(", cut to {cap}"));
    let better = if metric.higher_is_better {
        "higher"
    } else {
        "lower"
    };
    format!(
        "{} of {:?}{positive}{more}{cap}, {better} is better",
        metric.kind.word(),
        metric.column.value
    )
}

fn detect(detect: Detect) -> String {
    match detect {
        Detect::Absolute(effect) => format!("{effect} absolute"),
        Detect::Relative(effect) => format!("{effect} relative"),
    }
}

fn baseline(baseline: &BaselineSection) -> String {
    match baseline {
        BaselineSection::Share(share) => format!("share {share}"),
        BaselineSection::Mean { mean, sd } => format!("mean {mean}, sd {sd}"),
        BaselineSection::Data(data) => format!("data {data:?}"),
    }
}

fn monitoring(monitoring: MonitoringWord) -> String {
    match monitoring {
        MonitoringWord::Fixed => "fixed".to_owned(),
        MonitoringWord::AlwaysValid => "always-valid".to_owned(),
        MonitoringWord::Looks { n_looks, spending } => format!("{n_looks} looks, {spending:?}"),
    }
}

fn option(name: Option<&Located<String>>) -> String {
    name.map_or("none".to_owned(), |name| format!("{:?}", name.value))
}

fn list(names: &[Located<String>]) -> String {
    format!("{:?}", names.iter().map(|name| &name.value).collect::<Vec<_>>())
}

/// The canonical text of lines.
pub(super) fn text_of(lines: &BTreeMap<String, String>) -> String {
    lines
        .iter()
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect()
}

/// The lines of a canonical text.
pub(super) fn parsed(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once(" = "));
    pairs
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// What differs between a registered plan and lines now; computed lines only where both have them.
pub(super) fn changes(registered: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<Change> {
    let counts = |key: &&String| {
        !key.starts_with(COMPUTED) || (registered.contains_key(*key) && now.contains_key(*key))
    };
    let keys: std::collections::BTreeSet<&String> =
        registered.keys().chain(now.keys()).filter(counts).collect();
    let differs = |key: &&String| registered.get(*key) != now.get(*key);
    let change = |key: &String| Change {
        key: key.clone(),
        registered: registered.get(key).cloned(),
        now: now.get(key).cloned(),
    };
    keys.into_iter().filter(differs).map(change).collect()
}
