//! Four generators in a register, where the machine has AVX2.
//!
//! Two things need it: calling a function that is compiled for AVX2, which happens only after the machine was asked whether
//! it has AVX2; and loading and storing 32 bytes, which are read from and written to references to arrays of 32 bytes, by
//! instructions that ask for no alignment. Loops over arrays are not enough: compilers take the turn by 24 bits, which AVX2
//! lacks, as a reason to work word by word.
#![allow(unsafe_code)]

use super::{Generators, States, Step, VECTORS, WIDTH, Words};
use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_loadu_si256, _mm256_or_si256, _mm256_set1_epi64x, _mm256_slli_epi64,
    _mm256_srli_epi64, _mm256_storeu_si256, _mm256_xor_si256,
};

/// As [`Generators::fill_narrow`]; false if the machine lacks AVX2 and nothing was done.
#[inline]
pub(super) fn fill(generators: &mut Generators, steps: &mut [Step]) -> bool {
    if !crate::wide::are_there() {
        return false;
    }
    // SAFETY: the machine has AVX2.
    unsafe { fill_avx2(generators, steps) };
    true
}

#[target_feature(enable = "avx2")]
fn fill_avx2(generators: &mut Generators, steps: &mut [Step]) {
    let mut states: [[__m256i; 3]; VECTORS] = [[_mm256_set1_epi64x(0); 3]; VECTORS];
    for (state, States { a, b, c }) in states.iter_mut().zip(&generators.vectors) {
        *state = [load(a), load(b), load(c)];
    }
    let (mut counter, one) = (
        _mm256_set1_epi64x(generators.counter.cast_signed()),
        _mm256_set1_epi64x(1),
    );
    generators.counter = generators.counter.wrapping_add(steps.len() as u64);
    for step in steps {
        for (state, words) in states.iter_mut().zip(step) {
            store(words, next(state, counter));
        }
        counter = _mm256_add_epi64(counter, one);
    }
    for ([a, b, c], states) in states.into_iter().zip(&mut generators.vectors) {
        (states.a, states.b, states.c) = (words(a), words(b), words(c));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn next(state: &mut [__m256i; 3], counter: __m256i) -> __m256i {
    let [a, b, c] = *state;
    let drawn = _mm256_add_epi64(_mm256_add_epi64(a, b), counter);
    let turned = _mm256_or_si256(_mm256_slli_epi64::<24>(c), _mm256_srli_epi64::<40>(c));
    *state = [
        _mm256_xor_si256(b, _mm256_srli_epi64::<11>(b)),
        _mm256_add_epi64(c, _mm256_slli_epi64::<3>(c)),
        _mm256_add_epi64(turned, drawn),
    ];
    drawn
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(words: &Words) -> __m256i {
    // SAFETY: 32 bytes are there, and any alignment will do.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn words(vector: __m256i) -> Words {
    let mut bytes = [[0; 8]; WIDTH];
    store(&mut bytes, vector);
    bytes.map(u64::from_le_bytes)
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(bytes: &mut [[u8; 8]; WIDTH], vector: __m256i) {
    // SAFETY: 32 bytes are there, and any alignment will do.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), vector) }
}
