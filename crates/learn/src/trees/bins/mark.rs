//! Which of many bins are in a set.

use super::BinSet;

/// Marks, by a byte that is not zero, the bins that are in a set.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn mark<const N: usize>(set: &BinSet, bins: &[u8; N], marks: &mut [u8; N]) {
    const { assert!(N.is_multiple_of(32)) };
    #[cfg(target_arch = "x86_64")]
    if stats::wide::are_there() {
        // SAFETY: the machine has what the function is compiled for.
        return unsafe { mark_avx2(&set.bytes(), bins, marks) };
    }
    let places = marks.iter_mut().zip(bins);
    places.for_each(|(mark, bin)| *mark = u8::from(set.contains(usize::from(*bin))));
}

/// Looks the byte of the set up that has a bin's bit, in two halves, and that bit in it.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn mark_avx2<const N: usize>(set: &[u8; 32], bins: &[u8; N], marks: &mut [u8; N]) {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_blendv_epi8, _mm256_loadu_si256, _mm256_permute2x128_si256,
        _mm256_set1_epi8, _mm256_set1_epi64x, _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_storeu_si256,
    };
    let of = |bytes: &[u8; 32]| {
        // SAFETY: it is 32 bytes, which need not be aligned, that are read.
        unsafe { _mm256_loadu_si256(std::ptr::from_ref(bytes).cast::<__m256i>()) }
    };
    let set = of(set);
    let low = _mm256_permute2x128_si256::<0x00>(set, set);
    let high = _mm256_permute2x128_si256::<0x11>(set, set);
    let powers = _mm256_set1_epi64x(i64::from_le_bytes([1, 2, 4, 8, 16, 32, 64, 128]));
    for (bins, marks) in bins.as_chunks::<32>().0.iter().zip(marks.as_chunks_mut::<32>().0) {
        let bins = of(bins);
        let byte = _mm256_and_si256(_mm256_srli_epi16::<3>(bins), _mm256_set1_epi8(15));
        let (low, high) = (_mm256_shuffle_epi8(low, byte), _mm256_shuffle_epi8(high, byte));
        // The top bit of a bin says in which half it is.
        let found = _mm256_blendv_epi8(low, high, bins);
        let bit = _mm256_shuffle_epi8(powers, _mm256_and_si256(bins, _mm256_set1_epi8(7)));
        // SAFETY: it is 32 bytes, which need not be aligned, that are written.
        unsafe {
            let out = std::ptr::from_mut(marks).cast::<__m256i>();
            _mm256_storeu_si256(out, _mm256_and_si256(found, bit));
        }
    }
}
