//! Requests in every form that the service reads, from the head to the answer.

use serve::hostile::{Answered, Door, Knock, readings};
use serve::{Config, Jwt, Limits, Model};
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::LazyLock;

/// It is always this moment.
pub(super) const NOW_MICROS: i64 = 1_700_000_000_000_000;
/// What nobody should read in an answer: names of files of ours, words of panics.
const INSIDE: [&str; 5] = ["panicked", ".rs:", "/src/", "unwrap()", "RUST_BACKTRACE"];
/// The longest refusal in bytes: names and values are clipped.
const MAX_REFUSAL: usize = 16 << 10;

/// As a service is, with small limits.
static OPEN: LazyLock<Door> = LazyLock::new(|| door(64 << 10, None));
/// Bodies beyond this flow.
static FLOWING: LazyLock<Door> = LazyLock::new(|| door(2000, None));

thread_local! {
    static LAST: Cell<Option<u16>> = const { Cell::new(None) };
}

/// What the last request of this thread was answered, over gRPC 200 or 400: a corpus of refusals alone would test little.
pub fn last_status() -> Option<u16> {
    LAST.get()
}

/// A door behind which two bundles answer.
pub(super) fn door(max_body_bytes: usize, jwt: Option<Jwt>) -> Door {
    let model = |name: &str, bundle: &str| Model {
        name: name.to_owned(),
        version: "1".to_owned(),
        path: bundle_path(bundle),
        ..Model::default()
    };
    let models = vec![model("churn", "v1/churn"), model("exp", "v2/exp")];
    let mut config = Config::new(([127, 0, 0, 1], 80).into(), models);
    config.limits = Limits {
        max_body_bytes,
        max_rows: 1000,
        ..Limits::default()
    };
    config.n_threads = 1;
    config.jwt = jwt;
    Door::new(config, NOW_MICROS).expect("two sound bundles")
}

pub(crate) fn bundle_path(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../bundles");
    PathBuf::from(format!("{folder}/{name}.bundle"))
}

/// Asks twice: the same answer, with nothing inside it that is ours.
pub(super) fn ask(door: &Door, knock: &Knock<'_>) -> Option<Answered> {
    let answered = door.answer(knock)?;
    let text = String::from_utf8_lossy(&answered.body).into_owned();
    assert!(
        answered.status < 500 || answered.status == 503,
        "{} {text} for {} {}",
        answered.status,
        knock.method,
        knock.target
    );
    assert_ne!(
        answered.grpc_status.as_deref(),
        Some("13"),
        "{:?}",
        answered.grpc_message
    );
    let is_refused = answered.status != 200 || !matches!(answered.grpc_status.as_deref(), None | Some("0"));
    LAST.set(Some(if is_refused { answered.status.max(400) } else { 200 }));
    if is_refused {
        let told = format!("{text}{}", answered.grpc_message.clone().unwrap_or_default());
        assert!(told.len() <= MAX_REFUSAL, "a refusal of {} bytes", told.len());
        let headers = knock
            .headers
            .iter()
            .map(|(name, value)| format!("{name}{}", String::from_utf8_lossy(value)));
        let sent = String::from_utf8_lossy(knock.body).into_owned()
            + knock.method
            + knock.target
            + &headers.collect::<String>();
        for word in INSIDE {
            // Who sends such a word may read it again.
            assert!(!told.contains(word) || sent.contains(word), "{told}");
        }
    } else if answered.content_type == "application/json" && !answered.body.is_empty() {
        let read: Result<serde_json::Value, _> = serde_json::from_slice(&answered.body);
        check_chances(&read.expect("an answer is JSON"));
        // A row has the same bits each time.
        let again = door.answer(knock).map(|again| again.body);
        let counts = ["/metrics", "stats"]
            .iter()
            .any(|word| knock.target.contains(word));
        assert!(counts || again.as_ref() == Some(&answered.body), "two answers");
    }
    Some(answered)
}

/// Every `probability` is one.
fn check_chances(value: &serde_json::Value) {
    match value {
        serde_json::Value::Array(values) => values.iter().for_each(check_chances),
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                if name == "probability"
                    && let Some(chance) = value.as_f64()
                {
                    assert!((0.0..=1.0).contains(&chance), "{chance}");
                }
                check_chances(value);
            }
        }
        _ => {}
    }
}

fn post(door: &Door, target: &str, headers: &[(&str, &str)], body: &[u8]) {
    let mut all: Vec<(&str, &[u8])> = vec![("host", b"localhost")];
    all.extend(headers.iter().map(|(name, value)| (*name, value.as_bytes())));
    let knock = Knock {
        method: "POST",
        target,
        headers: &all,
        body,
        is_http2: false,
    };
    ask(door, &knock).expect("a sound head");
}

fn of_type(door: &Door, target: &str, content_type: &str, body: &[u8]) {
    post(door, target, &[("content-type", content_type)], body);
}

const PREDICT: &str = "/v1/models/churn:predict";

pub(super) fn native_json(bytes: &[u8]) {
    of_type(&OPEN, PREDICT, "application/json", bytes);
}

pub(super) fn explain_json(bytes: &[u8]) {
    of_type(&OPEN, "/v1/models/churn:explain", "application/json", bytes);
}

pub(super) fn mlflow_json(bytes: &[u8]) {
    of_type(&OPEN, "/invocations", "application/json", bytes);
}

