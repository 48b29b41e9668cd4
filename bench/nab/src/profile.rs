//! NAB's standard profile: early detections earn, false ones cost, one threshold for all series.
//!
//! A. Lavin, S. Ahmad (2015), Evaluating real-time anomaly detection algorithms, arXiv:1510.03336.

use crate::corpus::Series;
use stats::math::sigmoid;

const FALSE_POSITIVE: f64 = 0.11;

/// How a detector did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    /// 0 as one that never speaks, 100 as one that names the first row of every window alone.
    pub(crate) score: f64,
    pub(crate) threshold: f64,
    /// Windows with a detection, and all windows.
    pub(crate) n_found: usize,
    pub(crate) n_windows: usize,
    /// Rows outside windows that were named.
    pub(crate) n_false: usize,
}

/// A row that is judged: what it is worth if it is named.
#[derive(Clone, Copy)]
struct Row {
    score: f64,
    worth: f64,
    /// The window that it lies in, counted over all series.
    window: Option<usize>,
}

/// The worth of a place in units of a window: near 1 at its first row (-1), 0 at its end, near -1 one window behind.
fn worth(place: f64) -> f64 {
    if place >= 3.0 {
        -1.0
    } else {
        2.0 * sigmoid(-5.0 * place) - 1.0
    }
}

/// Rows that are judged, and the number of windows in which some are.
fn rows(series: &[&Series], scores: &[&Vec<f64>]) -> (Vec<Row>, usize) {
    let (mut rows, mut n_windows) = (Vec::new(), 0);
    for (one, scores) in series.iter().zip(scores) {
        let mut numbers = vec![None; one.windows.len()];
        for i in one.n_probation()..one.values.len() {
            let inside = one.windows.iter().position(|w| w.0 <= i && i <= w.1);
            let window = inside.map(|w| {
                *numbers[w].get_or_insert_with(|| {
                    n_windows += 1;
                    n_windows - 1
                })
            });
            rows.push(Row {
                score: scores[i],
                worth: row_worth(one, i, inside),
                window,
            });
        }
    }
    (rows, n_windows)
}

fn row_worth(series: &Series, i: usize, inside: Option<usize>) -> f64 {
    if let Some((first, last)) = inside.map(|w| series.windows[w]) {
        let width = (last - first + 1) as f64;
        return worth(-((last - i + 1) as f64) / width) / worth(-1.0);
    }
    let before = series.windows.iter().filter(|w| w.1 < i).max_by_key(|w| w.1);
    let place = before.map_or(3.0, |w| (i - w.1) as f64 / (w.1 - w.0).max(1) as f64);
    FALSE_POSITIVE * worth(place)
}

/// The score at the best threshold for all series, or at the one that is given.
pub(crate) fn judge(series: &[&Series], scores: &[&Vec<f64>], threshold: Option<f64>) -> Judged {
    let (mut rows, n_windows) = rows(series, scores);
    rows.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut best_in = vec![-1.0_f64; n_windows];
    let (mut sum, mut n_false) = (-(n_windows as f64), 0);
    let scaled = |sum: f64| 100.0 * (sum + n_windows as f64) / (2.0 * n_windows as f64);
    let mut best = Judged {
        score: scaled(sum),
        threshold: f64::INFINITY,
        n_found: 0,
        n_windows,
        n_false: 0,
    };
    for (i, row) in rows.iter().enumerate() {
        match row.window {
            Some(w) if row.worth > best_in[w] => {
                sum += row.worth - best_in[w];
                best_in[w] = row.worth;
            }
            Some(_) => {}
            None => {
                sum += row.worth;
                n_false += 1;
            }
        }
        let is_last_of_score = rows.get(i + 1).is_none_or(|next| next.score < row.score);
        let is_better = threshold.map_or(scaled(sum) > best.score, |least| row.score >= least);
        if is_last_of_score && is_better {
            best = Judged {
                score: scaled(sum),
                threshold: row.score,
                n_found: best_in.iter().filter(|worth| **worth > -1.0).count(),
                n_windows,
                n_false,
            };
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Series {
        Series {
            times: Vec::new(),
            values: vec![0.0; 1000],
            windows: vec![(400, 499), (700, 709)],
        }
    }

    fn score(named: &[usize]) -> f64 {
        let mut scores = vec![0.0; 1000];
        named.iter().for_each(|i| scores[*i] = 1.0);
        judge(&[&one()], &[&scores], Some(0.5)).score
    }

    #[test]
    fn silence_is_0_and_perfection_100() {
        assert_eq!(score(&[]), 0.0);
        assert!((score(&[400, 700]) - 100.0).abs() < 1e-9);
        assert_eq!(score(&[10, 149]), 0.0, "the first 15 % do not count");
        assert!(
            (score(&[400, 430, 700]) - 100.0).abs() < 1e-9,
            "a window counts once"
        );
        assert!((score(&[400, 700, 200]) - (100.0 - 25.0 * 0.11)).abs() < 1e-9);
        // the last row of a window of 100 is at -1/100, 99 rows behind the end at 1
        let late = (2.0 * sigmoid(0.05) - 1.0) / (2.0 * sigmoid(5.0) - 1.0);
        assert!((score(&[499]) - 25.0 * (late + 1.0)).abs() < 1e-9);
        let behind = 0.11 * (2.0 * sigmoid(-5.0) - 1.0);
        assert!((score(&[400, 700, 598]) - (100.0 + 25.0 * behind)).abs() < 1e-9);
    }

    #[test]
    fn the_best_threshold_is_found() {
        let mut scores = vec![0.0; 1000];
        (scores[400], scores[700], scores[300]) = (0.9, 0.8, 0.7);
        let found = judge(&[&one()], &[&scores], None);
        assert_eq!((found.threshold, found.n_found, found.n_false), (0.8, 2, 0));
    }
}
