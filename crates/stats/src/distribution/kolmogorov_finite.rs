use super::ln_kolmogorov_sf;
use crate::math::{exp, exp_m1, ln, ln_1p, sqrt};
use crate::special::{LnSum, ln_beta_term, ln_poisson};

/// Up to this size the two-sided law is walked through exactly, and one-sided sums are taken in full.
const WALKED_UP_TO: usize = 3000;
/// About so many terms stand for longer sums.
const N_TERMS: usize = 4000;

/// `ln P(D+ >= d)` of the one-sided Kolmogorov-Smirnov distance of `n` values from their continuous distribution.
///
/// # Reference
/// Z. W. Birnbaum, F. H. Tingey (1951), Annals of Mathematical Statistics 22, 592-596. A sum of positive terms, so that
/// the far tail keeps its precision. Checked against scipy `ksone`.
#[must_use]
pub fn ln_smirnov_sf(n: usize, d: f64) -> f64 {
    if n == 0 || d.is_nan() {
        return f64::NAN;
    }
    if d <= 0.0 {
        return 0.0;
    }
    if d >= 1.0 {
        return f64::NEG_INFINITY;
    }
    let size = n as f64;
    // the terms are a smooth hump that is nothing at its ends, so that few of them give the sum to the last digits
    let smooth = n > WALKED_UP_TO && d < 0.5 && size * d > 60.0;
    let stride = if smooth { n.div_ceil(N_TERMS) } else { 1 };
    let mut sum = LnSum::default();
    sum.add(size * ln_1p(-d) - ln(d));
    for j in (stride..n).step_by(stride) {
        let (j, rest) = (j as f64, (n - j) as f64);
        let (below, above) = (d + j / size, rest / size - d);
        if above <= 0.0 {
            break;
        }
        // the binomial probability of j events of probability `below`, over `below`
        sum.add(ln_beta_term(j, rest, below, above) + ln(size / rest) - ln(below));
    }
    (sum.value() + ln(d) + ln(stride as f64)).min(0.0)
}

/// `ln P(D >= d)` of the two-sided Kolmogorov-Smirnov distance of `n` values from their continuous distribution.
///
/// Relative precision about 1e-9 up to 3000 values, which are walked through exactly, and 1e-7 beyond, by Pelz and Good's
/// expansion. The far tail is twice the one-sided one at every size.
///
/// # Reference
/// J. Pomeranz (1974), CACM 17, 703-704; R. Simard, P. L'Ecuyer (2011), Journal of Statistical Software 39(11).
/// Checked against scipy `kstwo`.
#[must_use]
pub fn ln_kolmogorov_finite_sf(n: usize, d: f64) -> f64 {
    if n == 0 || d.is_nan() {
        return f64::NAN;
    }
    if d * n as f64 <= 0.5 {
        return 0.0;
    }
    let size = n as f64;
    let body: fn(usize, f64) -> f64 = if n <= WALKED_UP_TO { walk } else { pelz_good };
    if d < 0.5 && size * d * d < 2.0 {
        return ln_1p(-body(n, d).clamp(0.0, 1.0));
    }
    let ln_one_sided = ln_smirnov_sf(n, d);
    if d >= 0.5 {
        // both distances cannot be so large
        return (ln_one_sided + std::f64::consts::LN_2).min(0.0);
    }
    let far = if n <= WALKED_UP_TO { -9.3 } else { -4.6 };
    if ln_one_sided < far {
        // both at once have about the fourth power of the probability of one, e^(-8 n d^2) beside e^(-2 n d^2)
        return ln_one_sided + std::f64::consts::LN_2 + ln_1p(-exp(3.0 * ln_one_sided));
    }
    ln_1p(-body(n, d).clamp(0.0, 1.0))
}

/// `P(D < d)`: a Poisson process of `n` events that stays within `n d` of its mean.
///
/// The counts that are allowed change at times `k - n d`, when `k` becomes allowed, and `k + n d`, when it stops to be.
/// Between these times the distribution of the count moves by a Poisson step; every number is a sum of positive terms.
fn walk(n: usize, d: f64) -> f64 {
    let (end, reach) = (n as f64, n as f64 * d);
    let mut weights = vec![0.0; n + 1];
    weights[0] = 1.0;
    let (mut lowest, mut next) = (0, reach.ceil() as usize);
    let mut time = 0.0;
    while time < end {
        let (opens, closes) = (next as f64 - reach, lowest as f64 + reach);
        let until = opens.min(closes).min(end);
        poisson_step(&mut weights[lowest..next.min(n + 1)], until - time);
        time = until;
        if opens <= until {
            next += 1;
        }
        if closes <= until && until < end {
            weights[lowest] = 0.0;
            lowest += 1;
        }
    }
    weights[n] / exp(ln_poisson(end, end))
}

/// Adds to every count the Poisson number of events in a time of this length, at most 1.
fn poisson_step(weights: &mut [f64], length: f64) {
    let mut kernel = vec![exp(-length)];
    for j in 1..40 {
        let last = kernel[kernel.len() - 1] * length / f64::from(j);
        if last < 1e-22 {
            break;
        }
        kernel.push(last);
    }
    for k in (0..weights.len()).rev() {
        weights[k] = kernel
            .iter()
            .zip(weights[..=k].iter().rev())
            .map(|(step, weight)| step * weight)
            .sum();
    }
}

