//! The steps of a tree with 32 rows in a register, where the machine has AVX2.
//!
//! Two things need it: calling a function that is compiled for AVX2, which happens
//! only after the machine was asked whether it has AVX2; and loading and storing 32 bytes, which are read from and
//! written to references to arrays of 32 bytes, by instructions that ask for no alignment.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_blendv_epi8, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256,
    _mm256_set1_epi8, _mm256_setzero_si256, _mm256_storeu_si256,
};

use super::lanes::{LANES, Step};
use super::planes::Planes;

const WIDTH: usize = 32;

/// As [`portable`](super::lanes::portable); false if the machine lacks AVX2 and nothing was done.
#[inline]
pub(super) fn leaves(steps: &[Step], planes: &Planes, first: usize, at: &mut [u8; LANES]) -> bool {
    if !stats::wide::are_there() {
        return false;
    }
    // SAFETY: the machine has AVX2.
    unsafe { leaves_avx2(steps, planes, first, at) };
    true
}

#[target_feature(enable = "avx2")]
fn leaves_avx2(steps: &[Step], planes: &Planes, first: usize, out: &mut [u8; LANES]) {
    let mut at = [_mm256_setzero_si256(); LANES / WIDTH];
    for step in steps {
        let codes = planes.of(step, first).as_chunks::<WIDTH>().0;
        let test = _mm256_set1_epi8(step.test as i8);
        let from = _mm256_set1_epi8(step.from as i8);
        let to = _mm256_set1_epi8(step.to as i8);
        for (at, codes) in at.iter_mut().zip(codes) {
            let codes = load(codes);
            let right = if step.is_category {
                _mm256_cmpeq_epi8(_mm256_and_si256(codes, test), test)
            } else {
                _mm256_cmpgt_epi8(codes, test)
            };
            let moves = _mm256_and_si256(right, _mm256_cmpeq_epi8(*at, from));
            *at = _mm256_blendv_epi8(*at, to, moves);
        }
    }
    for (out, at) in out.as_chunks_mut::<WIDTH>().0.iter_mut().zip(at) {
        store(out, at);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; WIDTH]) -> __m256i {
    // SAFETY: 32 bytes are there, and any alignment will do.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(bytes: &mut [u8; WIDTH], lanes: __m256i) {
    // SAFETY: 32 bytes are there, and any alignment will do.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), lanes) }
}
