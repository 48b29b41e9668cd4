//! Exact sums of whole blocks, on vectors.

use super::ExactSum;
use crate::wide::{Wide, on_wide_vectors};

/// Terms in a block: as many as have high parts that add up without rounding.
pub(crate) const BLOCK: usize = 1024;
/// Sums side by side.
const LANES: usize = 8;
/// Bits between a block's largest term and its grid: 10 for the terms, 2 to spare.
const ROOM: i32 = 12;
/// Bits that one grid takes off each term: 53 without the room and the rounding.
const TAKEN: i32 = 42;
/// Largest terms on whose grids nothing overflows or vanishes.
const PLAIN: std::ops::Range<f64> = 1e-240..1e290;
/// Factors whose products are neither rounded away nor too large.
const PLAIN_FACTORS: std::ops::RangeInclusive<f64> = 1e-130..=1e130;

impl ExactSum {
    /// Adds every value: the same sum as [`add`](Self::add) of each, on vectors.
    pub fn extend(&mut self, values: &[f64]) {
        let mut terms = [0.0; BLOCK];
        for values in values.chunks(BLOCK) {
            if values.iter().fold(true, |all, value| all & value.is_finite()) {
                terms[..values.len()].copy_from_slice(values);
                self.pour(&mut terms[..values.len()]);
            } else {
                values.iter().for_each(|value| self.add(*value));
            }
        }
    }

    /// Adds the product of each pair without rounding it: the same sum as [`add_product`](Self::add_product) of each, on
    /// vectors. `x` and `y` are `(n,)`; what one has more than the other is left out.
    pub fn extend_products(&mut self, x: &[f64], y: &[f64]) {
        let (mut products, mut rests) = ([0.0; BLOCK], [0.0; BLOCK]);
        for (x, y) in x.chunks(BLOCK).zip(y.chunks(BLOCK)) {
            let n = x.len().min(y.len());
            let (products, rests) = (&mut products[..n], &mut rests[..n]);
            let (x, y) = (&x[..n], &y[..n]);
            if on_wide_vectors(Products {
                x,
                y,
                products,
                rests,
            }) {
                self.pour(products);
                self.pour(rests);
            } else {
                x.iter().zip(y).for_each(|(x, y)| self.add_product(*x, *y));
            }
        }
    }

    /// Adds a block of finite terms, of which nothing is left.
    ///
    /// Adding and taking away a large power of two leaves of each term a multiple of its last bit; such high parts add up
    /// without rounding, and what is left of each term is the next to be parted.
    ///
    /// # Reference
    /// S. M. Rump, T. Ogita, S. Oishi (2008), Accurate floating-point summation I, SIAM J. Sci. Comput. 31, 189-224.
    pub(crate) fn pour(&mut self, terms: &mut [f64]) {
        let most = on_wide_vectors(Largest(terms));
        let mut grid = exponent(most) + ROOM;
        let mut is_left = most > 0.0;
        while is_left && PLAIN.contains(&power(grid)) && terms.len() <= BLOCK {
            let grids = [power(grid), power(grid - TAKEN)];
            let parted = on_wide_vectors(Part { terms, grids });
            parted.sums.iter().for_each(|sum| self.add(*sum));
            is_left = parted.is_left;
            grid -= 2 * TAKEN;
        }
        if is_left {
            terms.iter().for_each(|term| self.add(*term));
        }
    }
}

/// The exponent of a finite number's power of two; -1,023 for the smallest.
fn exponent(value: f64) -> i32 {
    ((value.to_bits() >> 52) & 0x7ff) as i32 - 1023
}

/// A power of two, 0 where it is too small and infinity where it is too large for a plain number.
fn power(exponent: i32) -> f64 {
    match exponent {
        ..-1022 => 0.0,
        -1022..1024 => f64::from_bits(((exponent + 1023) as u64) << 52),
        1024.. => f64::INFINITY,
    }
}

/// The largest magnitude.
struct Largest<'a>(&'a [f64]);

impl Wide for Largest<'_> {
    type Found = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let mut most = [0.0; LANES];
        let (whole, rest) = self.0.as_chunks::<LANES>();
        for terms in whole {
            for (most, term) in most.iter_mut().zip(terms) {
                *most = if *most < term.abs() { term.abs() } else { *most };
            }
        }
        let all = most.iter().chain(rest);
        all.fold(0.0, |most: f64, term| most.max(term.abs()))
    }
}

/// Takes off each term what stands on two grids.
struct Part<'a> {
    terms: &'a mut [f64],
    grids: [f64; 2],
}

struct Parted {
    sums: [f64; 2],
    is_left: bool,
}

impl Wide for Part<'_> {
    type Found = Parted;

    #[inline(always)]
    fn run(self) -> Parted {
        let [first, second] = self.grids;
        let (mut high, mut low, mut left) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let (whole, rest) = self.terms.as_chunks_mut::<LANES>();
        let mut part = |lane: usize, term: &mut f64| {
            let a = (first + *term) - first;
            let rest = *term - a;
            let b = (second + rest) - second;
            *term = rest - b;
            high[lane] += a;
            low[lane] += b;
            left[lane] += term.abs();
        };
        for terms in whole {
            for (lane, term) in terms.iter_mut().enumerate() {
                part(lane, term);
            }
        }
        for (lane, term) in rest.iter_mut().enumerate() {
            part(lane, term);
        }
        Parted {
            sums: [high.iter().sum(), low.iter().sum()],
            is_left: left.iter().any(|left| *left != 0.0),
        }
    }
}

/// Products as what is left of them after rounding and what was rounded off.
struct Products<'a> {
    x: &'a [f64],
    y: &'a [f64],
    products: &'a mut [f64],
    rests: &'a mut [f64],
}

impl Wide for Products<'_> {
    /// Whether all factors are plain, without which the rests are wrong.
    type Found = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let mut are_plain = true;
        let factors = self.x.iter().zip(self.y);
        let places = self.products.iter_mut().zip(self.rests);
        for ((x, y), (product, rest)) in factors.zip(places) {
            are_plain &= is_plain(*x) & is_plain(*y);
            *product = x * y;
            *rest = rounded_off(*x, *y, *product);
        }
        are_plain
    }
}

#[inline(always)]
fn is_plain(factor: f64) -> bool {
    let size = factor.abs();
    (size == 0.0) | ((*PLAIN_FACTORS.start() <= size) & (size <= *PLAIN_FACTORS.end()))
}

/// What rounding took off a product.
///
/// # Reference
/// T. J. Dekker (1971), A floating-point technique for extending the available precision, Numerische Mathematik 18, 224-242.
#[inline(always)]
fn rounded_off(x: f64, y: f64, product: f64) -> f64 {
    let halves = |value: f64| {
        let wide = value * 134_217_729.0;
        let high = wide - (wide - value);
        (high, value - high)
    };
    let ((a, b), (c, d)) = (halves(x), halves(y));
    ((a * c - product) + a * d + b * c) + b * d
}