pub(super) fn oip_json(bytes: &[u8]) {
    of_type(&OPEN, "/v2/models/churn/infer", "application/json", bytes);
}

/// Two bytes say how long the JSON is; none is a raw request, for the model of one input.
pub(super) fn oip_binary(bytes: &[u8]) {
    let Some((length, body)) = bytes.split_first_chunk::<2>() else {
        return;
    };
    let length = u16::from_le_bytes(*length);
    let target = if length == 0 {
        "/v2/models/exp/infer"
    } else {
        "/v2/models/churn/infer"
    };
    post(
        &OPEN,
        target,
        &[("inference-header-content-length", &length.to_string())],
        body,
    );
}

pub(super) fn lines(bytes: &[u8]) {
    of_type(&OPEN, PREDICT, "application/jsonlines", bytes);
}

pub(super) fn lines_flow(bytes: &[u8]) {
    of_type(&FLOWING, PREDICT, "application/jsonlines", bytes);
}

pub(super) fn csv(bytes: &[u8]) {
    of_type(&OPEN, PREDICT, "text/csv", bytes);
}

pub(super) fn libsvm(bytes: &[u8]) {
    of_type(&OPEN, "/v1/models/exp:predict", "text/libsvm", bytes);
}

pub(super) fn npy(bytes: &[u8]) {
    of_type(&OPEN, "/v1/models/exp:predict", "application/x-npy", bytes);
}

pub(super) fn arrow(bytes: &[u8]) {
    of_type(&OPEN, PREDICT, "application/vnd.apache.arrow.stream", bytes);
}

pub(super) fn arrow_flow(bytes: &[u8]) {
    of_type(&FLOWING, PREDICT, "application/vnd.apache.arrow.stream", bytes);
}

pub(super) fn parquet(bytes: &[u8]) {
    of_type(&OPEN, PREDICT, "application/vnd.apache.parquet", bytes);
}

/// A byte says how the rest is encoded.
pub(super) fn encoded(bytes: &[u8]) {
    let Some((which, body)) = bytes.split_first() else {
        return;
    };
    let encoding = ["gzip", "deflate", "identity", "x-gzip", "br"][usize::from(*which) % 5];
    let headers = [
        ("content-type", "application/json"),
        ("content-encoding", encoding),
        ("accept-encoding", encoding),
    ];
    post(&OPEN, PREDICT, &headers, body);
}

fn call(method: &str, headers: &[(&str, &[u8])], body: &[u8]) {
    let target = format!("/{method}");
    let mut all: Vec<(&str, &[u8])> = vec![("host", b"localhost"), ("content-type", b"application/grpc")];
    all.extend(headers);
    let knock = Knock {
        method: "POST",
        target: &target,
        headers: &all,
        body,
        is_http2: true,
    };
    ask(&OPEN, &knock).expect("a sound head");
}

/// A message behind a head that says its length.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0][..], &length, message].concat()
}

pub(super) fn grpc_message(bytes: &[u8]) {
    call("inference.GRPCInferenceService/ModelInfer", &[], &framed(bytes));
}

/// Frames as they come, compressed ones among them; a byte says for one call or a stream.
pub(super) fn grpc_frames(bytes: &[u8]) {
    let Some((which, body)) = bytes.split_first() else {
        return;
    };
    let method = match which % 2 {
        0 => "inference.GRPCInferenceService/ModelInfer",
        _ => "inference.GRPCInferenceService/ModelStreamInfer",
    };
    call(method, &[("grpc-encoding", b"gzip")], body);
}

/// A byte says which of the calls that bring no rows.
pub(super) fn grpc_small(bytes: &[u8]) {
    let Some((which, message)) = bytes.split_first() else {
        return;
    };
    const METHODS: [&str; 10] = [
        "inference.GRPCInferenceService/ServerLive",
        "inference.GRPCInferenceService/ServerMetadata",
        "inference.GRPCInferenceService/ModelReady",
        "inference.GRPCInferenceService/ModelMetadata",
        "inference.GRPCInferenceService/ModelConfig",
        "inference.GRPCInferenceService/ModelStatistics",
        "inference.GRPCInferenceService/RepositoryIndex",
        "inference.GRPCInferenceService/RepositoryModelLoad",
        "grpc.health.v1.Health/Check",
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ];
    call(
        METHODS[usize::from(*which) % METHODS.len()],
        &[],
        &framed(message),
    );
}

/// `METHOD target`, a line a header, an empty line, the body.
pub(super) fn head(bytes: &[u8]) {
    let mut rest = bytes;
    let mut lines: Vec<&[u8]> = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let text = |bytes: &'_ [u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
    let Some(first) = lines.first().and_then(|line| text(line)) else {
        return;
    };
    let Some((method, target)) = first.split_once(' ') else {
        return;
    };
    let headers: Vec<(String, &[u8])> = lines[1..]
        .iter()
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((text(&line[..colon])?, line[colon + 1..].trim_ascii()))
        })
        .collect();
    let headers: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    ask(
        &OPEN,
        &Knock {
            method,
            target,
            headers: &headers,
            body: rest,
            is_http2: false,
        },
    );
}

/// What a connection sends first: who reads without hyper reads what hyper does.
pub(super) fn plain_head(bytes: &[u8]) {
    if let Some((ours, hypers)) = readings(bytes) {
        assert_eq!(Some(ours), hypers);
    }
}
