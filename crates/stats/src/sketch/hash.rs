use crate::random::mix;
use std::hash::{BuildHasherDefault, Hasher};

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A 64-bit hash of bytes, the same on every machine and in every version.
///
/// Eight bytes at a time, little-endian, the rest padded with zeros, and the length at the end, each folded in by
/// `h = mix(h ^ word) + c` with SplitMix64's `mix` (see [`Draw`](crate::Draw)), from `h = c = 0x9e3779b97f4a7c15`.
/// Spreads well, but is no protection against someone who searches for collisions.
#[must_use]
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let fold = |h: u64, word: u64| mix(h ^ word).wrapping_add(GOLDEN);
    let chunks = bytes.chunks_exact(8);
    let mut tail = [0; 8];
    tail[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    let words = chunks.map(|chunk| u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
    let h = words.fold(GOLDEN, fold);
    mix(fold(fold(h, u64::from_le_bytes(tail)), bytes.len() as u64))
}

/// For maps whose keys are hashes already.
pub(super) type Mixed = BuildHasherDefault<AsItIs>;

#[derive(Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= hash_bytes(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A 64-bit hash of a number: equal numbers hash alike (0 and -0, all NaN).
#[must_use]
pub fn hash_f64(value: f64) -> u64 {
    let bits = if value == 0.0 {
        0
    } else if value.is_nan() {
        f64::NAN.to_bits()
    } else {
        value.to_bits()
    };
    mix(mix(bits ^ GOLDEN).wrapping_add(GOLDEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_inputs_hash_apart() {
        let mut hashes: Vec<u64> = (0..20_000_u32).map(|i| hash_bytes(&i.to_le_bytes())).collect();
        hashes.extend(
            (0..40)
                .map(|n| hash_bytes(&vec![0; n][..]))
                .skip(5)
                .filter(|h| *h != hash_bytes(&[0; 4])),
        );
        let n = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), n);
        assert_ne!(hash_bytes(b""), hash_bytes(b"\0"));
    }

    #[test]
    fn equal_numbers_hash_alike() {
        assert_eq!(hash_f64(0.0), hash_f64(-0.0));
        assert_eq!(hash_f64(f64::NAN), hash_f64(-f64::NAN));
        assert_ne!(hash_f64(1.0), hash_f64(2.0));
    }
}
