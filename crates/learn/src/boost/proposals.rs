//! Which parameters a search tries: a few that often help, then draws, most of them near the best so far.

use stats::random::Draw;

use super::Params;
use super::settings::Settings;
use crate::Value;

/// The stream of draws.
const SEARCH: u64 = 4;

/// Draws in a row that were tried before, after which nothing new is expected.
const MOST_REPEATS: usize = 100;

/// A parameter that is searched, with its values from small to large.
struct Axis {
    name: &'static str,
    values: &'static [f64],
    is_whole: bool,
}

const fn axis(name: &'static str, values: &'static [f64], is_whole: bool) -> Axis {
    Axis {
        name,
        values,
        is_whole,
    }
}

const AXES: [Axis; 8] = [
    axis(
        "learning_rate",
        &[0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2],
        false,
    ),
    axis(
        "max_leaves",
        &[
            2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 31.0, 48.0, 64.0, 96.0, 128.0, 256.0,
        ],
        true,
    ),
    axis("max_depth", &[2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0], true),
    axis(
        "min_rows_per_leaf",
        &[
            1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0, 200.0,
        ],
        false,
    ),
    axis(
        "l2",
        &[0.0, 0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0],
        false,
    ),
    axis(
        "column_sample",
        &[0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        false,
    ),
    axis("row_sample", &[0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0], false),
    axis("category_smoothing", &[1.0, 3.0, 10.0, 30.0, 100.0], false),
];

/// Steps from the rule's values, along the axes in their order.
const PORTFOLIO: [[i32; AXES.len()]; 8] = [
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 2, 0, 0, 0, 0, 0, 0],
    [0, -2, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 3, -2, 0],
    [0, 3, 0, -3, -2, 0, -2, 0],
    [0, 0, 0, 0, 2, -2, 0, 1],
    [-2, 0, 0, 0, 0, 0, -3, 0],
    [0, -3, -3, 0, 0, 1, 0, -1],
];

/// A place along each axis; none where the caller chose the value.
pub(super) type Place = [Option<usize>; AXES.len()];

/// The places to be tried, one after the other.
pub(super) struct Proposals {
    /// What the rule gives, along the axes.
    rule: [f64; AXES.len()],
    /// The places nearest to it.
    start: Place,
    tried: Vec<Place>,
    draw: Draw,
}

impl Proposals {
    /// Starts from the values that the rule gives; what `params` say stays as it is.
    pub(super) fn new(params: &Params, rule: &Settings, has_categories: bool, seed: u64) -> Proposals {
        let default = Params::default();
        let is_free = |name: &str| {
            let value = |params: &Params| {
                let position = Params::PARAMETERS.iter().position(|known| known.name == name);
                position.map(|position| params.values()[position].clone())
            };
            value(params) == value(&default) && (has_categories || name != "category_smoothing")
        };
        let tree = &rule.tree;
        let rule = [
            rule.learning_rate,
            tree.max_leaves as f64,
            tree.max_depth as f64,
            tree.min_rows_per_leaf,
            tree.l2,
            rule.column_sample,
            rule.row_sample,
            tree.category_smoothing,
        ];
        let nearest = |axis: &Axis, value: f64| {
            let distance = |place: &usize| (axis.values[*place] - value).abs();
            (0..axis.values.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
        };
        let mut start = [None; AXES.len()];
        for ((start, axis), value) in start.iter_mut().zip(&AXES).zip(rule) {
            *start = if is_free(axis.name) {
                nearest(axis, value)
            } else {
                None
            };
        }
        Proposals {
            rule,
            start,
            tried: Vec::new(),
            draw: Draw::new(seed, SEARCH),
        }
    }

    /// A place that was not tried, near the best one rather than anywhere; none if there is hardly any left.
    pub(super) fn next(&mut self, best: Option<Place>) -> Option<Place> {
        let portfolio = PORTFOLIO.iter().map(|steps| moved(&self.start, steps));
        let mut place = portfolio.into_iter().find(|place| !self.tried.contains(place));
        for _ in 0..MOST_REPEATS {
            match place {
                Some(place) if !self.tried.contains(&place) => {
                    self.tried.push(place);
                    return Some(place);
                }
                _ => place = Some(self.drawn(&best.unwrap_or(self.start))),
            }
        }
        None
    }

    fn drawn(&mut self, best: &Place) -> Place {
        let is_near = self.draw.below(3) != 0;
        let mut place = *best;
        for (place, axis) in place.iter_mut().zip(&AXES) {
            let Some(place) = place else { continue };
            let (moves, step) = (self.draw.below(5) < 2, self.draw.below(4));
            let anywhere = self.draw.below(axis.values.len() as u64) as usize;
            *place = match (is_near, moves) {
                (false, _) => anywhere,
                (true, true) => stepped(axis, *place, [-2, -1, 1, 2][step as usize]),
                (true, false) => *place,
            };
        }
        place
    }

    /// What a place sets, the rule's own value where it does not move from there.
    pub(super) fn settings(&self, place: &Place) -> Vec<(String, Value)> {
        let setting = |number: usize| {
            let axis = &AXES[number];
            let value = match place[number] {
                at if at == self.start[number] => at.map(|_| self.rule[number])?,
                at => axis.values[at?],
            };
            let value = if axis.is_whole {
                Value::Whole(value as i64)
            } else {
                Value::Number(value)
            };
            Some((axis.name.to_owned(), value))
        };
        (0..AXES.len()).filter_map(setting).collect()
    }
}

fn moved(start: &Place, steps: &[i32]) -> Place {
    let mut place = *start;
    for ((place, axis), step) in place.iter_mut().zip(&AXES).zip(steps) {
        *place = place.map(|place| stepped(axis, place, *step));
    }
    place
}

fn stepped(axis: &Axis, place: usize, step: i32) -> usize {
    place
        .saturating_add_signed(step as isize)
        .min(axis.values.len() - 1)
}
