//! The main job on real data.

use crate::support::{json, shared};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

pub(crate) struct Telco {
    folder: TempDir,
    record: Value,
}

impl Telco {
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The example project on the real file, run once; `None` where the file is missing.
pub(crate) fn run() -> Option<&'static Telco> {
    static TELCO: OnceLock<Option<Telco>> = OnceLock::new();
    let found = TELCO.get_or_init(|| {
        let data = shared("data/churn/telco_customer_churn.csv")?;
        let folder = TempDir::new().unwrap();
        let example =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/telco-churn/spanwise.toml");
        std::fs::copy(example, folder.path().join("spanwise.toml")).unwrap();
        let record = json(
            folder.path(),
            &["run", "--data", &format!("customers={}", data.display())],
        );
        Some(Telco { folder, record })
    });
    found.as_ref()
}

#[test]
fn eleven_blanks_become_missing_and_the_user_is_told() {
    let Some(telco) = run() else { return };
    let complaints = telco.record["tables"]["customers"]["complaints"]
        .as_array()
        .unwrap();
    assert_eq!(complaints.len(), 1, "{complaints:#?}");
    assert_eq!(
        (&complaints[0]["column"], &complaints[0]["count"]),
        (&Value::from("TotalCharges"), &Value::from(11))
    );
    assert_eq!(complaints[0]["rows"][0], 489);
    assert!(complaints[0]["sentence"].as_str().unwrap().contains("line 490"));
}

#[test]
fn the_model_is_as_good_as_promised_and_the_story_is_small() {
    let Some(telco) = run() else { return };
    let auc = telco.record["models"]["churn"]["metrics"]["auc"]["value"]
        .as_f64()
        .unwrap();
    assert!(0.845 <= auc, "{auc}");
    let story = std::fs::metadata(telco.path().join("out/churn.html"))
        .unwrap()
        .len();
    assert!(story < 2_000_000, "{story} bytes");
    let findings = telco.record["findings"].as_array().unwrap();
    let named = |segment: &str| {
        findings
            .iter()
            .take(12)
            .any(|finding| finding["segment"] == segment)
    };
    assert!(named("Contract is Month-to-month"), "{findings:#?}");
}
