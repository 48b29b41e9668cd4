use crate::math::{exp, ln, ln_1p, sqrt};

const LN_SQRT_2_PI: f64 = 0.918_938_533_204_672_8;

/// Probability that a standard normal value lies below `x`.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    normal_sf(-x)
}

/// Probability that a standard normal value lies above `x`; keeps its relative precision down to 1e-300.
#[must_use]
pub fn normal_sf(x: f64) -> f64 {
    0.5 * libm::erfc(x * std::f64::consts::FRAC_1_SQRT_2)
}

/// `ln` of [`normal_sf`], finite where the probability itself would be 0 (any finite `x`).
#[must_use]
pub fn ln_normal_sf(x: f64) -> f64 {
    if x < 0.0 {
        ln_1p(-normal_sf(-x))
    } else if x < 20.0 {
        ln(normal_sf(x))
    } else {
        -0.5 * x * x - LN_SQRT_2_PI + ln_mills(x)
    }
}

/// `ln` of Mills' ratio, the upper tail over the density, for `x >= 9`.
///
/// # Reference
/// Laplace's continued fraction, from the inside out.
pub(crate) fn ln_mills(x: f64) -> f64 {
    let n_terms = if x < 20.0 { 90 } else { 30 };
    let mut ratio = x;
    for k in (1..=n_terms).rev() {
        ratio = x + f64::from(k) / ratio;
    }
    -ln(ratio)
}

/// Density of the standard normal distribution.
#[must_use]
pub fn normal_pdf(x: f64) -> f64 {
    exp(-0.5 * x * x - LN_SQRT_2_PI)
}

/// The `x` below which a standard normal value falls with probability `p`.
///
/// Relative precision about 1e-15 for `p` down to 1e-300; -inf at 0, inf at 1, NaN outside [0, 1].
/// For a quantile close to the upper end pass the upper tail and flip the sign: `-normal_quantile(q)`.
///
/// # Reference
/// M. J. Wichura (1988), Algorithm AS 241, Applied Statistics 37, 477-484.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * polynomial(&CENTRE_TOP, r) / polynomial(&CENTRE_BOTTOM, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = sqrt(-ln(tail));
    let x = if r <= 5.0 {
        polynomial(&MIDDLE_TOP, r - 1.6) / polynomial(&MIDDLE_BOTTOM, r - 1.6)
    } else {
        polynomial(&FAR_TOP, r - 5.0) / polynomial(&FAR_BOTTOM, r - 5.0)
    };
    if q < 0.0 { -x } else { x }
}

/// Coefficients lowest power first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |value, c| value * x + c)
}

const CENTRE_TOP: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const CENTRE_BOTTOM: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const MIDDLE_TOP: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const MIDDLE_BOTTOM: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_TOP: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_BOTTOM: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

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
    fn tails_match_mpmath() {
        // mpmath 1.4.1, 40 digits: erfc(x / sqrt 2) / 2 and its logarithm
        close(normal_sf(1.0), 0.158_655_253_931_457_05, 1e-15);
        close(normal_sf(8.0), 6.220_960_574_271_784e-16, 1e-14);
        close(normal_sf(37.0), 5.725_571_222_524_577e-300, 1e-12);
        close(ln_normal_sf(19.0), -184.366_128_669_160_97, 1e-13);
        close(ln_normal_sf(21.0), -224.465_715_831_414_47, 1e-13);
        close(ln_normal_sf(1000.0), -500_007.826_694_812_2, 1e-15);
        close(ln_normal_sf(-3.0), -0.001_350_809_964_748_193_6, 1e-13);
    }

    #[test]
    fn quantile_matches_scipy() {
        // scipy 1.17.1 scipy.special.ndtri
        close(normal_quantile(0.975), 1.959_963_984_540_054, 1e-15);
        close(normal_quantile(0.6), 0.253_347_103_135_799_7, 1e-14);
        close(normal_quantile(1e-10), -6.361_340_902_404_056, 1e-14);
        close(normal_quantile(1e-300), -37.047_096_299_361_2, 1e-14);
        assert_eq!(normal_quantile(0.5), 0.0);
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert!(normal_quantile(1.5).is_nan());
    }
}
