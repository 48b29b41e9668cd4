//! Ranks with ties.

/// A whole number that rises with the value, in the order of `total_cmp`: sorting such keys asks no memory for values.
#[inline]
pub(crate) fn rising_key(value: f64) -> u64 {
    let bits = value.to_bits();
    let is_negative = bits >> 63 == 1;
    if is_negative { !bits } else { bits | 1 << 63 }
}

/// The values from the least to the largest, as `total_cmp` orders them; whole numbers are sorted faster than values.
pub(crate) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut keys: Vec<u64> = values.iter().map(|value| rising_key(*value)).collect();
    keys.sort_unstable();
    let value = |key: u64| if key >> 63 == 1 { key & !(1 << 63) } else { !key };
    keys.into_iter().map(|key| f64::from_bits(value(key))).collect()
}

/// Positions by rising key, those of equal keys in their order.
pub(crate) fn by_rising_key(keys: impl Iterator<Item = u64>) -> Vec<usize> {
    let mut keyed: Vec<(u64, usize)> = keys.zip(0..).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, position)| position).collect()
}

/// Midranks from 1, in the order of `values` (no NaN), and `sum(t^3 - t)` over groups of `t` tied values.
pub(crate) fn midranks(values: &[f64]) -> (Vec<f64>, f64) {
    let order = by_rising_key(values.iter().map(|value| rising_key(*value)));
    let mut ranks = vec![0.0; values.len()];
    let (mut n_before, mut ties) = (0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let t = tied.len() as f64;
        for &i in tied {
            ranks[i] = n_before + 0.5 * (t + 1.0);
        }
        n_before += t;
        ties += t * t * t - t;
    }
    (ranks, ties)
}

#[cfg(test)]
mod tests {
    #[test]
    fn ties_share_their_mean_rank() {
        let (ranks, ties) = super::midranks(&[3.0, 1.0, 3.0, -0.0, 0.0, 3.0]);
        assert_eq!(ranks, [5.0, 3.0, 5.0, 1.5, 1.5, 5.0]);
        assert_eq!(ties, 24.0 + 6.0);
    }

    #[test]
    fn keys_rise_as_values_do() {
        let least = f64::MIN_POSITIVE * f64::EPSILON;
        let rising = [
            f64::NEG_INFINITY,
            -1e300,
            -2.0,
            -1.0,
            -least,
            -0.0,
            0.0,
            least,
            0.5,
            1.0,
            7.0,
            f64::INFINITY,
        ];
        for (i, a) in rising.iter().enumerate() {
            for (j, b) in rising.iter().enumerate() {
                assert_eq!(
                    super::rising_key(*a).cmp(&super::rising_key(*b)),
                    i.cmp(&j),
                    "{a} {b}"
                );
            }
        }
        assert_eq!(super::by_rising_key([3, 1, 3, 0].into_iter()), [3, 1, 0, 2]);
        let mixed: Vec<f64> = rising.iter().rev().copied().collect();
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&super::sorted(&mixed)), bits(&rising));
    }
}
