//! 95 % intervals: how often do they hold the truth?

mod effects;
mod means;
mod metrics;
mod resampled;
mod scores;
mod shares;

use crate::study::{Study, part};

pub(crate) fn studies() -> Vec<Study> {
    [
        part("Intervals of means and quantiles", means::studies()),
        part("Intervals of shares and counts", shares::studies()),
        part("Intervals of effects and relations", effects::studies()),
        part(
            "Intervals of metrics",
            [metrics::studies(), scores::studies()]
                .into_iter()
                .flatten()
                .collect(),
        ),
        part("Bootstrap and conformal intervals", resampled::studies()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
