//! The profile for machines.

use super::Explored;
use profile::{Aspect, ColumnProfile, Comparison, Difference};
use serde_json::{Value, json};
use stats::Estimate;
use table::Kind;

/// What was found as one JSON object; numbers that are not finite are null.
pub(super) fn as_json(explored: &Explored) -> Value {
    let found = &explored.profile;
    let relations = &found.relations;
    json!({
        "name": explored.name,
        "n_rows": found.n_rows,
        "n_columns": found.n_columns,
        "repeated_rows": estimate(found.repeated_rows),
        "n_sampled": found.n_sampled,
        "columns": found.columns.iter().map(column).collect::<Vec<_>>(),
        "relations": relations.pairs.iter().map(|pair| json!({
            "column": pair.column, "other": pair.other, "measure": pair.measure,
            "estimate": estimate(pair.estimate), "p_adjusted": pair.p_adjusted,
        })).collect::<Vec<_>>(),
        "n_relations_tried": relations.n_tried,
        "dependencies": relations.dependencies.iter().map(|dependency| json!({
            "column": dependency.column, "settles": dependency.settles, "is_mutual": dependency.is_mutual,
            "n_chances": dependency.n_chances, "at_most": dependency.at_most,
        })).collect::<Vec<_>>(),
        "keys": relations.keys,
        "missing_together": relations.missing_together,
        "course": found.course.as_ref().map(|course| super::course::as_json(course, explored.links.as_deref())),
        "gaps": { "blocks": relations.gaps.columns, "together": relations.gaps.together },
        "warnings": found.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "guesses": explored.guesses,
        "complaints": explored.complaints.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "against": explored.against.as_ref().map(|(other, comparison)| against(other, comparison)),
    })
}

fn against(other: &str, found: &Comparison) -> Value {
    let kinds = |(name, first, second): &(String, Kind, Kind)| json!([name, first.name(), second.name()]);
    json!({
        "name": other,
        "n_rows": found.n_rows.0,
        "only_there": found.only_first,
        "only_here": found.only_second,
        "other_kind": found.other_kind.iter().map(kinds).collect::<Vec<_>>(),
        "differences": found.differences.iter().map(difference).collect::<Vec<_>>(),
    })
}

fn difference(found: &Difference) -> Value {
    let (aspect, what) = match &found.what {
        Aspect::Numbers {
            means,
            medians,
            difference,
        } => (
            "values",
            json!({ "means": means, "medians": medians, "difference": estimate(*difference) }),
        ),
        Aspect::Levels { moved } => ("levels", json!({ "moved": moved })),
        Aspect::Missing { shares, difference } => (
            "missing",
            json!({ "shares": shares, "difference": estimate(*difference) }),
        ),
    };
    json!({
        "column": found.column, "aspect": aspect, "what": what, "distance": found.distance,
        "p_adjusted": found.p_adjusted, "holds": found.holds,
    })
}

fn estimate(estimate: Estimate) -> Value {
    json!({ "value": estimate.value, "low": estimate.low, "high": estimate.high })
}

fn column(column: &ColumnProfile) -> Value {
    let numbers = column.numbers.as_ref().map(|numbers| {
        let [q01, q05, q25, q50, q75, q95, q99] = numbers.quantiles;
        json!({
            "mean": estimate(numbers.mean), "sd": numbers.sd, "min": numbers.min, "max": numbers.max,
            "quantiles": { "0.01": q01, "0.05": q05, "0.25": q25, "0.5": q50, "0.75": q75, "0.95": q95, "0.99": q99 },
            "rank_error": numbers.rank_error, "n_zero": numbers.n_zero, "n_negative": numbers.n_negative,
            "n_far_out": numbers.n_far_out, "sentinel": numbers.sentinel, "skewness": numbers.skewness,
            "histogram": { "edges": numbers.histogram.edges, "counts": numbers.histogram.counts,
                "n_below": numbers.histogram.n_below, "n_above": numbers.histogram.n_above },
        })
    });
    let levels = column.levels.as_ref().map(|levels| {
        json!({
            "top": levels.top, "n_other": levels.n_other, "max_error": levels.max_error,
        })
    });
    let texts = column.texts.as_ref().map(|texts| json!({
        "shortest": texts.shortest, "mean_length": texts.mean_length, "longest": texts.longest, "n_words": texts.n_words,
        "forms": texts.forms, "language": texts.language.map(|(language, _)| language),
    }));
    let dates = column.dates.as_ref().map(|dates| json!({
        "first": day(dates.first), "last": day(dates.last), "n_days": dates.n_days, "n_absent": dates.n_absent,
        "gaps": dates.gaps.iter().map(|(first, n)| json!({ "from": day(*first), "n_days": n })).collect::<Vec<_>>(),
        "weekdays": dates.weekdays, "months": dates.months, "hours": dates.hours,
        "weekday_p_value": dates.weekday_p_value,
    }));
    json!({
        "name": column.name, "kind": column.kind.name(), "meaning": column.meaning.name(),
        "n": column.n, "n_missing": column.n_missing,
        "distinct": estimate(column.distinct), "distinct_is_exact": column.distinct_is_exact,
        "repeated": estimate(column.repeated),
        "numbers": numbers, "levels": levels, "texts": texts, "dates": dates,
        "association": column.association.as_ref().map(|association| json!({
            "measure": association.measure, "estimate": estimate(association.estimate), "p_value": association.p_value,
        })),
        "by_class": column.by_class.iter().map(|found| json!({
            "class": found.class, "n": found.n, "min": found.min, "max": found.max, "notch": found.notch,
            "quantiles": { "0.05": found.quantiles[0], "0.25": found.quantiles[1], "0.5": found.quantiles[2],
                "0.75": found.quantiles[3], "0.95": found.quantiles[4] },
        })).collect::<Vec<_>>(),
    })
}

/// A day since 1970-01-01 as `2024-05-01`; null beyond the calendar.
fn day(day: i64) -> Value {
    let date = i32::try_from(day)
        .ok()
        .and_then(table::arrow::temporal_conversions::date32_to_datetime);
    date.map_or(Value::Null, |date| Value::from(date.date().to_string()))
}
