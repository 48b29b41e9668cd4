//! When the rows of a table happened and became known, on its way from step to step.

use crate::ProjectError;
use crate::file::Data;
use crate::records::{from_json, to_json};
use query::{Engine, Moments};
use serde::{Deserialize, Serialize};

/// What a step that makes a table leaves of it.
pub(crate) const PART: &str = "moments";

#[derive(Serialize, Deserialize)]
struct Record {
    event_time: Option<String>,
    known_at: Vec<String>,
    lost: Option<String>,
}

/// What a section says.
pub(crate) fn of_section(data: &Data) -> Moments {
    Moments {
        event_time: data.event_time.as_ref().map(|column| column.value.clone()),
        known_at: data.known_at.iter().map(|column| column.value.clone()).collect(),
        lost: None,
    }
}

/// What a query passed on of its tables' moments, and what its own section says instead.
pub(crate) fn of_query(data: &Data, engine: &Engine, sql: &str) -> Result<Moments, ProjectError> {
    let said = of_section(data);
    let passed_on = engine.moments(sql)?;
    let is_said = !said.known_at.is_empty();
    Ok(Moments {
        event_time: said.event_time.or(passed_on.event_time),
        known_at: if is_said {
            said.known_at
        } else {
            passed_on.known_at
        },
        lost: passed_on.lost.filter(|_| !is_said),
    })
}

pub(crate) fn to_bytes(moments: &Moments) -> Vec<u8> {
    to_json(&Record {
        event_time: moments.event_time.clone(),
        known_at: moments.known_at.clone(),
        lost: moments.lost.clone(),
    })
}

pub(crate) fn from_bytes(bytes: &[u8], step: &str) -> Result<Moments, bundle::BundleError> {
    let Record {
        event_time,
        known_at,
        lost,
    } = from_json(bytes, step)?;
    Ok(Moments {
        event_time,
        known_at,
        lost,
    })
}
