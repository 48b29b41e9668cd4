//! Columns of a made-up table.

use crate::draws::{between, chance, level, log_between, shares, whole};
use profile::why::Cells;
use stats::Draw;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array, StringArray};

/// Levels of a column; missing is the last one.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) name: String,
    pub(crate) n_levels: usize,
    pub(crate) codes: Vec<u8>,
    has_missing: bool,
    /// The numbers behind the codes, which are their quarters; `None` for texts.
    numbers: Option<Vec<f64>>,
}

/// Between three and eight columns, some of which follow another.
pub(crate) fn draw_axes(draw: &mut Draw, n: usize) -> Vec<Axis> {
    let n_axes = whole(draw, 3, 8);
    let mut axes: Vec<Axis> = Vec::new();
    for k in 0..n_axes {
        let name = format!("d{k}");
        let follows = (!axes.is_empty() && chance(draw, 0.4)).then(|| {
            let of = draw.below(axes.len() as u64) as usize;
            (axes[of].codes.clone(), between(draw, 0.3, 0.8))
        });
        let axis = match chance(draw, 0.2) {
            true => numbers(draw, name, n, follows.as_ref()),
            false => texts(draw, name, n, follows.as_ref()),
        };
        axes.push(axis);
    }
    axes
}

/// A column whose level is that of each row's cluster.
pub(crate) fn of_clusters(draw: &mut Draw, name: String, cluster: &[u32], n_clusters: usize) -> Axis {
    let n_levels = whole(draw, 2, 6);
    let shares = shares(n_levels, between(draw, 0.0, 0.8));
    let of: Vec<u8> = (0..n_clusters).map(|_| level(draw, &shares)).collect();
    Axis {
        name,
        n_levels,
        codes: cluster.iter().map(|cluster| of[*cluster as usize]).collect(),
        has_missing: false,
        numbers: None,
    }
}

type Follows<'a> = Option<&'a (Vec<u8>, f64)>;

fn texts(draw: &mut Draw, name: String, n: usize, follows: Follows<'_>) -> Axis {
    let n_levels = log_between(draw, 2.0, 31.0) as usize;
    let shares = shares(n_levels, between(draw, 0.0, 1.2));
    let missing = if chance(draw, 0.25) { 0.05 } else { 0.0 };
    let code = |row: usize, draw: &mut Draw| {
        if chance(draw, missing) {
            return n_levels as u8;
        }
        match follows {
            Some((codes, p)) if chance(draw, *p) => (codes[row] as usize * 7 % n_levels) as u8,
            _ => level(draw, &shares),
        }
    };
    Axis {
        name,
        n_levels: n_levels + usize::from(missing > 0.0),
        codes: (0..n).map(|row| code(row, draw)).collect(),
        has_missing: missing > 0.0,
        numbers: None,
    }
}

fn numbers(draw: &mut Draw, name: String, n: usize, follows: Follows<'_>) -> Axis {
    let sigma = between(draw, 0.3, 1.0);
    let number = |row: usize, draw: &mut Draw| {
        let pull = follows.map_or(0.0, |(codes, p)| p * f64::from(codes[row] % 3));
        100.0 * stats::math::exp(sigma * draw.normal() + pull)
    };
    let numbers: Vec<f64> = (0..n).map(|row| number(row, draw)).collect();
    let mut sorted = numbers.clone();
    sorted.sort_by(f64::total_cmp);
    let cuts = [1, 2, 3].map(|k| sorted[k * n / 4]);
    let code = |x: &f64| cuts.iter().filter(|cut| *cut < x).count() as u8;
    Axis {
        name,
        n_levels: 4,
        codes: numbers.iter().map(code).collect(),
        has_missing: false,
        numbers: Some(numbers),
    }
}

impl Axis {
    pub(crate) fn array(&self) -> ArrayRef {
        match &self.numbers {
            Some(numbers) => Arc::new(Float64Array::from(numbers.clone())),
            None => {
                let text = |code: &u8| (!self.is_missing(*code)).then(|| format!("v{code}"));
                Arc::new(StringArray::from_iter(self.codes.iter().map(text)))
            }
        }
    }

    /// Texts are `v0`, `v1`, ..., so that a code that no text has is a missing cell.
    fn is_missing(&self, code: u8) -> bool {
        self.has_missing && code as usize == self.n_levels - 1
    }

    /// Whether the row's cell fulfils a condition.
    pub(crate) fn fulfils(&self, row: usize, cells: &Cells) -> bool {
        let code = self.codes[row];
        match (cells, &self.numbers) {
            (Cells::Text(text), None) => !self.is_missing(code) && *text == format!("v{code}"),
            (Cells::Missing, None) => self.is_missing(code),
            (Cells::Range { low, high, .. }, Some(numbers)) => {
                let x = numbers[row];
                low.is_none_or(|low| low < x) && high.is_none_or(|high| x <= high)
            }
            _ => false,
        }
    }
}
