//! A window against the baseline, check by check, and one correction over all of them.

use crate::window::{all_missing, present_numbers};
use crate::{Check, CheckKind, MonitorError, State, Watch, Window};
use bundle::{Bundle, CategoryBaseline, ColumnBaseline, NumberBaseline, Shape};
use prepare::recipe::Input;
use stats::drift::{self, Drift};
use stats::sketch::{Heavy, Quantiles};
use std::collections::BTreeMap;
use table::arrow::array::Array;
use table::write::cell_text;
use table::{Kind, Scale};

/// Fewer rows than this are not compared.
const MIN_ROWS: usize = 30;
/// A share of missing or unusual cells that grows by less than this never alarms.
const SHARE_FLOOR: f64 = 0.02;
/// The most groups in a picture.
const MAX_SHARES: usize = 12;

/// What is bearable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The chance of an alarm in one window in which nothing has changed, in (0, 1).
    pub alpha: f64,
    /// The smallest distance of distributions that alarms, in [0, 1].
    pub floor: f64,
}

/// Compares a window with the baseline of its bundle.
///
/// P-values of all checks of the window are corrected together (Holm), so that a window without any change alarms with
/// a chance of at most `alpha`. A missing or mistyped column alarms without a test. Rows that were refused are a check of
/// their own; of fewer than 30 others, nothing else is compared.
///
/// # Errors
/// [`MonitorError::TooFewRows`] for fewer than 30 rows, refused ones included.
pub fn compare(bundle: &Bundle, window: &Window, tolerance: Tolerance) -> Result<Watch, MonitorError> {
    let n_rows = window.rows.n_rows();
    if (window.refused.n_seen as usize).max(n_rows) < MIN_ROWS {
        return Err(MonitorError::TooFewRows {
            found: n_rows,
            least: MIN_ROWS,
        });
    }
    let mut checks = vec![refused(bundle, window)?];
    if MIN_ROWS <= n_rows {
        checks.extend(of_columns(bundle, window, tolerance)?);
        if let (Some(baseline), false) = (&bundle.baseline.margin, window.margins.is_empty()) {
            let mut check = spread(baseline, &window.margins, ("margin", Kind::Number), tolerance)?;
            check.kind = CheckKind::Score;
            checks.push(check);
        }
    }
    judge(&mut checks, tolerance.alpha)?;
    checks.sort_by(|a, b| {
        b.state
            .cmp(&a.state)
            .then(b.effect.abs().total_cmp(&a.effect.abs()))
    });
    let verdict = checks
        .iter()
        .map(|check| check.state)
        .max()
        .unwrap_or(State::Calm);
    Ok(Watch {
        verdict,
        n_rows,
        alpha: tolerance.alpha,
        checks,
    })
}

/// Training saw no row that its contract keeps out, so any that come are more than then.
fn refused(bundle: &Bundle, window: &Window) -> Result<Check, MonitorError> {
    let n_before = bundle.baseline.columns.iter().map(|column| column.n).max();
    let n_before = n_before.unwrap_or(bundle.evaluation.n_rows).max(1);
    let share = drift::missing_share(0, n_before, window.refused.n_rows, window.refused.n_seen.max(1))?;
    Ok(Check {
        method: "share of rows refused".to_owned(),
        ..check("(rows)", CheckKind::Refused, &share, SHARE_FLOOR)
    })
}

fn of_columns(bundle: &Bundle, window: &Window, tolerance: Tolerance) -> Result<Vec<Check>, MonitorError> {
    let mut checks = Vec::new();
    let inputs = bundle.recipe.inputs.iter();
    for input in inputs.filter(|input| !window.private.contains(&input.name)) {
        let baseline = bundle
            .baseline
            .columns
            .iter()
            .find(|column| column.name == input.name);
        let mut found = match (schema(input, window), baseline) {
            (Some(check), _) => vec![check],
            (None, Some(baseline)) => column(baseline, window, tolerance)?,
            (None, None) => Vec::new(),
        };
        if bundle.private.contains(&input.name) {
            found.iter_mut().for_each(hide_values);
        }
        checks.extend(found);
    }
    Ok(checks)
}

/// Of a private column a page may show how much it moved, not what its values are.
fn hide_values(check: &mut Check) {
    for (number, (label, ..)) in check.shares.iter_mut().enumerate() {
        *label = format!("private value {}", number + 1);
    }
}

