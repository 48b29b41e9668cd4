//! Bundles and model files of others: what opens answers its golden rows, whatever stands in it.

use super::requests::bundle_path;
use bundle::format::MAGIC;
use bundle::import::ImportOptions;
use bundle::{Bundle, ScoreOptions};
use serde_json::Value;
use std::sync::LazyLock;

/// Where the manifest begins.
const HEAD_BYTES: usize = 64;

/// A small sound bundle, into which manifests and sections are put.
static SOUND: LazyLock<Parts> = LazyLock::new(|| {
    let bytes = std::fs::read(bundle_path("v2/softmax")).expect("a kept bundle");
    Parts::of(&bytes).expect("its parts")
});

/// What a bundle's bytes are.
pub(crate) struct Parts {
    pub(crate) version: u32,
    pub(crate) manifest: Vec<u8>,
    pub(crate) sections: Vec<u8>,
}

impl Parts {
    /// The parts as `docs/format.md` tells where they stand.
    pub(crate) fn of(bytes: &[u8]) -> Option<Parts> {
        let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let end = HEAD_BYTES + number(12)? as usize;
        Some(Parts {
            version: number(8)?,
            manifest: bytes.get(HEAD_BYTES..end)?.to_vec(),
            sections: bytes.get(end.next_multiple_of(64)..)?.to_vec(),
        })
    }

    /// The same with a head whose hash fits: a stranger can do that as well.
    fn sealed(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.version.to_le_bytes());
        bytes.extend((self.manifest.len() as u32).to_le_bytes());
        bytes.extend(blake3::hash(&self.manifest).as_bytes());
        bytes.resize(HEAD_BYTES, 0);
        bytes.extend(&self.manifest);
        bytes.resize(bytes.len().next_multiple_of(64), 0);
        bytes.extend(&self.sections);
        bytes
    }
}

fn open(bytes: Vec<u8>) {
    match Bundle::from_bytes(&bytes, "fuzz.bundle") {
        Ok(bundle) => check(&bundle),
        Err(error) => assert!(!error.to_string().contains(".rs:"), "{error}"),
    }
}

/// What was loaded answers its own golden rows, finite, on two threads as on one.
fn check(bundle: &Bundle) {
    let rows = bundle.golden_rows().expect("checked when it was loaded");
    let scores = bundle.score(
        &rows,
        &ScoreOptions {
            n_reasons: 1,
            ..ScoreOptions::default()
        },
    );
    let scores = scores.expect("golden rows are rows");
    assert!(
        scores.margins.iter().all(|margin| margin.is_finite()),
        "a margin that is not finite"
    );
    assert!(
        scores
            .probabilities
            .iter()
            .all(|chance| (0.0..=1.0).contains(chance)),
        "no probability"
    );
    // single rows are answered in another way from here on
    bundle.lay_out();
    let again = bundle.score(
        &rows,
        &ScoreOptions {
            n_threads: 2,
            block_rows: 3,
            ..ScoreOptions::default()
        },
    );
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(
        bits(&again.expect("scored before").margins),
        bits(&scores.margins)
    );
    let reopened = Bundle::from_bytes(&bundle.to_bytes(), "again").expect("opened before");
    assert_eq!(reopened.hash(), bundle.hash());
}

pub(super) fn whole(bytes: &[u8]) {
    open(bytes.to_vec());
}

/// The manifest is the stranger's, and its hash fits.
pub(super) fn manifest(bytes: &[u8]) {
    let sections = SOUND.sections.clone();
    open(
        Parts {
            version: bundle::format::VERSION,
            manifest: bytes.to_vec(),
            sections,
        }
        .sealed(),
    );
}

/// The sections are the stranger's, and their hashes fit.
pub(super) fn sections(bytes: &[u8]) {
    let mut manifest: Value = serde_json::from_slice(&SOUND.manifest).expect("a manifest");
    for section in manifest["sections"].as_array_mut().into_iter().flatten() {
        let at = |key: &str| section[key].as_u64().unwrap_or(0) as usize;
        let range = at("offset")..at("offset") + at("size_bytes");
        let Some(found) = bytes.get(range) else { return };
        section["hash"] = blake3::hash(found).to_hex().as_str().into();
    }
    let manifest = serde_json::to_vec(&manifest).expect("it was JSON");
    open(
        Parts {
            version: SOUND.version,
            manifest,
            sections: bytes.to_vec(),
        }
        .sealed(),
    );
}

/// Files of LightGBM and XGBoost.
pub(super) fn import(bytes: &[u8]) {
    match bundle::import::import(bytes, &ImportOptions::default()) {
        Ok(bundle) => check(&bundle),
        Err(error) => assert!(!error.to_string().contains(".rs:"), "{error}"),
    }
}
