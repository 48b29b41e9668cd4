//! What one leaf gives to the features on its path.

use super::cohorts::{Off, Step};
use super::quadrature::gauss_legendre;
use stats::wide::{Wide, on_wide_vectors};

/// Cohorts worked out together, in the lanes of vectors.
const LANES: usize = 8;
/// As many where few are left.
const FEW_LANES: usize = 4;

/// Points and weights for any number of features, and room for the factors of one leaf.
pub(super) struct Leaf {
    rules: Vec<Rule>,
    /// Per feature and point: the factor if the row follows the path at the feature, the factor if it does not, and what
    /// the feature gains per unit of the product if it does.
    factors: Vec<[f64; 3]>,
    /// Per point the products of the cohorts in the lanes.
    products: Vec<f64>,
}

/// The points that integrate a path exactly.
struct Rule {
    points: Vec<f64>,
    weights: Vec<f64>,
    /// What every feature at which the row leaves the path gains per unit of the product.
    gain_off: Vec<f64>,
}

impl Rule {
    fn new(n_points: usize) -> Rule {
        let (points, weights) = gauss_legendre(n_points);
        let gain = |(t, weight): (&f64, &f64)| -weight / (1.0 - t);
        Rule {
            gain_off: points.iter().zip(&weights).map(gain).collect(),
            points,
            weights,
        }
    }
}

impl Leaf {
    pub(super) fn new() -> Leaf {
        Leaf {
            rules: Vec::new(),
            factors: Vec::new(),
            products: Vec::new(),
        }
    }

    /// Adds what a leaf of `value` at the end of `path` gives to `gains`, `(path.len(), stride)`: feature after feature,
    /// for each cohort.
    pub(super) fn add<const W: usize>(
        &mut self,
        value: f64,
        path: &[Step],
        cohorts: &[Off<W>],
        gains: &mut [f64],
        stride: usize,
    ) {
        // The product has a degree below the number of features.
        let n_points = path.len().div_ceil(2);
        while self.rules.len() <= n_points {
            self.rules.push(Rule::new(self.rules.len()));
        }
        let rule = &self.rules[n_points];
        fill(&mut self.factors, rule, path);
        let (factors, products) = (&self.factors[..], &mut self.products);
        products.resize(n_points * LANES, 0.0);
        let mut done = 0;
        while done < cohorts.len() {
            let (rest, gains) = (&cohorts[done..], &mut gains[done..]);
            if rest.len() <= FEW_LANES {
                on_wide_vectors(Lanes::<FEW_LANES, W>::new(
                    value, rule, factors, rest, products, gains, stride,
                ));
                done += FEW_LANES;
            } else {
                on_wide_vectors(Lanes::<LANES, W>::new(
                    value, rule, factors, rest, products, gains, stride,
                ));
                done += LANES;
            }
        }
    }
}

fn fill(factors: &mut Vec<[f64; 3]>, rule: &Rule, path: &[Step]) {
    factors.clear();
    for step in path {
        let z = step.share;
        factors.extend(rule.points.iter().zip(&rule.weights).map(|(t, weight)| {
            let off = (1.0 - t) * z;
            let on = t + off;
            [on, off, weight * (1.0 - z) / on]
        }));
    }
}

/// [`Leaf::add`] for `L` cohorts.
struct Lanes<'a, const L: usize, const W: usize> {
    value: f64,
    gain_off: &'a [f64],
    factors: &'a [[f64; 3]],
    off: [Off<W>; L],
    products: &'a mut [[f64; L]],
    gains: &'a mut [f64],
    stride: usize,
}

impl<'a, const L: usize, const W: usize> Lanes<'a, L, W> {
    fn new(
        value: f64,
        rule: &'a Rule,
        factors: &'a [[f64; 3]],
        cohorts: &[Off<W>],
        products: &'a mut [f64],
        gains: &'a mut [f64],
        stride: usize,
    ) -> Self {
        Lanes {
            value,
            gain_off: &rule.gain_off,
            factors,
            // Lanes that are left over leave no path.
            off: std::array::from_fn(|lane| cohorts.get(lane).copied().unwrap_or([0; W])),
            products: &mut products.as_chunks_mut().0[..rule.points.len()],
            gains,
            stride,
        }
    }
}

impl<const L: usize, const W: usize> Wide for Lanes<'_, L, W> {
    type Found = ();

    #[inline(always)]
    fn run(self) {
        let features = self.factors.chunks_exact(self.gain_off.len()).enumerate();
        self.products.fill([self.value; L]);
        for (position, factors) in features.clone() {
            let is_off = is_off(&self.off, position);
            for (product, [on, off, _]) in self.products.iter_mut().zip(factors) {
                for (product, is_off) in product.iter_mut().zip(is_off) {
                    *product *= choose(is_off, *off, *on);
                }
            }
        }
        for (position, factors) in features {
            let is_off = is_off(&self.off, position);
            let mut sums = [0.0; L];
            for ((product, [_, _, gain]), gain_off) in self.products.iter().zip(factors).zip(self.gain_off) {
                for ((sum, product), is_off) in sums.iter_mut().zip(product).zip(is_off) {
                    *sum += product * choose(is_off, *gain_off, *gain);
                }
            }
            let gains = &mut self.gains[position * self.stride..][..L];
            gains.iter_mut().zip(sums).for_each(|(gain, sum)| *gain += sum);
        }
    }
}

/// All bits in the lanes that leave the path at a feature.
#[inline(always)]
fn is_off<const L: usize, const W: usize>(off: &[Off<W>; L], position: usize) -> [u64; L] {
    let mut bits = [0; L];
    for (bits, words) in bits.iter_mut().zip(off) {
        *bits = (words[position / 64] >> (position % 64) & 1).wrapping_neg();
    }
    bits
}

/// `a` where all bits are set, `b` where none is.
#[inline(always)]
fn choose(bits: u64, a: f64, b: f64) -> f64 {
    f64::from_bits((a.to_bits() & bits) | (b.to_bits() & !bits))
}
