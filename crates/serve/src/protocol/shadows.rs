//! `GET /v1/models/{model}/shadows`: how those would have answered who are asked what the champion answered.

use crate::call::Reply;
use crate::config::Role;
use crate::models::{Models, Slot};
use crate::refusal::Refusal;
use serde_json::{Value, json};

/// One object for each shadow of `name`, in the order listed.
pub(super) fn differences(models: &Models, name: &str) -> Result<Reply, Refusal> {
    let slots = models.slots_of(name)?;
    let shadows = slots.iter().filter(|slot| slot.model.role == Role::Shadow);
    let champion = slots.iter().find(|slot| slot.model.role == Role::Listed);
    let told = json!({
        "model": name,
        "champion": champion.map(|slot| &slot.model.version),
        "shadows": shadows.map(of_shadow).collect::<Vec<Value>>(),
    });
    Ok(Reply::json(told.to_string().into_bytes()))
}

fn of_shadow(slot: &Slot) -> Value {
    let found = slot.counters().differences();
    let with_interval = |estimate: Option<[f64; 3]>| {
        estimate.map(|[value, low, high]| json!({ "value": value, "low": low, "high": high }))
    };
    json!({
        "version": slot.model.version,
        "bundle": slot.loaded.as_ref().map(|loaded| loaded.bundle.hash().to_hex()),
        "rows": found.rows,
        "failed_rows": found.failed_rows,
        "dropped_rows": found.dropped_rows,
        "other_decisions": with_interval(found.share()),
        "difference": with_interval(found.mean_difference()),
        "largest_difference": (0 < found.rows).then_some(found.largest),
    })
}
