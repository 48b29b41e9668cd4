//! Rows as planes of bytes.

use std::hint::select_unpredictable;
use std::ops::Range;

use prepare::{FeatureColumn, Features};

use super::lanes::{LANES, Step};
use super::{Batch, Group};
use crate::model::tree::read::Reader;

/// Thresholds that one plane tells apart.
pub(super) const PER_PLANE: usize = 255;

/// Values searched together.
const ABREAST: usize = 8;

/// Turns counts into bytes that compare as signed numbers.
pub(super) const BIAS: u8 = 0x80;

/// The thresholds of a slot, and the planes made of it.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    pub(super) slot: usize,
    /// Rising, each once; then infinities up to a power of two, at least one.
    pub(super) thresholds: Vec<f64>,
    pub(super) planes: Vec<Plane>,
}

/// One plane of a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plane {
    pub(super) position: usize,
    /// Which 255 thresholds, counted from 0.
    pub(super) part: usize,
    /// Whether missing exceeds all thresholds or none.
    pub(super) missing_right: bool,
}

/// A category's levels as the groups of the trees look them up.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    pub(super) slot: usize,
    /// "Other" included; missing is the level behind them.
    pub(super) n_levels: u32,
}

/// The planes of a block of rows.
#[derive(Debug)]
pub(super) struct Planes {
    stride: usize,
    numbers: Vec<u8>,
    levels: Vec<u16>,
    /// The groups of one tree for 128 rows.
    groups: Vec<u8>,
    counts: Vec<u32>,
}

impl Planes {
    /// Room for blocks of up to `stride` rows, a multiple of [`LANES`].
    pub(super) fn new(batch: &Batch, stride: usize) -> Planes {
        Planes {
            stride,
            numbers: vec![0; batch.n_planes * stride],
            levels: vec![0; batch.levels.len() * stride],
            groups: Vec::new(),
            counts: vec![0; stride],
        }
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// Takes up `rows` of features that were checked.
    pub(super) fn take(&mut self, batch: &Batch, reader: &Reader, features: &Features, rows: Range<usize>) {
        for cuts in &batch.cuts {
            self.take_number(cuts, reader, features, rows.clone());
        }
        for (levels, places) in batch.levels.iter().zip(self.levels.chunks_exact_mut(self.stride)) {
            let slot = &reader.slots()[levels.slot];
            let column = &features.columns[slot.feature];
            for (place, row) in places.iter_mut().zip(rows.clone()) {
                let level = reader.read_cell(slot, column, row);
                *place = if level.is_nan() {
                    levels.n_levels as u16
                } else {
                    level as u16
                };
            }
        }
    }

    fn take_number(&mut self, cuts: &Cuts, reader: &Reader, features: &Features, rows: Range<usize>) {
        let slot = &reader.slots()[cuts.slot];
        let FeatureColumn::Number(values) = &features.columns[slot.feature] else {
            return;
        };
        let values = &values[rows];
        let counts = &mut self.counts[..values.len()];
        for (counts, values) in counts.chunks_mut(ABREAST).zip(values.chunks(ABREAST)) {
            let mut read = [0.0; ABREAST];
            for (read, &value) in read.iter_mut().zip(values) {
                *read = reader.read(slot, value);
            }
            let below = count_below(&cuts.thresholds, &read);
            for ((count, below), value) in counts.iter_mut().zip(below).zip(read) {
                *count = if value.is_nan() { u32::MAX } else { below };
            }
        }
        for plane in &cuts.planes {
            let bytes = &mut self.numbers[plane.position * self.stride..][..counts.len()];
            let start = (plane.part * PER_PLANE) as u32;
            let missing = if plane.missing_right { u8::MAX } else { 0 };
            for (byte, &count) in bytes.iter_mut().zip(counts.iter()) {
                let within = count.saturating_sub(start).min(PER_PLANE as u32) as u8;
                *byte = if count == u32::MAX { missing } else { within } ^ BIAS;
            }
        }
    }

    /// Looks the levels of 128 rows from `first` on up in a tree's groups.
    #[inline(always)]
    pub(super) fn take_groups(&mut self, batch: &Batch, groups: &[Group], first: usize) {
        self.groups.resize(groups.len() * LANES, 0);
        for (group, bytes) in groups.iter().zip(self.groups.chunks_exact_mut(LANES)) {
            let levels = &self.levels[group.levels as usize * self.stride + first..][..LANES];
            let n_levels = batch.levels[group.levels as usize].n_levels as usize;
            let bits = &batch.group_bits[group.bits as usize..][..n_levels + 1];
            for (byte, &level) in bytes.iter_mut().zip(levels) {
                *byte = bits[usize::from(level).min(n_levels)];
            }
        }
    }

    /// The bytes that a step asks, of the 128 rows from `first` on.
    #[inline(always)]
    pub(super) fn of(&self, step: &Step, first: usize) -> &[u8; LANES] {
        let start = step.plane as usize;
        let bytes = if step.is_category {
            self.groups.get(start * LANES..)
        } else {
            self.numbers.get(start * self.stride + first..)
        };
        bytes
            .and_then(|bytes| bytes.first_chunk())
            .expect("steps name planes of this batch")
    }
}

/// How many of the rising thresholds are smaller than each value. No branch depends on a value, and values searched
/// together hide each other's waits.
#[inline(always)]
fn count_below(thresholds: &[f64], values: &[f64; ABREAST]) -> [u32; ABREAST] {
    let mut starts = [0; ABREAST];
    let mut half = thresholds.len() / 2;
    while 0 < half {
        for (start, value) in starts.iter_mut().zip(values) {
            let above = thresholds[*start + half - 1] < *value;
            *start += select_unpredictable(above, half, 0);
        }
        half /= 2;
    }
    starts.map(|start| start as u32)
}
