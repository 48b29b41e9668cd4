//! The way of a row through patches, where the machine has AVX2.
//!
//! Three things need it: calling functions that are compiled for AVX2, which happens only after the machine was asked
//! whether it has AVX2; loading and storing 32 bytes, which are read from and written to references to as many bytes, by
//! instructions that ask for no alignment; and going on to a patch of a [`Sheet`] without looking whether it is there:
//! looking would take a third of a step.
#![allow(unsafe_code)]

use super::{Bytes, Patch, Places, Sheet};

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn is_there() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn walk(_: &Sheet, _: usize, _: &Bytes, _: usize, _: &mut [Places]) {}

#[cfg(target_arch = "x86_64")]
pub(super) use x86_64::{is_there, walk};

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::arch::x86_64::*;

    use super::super::{ABREAST, LEAF, MASK_BITS, MISSING_LEFT, TOGETHER};
    use super::{Bytes, Patch, Places, Sheet};

    pub(in super::super) fn is_there() -> bool {
        stats::wide::are_there()
    }

    /// Takes a row, of which `n_bytes` are asked for, to its leaves in the [`TOGETHER`] groups of trees at most that begin
    /// with the group `first`.
    ///
    /// The machine must have AVX2, or nothing is done.
    pub(in super::super) fn walk(
        sheet: &Sheet,
        first: usize,
        bytes: &Bytes,
        n_bytes: usize,
        places: &mut [Places],
    ) {
        if !is_there() {
            return;
        }
        // SAFETY: the machine has AVX2.
        unsafe {
            match n_bytes.div_ceil(16) {
                0 | 1 => walk_with::<1>(sheet, first, bytes, places),
                2 => walk_with::<2>(sheet, first, bytes, places),
                _ => walk_with::<4>(sheet, first, bytes, places),
            }
        }
    }

    #[target_feature(enable = "avx2")]
    fn walk_with<const TABLES: usize>(sheet: &Sheet, first: usize, bytes: &Bytes, places: &mut [Places]) {
        let patches = sheet.patches();
        let roots = patches.as_chunks().0.get(first..).unwrap_or_default();
        let mut table = [_mm256_setzero_si256(); TABLES];
        for (table, bytes) in table.iter_mut().zip(bytes.as_chunks().0) {
            *table = _mm256_xor_si256(twice(bytes), _mm256_set1_epi8(i8::MIN));
        }
        // The groups of trees in which the row has not reached all leaves.
        let (mut open, mut n_open) = ([0; TOGETHER], 0);
        for ((group, places), roots) in places.iter_mut().enumerate().take(TOGETHER).zip(roots) {
            open[n_open] = group;
            n_open += usize::from(!put(places, next(&table, roots.each_ref())));
        }
        while 0 < n_open {
            let n_before = std::mem::take(&mut n_open);
            for step in 0..n_before {
                let group = open[step];
                let places = &mut places[group];
                // SAFETY: a group is open only after `put` noted its numbers in this call: of patches that a patch of the
                // same sheet leads to, which are there, or 0 for leaves; and a sheet is never empty.
                let on = |number: &u32| unsafe { patches.get_unchecked(*number as usize) };
                let patches = places.patch.each_ref().map(on);
                let at = unless_leaf(load(&places.at), next(&table, patches));
                open[n_open] = group;
                n_open += usize::from(!put(places, at));
            }
        }
    }

    /// Notes the places of some trees; says whether all are leaves.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn put(places: &mut Places, at: __m256i) -> bool {
        store(&mut places.at, at);
        store(
            &mut places.patch,
            _mm256_andnot_si256(_mm256_srai_epi32::<31>(at), at),
        );
        const { assert!(LEAF == 1 << 31) };
        _mm256_movemask_ps(_mm256_castsi256_ps(at)) == 0xFF
    }

    /// Leaves stay where they are.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn unless_leaf(at: __m256i, next: __m256i) -> __m256i {
        // A blend looks at the highest bit, which marks a leaf.
        let (at, next) = (_mm256_castsi256_ps(at), _mm256_castsi256_ps(next));
        _mm256_castps_si256(_mm256_blendv_ps(next, at, at))
    }

    /// The places to which patches lead.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn next<const TABLES: usize>(table: &[__m256i; TABLES], patches: [&Patch; ABREAST]) -> __m256i {
        let [a, b, c, d, e, f, g, h] = patches;
        // In an order that folding brings right.
        let (ruled_out, leads_to) = four(table, [a, b, e, f]);
        let (others_ruled_out, others_lead_to) = four(table, [c, d, g, h]);
        let ruled_out = _mm256_or_si256(
            lower_words(ruled_out, others_ruled_out),
            upper_words(ruled_out, others_ruled_out),
        );
        let ruled_out = _mm256_or_si256(ruled_out, _mm256_srli_epi32::<16>(ruled_out));
        let ruled_out = _mm256_or_si256(ruled_out, _mm256_srli_epi32::<8>(ruled_out));
        led_to(
            lowest_zero(ruled_out),
            lower_words(leads_to, others_lead_to),
            upper_words(leads_to, others_lead_to),
        )
    }

    /// The places of ends, each a bit among the eight of its patch, given where patches and leaves begin.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn led_to(end: __m256i, first: __m256i, leaves: __m256i) -> __m256i {
        const { assert!(MASK_BITS == 8) };
        let are_leaves = _mm256_and_si256(leaves, _mm256_set1_epi32(0xFF));
        let is_patch = _mm256_cmpeq_epi32(_mm256_and_si256(are_leaves, end), _mm256_setzero_si256());
        let alike = _mm256_xor_si256(are_leaves, is_patch);
        let before = _mm256_and_si256(alike, _mm256_sub_epi32(end, _mm256_set1_epi32(1)));
        let first_leaf = _mm256_or_si256(_mm256_srli_epi32::<8>(leaves), _mm256_set1_epi32(LEAF as i32));
        _mm256_add_epi32(_mm256_blendv_epi8(first_leaf, first, is_patch), n_bits(before))
    }

    /// How many of the lowest seven bits of words are set, of which no others are.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn n_bits(words: __m256i) -> __m256i {
        let of_four =
            _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
        let lower = _mm256_shuffle_epi8(of_four, _mm256_and_si256(words, _mm256_set1_epi32(0xF)));
        _mm256_add_epi32(lower, _mm256_shuffle_epi8(of_four, _mm256_srli_epi32::<4>(words)))
    }

    /// What four patches rule out, spread over eight bytes each, and where they lead: patches in the lower words, leaves in
    /// the upper ones.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn four<const TABLES: usize>(table: &[__m256i; TABLES], patches: [&Patch; 4]) -> (__m256i, __m256i) {
        let [a, b, c, d] = patches;
        let (a, b, c, d) = (load_patch(a), load_patch(b), load_patch(c), load_patch(d));
        let (low, high) = (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
        let (others_low, others_high) = (_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
        let asks = _mm256_permute2x128_si256::<0x20>(low, others_low);
        let rules_out = _mm256_permute2x128_si256::<0x31>(low, others_low);
        let most = _mm256_permute2x128_si256::<0x20>(high, others_high);
        let leads_to = _mm256_permute2x128_si256::<0x31>(high, others_high);
        const { assert!(MISSING_LEFT == 1 << 6) };
        let missing_left = _mm256_and_si256(_mm256_srli_epi16::<6>(asks), _mm256_set1_epi8(1));
        let found = _mm256_add_epi8(look_up(table, asks), missing_left);
        let right = _mm256_cmpgt_epi8(found, most);
        (_mm256_and_si256(right, rules_out), leads_to)
    }

    /// The bytes at the places `asks`, whose lowest six bits are below 16 times the number of tables.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn look_up<const TABLES: usize>(table: &[__m256i; TABLES], asks: __m256i) -> __m256i {
        let mut found = [_mm256_setzero_si256(); TABLES];
        for (found, table) in found.iter_mut().zip(table) {
            *found = _mm256_shuffle_epi8(*table, asks);
        }
        // The two bits above the lowest four choose the table; a blend looks at the highest bit of a byte.
        let by_fifth = _mm256_slli_epi16::<3>(asks);
        let by_sixth = _mm256_slli_epi16::<2>(asks);
        match *found.as_slice() {
            [only] => only,
            [low, high] => _mm256_blendv_epi8(low, high, by_fifth),
            [a, b, c, d] => _mm256_blendv_epi8(
                _mm256_blendv_epi8(a, b, by_fifth),
                _mm256_blendv_epi8(c, d, by_fifth),
                by_sixth,
            ),
            _ => unreachable!("one, two or four tables"),
        }
    }

    /// The lower words of four lanes and four others: two and two of each in turn.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn lower_words(four: __m256i, others: __m256i) -> __m256i {
        let (four, others) = (_mm256_castsi256_ps(four), _mm256_castsi256_ps(others));
        _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(four, others))
    }

    /// As [`lower_words`], the upper ones.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn upper_words(four: __m256i, others: __m256i) -> __m256i {
        let (four, others) = (_mm256_castsi256_ps(four), _mm256_castsi256_ps(others));
        _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(four, others))
    }

    /// The lowest bit that is zero, alone.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn lowest_zero(words: __m256i) -> __m256i {
        _mm256_andnot_si256(words, _mm256_add_epi32(words, _mm256_set1_epi32(1)))
    }

    /// Sixteen bytes in both halves.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn twice(bytes: &[u8; 16]) -> __m256i {
        // SAFETY: 16 bytes are there, and any alignment will do.
        _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load_patch(patch: &Patch) -> __m256i {
        const { assert!(size_of::<Patch>() == 32) };
        // SAFETY: a patch is 32 bytes without gaps, and any alignment will do.
        unsafe { _mm256_loadu_si256(std::ptr::from_ref(patch).cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(words: &[u32; ABREAST]) -> __m256i {
        // SAFETY: 32 bytes are there, and any alignment will do.
        unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store(words: &mut [u32; ABREAST], lanes: __m256i) {
        // SAFETY: 32 bytes are there, and any alignment will do.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), lanes) }
    }
}
