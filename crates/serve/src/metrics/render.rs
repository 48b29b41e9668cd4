//! The counters as a page for Prometheus, text format 0.0.4.

use super::{CODES, Counters, RANGES_MICROS};
use crate::app::App;
use crate::config::Role;
use crate::cost;
use crate::route::Scoring;
use crate::shadow::Differences;
use std::fmt::Write;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The page's content type.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The page.
pub(crate) fn page(app: &App) -> String {
    let mut page = String::new();
    family(
        &mut page,
        "spanwise_build_info",
        "gauge",
        "The version that runs.",
    );
    line(
        &mut page,
        "spanwise_build_info",
        &[("version", env!("CARGO_PKG_VERSION"))],
        1,
    );
    models(&mut page, app);
    swaps(&mut page, app);
    requests(&mut page, app);
    durations(&mut page, app);
    rows(&mut page, app);
    costs(&mut page, app);
    shadows(&mut page, app);
    log(&mut page, app);
    lines(&mut page, app);
    tls(&mut page, app);
    process(&mut page);
    page
}

fn models(page: &mut String, app: &App) {
    let slots = app.models.slots();
    family(
        page,
        "spanwise_model_loaded_info",
        "gauge",
        "Models in memory and their bundles.",
    );
    for model in slots.iter().filter_map(|slot| slot.loaded.as_ref()) {
        let hash = model.bundle.hash().to_hex();
        let labels = [
            ("model", model.name.as_str()),
            ("version", &model.version),
            ("bundle", &hash),
        ];
        line(page, "spanwise_model_loaded_info", &labels, 1);
    }
    family(
        page,
        "spanwise_model_load_duration_seconds",
        "gauge",
        "How long the bundle took to load.",
    );
    for model in slots.iter().filter_map(|slot| slot.loaded.as_ref()) {
        let labels = [("model", model.name.as_str()), ("version", &model.version)];
        line(
            page,
            "spanwise_model_load_duration_seconds",
            &labels,
            model.load_time.as_secs_f64(),
        );
    }
}

fn swaps(page: &mut String, app: &App) {
    let name = "spanwise_model_swaps_total";
    family(
        page,
        name,
        "counter",
        "How often other versions took the place of those served, or could not.",
    );
    for (outcome, count) in [
        ("done", &app.models.swaps.done),
        ("failed", &app.models.swaps.failed),
    ] {
        line(page, name, &[("outcome", outcome)], count.load(Relaxed));
    }
}

/// Calls `see` with the name, version and counters of every model, and of requests for none.
fn each(app: &App, mut see: impl FnMut(&str, &str, &Counters)) {
    for slot in app.models.slots() {
        see(&slot.model.name, &slot.model.version, slot.counters());
    }
    see("", "", &app.no_model);
}

fn requests(page: &mut String, app: &App) {
    let name = "spanwise_inference_requests_total";
    family(
        page,
        name,
        "counter",
        "Scoring requests by model, route and status.",
    );
    each(app, |model, version, counters| {
        for scoring in Scoring::ALL {
            for (code, count) in CODES.iter().zip(&counters.routes[scoring as usize].codes) {
                let (count, code) = (count.load(Relaxed), code.to_string());
                let labels = [
                    ("model", model),
                    ("version", version),
                    ("protocol", scoring.protocol().name()),
                    ("route", scoring.name()),
                    ("code", if code == "0" { "other" } else { &code }),
                ];
                if 0 < count {
                    line(page, name, &labels, count);
                }
            }
        }
    });
    family(
        page,
        "spanwise_inference_in_flight",
        "gauge",
        "Scoring requests under way.",
    );
    line(
        page,
        "spanwise_inference_in_flight",
        &[],
        app.in_flight.load(Relaxed),
    );
    family(
        page,
        "spanwise_refused_at_door_total",
        "counter",
        "Requests refused for their host, key, path or method.",
    );
    line(
        page,
        "spanwise_refused_at_door_total",
        &[],
        app.refused_at_door.load(Relaxed),
    );
}

