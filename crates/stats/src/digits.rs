//! Numbers short enough to be read, and to betray no row.

/// `x` with so many significant digits (1 to 17, which say all), the nearest such number.
///
/// ```
/// assert_eq!(stats::digits::significant(81_234_567.0, 3), 81_200_000.0);
/// ```
pub fn significant(x: f64, n_digits: usize) -> f64 {
    let n_decimals = n_digits.clamp(1, 17) - 1;
    format!("{x:.n_decimals$e}").parse().unwrap_or(x)
}

/// `x` with three significant digits, or with the fewest more that keep it between `low` and `high` (both exclusive); `x`
/// itself if none do.
pub fn short_between(x: f64, low: f64, high: f64) -> f64 {
    (3..=17)
        .map(|n_digits| significant(x, n_digits))
        .find(|short| low < *short && *short < high)
        .unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_unless_the_range_is_narrower() {
        assert_eq!(short_between(0.123_456, 0.0, 1.0), 0.123);
        assert_eq!(short_between(54_321_987.0, 1e6, 1e8), 54_300_000.0);
        assert_eq!(
            short_between(10_000_226.0, 10_000_001.0, 10_000_900.0),
            10_000_200.0
        );
        assert_eq!(short_between(5.0, 5.0, 5.0), 5.0);
        assert_eq!(
            short_between(-1_234.0, f64::NEG_INFINITY, f64::INFINITY),
            -1_230.0
        );
    }
}