/// An alarm if the column is not there, or cannot be what it was.
fn schema(input: &Input, window: &Window) -> Option<Check> {
    let alarm = |found: String| Check {
        column: input.name.clone(),
        kind: CheckKind::Schema,
        method: found,
        statistic: 1.0,
        p_value: None,
        p_adjusted: None,
        effect: 1.0,
        effect_name: "column".to_owned(),
        floor: 0.0,
        state: State::Alarm,
        shares: Vec::new(),
    };
    let (Some(found), Ok(cells)) = (window.rows.kind(&input.name), window.rows.column(&input.name)) else {
        return Some(alarm("the column is missing".to_owned()));
    };
    let expected = input.kind().unwrap_or(Kind::Text);
    let fits =
        found == expected || (found.is_numeric() && expected.is_numeric()) || all_missing(cells.as_ref());
    let dates = matches!((found, expected), (Kind::Date, Kind::Time));
    (!fits && !dates).then(|| alarm(format!("found {found}, expected {expected}")))
}

fn column(
    baseline: &ColumnBaseline,
    window: &Window,
    tolerance: Tolerance,
) -> Result<Vec<Check>, MonitorError> {
    let cells = window.rows.column(&baseline.name)?;
    let (n, n_missing) = (cells.len() as u64, cells.null_count() as u64);
    let mut checks = Vec::new();
    let missing = drift::missing_share(baseline.n_missing, baseline.n, n_missing, n)?;
    checks.push(check(&baseline.name, CheckKind::Missing, &missing, SHARE_FLOOR));
    if n_missing == n || baseline.n == baseline.n_missing {
        return Ok(checks);
    }
    match &baseline.shape {
        Shape::Number(numbers) => {
            let values = present_numbers(&window.rows, &baseline.name).unwrap_or_default();
            let kind = match window.rows.kind(&baseline.name).unwrap_or(Kind::Number) {
                Kind::Number if are_counts(&numbers.cuts, &values) => Kind::Integer,
                kind => kind,
            };
            let outside = values
                .iter()
                .filter(|value| **value < numbers.low || numbers.high < **value)
                .count() as u64;
            let range = drift::missing_share(numbers.n_outside, numbers.n(), outside, values.len() as u64)?;
            checks.push(Check {
                method: "share outside the usual range".to_owned(),
                ..check(&baseline.name, CheckKind::Range, &range, SHARE_FLOOR)
            });
            checks.push(spread(numbers, &values, (&baseline.name, kind), tolerance)?);
        }
        Shape::Category(levels) => {
            let mut heavy = Heavy::with_capacity(10_000);
            (0..cells.len())
                .filter_map(|row| cell_text(cells.as_ref(), row))
                .for_each(|text| heavy.add(&text, 1));
            checks.extend(categories(levels, &heavy, &baseline.name, tolerance)?);
        }
    }
    Ok(checks)
}

/// Recipes read whole numbers as numbers: whole values, and cuts between or in the middle of two, betray a count.
fn are_counts(cuts: &[f64], values: &[f64]) -> bool {
    cuts.iter().all(|cut| (2.0 * cut).fract() == 0.0) && values.iter().all(|value| value.fract() == 0.0)
}

fn spread(
    baseline: &NumberBaseline,
    values: &[f64],
    (name, kind): (&str, Kind),
    tolerance: Tolerance,
) -> Result<Check, MonitorError> {
    let mut sketch = Quantiles::default();
    sketch.extend(values);
    let sorted = sketch.sorted();
    let mut counts = Vec::with_capacity(baseline.counts.len());
    let mut below = 0;
    for cut in &baseline.cuts {
        let up_to = (sorted.cdf(*cut).unwrap_or(0.0) * sketch.n() as f64).round() as u64;
        counts.push(up_to.saturating_sub(below));
        below = below.max(up_to);
    }
    counts.push(sketch.n().saturating_sub(below));
    let found = drift::ks_counts(&baseline.counts, &counts, sketch.rank_error())?;
    let mut check = check(name, CheckKind::Drift, &found, tolerance.floor);
    check.shares = range_shares(baseline, &counts, kind);
    Ok(check)
}

