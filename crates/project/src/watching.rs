//! Monitors of a project: the window found, compared, told on a page.

use crate::file::{Monitor, Project};
use crate::promotion::iso;
use crate::run::Places;
use crate::{Clock, ProjectError};
use bundle::Bundle;
use monitor::{Check, CheckKind, State, Tolerance, Watch, Window, compare};
use prepare::contract::check_table;
use registry::Registry;
use report::{Chart, MonitorPage, MonitorRow, Share, Shares};
use serde::Serialize;
use std::path::PathBuf;
use table::Table;
use table::file::write_atomic;

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
    /// Rows that broke a declared rule.
    pub n_broken: usize,
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
    /// `schema`, `missing`, `range`, `drift` or `score`.
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
    if !places.registry().is_dir() {
        return Err(ProjectError::data(
            format!("monitor `{}`", monitor.name.value),
            "no registry",
            "a project that was run; hint: `spanwise run`",
        ));
    }
    let resolved = Registry::open(&places.registry())?.resolve(&monitor.model.value)?;
    let bundle = Bundle::load(&resolved.path)?;
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

fn from_log(project: &Project, monitor: &Monitor, bundle: &Bundle, now: i64) -> Result<Window, ProjectError> {
    let from = now.saturating_sub(monitor.window_s as i64 * 1_000_000);
    let model = monitor.model.value.split('@').next().unwrap_or_default();
    let serves = |service: &&crate::file::Service| service.model.value.split('@').next() == Some(model);
    for service in project.services.iter().filter(serves) {
        let folder = Places::of(project).log(&service.name.value);
        if folder.is_dir() {
            let window = Window::of_log(bundle, &folder, from, now)?;
            if 0 < window.rows.n_rows() {
                return Ok(window);
            }
        }
    }
    Err(ProjectError::data(
        format!("monitor `{}`", monitor.name.value),
        format!(
            "no logged rows of bundle {} in the last {} hours",
            bundle.hash().short(),
            monitor.window_s / 3600
        ),
        "a service that has answered; hint: compare a table with --table FILE",
    ))
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
        n_broken: window.n_broken,
        false_alarm_probability: watch.alpha,
        checks: watch.checks.iter().map(check).collect(),
        contract,
        page,
    }
}

fn sentence(verdict: State, watch: &Watch, contract: &[String]) -> String {
    let named = |state: State| {
        let mut columns: Vec<&str> = watch
            .checks
            .iter()
            .filter(|check| check.state == state)
            .map(|check| check.column.as_str())
            .collect();
        columns.dedup();
        table::quoted_list(columns, 4)
    };
    match verdict {
        State::Calm => "Nothing differs from training beyond chance.".to_owned(),
        State::Watch => format!(
            "{} differ from training beyond chance, but by less than matters.",
            named(State::Watch)
        ),
        State::Alarm if contract.is_empty() => format!(
            "{} differ from training, beyond chance and by enough to matter.",
            named(State::Alarm)
        ),
        State::Alarm => format!("The window breaks its contract: {}.", contract.join("; ")),
    }
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
        statistic: check.statistic,
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
        sentence: record.sentence.replace('`', ""),
        facts: vec![
            ("Window".to_owned(), time),
            ("Rows".to_owned(), report::format_count(watch.n_rows as u64)),
            ("Rows that broke a rule".to_owned(), report::format_count(window.n_broken as u64)),
            ("Bearable false alarms".to_owned(), monitor.false_alarms.clone()),
            ("Chance of a false alarm in this window".to_owned(), format!("at most {}", report::format_number(watch.alpha))),
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
