//! Tests of what is true: how often do they reject it?

mod counts;
mod groups;
mod many;
mod means;
mod ranks;
mod regression;
mod relations;
mod series;
mod shape;
mod slices;
mod spread;

use crate::study::{Study, part};

pub(crate) fn studies() -> Vec<Study> {
    [
        part(
            "Means",
            [means::studies(), groups::studies()]
                .into_iter()
                .flatten()
                .collect(),
        ),
        part("Shares and counts", counts::studies()),
        part("Ranks and permutations", ranks::studies()),
        part("Laws", shape::studies()),
        part("Spreads", spread::studies()),
        part("Relations", relations::studies()),
        part("Regressions", regression::studies()),
        part("Series", series::studies()),
        part(
            "Many questions",
            [many::studies(), slices::studies()]
                .into_iter()
                .flatten()
                .collect(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
