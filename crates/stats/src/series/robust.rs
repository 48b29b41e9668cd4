//! Middle and spread that a few wild values cannot move.

/// What the median absolute deviation of normal values must be multiplied by to be their standard deviation.
pub(super) const MAD_TO_SD: f64 = 1.482_602_218_505_602;

/// The median, the values being put in order; 0 of none.
pub(super) fn median_in_place(values: &mut [f64]) -> f64 {
    let n = values.len();
    if n == 0 {
        return 0.0;
    }
    let (_, upper, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    let upper = *upper;
    if n % 2 == 1 {
        return upper;
    }
    let lower = values[..n / 2].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    0.5 * (lower + upper)
}

/// The median of what is there.
pub(super) fn median(values: &[f64]) -> f64 {
    median_in_place(&mut values.iter().copied().filter(|v| !v.is_nan()).collect::<Vec<_>>())
}

/// The standard deviation that the median absolute deviation from `centre` stands for.
pub(super) fn scale_around(values: &[f64], centre: f64) -> f64 {
    let deviations = values.iter().filter(|v| !v.is_nan()).map(|v| (v - centre).abs());
    MAD_TO_SD * median_in_place(&mut deviations.collect::<Vec<_>>())
}
