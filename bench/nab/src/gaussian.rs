//! Windowed Gaussian, as NAB has it: how far in the tail of a normal distribution over a window.

use stats::special::normal_sf;
use std::collections::VecDeque;

const WINDOW: usize = 6400;
const STEP: usize = 100;

pub(crate) fn windowed_gaussian(values: &[f64]) -> Vec<f64> {
    let mut window: VecDeque<f64> = VecDeque::new();
    let mut waiting = Vec::new();
    let (mut mean, mut sd) = (0.0, 1.0);
    let mut scores = Vec::with_capacity(values.len());
    for &value in values {
        let is_first = window.is_empty();
        scores.push(if is_first {
            0.0
        } else {
            1.0 - normal_sf(((value - mean) / sd).abs())
        });
        if window.len() < WINDOW {
            window.push_back(value);
        } else {
            waiting.push(value);
            if waiting.len() < STEP {
                continue;
            }
            window.drain(..STEP);
            window.extend(waiting.drain(..));
        }
        let n = window.len() as f64;
        mean = window.iter().sum::<f64>() / n;
        sd = (window.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
        if sd == 0.0 {
            sd = 1e-6;
        }
    }
    scores
}
