//! One bundle in memory.

use crate::config::Model;
use crate::metrics::Counters;
use axum::http::HeaderValue;
use bundle::{Bundle, BundleError, Quick};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use table::Kind;

/// What a bundle takes in memory besides its parts, in bytes.
const OWN_BYTES: u64 = 64 << 10;
/// How many bytes of memory a byte of its file takes: the file's own and what scoring lays out beside it, as
/// `bench/serve_memory.py` measures them.
const BYTES_PER_BYTE: u64 = 4;

/// A bundle ready to answer.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) bundle: Bundle,
    /// The bundle for rows that come one by one, if it can be laid out so.
    pub(crate) quick: Option<Quick>,
    /// The version as a header.
    pub(crate) version_header: Option<HeaderValue>,
    /// Whether every input is a number, so that rows may come as plain lists of them.
    pub(crate) has_only_numbers: bool,
    /// The raw columns that a row must bring, in order.
    pub(crate) inputs: Vec<(String, Kind)>,
    /// Their positions.
    pub(crate) input_positions: HashMap<String, usize>,
    /// The columns that an answer has unless others are asked for.
    pub(crate) outputs: Vec<String>,
    /// The same as keys of JSON, each with its colon.
    pub(crate) output_keys: Vec<String>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) load_time: Duration,
    /// About what it takes in memory.
    pub(crate) size_bytes: u64,
}

/// About what the bundle at `path` takes in memory.
pub(super) fn size_of(path: &Path) -> u64 {
    let n_bytes = std::fs::metadata(path).map_or(0, |about| about.len());
    n_bytes.saturating_mul(BYTES_PER_BYTE).saturating_add(OWN_BYTES)
}

/// A name as a key of JSON, with its colon.
pub(crate) fn key(name: &str) -> String {
    format!("{}:", serde_json::Value::from(name))
}

impl Loaded {
    pub(super) fn read(model: &Model, counters: Arc<Counters>) -> Result<Loaded, BundleError> {
        let started = Instant::now();
        let bundle = Bundle::load(&model.path)?.keeping_private(&model.private);
        let inputs: Vec<(String, Kind)> = bundle
            .recipe
            .inputs
            .iter()
            .map(|input| {
                (
                    input.name.clone(),
                    input.kind().expect("a loaded bundle has inputs of known kinds"),
                )
            })
            .collect();
        Ok(Loaded {
            name: model.name.clone(),
            version: model.version.clone(),
            input_positions: inputs
                .iter()
                .enumerate()
                .map(|(position, (name, _))| (name.clone(), position))
                .collect(),
            output_keys: bundle.output_names().iter().map(|name| key(name)).collect(),
            has_only_numbers: inputs
                .iter()
                .all(|(_, kind)| matches!(kind, Kind::Integer | Kind::Number)),
            outputs: bundle.output_names(),
            quick: Quick::of(&bundle),
            version_header: model.version.parse().ok(),
            inputs,
            bundle,
            counters,
            load_time: started.elapsed(),
            size_bytes: size_of(&model.path),
        })
    }
}
