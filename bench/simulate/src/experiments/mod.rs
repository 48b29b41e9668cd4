//! Experiments: nothing changed (A/A), effects whose size is known, looks along the way, beliefs, plans.

mod adjusted;
mod arms;
mod beliefs;
mod family;
mod fixed;
mod looks;
mod plans;
mod sequences;

use crate::study::{Study, part};

pub(crate) fn studies() -> Vec<Study> {
    [
        part("Experiments judged once", fixed::studies()),
        part("Families of comparisons", family::studies()),
        part("Experiments with adjustments", adjusted::studies()),
        part("Planned looks", looks::studies()),
        part("Looks at any time", sequences::studies()),
        part("Beliefs", beliefs::studies()),
        part("Power", plans::studies()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