fn durations(page: &mut String, app: &App) {
    let name = "spanwise_inference_request_duration_seconds";
    family(
        page,
        name,
        "histogram",
        "How long scoring requests took, from the first byte of the body on.",
    );
    each(app, |model, version, counters| {
        for scoring in Scoring::ALL {
            let route = &counters.routes[scoring as usize];
            let counts: Vec<u64> = route.ranges.iter().map(|count| count.load(Relaxed)).collect();
            let n: u64 = counts.iter().sum();
            if n == 0 {
                continue;
            }
            let labels = [("model", model), ("version", version), ("route", scoring.name())];
            let mut below = 0;
            for (position, count) in counts.iter().enumerate() {
                below += count;
                let end = RANGES_MICROS
                    .get(position)
                    .map_or("+Inf".to_owned(), |end| (*end as f64 / 1e6).to_string());
                let with_end: Vec<(&str, &str)> = labels.into_iter().chain([("le", end.as_str())]).collect();
                line(page, &format!("{name}_bucket"), &with_end, below);
            }
            let nanos = route.ok_nanos.load(Relaxed) + route.failed_nanos.load(Relaxed);
            line(page, &format!("{name}_sum"), &labels, nanos as f64 / 1e9);
            line(page, &format!("{name}_count"), &labels, n);
        }
    });
}

fn rows(page: &mut String, app: &App) {
    family(
        page,
        "spanwise_inference_rows_total",
        "counter",
        "Rows scored and answered.",
    );
    each(app, |model, version, counters| {
        if !model.is_empty() {
            let labels = [("model", model), ("version", version)];
            line(
                page,
                "spanwise_inference_rows_total",
                &labels,
                counters.rows.load(Relaxed),
            );
        }
    });
    let name = "spanwise_data_quality_violations_total";
    family(
        page,
        name,
        "counter",
        "Rows that broke a rule of the contract; refused ones were not answered.",
    );
    each(app, |model, version, counters| {
        let breaches = counters.breaches.lock().unwrap_or_else(PoisonError::into_inner);
        for ((column, rule, refused), count) in breaches.iter() {
            let labels = [
                ("model", model),
                ("version", version),
                ("column", column),
                ("rule", rule),
                ("refused", if *refused { "true" } else { "false" }),
            ];
            line(page, name, &labels, count);
        }
    });
}

/// What answers took, and what they cost.
fn costs(page: &mut String, app: &App) {
    let usages = cost::usages(app);
    let name = "spanwise_cpu_seconds_total";
    let help =
        "Processor time of the process, shared out among models by the time that their rows were scored.";
    family(page, name, "counter", help);
    for (model, version, usage) in &usages {
        line(
            page,
            name,
            &[("model", model), ("version", version)],
            usage.cpu_micros / 1e6,
        );
    }
    let name = "spanwise_body_bytes_total";
    family(
        page,
        name,
        "counter",
        "Bytes of the bodies of scoring requests and their answers.",
    );
    for (model, version, usage) in &usages {
        for (direction, bytes) in [("read", usage.bytes_read), ("written", usage.bytes_written)] {
            let labels = [
                ("model", model.as_str()),
                ("version", version),
                ("direction", direction),
            ];
            line(page, name, &labels, bytes);
        }
    }
    let Some(price) = &app.price else { return };
    let name = "spanwise_cost_per_million_predictions";
    family(
        page,
        name,
        "gauge",
        "What a million predictions cost at the price of the service.",
    );
    for (model, version, usage) in &usages {
        if let Some(cost) = usage.per_million(price) {
            let labels = [
                ("model", model.as_str()),
                ("version", version),
                ("currency", &price.currency),
            ];
            line(page, name, &labels, cost);
        }
    }
}

/// What those differ in who are asked what others answered.
fn shadows(page: &mut String, app: &App) {
    let of_shadows = || {
        let slots = app.models.slots().into_iter();
        slots.filter(|slot| slot.model.role == Role::Shadow)
    };
    if of_shadows().next().is_none() {
        return;
    }
    type Number = fn(&Differences) -> f64;
    let families: [(&str, &str, &str, Number); 6] = [
        (
            "spanwise_shadow_rows_total",
            "counter",
            "Answered rows that a shadow was asked too.",
            |d| d.rows as f64,
        ),
        (
            "spanwise_shadow_failed_rows_total",
            "counter",
            "Rows that a shadow could not answer.",
            |d| d.failed_rows as f64,
        ),
        (
            "spanwise_shadow_dropped_rows_total",
            "counter",
            "Rows that did not fit the shadow's queue.",
            |d| d.dropped_rows as f64,
        ),
        (
            "spanwise_shadow_other_decisions_total",
            "counter",
            "Rows that a shadow would decide otherwise.",
            |d| d.other_decisions as f64,
        ),
        (
            "spanwise_shadow_difference_mean",
            "gauge",
            "The mean of the shadow's answers less those given.",
            |d| d.mean,
        ),
        (
            "spanwise_shadow_difference_largest",
            "gauge",
            "The largest difference from an answer given.",
            |d| d.largest,
        ),
    ];
    for (name, kind, help, number) in families {
        family(page, name, kind, help);
        for slot in of_shadows() {
            let labels = [
                ("model", slot.model.name.as_str()),
                ("version", &slot.model.version),
            ];
            line(page, name, &labels, number(&slot.counters().differences()));
        }
    }
}

