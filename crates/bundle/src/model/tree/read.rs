//! How an ensemble reads rows: a slot for each feature, and a second one where zero counts as missing at some splits.
//!
//! What differs between libraries (rounding to `f32`, codes given as numbers, zeros that are missing) happens here,
//! once a row; the nodes then ask the same two questions of every ensemble.

use std::ops::Range;

use prepare::{FeatureColumn, Features};

use super::parts::ZERO;
use super::{LEAF, Precision, TreeParts};
use crate::model::RowBlock;
use crate::model::inputs::level;

/// The slots of an ensemble.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    slots: Vec<Slot>,
    /// Per feature: what columns must be, 0 for a number.
    column_levels: Vec<u32>,
    codes: Vec<u32>,
}

/// Where a slot's numbers come from.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// The feature read.
    pub(crate) feature: usize,
    /// The levels of a category, "other" included; 0 for a number.
    pub(crate) n_levels: u32,
    reading: Reading,
}

/// What happens to a number before a node sees it.
#[derive(Clone, Debug)]
enum Reading {
    AsItIs,
    Rounded,
    ZeroNearZero,
    ZeroMissing,
    Code {
        codes: Range<usize>,
        precision: Precision,
    },
}

impl Reader {
    /// The slots of parts whose lists were checked.
    pub(super) fn new(parts: &TreeParts) -> Reader {
        let mut slots = Vec::with_capacity(parts.feature_levels.len());
        let mut start = 0;
        for (feature, &n_levels) in parts.feature_levels.iter().enumerate() {
            let reading = match &parts.floats {
                None => Reading::AsItIs,
                Some(floats) if 0 < n_levels => {
                    let codes = start..start + n_levels as usize - 1;
                    start = codes.end;
                    let precision = floats.precision;
                    Reading::Code { codes, precision }
                }
                Some(floats) if floats.precision == Precision::F32 => Reading::Rounded,
                Some(_) => Reading::ZeroNearZero,
            };
            slots.push(Slot {
                feature,
                n_levels,
                reading,
            });
        }
        slots.extend(zero_missing(parts).map(|feature| Slot {
            feature,
            n_levels: 0,
            reading: Reading::ZeroMissing,
        }));
        let column_levels = match &parts.floats {
            None => parts.feature_levels.clone(),
            Some(_) => vec![0; parts.feature_levels.len()],
        };
        let codes = parts
            .floats
            .as_ref()
            .map_or(Vec::new(), |floats| floats.codes.clone());
        Reader {
            slots,
            column_levels,
            codes,
        }
    }

    /// The slots; those of the features come first, in their order.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Per feature: what its column must be, 0 for a number, else a category's levels.
    pub(crate) fn column_levels(&self) -> &[u32] {
        &self.column_levels
    }

    /// The numbers that the levels of a feature stand for, if it is read as a code.
    pub(crate) fn codes_of(&self, feature: usize) -> Option<&[u32]> {
        match &self.slots.get(feature)?.reading {
            Reading::Code { codes, .. } => Some(&self.codes[codes.clone()]),
            _ => None,
        }
    }

    /// The slot that a split looks at.
    pub(super) fn slot_of(&self, feature: u32, zero_missing: bool) -> u32 {
        if !zero_missing {
            return feature;
        }
        let extra = &self.slots[self.column_levels.len()..];
        let position = extra.partition_point(|slot| slot.feature < feature as usize);
        (self.column_levels.len() + position) as u32
    }

    /// Takes up `rows` of features that were checked.
    pub(crate) fn gather(&self, features: &Features, rows: Range<usize>, block: &mut RowBlock) {
        for (position, slot) in self.slots.iter().enumerate() {
            self.read_slot(slot, features, rows.clone(), block.slots(position));
        }
    }

    /// Writes what the nodes see of `rows` in one slot.
    pub(crate) fn read_slot<'a>(
        &self,
        slot: &Slot,
        features: &Features,
        rows: Range<usize>,
        places: impl Iterator<Item = &'a mut f64>,
    ) {
        match &features.columns[slot.feature] {
            FeatureColumn::Number(values) => places
                .zip(&values[rows])
                .for_each(|(place, &value)| *place = self.read(slot, value)),
            FeatureColumn::Category { codes, n_levels } => places
                .zip(&codes[rows])
                .for_each(|(place, &code)| *place = level(code, *n_levels)),
        }
    }

    /// What the nodes see of one row's cell.
    #[inline(always)]
    pub(crate) fn read_cell(&self, slot: &Slot, column: &FeatureColumn, row: usize) -> f64 {
        match column {
            FeatureColumn::Number(values) => self.read(slot, values[row]),
            FeatureColumn::Category { codes, n_levels } => level(codes[row], *n_levels),
        }
    }

    /// What the nodes see of a number in a slot.
    #[inline(always)]
    pub(crate) fn read(&self, slot: &Slot, value: f64) -> f64 {
        match &slot.reading {
            Reading::AsItIs => value,
            Reading::Rounded => f64::from(value as f32),
            Reading::ZeroNearZero if value.abs() <= ZERO => 0.0,
            Reading::ZeroMissing if value.abs() <= ZERO => f64::NAN,
            Reading::ZeroNearZero | Reading::ZeroMissing => value,
            Reading::Code { codes, precision } => self.level_of(codes, *precision, value),
        }
    }

    /// The level that a code stands for; every number that is no known code is the last level.
    fn level_of(&self, codes: &Range<usize>, precision: Precision, value: f64) -> f64 {
        let (value, too_small) = match precision {
            Precision::F64 => (value, value <= -1.0),
            Precision::F32 => (f64::from(value as f32), value < 0.0),
        };
        if value.is_nan() {
            return value;
        }
        let other = codes.len() as f64;
        if too_small || f64::from(u32::MAX) < value {
            return other;
        }
        match self.codes[codes.clone()].binary_search(&(value as u32)) {
            Ok(level) => level as f64,
            Err(_) => other,
        }
    }
}

/// The features that are read with zero as missing at some split, rising.
fn zero_missing(parts: &TreeParts) -> impl Iterator<Item = usize> {
    let mut found = vec![false; parts.feature_levels.len()];
    let splits = parts.feature.iter().filter(|feature| **feature != LEAF);
    for (&feature, missing) in splits.zip(&parts.missing_left) {
        found[feature as usize] |= 1 < *missing;
    }
    (0..found.len()).filter(move |feature| found[*feature])
}
