//! `[service.*]` and `[monitor.*]`, and how times and rates are written

use super::problem::{Located, Problem};
use super::read::Reader;
use super::sections::{Monitor, Service};

pub(super) fn one_of<'k>(
    reader: &Reader<'_>,
    key: &str,
    found: &Located<String>,
    known: &[&'k str],
) -> Option<&'k str> {
    let word = known.iter().find(|word| **word == found.value).copied();
    if word.is_none() {
        let expected = format!("one of {}", table::quoted_list(known.iter().copied(), 20));
        let problem = Problem::new(
            format!("{}.{key}", reader.name),
            format!("{:?}", found.value),
            expected,
            found.span.clone(),
        );
        reader.add(problem.did_you_mean(&found.value, known.iter().copied()));
    }
    word
}

/// `90m`, `12h`, `7d`, `2w` in seconds.
pub(super) fn seconds(reader: &Reader<'_>, key: &str, text: &Located<String>) -> Option<u64> {
    let parsed = parse_seconds(&text.value);
    if parsed.is_none() {
        reader.wrong(
            key,
            format!("{:?}", text.value),
            "a number with s, m, h, d or w, such as \"7d\"",
            text.span.clone(),
        );
    }
    parsed
}

pub(super) fn parse_seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let number: u64 = text[..text.len() - unit.len_utf8()]
        .trim()
        .parse()
        .ok()
        .filter(|number| 0 < *number)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    number.checked_mul(seconds)
}

pub(super) fn service(name: Located<String>, reader: &Reader<'_>) -> Option<Service> {
    let address = reader.text("address").unwrap_or(Located {
        value: "127.0.0.1:8080".to_owned(),
        span: name.span.clone(),
    });
    if address.value.parse::<std::net::SocketAddr>().is_err() {
        reader.wrong(
            "address",
            format!("{:?}", address.value),
            "an address and port, such as \"127.0.0.1:8080\"",
            address.span.clone(),
        );
    }
    let log = reader
        .text("log")
        .and_then(|log| one_of(reader, "log", &log, &["sampled", "audit", "off"]));
    let max_in_flight = reader.whole("max_in_flight");
    if let Some(none) = max_in_flight.as_ref().filter(|limit| limit.value == 0) {
        reader.wrong("max_in_flight", "0".to_owned(), "at least 1", none.span.clone());
    }
    let model = reader.required("model");
    Some(Service {
        model: model?,
        address,
        log: log.unwrap_or("sampled").to_owned(),
        max_in_flight: max_in_flight.map(|limit| usize::try_from(limit.value).unwrap_or(usize::MAX)),
        memory_bytes: super::size::size(reader, "memory"),
        name,
    })
}

pub(super) fn monitor(name: Located<String>, reader: &Reader<'_>) -> Option<Monitor> {
    let text = |key: &str, default: &str| {
        reader.text(key).unwrap_or(Located {
            value: default.to_owned(),
            span: name.span.clone(),
        })
    };
    let window = text("window", "1d");
    let alarms = text("false_alarms", "1 per 12 weeks");
    let rate = parse_rate(&alarms.value);
    if rate.is_none() {
        reader.wrong(
            "false_alarms",
            format!("{:?}", alarms.value),
            "`N per M days` or `N per M weeks`",
            alarms.span.clone(),
        );
    }
    let floor = reader.number("floor");
    if let Some(floor) = floor.as_ref().filter(|floor| !(0.0..=1.0).contains(&floor.value)) {
        reader.wrong(
            "floor",
            floor.value.to_string(),
            "an effect size from 0 to 1",
            floor.span.clone(),
        );
    }
    Some(Monitor {
        model: reader.text("model").unwrap_or(Located {
            value: name.value.clone(),
            span: name.span.clone(),
        }),
        window_s: seconds(reader, "window", &window)?,
        false_alarms_per_s: rate?,
        false_alarms: alarms.value,
        floor: floor.map_or(0.1, |floor| floor.value),
        name,
    })
}

/// `1 per 12 weeks` as alarms per second.
pub(super) fn parse_rate(text: &str) -> Option<f64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (number, count, unit) = match words.as_slice() {
        [number, "per", count, unit] => (*number, *count, *unit),
        [number, "per", unit] => (*number, "1", *unit),
        _ => return None,
    };
    let unit_s = match unit.trim_end_matches('s') {
        "hour" => 3_600.0,
        "day" => 86_400.0,
        "week" => 604_800.0,
        _ => return None,
    };
    let (number, count): (f64, f64) = (number.parse().ok()?, count.parse().ok()?);
    let rate = number / (count * unit_s);
    (0.0 < number && 0.0 < count && 0.0 < rate && rate.is_finite()).then_some(rate)
}
