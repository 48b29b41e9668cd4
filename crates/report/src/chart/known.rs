//! Curves that have a name: the charts that a model's reader expects.

use super::lines::{Axis, Lines, Series};
use crate::Format;

impl Lines {
    /// ROC curves: shares of positives found against shares of negatives alarmed, points from (0, 0) to (1, 1).
    pub fn roc(curves: Vec<Series>) -> Lines {
        Lines {
            series: curves,
            diagonal: true,
            x: Axis::share("False alarms among negatives"),
            y: Axis::share("Found among positives"),
            ..Lines::default()
        }
    }

    /// Curves of precision against recall; guessing is right in `share` of the rows, the share of positives.
    pub fn precision_recall(curves: Vec<Series>, share: f64) -> Lines {
        Lines {
            series: with_guess(curves, share),
            x: Axis::share("Found among positives"),
            y: Axis::share("Right among alarms"),
            ..Lines::default()
        }
    }

    /// Gains: shares of positives found against shares of rows taken, likeliest first.
    pub fn gains(curves: Vec<Series>) -> Lines {
        Lines {
            series: curves,
            diagonal: true,
            x: Axis::share("Share of rows acted on, likeliest first"),
            y: Axis::share("Share of all positives found"),
            ..Lines::default()
        }
    }

    /// Lift: how many times as many positives are found as by guessing, against shares of rows taken, likeliest first.
    pub fn lift(curves: Vec<Series>) -> Lines {
        Lines {
            series: with_guess(curves, 1.0),
            x: Axis::share("Share of rows acted on, likeliest first"),
            y: Axis::new("Times as many as by guessing", Format::Number),
            ..Lines::default()
        }
    }

    /// What a model answers on average over one feature's values: partial dependence (Friedman 2001) or accumulated local
    /// effects (Apley and Zhu 2020), with a band where there is one.
    pub fn dependence(feature: &str, curves: Vec<Series>, x: Format, y: Axis) -> Lines {
        Lines {
            series: curves,
            x: Axis::new(feature, x),
            y,
            ..Lines::default()
        }
    }
}

/// The curves, and what guessing would be: a dashed line from their first point to their last.
fn with_guess(mut curves: Vec<Series>, value: f64) -> Vec<Series> {
    curves.push(Series {
        name: "guessing".to_owned(),
        points: vec![(0.0, value), (1.0, value)],
        band: Vec::new(),
        dashed: true,
    });
    curves
}