fn log(page: &mut String, app: &App) {
    let Some(log) = &app.log else { return };
    let counts = log.counts();
    let mut counter = |name: &str, help: &str, count: &AtomicU64| {
        family(page, name, "counter", help);
        line(page, name, &[], count.load(Relaxed));
    };
    counter(
        "spanwise_prediction_log_rows_total",
        "Rows written to the prediction log.",
        &counts.written_rows,
    );
    counter(
        "spanwise_prediction_log_dropped_rows_total",
        "Rows that did not fit the log's queue.",
        &counts.dropped_rows,
    );
    counter(
        "spanwise_prediction_log_failed_rows_total",
        "Rows that could not be written.",
        &counts.failed_rows,
    );
    counter(
        "spanwise_prediction_log_left_out_rows_total",
        "Rows of requests that are not in the share that is logged.",
        &counts.left_out_rows,
    );
}

/// What became of the lines that are told.
fn lines(page: &mut String, app: &App) {
    let name = "spanwise_told_lines_total";
    let mut is_begun = false;
    for (log, counts) in app.teller.counts() {
        if !std::mem::replace(&mut is_begun, true) {
            let help = "Lines of the service's own logs: written, left out because its queue was full, or not writable.";
            family(page, name, "counter", help);
        }
        for (outcome, count) in [
            ("written", &counts.done),
            ("dropped", &counts.dropped),
            ("failed", &counts.failed),
        ] {
            line(
                page,
                name,
                &[("log", log), ("outcome", outcome)],
                count.load(Relaxed),
            );
        }
    }
}

fn tls(page: &mut String, app: &App) {
    let Some(certificates) = &app.certificates else {
        return;
    };
    let counts = &certificates.counts;
    let name = "spanwise_certificate_reads_total";
    family(
        page,
        name,
        "counter",
        "New certificates read from their files, by outcome.",
    );
    line(page, name, &[("outcome", "ok")], counts.read_again.load(Relaxed));
    line(
        page,
        name,
        &[("outcome", "failed")],
        counts.failed_reads.load(Relaxed),
    );
    let name = "spanwise_certificate_stale";
    let help = "1 while the files hold new certificates that are not sound, and the old ones are shown.";
    family(page, name, "gauge", help);
    line(page, name, &[], u8::from(counts.is_stale.load(Relaxed)));
    let name = "spanwise_failed_handshakes_total";
    family(page, name, "counter", "TLS handshakes that failed.");
    line(page, name, &[], counts.failed_handshakes.load(Relaxed));
}

/// The memory of the process where the system tells it.
fn process(page: &mut String) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .trim()
            .strip_suffix("kB")?
            .trim()
            .parse::<u64>()
            .ok()
    });
    if let Some(kilobytes) = resident {
        family(
            page,
            "process_resident_memory_bytes",
            "gauge",
            "Memory of the process that is in RAM.",
        );
        line(page, "process_resident_memory_bytes", &[], kilobytes * 1024);
    }
}

fn family(page: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(page: &mut String, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
    page.push_str(name);
    for (position, (label, text)) in labels.iter().enumerate() {
        page.push(if position == 0 { '{' } else { ',' });
        let text = text
            .replace('\\', "\\\\")
            .replace('\n', "\\n")
            .replace('"', "\\\"");
        let _ = write!(page, "{label}=\"{text}\"");
    }
    page.push_str(if labels.is_empty() { " " } else { "} " });
    let _ = writeln!(page, "{value}");
}
