//! The distribution of a z-value that is looked at several times, by recursive numerical integration.
//!
//! # Reference
//! P. Armitage, C. K. McPherson, B. C. Rowe (1969), Repeated significance tests on accumulating data, JRSS A 132,
//! 235-244; C. Jennison, B. W. Turnbull (2000), Group sequential methods with applications to clinical trials, chapter
//! 19.

use crate::math::sqrt;
use crate::special::{normal_pdf, normal_sf};

/// Beyond this many standard deviations from its mean a z-value is left out: 1e-23.
const REACH: f64 = 10.0;
/// Gauss and Legendre's 8 points on [-1, 1], the upper half, with their weights.
const NODES: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_47),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];
/// Panels this many kernel widths wide leave an error of 1e-13.
const PANEL: f64 = 1.5;

/// The z-value at one look, of those that have not stopped before it nor at it: points and the mass at each.
#[derive(Debug, Clone)]
pub(super) struct Running {
    time: f64,
    /// Ascending.
    points: Vec<f64>,
    masses: Vec<f64>,
}

/// Where one goes on at a look: strictly between the two bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// How a z-value moves: its mean at information share `t` is `drift * sqrt(t)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    pub(super) drift: f64,
}

impl Walk {
    /// Chance of a z-value above `bound` at `time`, having gone on at the look before (`None` at the first look).
    pub(super) fn above(self, before: Option<&Running>, time: f64, bound: f64) -> f64 {
        if bound == f64::INFINITY {
            return 0.0;
        }
        match before {
            None => normal_sf(bound - self.drift * sqrt(time)),
            Some(before) => {
                let step = Step::from(self, before, time);
                let of_point = |(point, mass): (&f64, &f64)| mass * normal_sf(step.distance(*point, bound));
                before.points.iter().zip(&before.masses).map(of_point).sum()
            }
        }
    }

    /// Chance of a z-value below `bound`.
    pub(super) fn below(self, before: Option<&Running>, time: f64, bound: f64) -> f64 {
        if bound == f64::NEG_INFINITY {
            return 0.0;
        }
        match before {
            None => normal_sf(self.drift * sqrt(time) - bound),
            Some(before) => {
                let step = Step::from(self, before, time);
                let of_point = |(point, mass): (&f64, &f64)| mass * normal_sf(-step.distance(*point, bound));
                before.points.iter().zip(&before.masses).map(of_point).sum()
            }
        }
    }

    /// Who goes on past the look at `time`, in points fine enough for a step to `next_time`.
    pub(super) fn go_on(
        self,
        before: Option<&Running>,
        time: f64,
        region: Region,
        next_time: f64,
    ) -> Running {
        let centre = self.drift * sqrt(time);
        let (low, high) = (region.low.max(centre - REACH), region.high.min(centre + REACH));
        let to_come = sqrt((next_time - time) / time);
        let come = before.map_or(1.0, |before| sqrt((time - before.time) / time));
        let (points, weights) = grid(low, high, PANEL * to_come.min(come).min(1.0));
        let density = |point: &f64| match before {
            None => normal_pdf(point - centre),
            Some(before) => Step::from(self, before, time).density(before, *point),
        };
        let masses = points
            .iter()
            .zip(&weights)
            .map(|(point, weight)| weight * density(point))
            .collect();
        Running { time, points, masses }
    }
}

/// From one look to the next: given `u` the next z-value is normal about `slope * u + shift` with deviation `spread`.
struct Step {
    slope: f64,
    shift: f64,
    spread: f64,
}

impl Step {
    fn from(walk: Walk, before: &Running, time: f64) -> Self {
        let gained = time - before.time;
        Self {
            slope: sqrt(before.time / time),
            shift: walk.drift * gained / sqrt(time),
            spread: sqrt(gained / time),
        }
    }

    /// In deviations, from where `point` leads to `target`.
    fn distance(&self, point: f64, target: f64) -> f64 {
        (target - self.slope * point - self.shift) / self.spread
    }

    /// Points farther than [`REACH`] deviations away are left out.
    fn density(&self, before: &Running, target: f64) -> f64 {
        let first = before
            .points
            .partition_point(|&point| self.distance(point, target) > REACH);
        let near = before.points[first..].iter().zip(&before.masses[first..]);
        let mut sum = 0.0;
        for (&point, mass) in near {
            let distance = self.distance(point, target);
            if distance < -REACH {
                break;
            }
            sum += mass * normal_pdf(distance);
        }
        sum / self.spread
    }
}

/// Gauss-Legendre points and weights on panels of at most `width`; none for an empty interval.
fn grid(low: f64, high: f64, width: f64) -> (Vec<f64>, Vec<f64>) {
    if high <= low {
        return (Vec::new(), Vec::new());
    }
    let n_panels = ((high - low) / width).ceil().max(1.0);
    let half = 0.5 * (high - low) / n_panels;
    let (mut points, mut weights) = (Vec::new(), Vec::new());
    for panel in 0..n_panels as usize {
        let middle = low + half * (2.0 * panel as f64 + 1.0);
        for &(node, weight) in NODES.iter().rev() {
            points.push(middle - half * node);
            weights.push(half * weight);
        }
        for &(node, weight) in &NODES {
            points.push(middle + half * node);
            weights.push(half * weight);
        }
    }
    (points, weights)
}
