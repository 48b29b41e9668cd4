//! Monitors of a project: the window found, compared, told on a page.

use crate::file::{Monitor, Project};
use crate::promotion::iso;
use crate::run::Places;
use crate::{Clock, ProjectError};
use bundle::Bundle;
use monitor::{Check, CheckKind, State, Tolerance, Watch, Window, bundles_in, compare};
use prepare::contract::check_table;
use report::{Chart, MonitorPage, MonitorRow, Share, Shares};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::Table;
use table::file::write_atomic;

/// Columns named in the sentence.
const MOST_NAMED: usize = 5;
/// The most pictures on a page.
const MOST_CHARTS: usize = 6;

/// What a monitor found.
#[derive(Clone, Debug, Serialize)]
pub struct WatchRecord {
    /// The monitor's name.
    pub monitor: String,
    /// The bundle watched.
    pub bundle: String,
    /// `calm`, `watch` or `alarm`.
    pub verdict: String,
    /// The verdict in words.
    pub sentence: String,
    /// Rows of the window.
    pub n_rows: usize,
    /// The share of requests whose rows these are.
    pub share: f64,
    /// Rows that broke a rule and were answered all the same.
    pub n_broken: usize,
    /// Rows that were refused; of a table, those that a batch leaves out.
    pub n_refused: u64,
    /// Why, and how many rows each.
    pub refused: BTreeMap<String, u64>,
    /// The chance of an alarm in a window in which nothing has changed.
    pub false_alarm_probability: f64,
    /// The checks, the worst first.
    pub checks: Vec<CheckRecord>,
    /// Declared rules about tables that the window broke.
    pub contract: Vec<String>,
    /// The page.
    pub page: PathBuf,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct CheckRecord {
    /// The column; `margin` for the score.
    pub column: String,
    /// `schema`, `missing`, `range`, `drift`, `score` or `refused`.
    pub kind: String,
    /// The method, or what was found.
    pub method: String,
    /// The statistic.
    pub statistic: f64,
    /// The p-value on its own.
    pub p_value: Option<f64>,
    /// The p-value corrected over all checks.
    pub p_adjusted: Option<f64>,
    /// The size of the difference.
    pub effect: f64,
    /// The smallest size that alarms.
    pub floor: f64,
    /// `calm`, `watch` or `alarm`.
    pub state: String,
}

impl WatchRecord {
    /// Whether somebody should look.
    pub fn is_alarm(&self) -> bool {
        self.verdict == State::Alarm.name()
    }
}

/// Compares the last window of the log (or `rows`) with the baseline of the monitor's model, and writes the page.
///
/// # Errors
/// [`ProjectError`]: no bundle, no log, or too few rows.
pub fn watch(
    project: &Project,
    monitor: &Monitor,
    rows: Option<&Table>,
    clock: &dyn Clock,
) -> Result<WatchRecord, ProjectError> {
    let places = Places::of(project);
    let bundle = bundle_of(project, monitor)?;
    let now = clock.now_micros();
    let window = match rows {
        Some(rows) => Window::of_table(&bundle, rows)?,
        None => from_log(project, monitor, &bundle, now)?,
    };
    let alpha = (monitor.false_alarms_per_s * monitor.window_s as f64).clamp(1e-12, 0.5);
    let watch = compare(
        &bundle,
        &window,
        Tolerance {
            alpha,
            floor: monitor.floor,
        },
    )?;
    let contract = broken_rules(&bundle, &window, now)?;
    let page = places.out().join(format!("monitor-{}.html", monitor.name.value));
    let record = record(monitor, &bundle, &window, &watch, contract, page.clone());
    write_atomic(
        &page,
        page_of(monitor, &bundle, &window, &watch, &record)
            .to_html()
            .as_bytes(),
    )?;
    Ok(record)
}

/// Reads a table for [`watch`], its inputs in the kinds that the monitor's model expects, as scoring reads it.
///
/// # Errors
/// [`ProjectError`]: no bundle, or the file cannot be read.
pub fn read_table(
    project: &Project,
    monitor: &Monitor,
    path: &Path,
) -> Result<table::read::Read, ProjectError> {
    let options = crate::scoring::options_for(&bundle_of(project, monitor)?);
    crate::sources::open(path, &options)
}

fn bundle_of(project: &Project, monitor: &Monitor) -> Result<Bundle, ProjectError> {
    let what = format!("monitor `{}`", monitor.name.value);
    let registry = Places::of(project).registry_for_reading(&what)?;
    Ok(Bundle::load(&registry.resolve(&monitor.model.value)?.path)?)
}

fn from_log(project: &Project, monitor: &Monitor, bundle: &Bundle, now: i64) -> Result<Window, ProjectError> {
    let from = now.saturating_sub(monitor.window_s as i64 * 1_000_000);
    let model = monitor.model.value.split('@').next().unwrap_or_default();
    let serves = |service: &&crate::file::Service| service.model.value.split('@').next() == Some(model);
    let mut others: BTreeMap<String, u64> = BTreeMap::new();
    for service in project.services.iter().filter(serves) {
        let folder = Places::of(project).log(&service.name.value);
        if folder.is_dir() {
            let window = Window::of_log(bundle, &folder, from, now)?;
            if 0 < window.refused.n_seen {
                return Ok(window);
            }
            for (hash, n) in bundles_in(&folder, from, now)? {
                *others.entry(hash).or_default() += n;
            }
        }
    }
    let found = format!(
        "no logged rows of bundle {} in the last {}",
        bundle.hash().short(),
        duration(monitor.window_s)
    );
    let what = format!("monitor `{}`", monitor.name.value);
    if others.is_empty() {
        let expected = "a service that has answered; hint: compare a table with --table FILE";
        return Err(ProjectError::data(what, found, expected));
    }
    let registry = Places::of(project).registry_for_reading(&what)?;
    let versions = registry.versions(model).unwrap_or_default();
    let named = others.iter().map(|(hash, n)| {
        let version = versions.iter().find(|version| version.hash == *hash);
        let version = version.map_or(String::new(), |version| format!(" (version {})", version.version));
        format!("{n} of {}{version}", hash.get(..12).unwrap_or(hash))
    });
    Err(ProjectError::data(
        what,
        format!("{found}, but {}", named.collect::<Vec<_>>().join(", ")),
        "rows of the version watched; hint: a running service keeps its version until it is started again or \
         POST /v2/repository/models/NAME/load",
    ))
}

/// Seconds in the largest unit that divides them.
fn duration(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (604_800, "week"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
    ];
    let (size, unit) = UNITS
        .into_iter()
        .find(|(size, _)| seconds.is_multiple_of(*size))
        .unwrap_or((1, "second"));
    match seconds / size {
        1 => unit.to_owned(),
        n => format!("{n} {unit}s"),
    }
}

/// Table rules of the contract, applied to the window.
fn broken_rules(bundle: &Bundle, window: &Window, now: i64) -> Result<Vec<String>, ProjectError> {
    let names = window.rows.names();
    let contract = bundle.contract.restricted_to(&names);
    Ok(check_table(&contract, &window.rows, now)?
        .into_iter()
        .map(|breach| breach.sentence)
        .collect())
}

fn record(
    monitor: &Monitor,
    bundle: &Bundle,
    window: &Window,
    watch: &Watch,
    contract: Vec<String>,
    page: PathBuf,
) -> WatchRecord {
    let verdict = if contract.is_empty() {
        watch.verdict
    } else {
        State::Alarm
    };
    let check = |check: &Check| CheckRecord {
        column: check.column.clone(),
        kind: check.kind.name().to_owned(),
        method: check.method.clone(),
        statistic: check.statistic,
        p_value: check.p_value,
        p_adjusted: check.p_adjusted,
        effect: check.effect,
        floor: check.floor,
        state: check.state.name().to_owned(),
    };
    WatchRecord {
        monitor: monitor.name.value.clone(),
        bundle: bundle.hash().to_hex(),
        verdict: verdict.name().to_owned(),
        sentence: sentence(verdict, watch, &contract),
        n_rows: watch.n_rows,
        share: window.share,
        n_broken: window.n_broken,
        n_refused: window.refused.n_rows,
        refused: window.refused.reasons.clone(),
        false_alarm_probability: watch.alpha,
        checks: watch.checks.iter().map(check).collect(),
        contract,
        page,
    }
}

fn sentence(verdict: State, watch: &Watch, contract: &[String]) -> String {
    let of_state = |state: State| {
        let checks = watch.checks.iter().filter(move |check| check.state == state);
        let mut columns: Vec<&str> = Vec::new();
        for check in checks.filter(|check| check.kind != CheckKind::Refused) {
            if !columns.contains(&check.column.as_str()) {
                columns.push(&check.column);
            }
        }
        columns
    };
    let differ = |columns: Vec<&str>, how: &str| {
        let verb = if columns.len() == 1 { "differs" } else { "differ" };
        format!("{} {verb} from training, {how}.", listed(&columns))
    };
    let mut sentences = Vec::new();
    if !contract.is_empty() {
        sentences.push(format!(
            "The window breaks its contract: {}.",
            contract.join("; ")
        ));
    }
    sentences.extend(
        watch
            .checks
            .iter()
            .find(|check| check.kind == CheckKind::Refused && State::Calm < check.state)
            .map(|check| {
                format!(
                    "{} of the rows were refused.",
                    report::Format::Percent.value(check.effect)
                )
            }),
    );
    let (alarming, watched) = (of_state(State::Alarm), of_state(State::Watch));
    if !alarming.is_empty() {
        sentences.push(differ(alarming, "beyond chance and by enough to matter"));
    } else if !watched.is_empty() && verdict != State::Alarm {
        sentences.push(differ(watched, "beyond chance, but by less than matters"));
    }
    if sentences.is_empty() {
        return "Nothing differs from training beyond chance.".to_owned();
    }
    sentences.join(" ")
}

fn page_of(
    monitor: &Monitor,
    bundle: &Bundle,
    window: &Window,
    watch: &Watch,
    record: &WatchRecord,
) -> MonitorPage {
    let state = |state: State| match state {
        State::Calm => report::Verdict::Calm,
        State::Watch => report::Verdict::Watch,
        State::Alarm => report::Verdict::Alarm,
    };
    let row = |check: &Check| MonitorRow {
        feature: check.column.clone(),
        check: words(check),
        p_value: check.p_value,
        p_adjusted: check.p_adjusted,
        effect: check.effect,
        floor: check.floor,
        state: state(check.state),
    };
    let (shown, hidden): (Vec<&Check>, Vec<&Check>) = watch.checks.iter().partition(|check| is_shown(check));
    let time = match (window.from_micros, window.to_micros) {
        (Some(from), Some(to)) => format!("{} to {}", iso(from), iso(to)),
        _ => "a table".to_owned(),
    };
    MonitorPage {
        title: format!("{}: is the model still looking at the world it learnt from?", bundle.name),
        verdict: if record.is_alarm() { report::Verdict::Alarm } else { state(watch.verdict) },
        sentence: record.sentence.clone(),
        facts: vec![
            ("Window".to_owned(), time),
            ("Rows".to_owned(), report::format_count(watch.n_rows as u64)),
            ("Share of requests logged".to_owned(), report::format_percent(window.share)),
            ("Rows answered that broke a rule".to_owned(), report::format_count(window.n_broken as u64)),
            ("Rows refused".to_owned(), refused_text(window)),
            ("Bearable false alarms".to_owned(), monitor.false_alarms.clone()),
            ("Chance of a false alarm in this window".to_owned(), format!("at most {}", report::format_percent(watch.alpha))),
            ("Bundle".to_owned(), bundle.hash().short()),
        ],
        rows: shown.iter().copied().map(row).collect(),
        charts: charts(watch),
        notes: vec![
            format!("{} further checks of missing and unusual values are calm and not shown.", hidden.len()),
            "p-values are corrected over all checks of the window (Holm). A check alarms if it is beyond chance and its effect reaches the floor.".to_owned(),
            "What a sketch may be off by is taken off the effect before the test.".to_owned(),
        ],
    }
}

/// Names as a sentence has them: `a`, `b` and `c`; beyond five, the rest is counted.
fn listed(columns: &[&str]) -> String {
    let (named, rest) = columns.split_at(columns.len().min(MOST_NAMED));
    let mut parts: Vec<String> = named.iter().map(|column| format!("`{column}`")).collect();
    if !rest.is_empty() {
        parts.push(format!("{} more", rest.len()));
    }
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// How many, and the most frequent reasons.
fn refused_text(window: &Window) -> String {
    let mut reasons: Vec<(&String, &u64)> = window.refused.reasons.iter().collect();
    reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let listed = reasons
        .iter()
        .take(3)
        .map(|(reason, n)| format!("{} {n}", reason.replace('`', "")));
    let listed: Vec<String> = listed.collect();
    match listed.is_empty() {
        true => "0".to_owned(),
        false => format!(
            "{} ({})",
            report::format_count(window.refused.n_rows),
            listed.join("; ")
        ),
    }
}

/// Calm checks of missing and unusual values are counted, not shown.
fn is_shown(check: &Check) -> bool {
    check.state != State::Calm || matches!(check.kind, CheckKind::Drift | CheckKind::Score)
}

/// What was compared, in few words.
fn words(check: &Check) -> String {
    let method = check.method.trim_end_matches(" over ranges");
    match check.kind {
        CheckKind::Missing => "missing cells".to_owned(),
        CheckKind::Range => "unusual values".to_owned(),
        CheckKind::Refused => "rows refused".to_owned(),
        CheckKind::Drift => format!("spread ({method})"),
        CheckKind::Score => format!("answers ({method})"),
        _ => method.to_owned(),
    }
}

fn charts(watch: &Watch) -> Vec<Chart> {
    let drawn = watch
        .checks
        .iter()
        .filter(|check| matches!(check.kind, CheckKind::Drift | CheckKind::Score) && 1 < check.shares.len());
    drawn
        .take(MOST_CHARTS)
        .map(|check| {
            let items = check
                .shares
                .iter()
                .map(|(label, before, now)| Share::new(label.clone(), *before, *now));
            let shares = Shares {
                items: items.collect(),
                baseline: "in training".to_owned(),
                current: "in this window".to_owned(),
            };
            let what = if check.kind == CheckKind::Score {
                "The model's margin"
            } else {
                check.column.as_str()
            };
            Chart::new(format!("{what}, then and now"), shares)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_their_own_unit() {
        let said = [90, 60, 600, 7_200, 86_400, 1_209_600].map(duration);
        assert_eq!(
            said,
            ["90 seconds", "minute", "10 minutes", "2 hours", "day", "2 weeks"]
        );
    }

    #[test]
    fn each_column_is_named_once_and_a_broken_contract_hides_no_drift() {
        let check = |column: &str, state| Check {
            column: column.to_owned(),
            kind: CheckKind::Drift,
            method: String::new(),
            statistic: 0.0,
            p_value: None,
            p_adjusted: None,
            effect: 0.0,
            effect_name: String::new(),
            floor: 0.0,
            state,
            shares: Vec::new(),
        };
        let watch = Watch {
            verdict: State::Alarm,
            n_rows: 100,
            alpha: 0.01,
            checks: ["a", "b", "a"].map(|column| check(column, State::Alarm)).into(),
        };
        let text = sentence(State::Alarm, &watch, &["column `c` repeats a value".to_owned()]);
        assert!(text.contains("`c` repeats a value"), "{text}");
        assert!(text.contains("`a` and `b` differ from training"), "{text}");
    }
}
