//! `[service.*]` and `[monitor.*]`, and how times and rates are written

use super::guard::{Beside, guard};
use super::problem::{Located, Problem};
use super::read::Reader;
use super::sections::{Monitor, Service};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A challenger's share where none is said.
pub(crate) const DEFAULT_SHARE: f64 = 0.1;
/// Seconds between looks at aliases where nothing is said.
pub(crate) const DEFAULT_WATCH_S: u64 = 2;

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

/// How often is looked for other versions: seconds, or `Some(None)` for `never`; `None` if it is neither.
#[allow(clippy::option_option)]
#[must_use]
pub fn watch_seconds(text: &str) -> Option<Option<u64>> {
    match text {
        "never" => Some(None),
        text => parse_seconds(text).map(Some),
    }
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
    let _ = parsed_address(reader, "address", &address);
    let grpc_address = reader.text("grpc_address");
    let grpc_address = grpc_address.and_then(|text| parsed_address(reader, "grpc_address", &text));
    let path = |key: &str| reader.text(key).map(|text| PathBuf::from(text.value));
    let log = reader
        .text("log")
        .and_then(|log| one_of(reader, "log", &log, &["sampled", "audit", "off"]));
    let max_in_flight = reader.whole("max_in_flight");
    if let Some(none) = max_in_flight.as_ref().filter(|limit| limit.value == 0) {
        reader.wrong("max_in_flight", "0".to_owned(), "at least 1", none.span.clone());
    }
    let share = reader.number("share");
    if let Some(share) = share
        .as_ref()
        .filter(|share| !(0.0 < share.value && share.value < 1.0))
    {
        let expected = "a share above 0 and below 1";
        reader.wrong("share", share.value.to_string(), expected, share.span.clone());
    }
    let challenger = reader.text("challenger");
    if let (None, Some(share)) = (&challenger, &share) {
        let expected = "`challenger` beside it";
        reader.wrong("share", share.value.to_string(), expected, share.span.clone());
    }
    let model = reader.required("model");
    let beside = Beside {
        model: model.as_ref(),
        challenger: challenger.as_ref(),
        is_watching: reader.text("watch").is_none_or(|watch| watch.value != "never"),
    };
    let guard = guard(reader, &beside);
    Some(Service {
        challenger,
        guard,
        share: share.map_or(DEFAULT_SHARE, |share| share.value),
        shadow: reader.text("shadow"),
        watch_s: match reader.text("watch") {
            None => Some(DEFAULT_WATCH_S),
            Some(watch) => {
                watch_seconds(&watch.value).or_else(|| seconds(reader, "watch", &watch).map(Some))?
            }
        },
        model: model?,
        address,
        grpc_address,
        tls: tls(reader),
        keys: path("keys"),
        jwt: reader.table("jwt").and_then(|table| jwt(&table)),
        log: log.unwrap_or("sampled").to_owned(),
        max_in_flight: max_in_flight.map(|limit| usize::try_from(limit.value).unwrap_or(usize::MAX)),
        memory_bytes: super::size::size(reader, "memory"),
        price: price(reader),
        logging: logging(reader),
        log_format: word(reader, "log_format", &serve::LineFormat::WORDS).and_then(serve::LineFormat::of),
        log_level: word(reader, "log_level", &serve::Level::WORDS).and_then(serve::Level::of),
        access_log: reader.text("access_log").map(|text| text.value),
        audit_log: path("audit_log"),
        otlp: reader.text("otlp").map(|text| text.value),
        name,
    })
}

fn price(reader: &Reader<'_>) -> Option<serve::Price> {
    let text = reader.text("price")?;
    let price = serve::Price::of(&text.value);
    if price.is_none() {
        reader.wrong(
            "price",
            format!("{:?}", text.value),
            serve::Price::EXPECTED,
            text.span,
        );
    }
    price
}

/// What of the answers is logged, and for how long.
fn logging(reader: &Reader<'_>) -> serve::Logging {
    let sample = reader.number("sample");
    if let Some(sample) = sample
        .as_ref()
        .filter(|sample| !(0.0 < sample.value && sample.value <= 1.0))
    {
        let expected = "a share above 0 and at most 1";
        reader.wrong("sample", sample.value.to_string(), expected, sample.span.clone());
    }
    let keep = reader
        .text("keep")
        .and_then(|keep| seconds(reader, "keep", &keep));
    serve::Logging {
        share: sample.map_or(1.0, |sample| sample.value),
        mask: reader
            .texts("mask")
            .into_iter()
            .flatten()
            .map(|column| column.value)
            .collect(),
        keep: keep.map(Duration::from_secs),
        ..serve::Logging::default()
    }
}

/// The word under `key`, which must be one of `known`.
fn word<'k>(reader: &Reader<'_>, key: &str, known: &[&'k str]) -> Option<&'k str> {
    let text = reader.text(key)?;
    one_of(reader, key, &text, known)
}

fn tls(reader: &Reader<'_>) -> Option<serve::Tls> {
    let [certificate, key, client_ca] = ["certificate", "key", "client_ca"].map(|key| reader.text(key));
    if let (Some(certificate), Some(key)) = (&certificate, &key) {
        return Some(serve::Tls {
            certificate: PathBuf::from(&certificate.value),
            key: PathBuf::from(&key.value),
            client_ca: client_ca.map(|client_ca| client_ca.value.into()),
        });
    }
    if let Some(alone) = certificate.or(key).or(client_ca) {
        let found = format!("{:?} alone", alone.value);
        reader.add(Problem::new(
            &reader.name,
            found,
            "`certificate` and `key`",
            alone.span,
        ));
    }
    None
}

fn jwt(table: &Reader<'_>) -> Option<serve::Jwt> {
    let known = ["issuer", "audience", "keys", "models_claim"];
    for (key, _) in table.entries() {
        if !known.contains(&key.value.as_str()) {
            let found = format!("unknown key `{}`", key.value);
            let expected = format!("one of {}", table::quoted_list(known, 4));
            let problem = Problem::new(&table.name, found, expected, key.span.clone());
            table.add(problem.did_you_mean(&key.value, known));
        }
    }
    let (issuer, audience, keys) = (
        table.required("issuer"),
        table.required("audience"),
        table.required("keys"),
    );
    let claim = table.text("models_claim");
    Some(serve::Jwt {
        issuer: issuer?.value,
        audience: audience?.value,
        keys: keys?.value.into(),
        models_claim: claim.map_or_else(|| serve::MODELS_CLAIM.to_owned(), |claim| claim.value),
    })
}

fn parsed_address(reader: &Reader<'_>, key: &str, text: &Located<String>) -> Option<SocketAddr> {
    let parsed = text.value.parse().ok();
    if parsed.is_none() {
        reader.wrong(
            key,
            format!("{:?}", text.value),
            "an address and port, such as \"127.0.0.1:8080\"",
            text.span.clone(),
        );
    }
    parsed
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