/// Shares of the ranges, neighbours joined until few enough for a picture.
fn range_shares(baseline: &NumberBaseline, counts: &[u64], kind: Kind) -> Vec<(String, f64, f64)> {
    let scale = match kind {
        Kind::Date => Scale::Day,
        Kind::Time => Scale::Time,
        Kind::Integer => Scale::Whole,
        _ => Scale::Number,
    };
    let (n, m) = (
        baseline.n().max(1) as f64,
        counts.iter().sum::<u64>().max(1) as f64,
    );
    let step = counts.len().div_ceil(8).max(1);
    (0..counts.len())
        .step_by(step)
        .map(|start| {
            let end = (start + step).min(counts.len());
            let share = |counts: &[u64], total: f64| counts[start..end].iter().sum::<u64>() as f64 / total;
            let low = start.checked_sub(1).map(|before| baseline.cuts[before]);
            let high = baseline.cuts.get(end - 1).copied();
            let [low, high] = [low, high].map(|cut| cut.map(|cut| in_days_or_short(cut, kind)));
            let label = scale.range(low, high);
            (label, share(&baseline.counts, n), share(counts, m))
        })
        .collect()
}

/// Times as days; numbers as short as they can be read.
fn in_days_or_short(cut: f64, kind: Kind) -> f64 {
    match kind {
        Kind::Time => cut / table::MICROS_PER_DAY as f64,
        Kind::Date => cut,
        _ => stats::digits::significant(cut, 3),
    }
}

fn categories(
    baseline: &CategoryBaseline,
    window: &Heavy,
    name: &str,
    tolerance: Tolerance,
) -> Result<Vec<Check>, MonitorError> {
    let found: BTreeMap<&str, u64> = window.counts().collect();
    let named: Vec<u64> = baseline
        .levels
        .iter()
        .map(|(level, _)| found.get(level.as_str()).copied().unwrap_or(0))
        .collect();
    let unnamed = window.total().saturating_sub(named.iter().sum());
    let before: Vec<u64> = baseline
        .levels
        .iter()
        .map(|(_, count)| *count)
        .chain([baseline.other])
        .collect();
    let now: Vec<u64> = named.iter().copied().chain([unnamed]).collect();
    let unseen = drift::missing_share(baseline.other, baseline.n(), unnamed, window.total())?;
    let unseen = Check {
        method: "share of texts not named in training".to_owned(),
        ..check(name, CheckKind::Range, &unseen, SHARE_FLOOR)
    };
    let moved = drift::total_variation(&before, &now)?;
    let mut moved = check(name, CheckKind::Drift, &moved, tolerance.floor);
    let share = |count: u64, total: u64| count as f64 / total.max(1) as f64;
    let labels = baseline
        .levels
        .iter()
        .map(|(level, _)| level.as_str())
        .chain(["(other)"]);
    let pairs = before
        .iter()
        .zip(&now)
        .map(|(b, w)| (share(*b, baseline.n()), share(*w, window.total())));
    moved.shares = labels
        .zip(pairs)
        .map(|(label, (b, w))| (label.to_owned(), b, w))
        .filter(|(_, b, w)| 0.0 < b + w)
        .collect();
    moved.shares.sort_by(|a, b| b.1.max(b.2).total_cmp(&a.1.max(a.2)));
    moved.shares.truncate(MAX_SHARES);
    Ok(vec![unseen, moved])
}

fn check(column: &str, kind: CheckKind, drift: &Drift, floor: f64) -> Check {
    Check {
        column: column.to_owned(),
        kind,
        method: drift.method.to_owned(),
        statistic: drift.statistic,
        p_value: drift.p_value,
        p_adjusted: None,
        effect: drift.effect,
        effect_name: drift.effect_name.to_owned(),
        floor,
        state: State::Calm,
        shares: Vec::new(),
    }
}

/// Corrects the p-values together and says what each check means.
fn judge(checks: &mut [Check], alpha: f64) -> Result<(), MonitorError> {
    let p_values: Vec<f64> = checks.iter().filter_map(|check| check.p_value).collect();
    let mut adjusted = stats::multiplicity::holm(&p_values)?.into_iter();
    for check in checks.iter_mut().filter(|check| check.p_value.is_some()) {
        check.p_adjusted = adjusted.next();
        let beyond_chance = check.p_adjusted.is_some_and(|p| p < alpha);
        // A share of missing or unusual cells that shrinks harms nobody.
        let size = if matches!(
            check.kind,
            CheckKind::Missing | CheckKind::Range | CheckKind::Refused
        ) {
            check.effect
        } else {
            check.effect.abs()
        };
        check.state = match (beyond_chance, check.floor <= size) {
            (true, true) => State::Alarm,
            (true, false) => State::Watch,
            (false, _) => State::Calm,
        };
    }
    Ok(())
}
