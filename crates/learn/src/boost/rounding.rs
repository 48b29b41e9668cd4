//! Derivatives of the rows drawn, as whole numbers.

use std::borrow::Cow;

use stats::random::Draw;
use stats::wide::{Wide, on_wide_vectors};

use super::loss::Derivatives;
use super::sample::Drawn;
use crate::trees::{Mode, Scale};
use crate::weights::Weights;

/// How derivatives become whole numbers.
pub(super) struct Rounding<'a> {
    /// The weights of all rows.
    pub(super) weights: &'a Weights,
    pub(super) scale: &'a Scale,
    /// What is drawn for rounding by chance: for each row and output a number of its own.
    pub(super) draw: &'a Draw,
    pub(super) n_outputs: usize,
}

/// What goes through whole vectors: one number each per row and output.
struct Lanes<'l, M: Mode> {
    derivatives: &'l [Derivatives],
    /// The numbers of draws.
    numbers: &'l [u32],
    /// In units.
    weights: &'l [f64],
    /// How many times the chance of the row was halved: so many times it counts double.
    halvings: &'l [u8],
    scale: &'l Scale,
    draw: &'l Draw,
    out: &'l mut [M::Row],
}

impl Rounding<'_> {
    /// The derivatives of some rows in units, `(n_rows, n_outputs)`.
    pub(super) fn round<M: Mode>(&self, drawn: &Drawn<'_>, out: &mut [M::Row]) {
        on_wide_vectors(Lanes::<M> {
            derivatives: drawn.derivatives,
            numbers: &self.per_output(drawn.rows, |row, output| {
                row.wrapping_mul(self.n_outputs as u32).wrapping_add(output)
            }),
            weights: &self.weights_of(drawn.rows),
            halvings: &self.per_output(drawn.halvings, |halvings, _| halvings),
            scale: self.scale,
            draw: self.draw,
            out,
        });
    }

    fn weights_of(&self, rows: &[u32]) -> Vec<f64> {
        if self.weights.are_equal() {
            return vec![1.0; rows.len() * self.n_outputs];
        }
        let weights = rows.iter().map(|&row| self.weights.of(row as usize) as f64);
        match self.n_outputs {
            1 => weights.collect(),
            n_outputs => weights.flat_map(|weight| vec![weight; n_outputs]).collect(),
        }
    }

    /// What each output has of what each row has, which is the same if there is one.
    fn per_output<'r, T: Copy>(&self, of_rows: &'r [T], of: impl Fn(T, u32) -> T) -> Cow<'r, [T]> {
        if self.n_outputs == 1 {
            return Cow::Borrowed(of_rows);
        }
        let mut all = Vec::with_capacity(of_rows.len() * self.n_outputs);
        for &of_row in of_rows {
            all.extend((0..self.n_outputs as u32).map(|output| of(of_row, output)));
        }
        Cow::Owned(all)
    }
}

impl<M: Mode> Wide for Lanes<'_, M> {
    type Found = ();

    #[inline(always)]
    fn run(self) {
        let given = self.derivatives.iter().zip(self.weights);
        let drawn = self.numbers.iter().zip(self.halvings);
        for ((out, (&d, &weight)), (&number, &halvings)) in self.out.iter_mut().zip(given).zip(drawn) {
            // Signed, because there are no vectors of unsigned ones to convert.
            let times = f64::from(1i32 << (halvings & 31));
            *out = M::round(d, weight, times, self.scale, self.draw.rough32_at(number));
        }
    }
}
