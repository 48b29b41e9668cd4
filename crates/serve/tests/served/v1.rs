//! KServe's first protocol, and explanations.

use crate::client::serve;
use crate::forms;
use crate::sample::{self, Columns};
use prepare::contract::{Action, Rule};
use serde_json::json;

#[test]
fn explanations_add_up_to_the_margin() {
    let rules = vec![sample::rule("charges", Rule::Max(50.0), Action::Flag)];
    let running = serve(sample::bundle(Columns::EveryKind, sample::binary(), rules, &[]));
    let rows = sample::rows(Columns::EveryKind, 30, 4);
    let predicted = running
        .post(
            "/v1/models/churn:predict",
            &json!({ "instances": forms::records(&rows) }),
        )
        .ok();
    let body = json!({ "instances": forms::records(&rows), "n_reasons": 2 });
    let explained = running.post("/v1/models/churn:explain", &body).ok();
    let n_broken = explained["predictions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| !row["broken"].is_null())
        .count();
    assert!(0 < n_broken && n_broken < 30);
    for (row, plain) in explained["predictions"]
        .as_array()
        .unwrap()
        .iter()
        .zip(predicted["predictions"].as_array().unwrap())
    {
        let contributions = row["contributions"].as_object().unwrap();
        assert_eq!(contributions.len(), running.bundle.recipe.features.len());
        let sum = contributions
            .values()
            .fold(row["base"].as_f64().unwrap(), |sum, value| {
                sum + value.as_f64().unwrap()
            });
        assert_eq!(sum.to_bits(), row["margin"].as_f64().unwrap().to_bits());
        assert!(row["reasons"].as_array().unwrap().len() <= 2);
        for key in ["margin", "probability", "decision"] {
            assert_eq!(row[key], plain[key]);
        }
    }
    let none = running
        .post(
            "/v1/models/churn:explain",
            &json!({ "instances": [forms::record(&rows, 0)], "n_reasons": 0 }),
        )
        .ok();
    assert_eq!(none["predictions"][0]["reasons"], json!([]));
}

#[test]
fn the_first_protocol_answers_as_kserve_does() {
    let running = serve(sample::bundle(Columns::Simple, sample::binary(), vec![], &[]));
    assert_eq!(running.get("/v1/models").ok(), json!({ "models": ["churn"] }));
    assert_eq!(
        running.get("/v1/models/churn").ok(),
        json!({ "name": "churn", "ready": true })
    );
    let predict = |body: &str| running.text("/v1/models/churn:predict", body);
    assert!(predict("{}").refused(400).contains("instances"));
    assert!(
        predict("{\"instances\": [[1, 2]]}")
            .refused(400)
            .contains("2 cells, expected 4")
    );
    assert!(
        running
            .text("/v1/models/no:predict", "{}")
            .refused(404)
            .contains("no model `no`")
    );
    assert!(
        running
            .text("/v1/models/churn:guess", "{}")
            .refused(405)
            .contains("expected GET")
    );
    assert!(
        running
            .send("POST", "/v1/models/churn:predict", &[], b"{}")
            .refused(415)
            .contains("application/json")
    );
}
