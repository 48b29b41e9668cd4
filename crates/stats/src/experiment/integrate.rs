//! Integrals of smooth positive functions with one hump, by Gauss and Kronrod's points on halved intervals.

use crate::math::{exp, ln};

/// Kronrod's 15 points on [-1, 1], the upper half from the end in, with their weights and Gauss's (0 at the points
/// between).
const POINTS: [(f64, f64, f64); 8] = [
    (0.991_455_371_120_812_6, 0.022_935_322_010_529_224, 0.0),
    (
        0.949_107_912_342_758_5,
        0.063_092_092_629_978_56,
        0.129_484_966_168_869_7,
    ),
    (0.864_864_423_359_769_1, 0.104_790_010_322_250_19, 0.0),
    (
        0.741_531_185_599_394_5,
        0.140_653_259_715_525_92,
        0.279_705_391_489_276_64,
    ),
    (0.586_087_235_467_691_1, 0.169_004_726_639_267_9, 0.0),
    (
        0.405_845_151_377_397_2,
        0.190_350_578_064_785_4,
        0.381_830_050_505_118_9,
    ),
    (0.207_784_955_007_898_48, 0.204_432_940_075_298_9, 0.0),
    (0.0, 0.209_482_141_084_727_82, 0.417_959_183_673_469_4),
];
/// Everyday humps take some ten.
const MAX_HALVINGS: usize = 2000;
/// Where Gauss's and Kronrod's sums agree to this share of the whole, Kronrod's is right to the last bits.
const AGREEMENT: f64 = 1e-11;
/// `exp(-42)` is below the last bit.
const NEGLIGIBLE: f64 = 42.0;

/// A hump: where it is highest, and between which ends all of it lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hump {
    pub(super) low: f64,
    pub(super) peak: f64,
    pub(super) high: f64,
}

/// `ln` of the integral of `exp(ln_f)` over the line, for a concave `ln_f` that is finite at `start`.
///
/// `breaks` are where a steep step begins or ends, which points far apart would step over.
pub(super) fn ln_integral(ln_f: impl Fn(f64) -> f64, start: f64, breaks: &[f64]) -> f64 {
    let hump = Hump::of(&ln_f, start);
    let top = ln_f(hump.peak);
    top + ln(hump.integral(|t| exp(ln_f(t) - top), breaks))
}

impl Hump {
    /// Of `exp(ln_f)`.
    pub(super) fn of(ln_f: &impl Fn(f64) -> f64, start: f64) -> Self {
        let peak = peak(ln_f, start);
        let least = ln_f(peak) - NEGLIGIBLE;
        let end = |direction: f64| {
            let mut step = 1e-9 * (1.0 + peak.abs());
            while ln_f(peak + direction * step) > least && step < 1e18 {
                step *= 2.0;
            }
            peak + direction * step
        };
        Self {
            low: end(-1.0),
            peak,
            high: end(1.0),
        }
    }

    /// The integral of `f`, which is 0 or negligible outside of the hump.
    pub(super) fn integral(&self, f: impl Fn(f64) -> f64, breaks: &[f64]) -> f64 {
        let mut edges = vec![self.low, self.peak, self.high];
        edges.extend(breaks.iter().filter(|&&edge| self.low < edge && edge < self.high));
        edges.sort_unstable_by(f64::total_cmp);
        let mut pieces: Vec<(f64, f64)> = edges.windows(2).rev().map(|edge| (edge[0], edge[1])).collect();
        let rough: f64 = pieces.iter().map(|&(low, high)| sums(&f, low, high).0).sum();
        let (mut total, mut n_halved) = (0.0, 0);
        while let Some((low, high)) = pieces.pop() {
            let (kronrod, gauss) = sums(&f, low, high);
            let is_rough = (kronrod - gauss).abs() > AGREEMENT * rough.max(kronrod);
            if is_rough && n_halved < MAX_HALVINGS {
                let middle = 0.5 * (low + high);
                pieces.extend([(middle, high), (low, middle)]);
                n_halved += 1;
            } else {
                total += kronrod;
            }
        }
        total
    }
}

/// Kronrod's and Gauss's sums.
fn sums(f: &impl Fn(f64) -> f64, low: f64, high: f64) -> (f64, f64) {
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    let (mut kronrod, mut gauss) = (0.0, 0.0);
    for &(point, weight, gauss_weight) in &POINTS {
        let value = if point == 0.0 {
            f(middle)
        } else {
            f(middle - half * point) + f(middle + half * point)
        };
        kronrod += weight * value;
        gauss += gauss_weight * value;
    }
    (half * kronrod, half * gauss)
}

/// Where a concave function is highest, to about a thousandth of its hump: golden sections of a bracket.
fn peak(f: &impl Fn(f64) -> f64, start: f64) -> f64 {
    let golden = 0.618_033_988_749_894_9;
    let (mut low, mut high) = (start - 1.0, start + 1.0);
    let mut step = 1.0;
    while f(low) > f(low + 0.5 * step) && step < 1e18 {
        step *= 2.0;
        low -= step;
    }
    step = 1.0;
    while f(high) > f(high - 0.5 * step) && step < 1e18 {
        step *= 2.0;
        high += step;
    }
    let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_a, mut at_b) = (f(a), f(b));
    while high - low > 1e-9 * (1.0 + low.abs()) {
        if at_a < at_b {
            low = a;
            (a, at_a) = (b, at_b);
            b = low + golden * (high - low);
            at_b = f(b);
        } else {
            high = b;
            (b, at_b) = (a, at_a);
            a = high - golden * (high - low);
            at_a = f(a);
        }
    }
    0.5 * (low + high)
}
