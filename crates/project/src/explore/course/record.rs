//! The course for machines.

use profile::Course;
use profile::course::{Link, Series};
use serde_json::{Value, json};

/// The course for machines; stretches by their first moment in UTC, `links` null where nobody looked for them.
pub(in crate::explore) fn as_json(course: &Course, links: Option<&[Link]>) -> Value {
    let moment = |start: f64| {
        let micros = (start * 86_400e6).round() as i64;
        let time = table::arrow::temporal_conversions::timestamp_us_to_datetime(micros);
        time.map_or(Value::Null, |time| {
            Value::from(time.format("%Y-%m-%dT%H:%M:%S").to_string())
        })
    };
    let at = |index: usize| {
        course
            .starts
            .get(index)
            .map_or(Value::Null, |start| moment(*start))
    };
    let series = |series: &Series| {
        json!({
            "column": series.column,
            "values": series.values,
            "smooth": series.smooth,
            "seasons": series.seasons.iter().map(|season| json!({
                "season_length": season.season_length, "share": season.share, "p_value": season.p_value,
            })).collect::<Vec<_>>(),
            "trend": series.trend.as_ref().map(|trend| json!({
                "slope": { "value": trend.slope.value, "low": trend.slope.low, "high": trend.slope.high },
                "tau": trend.tau, "p_adjusted": trend.p_adjusted,
            })),
            "changes": series.changes.iter().map(|change| json!({
                "at": at(change.index), "from": at(change.places.0), "to": at(change.places.1),
                "before": change.means.0, "after": change.means.1,
                "jump": { "value": change.jump.0, "low": change.jump.1, "high": change.jump.2 },
                "p_adjusted": change.p_value,
            })).collect::<Vec<_>>(),
            "odd": series.odd.iter().map(|odd| json!({
                "at": at(odd.index), "value": series.values[odd.index], "expected": odd.expected,
                "low": odd.interval.0, "high": odd.interval.1, "p_adjusted": odd.p_adjusted,
            })).collect::<Vec<_>>(),
        })
    };
    json!({
        "time": course.time,
        "unit": course.unit.name(),
        "starts": course.starts.iter().map(|start| moment(*start)).collect::<Vec<_>>(),
        "series": course.series.iter().map(series).collect::<Vec<_>>(),
        "n_left_out": course.n_left_out,
        "by": course.by.as_ref().map(|by| json!({
            "column": by.column, "n_left_out": by.n_left_out, "is_cut": by.is_cut,
            "n_columns_left_out": by.n_columns_left_out,
            "levels": by.levels.iter().map(|level| json!({
                "level": level.name, "n_rows": level.n_rows, "series": level.series.iter().map(series).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        })),
        "links": links.map(|links| links.iter().map(|link| json!({
            "column": link.column, "at": at(link.index), "is_change": link.is_change, "n_stretches": link.n_stretches,
            "segments": link.segments.iter().map(|segment| json!({
                "label": segment.label, "kind": segment.kind.name(), "p_adjusted": segment.p_adjusted,
                "effect": { "value": segment.effect.value, "low": segment.effect.low, "high": segment.effect.high },
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>()),
    })
}
