//! What the benchmarks of trees share: arrays of numpy as features, and how much memory the process took.

pub mod npy;

use npy::Array;
use prepare::{FeatureColumn, Features, MISSING_CODE};

/// Some rows of an array as features; `cats` are the columns that hold codes.
pub fn features(x: &Array, cats: &[usize], first: usize, n_rows: usize) -> Features {
    let cell = |row: usize, column: usize| x.values[(first + row) * x.n_columns + column];
    let column = |column: usize| match cats.contains(&column) {
        true => {
            // Missing texts are negative codes.
            let code = |value: f32| if value < 0.0 { MISSING_CODE } else { value as u32 };
            let codes: Vec<u32> = (0..n_rows).map(|row| code(cell(row, column))).collect();
            let all =
                (0..x.values.len() / x.n_columns).map(|row| x.values[row * x.n_columns + column] as u32);
            let n_levels = all.max().unwrap_or(0) + 2;
            FeatureColumn::Category { codes, n_levels }
        }
        false => FeatureColumn::Number((0..n_rows).map(|row| f64::from(cell(row, column))).collect()),
    };
    Features {
        n_rows,
        columns: (0..x.n_columns).map(column).collect(),
    }
}

/// A figure of this process in MiB, such as `VmHWM:`, the most that was resident.
pub fn resident_mb(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .unwrap_or("0");
    line.split_whitespace()
        .next()
        .and_then(|kb| kb.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1024.0
}
