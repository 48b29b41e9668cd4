//! Trains on a made table that comes in parts and is never held, and prints what it took as one JSON line.
//!
//! `bench-growth ROWS COLUMNS ROUNDS THREADS [SHARE]`: numbers on an even spread of 1,000 values with a twentieth
//! missing, yes or no by the sine of one column, the product of two and chance. SHARE is the share of rows that a tree
//! learns from; the rule's if left out.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use bench_trees::resident_mb;
use learn::boost::Params;
use learn::{Context, LearnError, Parts, Target, Trainer};
use prepare::{FeatureColumn, Features};
use serde_json::json;
use stats::math;
use stats::random::Draw;

/// Rows that are held at a time.
const PART: usize = 1 << 17;

struct Made {
    n_rows: usize,
    n_columns: usize,
    seed: Draw,
}

impl Made {
    fn cell(&self, row: usize, column: usize) -> f64 {
        let bits = self.seed.at((row * self.n_columns + column) as u64);
        match bits % 20 {
            0 => f64::NAN,
            _ => ((bits >> 32) % 1000) as f64 / 1000.0,
        }
    }

    fn label(&self, row: usize) -> bool {
        let known = |column| {
            Some(self.cell(row, column))
                .filter(|cell| !cell.is_nan())
                .unwrap_or(0.5)
        };
        let odds = 2.0 * math::sin(9.0 * known(0)) + 6.0 * (known(1) - 0.5) * (known(2) - 0.5);
        let chance = Draw::new(1, 2).uniform_at(row as u64);
        chance < math::sigmoid(odds)
    }
}

impl Parts for Made {
    fn columns(&self) -> Features {
        Features {
            n_rows: 0,
            columns: vec![FeatureColumn::Number(vec![]); self.n_columns],
        }
    }

    fn each(&self, take: &mut dyn FnMut(&Features) -> Result<(), LearnError>) -> Result<(), LearnError> {
        (0..self.n_rows).step_by(PART).try_for_each(|first| {
            let rows = first..(first + PART).min(self.n_rows);
            let column =
                |column| FeatureColumn::Number(rows.clone().map(|row| self.cell(row, column)).collect());
            take(&Features {
                n_rows: rows.len(),
                columns: (0..self.n_columns).map(column).collect(),
            })
        })
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |position: usize| arguments[position].parse::<usize>().expect("a whole number");
    let (n_rows, n_columns, rounds, n_threads) = (number(0), number(1), number(2), number(3));
    let made = Made {
        n_rows,
        n_columns,
        seed: Draw::new(1, 1),
    };
    let target = Target::Binary((0..n_rows).map(|row| made.label(row)).collect());
    let params = Params {
        rounds: Some(rounds as u32),
        learning_rate: Some(0.1),
        max_leaves: Some(31),
        column_sample: Some(1.0),
        row_sample: arguments.get(4).map(|share| share.parse().expect("a share")),
        ..Params::default()
    };
    let boost = params.check().expect("parameters in range");
    let context = Context {
        seed: 1,
        n_threads,
        progress: None,
    };
    let start = Instant::now();
    let mut n_seen = 0;
    made.each(&mut |part| {
        n_seen += part.n_rows;
        Ok(())
    })
    .expect("the parts are made");
    let making_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let model = boost
        .fit_in_parts(&made, &target, None, &[], &context)
        .expect("a model");
    let whole_s = start.elapsed().as_secs_f64();
    let line = json!({
        "rows": n_seen, "columns": n_columns, "rounds": rounds, "threads": n_threads,
        // The table is made twice on the way, which is no part of learning.
        "time_s": whole_s - 2.0 * making_s, "making_s": making_s, "rss_mb": resident_mb("VmHWM:"),
        "trees": matches!(model, bundle::Model::Trees(_)),
    });
    println!("{line}");
}
