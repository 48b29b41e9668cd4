//! Drawing, counting and adding up in registers, where the machine has AVX2.
//!
//! Two things need it: calling a function that is compiled for AVX2, which happens only after the machine was asked whether
//! it has AVX2; and loading and storing 32 bytes, which are read from and written to references to arrays of 32 bytes, by
//! instructions that ask for no alignment. Loops over arrays are not enough: of the multiplication that adds up pairs,
//! compilers use half a vector or nothing.
#![allow(unsafe_code)]

use super::columns::{DIGITS, GROUP, Group};
use super::{Chunk, Counts, Draws, KINDS};
use std::arch::x86_64::{
    __m128i, __m256i, _mm_add_epi32, _mm_storeu_si128, _mm256_add_epi16, _mm256_add_epi32,
    _mm256_castsi256_si128, _mm256_cmpgt_epi16, _mm256_extracti128_si256, _mm256_hadd_epi32,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi16,
    _mm256_setzero_si256,
};

/// As [`Counts::chunk_narrow`]; `None` if the machine lacks AVX2 and nothing was done.
#[inline]
pub(super) fn chunk<const M: usize>(
    counts: &Counts,
    groups: &[Group<M>],
    draws: &[Draws],
) -> Option<Chunk<M>> {
    // SAFETY: the machine has AVX2.
    crate::wide::are_there().then(|| unsafe { chunk_avx2(&counts.least, groups, draws) })
}

#[target_feature(enable = "avx2")]
fn chunk_avx2<const M: usize>(least: &[i16; KINDS], groups: &[Group<M>], draws: &[Draws]) -> Chunk<M> {
    let zero = _mm256_setzero_si256();
    let mut below = [zero; KINDS];
    for (below, least) in below.iter_mut().zip(least) {
        // none is the least of all numbers, as some draws mean that a place is not drawn
        *below = _mm256_set1_epi16(least - 1);
    }
    let (mut sums, mut n, mut undecided) = ([[zero; DIGITS]; M], zero, zero);
    for (group, draws) in groups.iter().zip(draws) {
        let (count, last) = counted(load_bytes(draws), &below);
        undecided = _mm256_or_si256(undecided, last);
        n = _mm256_add_epi32(n, _mm256_madd_epi16(count, load(&group.is_there)));
        for (sums, digits) in sums.iter_mut().zip(&group.digits) {
            for (sum, digits) in sums.iter_mut().zip(digits) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(count, load(digits)));
            }
        }
    }
    let mut chunk = Chunk {
        n: added_up([n, zero, zero, zero])[0],
        is_undecided: _mm256_movemask_epi8(undecided) != 0,
        ..Chunk::default()
    };
    for (found, sums) in chunk.sums.iter_mut().zip(sums) {
        *found = added_up(sums);
    }
    chunk
}

/// Minus the counts of 16 draws, and which of them are undecided.
#[inline]
#[target_feature(enable = "avx2")]
fn counted(draws: __m256i, below: &[__m256i; KINDS]) -> (__m256i, __m256i) {
    let mut reached = [draws; KINDS];
    for (reached, below) in reached.iter_mut().zip(below) {
        *reached = _mm256_cmpgt_epi16(draws, *below);
    }
    let [a, b, c, d, e, f, g] = reached;
    let (ab, cd, ef) = (
        _mm256_add_epi16(a, b),
        _mm256_add_epi16(c, d),
        _mm256_add_epi16(e, f),
    );
    let sum = _mm256_add_epi16(_mm256_add_epi16(ab, cd), _mm256_add_epi16(ef, g));
    (sum, g)
}

/// Minus the sums over each of four vectors.
#[inline]
#[target_feature(enable = "avx2")]
fn added_up(vectors: [__m256i; DIGITS]) -> [i64; DIGITS] {
    let [a, b, c, d] = vectors;
    let pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    let sums = _mm_add_epi32(
        _mm256_castsi256_si128(pairs),
        _mm256_extracti128_si256::<1>(pairs),
    );
    let mut words = [0; DIGITS];
    store_half(&mut words, sums);
    words.map(|word| -i64::from(word))
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(numbers: &[i16; GROUP]) -> __m256i {
    // SAFETY: 32 bytes are there, and any alignment will do.
    unsafe { _mm256_loadu_si256(numbers.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_bytes(draws: &Draws) -> __m256i {
    // SAFETY: 32 bytes are there, and any alignment will do.
    unsafe { _mm256_loadu_si256(draws.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_half(numbers: &mut [i32; DIGITS], vector: __m128i) {
    // SAFETY: 16 bytes are there, and any alignment will do.
    unsafe { _mm_storeu_si128(numbers.as_mut_ptr().cast(), vector) }
}