/// `P(D < d)` to order `n^(-3/2)`: Kolmogorov's limit and three corrections in theta series.
///
/// W. Pelz, I. J. Good (1976), JRSS B 38, 152-156.
fn pelz_good(n: usize, d: f64) -> f64 {
    let n = n as f64;
    let z = sqrt(n) * d;
    let (z2, pi2) = (z * z, std::f64::consts::PI * std::f64::consts::PI);
    let (z3, z4) = (z * z2, z2 * z2);
    let [mut first, mut second, mut third] = [0.0; 3];
    for k in 0..12 {
        let odd = f64::from(k) + 0.5;
        let a = pi2 * odd * odd;
        let weight = 2.0 * exp(-0.5 * a / z2);
        first += weight * (a - z2);
        second += weight * (6.0 * z2 * z4 + 2.0 * z4 + a * (2.0 * z4 - 5.0 * z2) + a * a * (1.0 - 2.0 * z2));
        third += weight
            * (a * a * a * (5.0 - 30.0 * z2)
                + a * a * (212.0 * z4 - 60.0 * z2)
                + a * (135.0 * z4 - 96.0 * z2 * z4)
                - 30.0 * z2 * z4
                - 90.0 * z4 * z4);
    }
    let [mut second_even, mut third_even] = [0.0; 2];
    for k in 1..12 {
        let a = pi2 * f64::from(k) * f64::from(k);
        let weight = 2.0 * exp(-0.5 * a / z2);
        second_even += weight * a;
        third_even += weight * (3.0 * a * z2 - a * a);
    }
    let scale = sqrt(0.5 * std::f64::consts::PI);
    let limit = -exp_m1(ln_kolmogorov_sf(z));
    let k1 = scale * first / (6.0 * z4);
    let k2 = scale * (second / (72.0 * z3 * z4) - second_even / (36.0 * z3));
    let k3 = scale * (third / (6480.0 * z4 * z3 * z3) + third_even / (216.0 * z3 * z3));
    limit + k1 / sqrt(n) + k2 / n + k3 / (n * sqrt(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got:e} is not {expected:e}"
        );
    }

    #[test]
    fn laws_match_scipy() {
        // scipy 1.17.1 ksone.sf and kstwo.sf: (n, d, one-sided, two-sided)
        for (n, d, one_sided, two_sided) in [
            (7, 0.3, 0.235_215_347_861_010_3, 0.466_263_876_990_029_47),
            (50, 0.1418, 0.121_762_845_163_717_31, 0.243_130_011_999_501_35),
            (40, 0.6, 1.334_227_891_874_729e-14, 2.668_455_783_749_458e-14),
            (1000, 0.2, 7.764_314_602_125_269e-36, 1.552_862_920_425_053_8e-35),
        ] {
            close(exp(ln_smirnov_sf(n, d)), one_sided, 1e-11);
            close(exp(ln_kolmogorov_finite_sf(n, d)), two_sided, 1e-11);
        }
        close(
            exp(ln_kolmogorov_finite_sf(250, 0.05)),
            0.542_740_646_565_375_7,
            1e-5,
        );
        close(
            exp(ln_kolmogorov_finite_sf(30_000, 0.006)),
            0.229_381_097_186_646_34,
            1e-9,
        );
    }

    #[test]
    fn walk_tail_and_expansion_meet() {
        // by hand: D of one value u is max(u, 1 - u)
        close(exp(ln_kolmogorov_finite_sf(1, 0.75)), 0.5, 1e-14);
        // two values: n d = 0.6 leaves 1 - 2 (2 d - 1/2)^2
        close(exp(ln_kolmogorov_finite_sf(2, 0.3)), 1.0 - 2.0 * 0.1 * 0.1, 1e-12);
        for (n, d) in [(200, 0.15), (2000, 0.045)] {
            let walked = 1.0 - walk(n, d);
            close(exp(ln_smirnov_sf(n, d)) * 2.0, walked, 2e-9);
        }
        for d in [0.012, 0.02, 0.03] {
            assert!((walk(3000, d) - pelz_good(3000, d)).abs() < 1e-8, "{d}");
        }
        // by hand, as in full: strided sums
        for d in [0.02, 0.1, 0.45] {
            let full: LnSum = (1..4001).fold(LnSum::default(), |mut sum, j| {
                let (j, rest) = (f64::from(j), 4001.0 - f64::from(j));
                let (below, above) = (d + j / 4001.0, rest / 4001.0 - d);
                if above > 0.0 {
                    sum.add(ln_beta_term(j, rest, below, above) + ln(4001.0 / rest) - ln(below));
                }
                sum
            });
            close(exp(ln_smirnov_sf(4001, d) - full.value() - ln(d)), 1.0, 1e-11);
        }
    }

    #[test]
    fn edges() {
        assert_eq!(ln_kolmogorov_finite_sf(10, 0.05), 0.0);
        assert_eq!(ln_kolmogorov_finite_sf(10, 1.0), f64::NEG_INFINITY);
        assert_eq!(ln_smirnov_sf(10, 0.0), 0.0);
        assert!(ln_smirnov_sf(0, 0.3).is_nan() && ln_kolmogorov_finite_sf(3, f64::NAN).is_nan());
        assert!(ln_smirnov_sf(100_000, 0.9).is_finite());
    }
}
