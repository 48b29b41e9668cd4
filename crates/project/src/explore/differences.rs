//! What differs between two tables, in words and as a part of the page.

use profile::{Aspect, Comparison, Difference};
use report::{Bar, Bars, Chart, Format, Sides, format_count, format_number, format_p_value, format_percent};
use table::Kind;

/// Differences listed.
const MOST: usize = 40;

/// One difference in words: `mean 4.2, then 5.1 (difference 0.85 to 0.95)`.
#[must_use]
pub fn difference(found: &Difference) -> String {
    match &found.what {
        Aspect::Numbers {
            means,
            medians,
            difference,
        } => {
            let is_day = matches!(found.kind, Kind::Date | Kind::Time);
            let value = |x: f64| {
                if is_day {
                    Format::Date.value(x)
                } else {
                    format_number(x)
                }
            };
            format!(
                "mean {}, then {} (difference {} to {}{}); median {}, then {}",
                value(means.0),
                value(means.1),
                format_number(difference.low),
                format_number(difference.high),
                if is_day { " days" } else { "" },
                value(medians.0),
                value(medians.1)
            )
        }
        Aspect::Levels { moved } => {
            let level = |(text, first, second): &(String, f64, f64)| {
                let short: String = text.chars().take(32).collect();
                format!(
                    "{short} {}, then {}",
                    format_percent(*first),
                    format_percent(*second)
                )
            };
            moved.iter().take(3).map(level).collect::<Vec<_>>().join("; ")
        }
        Aspect::Missing { shares, difference } => format!(
            "missing in {}, then in {} ({} pts)",
            format_percent(shares.0),
            format_percent(shares.1),
            Format::Points.range(difference.low, difference.high)
        ),
    }
}

/// How far columns are from those of the other table: what holds only, and nothing where that is a single one.
pub(super) fn picture(other: &str, found: &Comparison) -> Option<Chart> {
    let aspect = |one: &Difference| match one.what {
        Aspect::Missing { .. } => format!("{} (missing)", one.column),
        _ => one.column.clone(),
    };
    let held = found.differences.iter().filter(|one| one.holds);
    let items: Vec<Bar> = held.map(|one| Bar::new(aspect(one), one.distance)).collect();
    let bars = Bars {
        items,
        axis: "distance: 0 is none, 1 is all of it".to_owned(),
        ..Bars::default()
    };
    (1 < bars.items.len()).then(|| Chart::new(format!("How far columns are from those of {other}"), bars))
}

/// The part of the page.
pub(super) fn part(other: &str, found: &Comparison) -> Sides {
    let n_hold = found
        .differences
        .iter()
        .filter(|difference| difference.holds)
        .count();
    let mut words = vec![format!(
        "`{other}` has {} rows. {} of {} comparisons differ beyond chance, corrected for having made all of them. With many \
         rows the smallest difference is certain: the distance says how large it is, 0 being none and 1 all of it.",
        format_count(found.n_rows.0),
        format_count(n_hold as u64),
        format_count(found.differences.len() as u64)
    )];
    let list = |names: &[String]| {
        names
            .iter()
            .take(20)
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !found.only_first.is_empty() {
        words.push(format!(
            "Columns that only `{other}` has: {}.",
            list(&found.only_first)
        ));
    }
    if !found.only_second.is_empty() {
        words.push(format!("Columns that are new: {}.", list(&found.only_second)));
    }
    for (name, first, second) in &found.other_kind {
        words.push(format!(
            "`{name}` is {} in `{other}` and {} here.",
            first.name(),
            second.name()
        ));
    }
    let row = |one: &Difference| {
        let held = if one.holds {
            format_p_value(one.p_adjusted)
        } else {
            "no difference shown".to_owned()
        };
        vec![
            one.column.clone(),
            difference(one),
            format!("{:.3}", one.distance),
            held,
        ]
    };
    let header = ["column", "there, then here", "distance", "p, corrected"].map(str::to_owned);
    Sides {
        heading: format!("What differs from {other}"),
        words,
        chart: picture(other, found),
        table: Some((
            header.to_vec(),
            found.differences.iter().take(MOST).map(row).collect(),
        )),
    }
}
