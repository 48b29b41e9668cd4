//! MLflow's scoring server: `/ping`, `/health`, `/version` and `/invocations`.

mod invocations;
mod refusal;

pub(super) use invocations::invocations;
pub(super) use refusal::{refused, status};
