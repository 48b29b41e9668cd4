//! One request as those hear of it who count visits: noted while it is answered, told when its last part has ended.

use super::Teller;
use super::line::{Fields, line};
use super::otlp::Context;
use super::requested::Requested;
use super::settings::LineFormat;
use crate::guard::Caller;
use crate::models::Loaded;
use axum::extract::Request;
use axum::http::{Method, Response};
use http_body::Body;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// The route of what is answered nowhere.
const NO_ROUTE: &str = "none";

/// A request under way. When the last who holds it lets it go, it is told.
#[derive(Debug)]
pub(crate) struct Visit {
    teller: Arc<Teller>,
    started: Instant,
    method: Method,
    requested: Requested,
    context: Option<Context>,
    route: OnceLock<&'static str>,
    caller: OnceLock<Caller>,
    model: OnceLock<Arc<Loaded>>,
    /// 0 until it is answered; who leaves before is answered nothing.
    status: AtomicU16,
    rows: AtomicU64,
    /// What the head says, or what is read of a body of unknown length.
    bytes_in: AtomicU64,
    has_length: bool,
    bytes_out: AtomicU64,
}

/// What is told of a request.
#[derive(Debug)]
pub(super) struct Record {
    /// When it ended.
    pub(super) time_micros: i64,
    pub(super) micros: u64,
    pub(super) method: Method,
    pub(super) route: &'static str,
    pub(super) scheme: &'static str,
    pub(super) is_grpc: bool,
    pub(super) name: Option<String>,
    pub(super) from: Option<SocketAddr>,
    caller: Option<Caller>,
    pub(super) model: Option<Arc<Loaded>>,
    /// 0 of one who left before it was answered.
    pub(super) status: u16,
    pub(super) rows: u64,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) context: Option<Context>,
}

impl Visit {
    /// Begins to note a request; `None` if nobody hears of it.
    pub(crate) fn begin(teller: &Arc<Teller>, request: &mut Request) -> Option<Arc<Visit>> {
        if !teller.hears_visits() {
            return None;
        }
        let length = request.body().size_hint().exact();
        let visit = Arc::new(Visit {
            teller: Arc::clone(teller),
            started: Instant::now(),
            method: request.method().clone(),
            requested: Requested::of(request.headers(), request.extensions()),
            context: teller.context(request.headers()),
            route: OnceLock::new(),
            caller: OnceLock::new(),
            model: OnceLock::new(),
            status: AtomicU16::new(0),
            rows: AtomicU64::new(0),
            bytes_in: AtomicU64::new(length.unwrap_or(0)),
            has_length: length.is_some(),
            bytes_out: AtomicU64::new(0),
        });
        request.extensions_mut().insert(Arc::clone(&visit));
        Some(visit)
    }

    pub(crate) fn know(&self, caller: &Caller, route: &'static str) {
        // What is known first stands.
        let _ = self.caller.set(caller.clone());
        let _ = self.route.set(route);
    }

    pub(crate) fn ask(&self, model: &Arc<Loaded>) {
        let _ = self.model.set(Arc::clone(model));
    }

    /// Notes bytes of the body that came.
    pub(crate) fn read(&self, n_bytes: usize) {
        if !self.has_length {
            self.bytes_in.fetch_add(n_bytes as u64, Relaxed);
        }
    }

    pub(crate) fn sent(&self, n_bytes: usize) {
        self.bytes_out.fetch_add(n_bytes as u64, Relaxed);
    }

    pub(crate) fn scored(&self, n_rows: usize) {
        self.rows.fetch_add(n_rows as u64, Relaxed);
    }

    /// What it ended with; what is said later counts.
    pub(crate) fn end(&self, status: u16) {
        self.status.store(status, Relaxed);
    }

    /// Notes an answer over HTTP.
    pub(crate) fn answer<B: Body>(&self, response: &mut Response<B>) {
        self.end(response.status().as_u16());
        self.leave(response);
    }

    /// Notes how large an answer is, what flows being counted as it goes, and names its trace in it.
    pub(crate) fn leave<B: Body>(&self, response: &mut Response<B>) {
        self.sent(response.body().size_hint().exact().unwrap_or(0) as usize);
        let traceparent = self
            .context
            .and_then(|context| context.traceparent().parse().ok());
        if let Some(traceparent) = traceparent {
            response.headers_mut().insert("traceparent", traceparent);
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let route = self.route.get().copied().unwrap_or(NO_ROUTE);
        let record = Arc::new(Record {
            time_micros: (self.teller.clock)(),
            micros: self.started.elapsed().as_micros() as u64,
            method: std::mem::take(&mut self.method),
            route,
            scheme: self.teller.scheme,
            is_grpc: route.starts_with("/inference.") || route.starts_with("/grpc."),
            context: self.context,
            name: self.requested.name.take(),
            from: self.requested.from,
            caller: self.caller.take(),
            model: self.model.take(),
            status: self.status.load(Relaxed),
            rows: self.rows.load(Relaxed),
            bytes_in: self.bytes_in.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
        });
        if let Some(exporter) = &self.teller.exporter
            && self.context.is_some_and(|context| context.is_sampled)
        {
            exporter.spans.offer(Arc::clone(&record));
        }
        if let Some(access) = &self.teller.access {
            access.offer(record);
        }
    }
}

impl Record {
    pub(super) fn has_route(&self) -> bool {
        self.route != NO_ROUTE
    }

    pub(super) fn caller_name(&self) -> Option<&str> {
        self.caller.as_ref().and_then(Caller::name)
    }

    pub(super) fn line(&self, format: LineFormat) -> String {
        let status = (self.status != 0).then_some(self.status);
        let model = self.model.as_ref();
        let mut fields: Fields = Vec::with_capacity(14);
        if format == LineFormat::Json {
            fields.push(("method", self.method.as_str().into()));
            fields.push(("route", self.route.into()));
            fields.push(("status", status.into()));
        }
        fields.push(("model", model.map(|model| model.name.as_str()).into()));
        fields.push(("version", model.map(|model| model.version.as_str()).into()));
        fields.push(("rows", self.rows.into()));
        fields.push(("ms", (self.micros as f64 / 1e3).into()));
        fields.push(("bytes_in", self.bytes_in.into()));
        fields.push(("bytes_out", self.bytes_out.into()));
        fields.push(("caller", self.caller_name().into()));
        fields.push(("from", self.from.map(|from| from.to_string()).into()));
        fields.push(("request", self.name.as_deref().into()));
        let status = status.map_or("gone".to_owned(), |status| status.to_string());
        let begin = format!("{} {} {status}", self.method, self.route);
        line(format, self.time_micros, &begin, &fields)
    }
}
