//! Requests as spans, events as log records: names of the semantic conventions, and our own under `spanwise.`.

use super::messages::{
    AnyValue, KeyValue, Kind, LogRecord, LogsRequest, Resource, ResourceLogs, ResourceSpans, Scope,
    ScopeLogs, ScopeSpans, Span, Status, TracesRequest, Value,
};
use crate::telling::event::Event;
use crate::telling::settings::Level;
use crate::telling::visit::Record;
use prost::Message;
use std::sync::Arc;

/// `STATUS_CODE_ERROR`
const FAILED: i32 = 2;

/// Requests as one message of spans.
pub(super) fn spans(resource: &Resource, records: &[Arc<Record>]) -> Vec<u8> {
    let scope_spans = ScopeSpans {
        scope: Some(scope()),
        spans: records.iter().filter_map(|record| span(record)).collect(),
    };
    let resource_spans = ResourceSpans {
        resource: Some(resource.clone()),
        scope_spans: vec![scope_spans],
    };
    let request = TracesRequest {
        resource_spans: vec![resource_spans],
    };
    request.encode_to_vec()
}

/// Events as one message of log records.
pub(super) fn logs(resource: &Resource, events: &[Event]) -> Vec<u8> {
    let scope_logs = ScopeLogs {
        scope: Some(scope()),
        log_records: events.iter().map(record).collect(),
    };
    let resource_logs = ResourceLogs {
        resource: Some(resource.clone()),
        scope_logs: vec![scope_logs],
    };
    let request = LogsRequest {
        resource_logs: vec![resource_logs],
    };
    request.encode_to_vec()
}

fn scope() -> Scope {
    Scope {
        name: "spanwise".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn span(record: &Record) -> Option<Span> {
    let context = record.context?;
    let end = nanos(record.time_micros);
    let is_failed = 500 <= record.status;
    Some(Span {
        trace_id: context.trace.to_vec(),
        span_id: context.span.to_vec(),
        parent_span_id: context.parent.map(|span| span.to_vec()).unwrap_or_default(),
        name: match record.has_route() {
            true => format!("{} {}", record.method, record.route),
            false => record.method.to_string(),
        },
        kind: Kind::Server.into(),
        start_time_unix_nano: end.saturating_sub(record.micros.saturating_mul(1000)),
        end_time_unix_nano: end,
        attributes: attributes(record),
        status: is_failed.then_some(Status { code: FAILED }),
        flags: u32::from(context.is_sampled),
    })
}

fn attributes(record: &Record) -> Vec<KeyValue> {
    let mut found = vec![KeyValue::new(
        "http.request.method",
        AnyValue::text(record.method.as_str()),
    )];
    let mut add =
        |key: &str, value: Option<AnyValue>| found.extend(value.map(|value| KeyValue::new(key, value)));
    let text = |text: &str| Some(AnyValue::text(text));
    let whole = |number: u64| Some(AnyValue::whole(i64::try_from(number).unwrap_or(i64::MAX)));
    if record.has_route() {
        add("http.route", text(record.route));
    }
    if let Some(method) = record.route.strip_prefix('/').filter(|_| record.is_grpc) {
        add("rpc.system.name", text("grpc"));
        add("rpc.method", text(method));
    }
    if record.status != 0 {
        add("http.response.status_code", whole(u64::from(record.status)));
    }
    if 500 <= record.status {
        add("error.type", text(&record.status.to_string()));
    }
    add("url.scheme", text(record.scheme));
    add(
        "client.address",
        record.from.map(|from| AnyValue::text(&from.ip().to_string())),
    );
    add(
        "client.port",
        record.from.map(|from| AnyValue::whole(i64::from(from.port()))),
    );
    add("http.request.body.size", whole(record.bytes_in));
    add("http.response.body.size", whole(record.bytes_out));
    if let Some(model) = &record.model {
        add("spanwise.model.name", text(&model.name));
        add("spanwise.model.version", text(&model.version));
        add("spanwise.rows", whole(record.rows));
    }
    add("spanwise.caller", record.caller_name().map(AnyValue::text));
    add("spanwise.request", record.name.as_deref().map(AnyValue::text));
    found
}

fn record(event: &Event) -> LogRecord {
    let value = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => AnyValue::text(text),
        serde_json::Value::Number(number) => AnyValue {
            value: Some(match number.as_i64() {
                Some(whole) => Value::Whole(whole),
                None => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
            }),
        },
        other => AnyValue::text(&other.to_string()),
    };
    let fields = event.fields.iter().filter(|(_, value)| !value.is_null());
    LogRecord {
        time_unix_nano: nanos(event.time_micros),
        observed_time_unix_nano: nanos(event.time_micros),
        severity_number: match event.level {
            Level::Off => 0,
            Level::Error => 17,
            Level::Warn => 13,
            Level::Info => 9,
        },
        severity_text: event.level.word().to_uppercase(),
        body: Some(AnyValue::text(event.sentence)),
        attributes: fields
            .map(|(name, found)| KeyValue::new(&format!("spanwise.{name}"), value(found)))
            .collect(),
        event_name: format!("spanwise.{}", event.name),
    }
}

fn nanos(micros: i64) -> u64 {
    u64::try_from(micros).unwrap_or(0).saturating_mul(1000)
}
