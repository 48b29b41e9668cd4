//! The way of a row through patches, where the machine has AVX2.
//!
//! Three things need it: calling functions that are compiled for AVX2 and for counting bits, which happens only after the
//! machine was asked whether it has both; loading and storing vectors, which are read from and written to references to as many bytes, by
//! instructions that ask for no alignment; and going on to a patch of a [`Sheet`] without looking whether it is there:
//! looking would take a third of a step.
#![allow(unsafe_code)]

use super::{Room, Sheet};

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn is_there() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn walk<S>(
    _: &Sheet,
    _: usize,
    _: usize,
    _: &mut Room,
    so_far: S,
    _: impl FnMut(S, usize, usize) -> S,
) -> S {
    so_far
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86_64::{is_there, walk};

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::arch::x86_64::*;

    use super::super::firsts::{Firsts, TREES};
    use super::super::{ABREAST, Bytes, LEAF, MASK_BITS, MISSING_LEFT, PARTS, Patch, Places};
    use super::{Room, Sheet};

    /// Where no way is longer, rows that few trees are left of go on tree by tree: more rounds cost more than they save.
    const SHORT_WAY: usize = 6;

    /// Per set of eight, as bits, those in it, one behind the other.
    const MEMBERS: [[u8; ABREAST]; 1 << ABREAST] = members();

    const fn members() -> [[u8; ABREAST]; 1 << ABREAST] {
        let mut members = [[0; ABREAST]; 1 << ABREAST];
        let mut set = 0;
        while set < members.len() {
            let (mut n_members, mut member) = (0, 0);
            while member < ABREAST {
                if set >> member & 1 == 1 {
                    members[set][n_members] = member as u8;
                    n_members += 1;
                }
                member += 1;
            }
            set += 1;
        }
        members
    }

    pub(in super::super) fn is_there() -> bool {
        // every machine with AVX2 counts bits, but that is not promised
        stats::wide::are_there() && std::arch::is_x86_feature_detected!("popcnt")
    }

    /// Takes the row of `room`, of which `n_bytes` are asked for, to its leaves in the first `n_trees` trees, and folds the
    /// positions of their values, tree after tree.
    ///
    /// The machine must have what [`is_there`] looks for, or nothing is done.
    #[inline(always)]
    pub(in super::super) fn walk<S>(
        sheet: &Sheet,
        n_bytes: usize,
        n_trees: usize,
        room: &mut Room,
        so_far: S,
        take: impl FnMut(S, usize, usize) -> S,
    ) -> S {
        if !is_there() {
            return so_far;
        }
        // SAFETY: the machine has what the function is compiled for.
        unsafe {
            match n_bytes.div_ceil(16) {
                0 | 1 => walk_with::<1, S>(sheet, n_trees, room, so_far, take),
                2 => walk_with::<2, S>(sheet, n_trees, room, so_far, take),
                _ => walk_with::<4, S>(sheet, n_trees, room, so_far, take),
            }
        }
    }

    #[target_feature(enable = "avx2,popcnt")]
    fn walk_with<const TABLES: usize, S>(
        sheet: &Sheet,
        n_trees: usize,
        room: &mut Room,
        mut so_far: S,
        mut take: impl FnMut(S, usize, usize) -> S,
    ) -> S {
        let table = &table::<TABLES>(&room.bytes);
        let (firsts, others) = (sheet.firsts(), sheet.others());
        let few = if sheet.longest_way() <= SHORT_WAY {
            ABREAST
        } else {
            1
        };
        let mut n_open = 0;
        for part in 0..firsts.len().next_multiple_of(PARTS) + PARTS {
            if let Some(firsts) = firsts.get(part) {
                let open = enter(table, firsts, &mut room.places[part % (2 * PARTS)]);
                n_open = list(open, part % (2 * PARTS), &mut room.open, n_open);
            }
            // An addition waits for the one before; the steps of other trees fill the wait.
            if let Some(before) = part.checked_sub(PARTS) {
                let first = before * TREES;
                let places = &room.places[before % (2 * PARTS)];
                for (tree, place) in (first..n_trees).zip(places) {
                    let place = match place & LEAF {
                        0 => alone(table, others, *place),
                        _ => *place,
                    };
                    so_far = take(so_far, tree, (place & !LEAF) as usize);
                }
            }
            if (part + 1).is_multiple_of(PARTS) {
                go_on(table, others, &mut room.places, &mut room.open, n_open, few);
                n_open = 0;
            }
        }
        so_far
    }

    /// The places to which the first patches of some trees lead; gives those that are no leaves, as bits.
    #[inline]
    #[target_feature(enable = "avx2,popcnt")]
    fn enter<const TABLES: usize>(
        table: &[__m256i; TABLES],
        firsts: &Firsts,
        places: &mut [u32; TREES],
    ) -> u32 {
        const { assert!(TREES == 4 * ABREAST) };
        let splits = firsts.asks.iter().zip(&firsts.most).zip(&firsts.rules_out);
        let mut ruled_out = _mm256_setzero_si256();
        for ((asks, most), rules_out) in splits {
            let right = goes_right(table, load(asks), load(most));
            ruled_out = _mm256_or_si256(ruled_out, _mm256_and_si256(right, load(rules_out)));
        }
        let next = _mm256_add_epi8(ruled_out, _mm256_set1_epi8(1));
        let (end, before) = (
            _mm256_andnot_si256(ruled_out, next),
            _mm256_andnot_si256(next, ruled_out),
        );
        let are_leaves = load(&firsts.leaves);
        let is_patch = _mm256_cmpeq_epi8(_mm256_and_si256(are_leaves, end), _mm256_setzero_si256());
        let alike = _mm256_and_si256(_mm256_xor_si256(are_leaves, is_patch), before);
        let (n_before, are_patches) = (by_eights(n_bits(alike)), by_eights(is_patch));
        let first = firsts
            .patch
            .as_chunks::<ABREAST>()
            .0
            .iter()
            .zip(firsts.value.as_chunks().0);
        for (eight, ((patch, value), places)) in first.zip(places.as_chunks_mut().0).enumerate() {
            let is_patch = _mm256_cvtepi8_epi32(are_patches[eight]);
            let first = _mm256_blendv_epi8(load::<[u32; ABREAST]>(value), load(patch), is_patch);
            store(
                places,
                _mm256_add_epi32(first, _mm256_cvtepu8_epi32(n_before[eight])),
            );
        }
        _mm256_movemask_epi8(is_patch) as u32
    }

    /// Lists the places of a part that are open, given as bits, behind `n_open` others; gives how many there are.
    #[inline]
    #[target_feature(enable = "avx2,popcnt")]
    fn list(open: u32, part: usize, listed: &mut [u8], mut n_open: usize) -> usize {
        const { assert!(2 * PARTS * TREES <= 1 << u8::BITS) };
        for (eight, set) in open.to_le_bytes().into_iter().enumerate() {
            let first = (part * TREES + eight * ABREAST) as u8;
            let members = u64::from_le_bytes(MEMBERS[usize::from(set)]);
            // No sum is larger than a byte.
            let places = members + u64::from_le_bytes([first; ABREAST]);
            if let Some(room) = listed[n_open..].first_chunk_mut() {
                *room = places.to_le_bytes();
            }
            n_open += set.count_ones() as usize;
        }
        n_open
    }

    /// Takes a row on from the places that are listed, until fewer than `few` are left that are no leaves.
    #[inline]
    #[target_feature(enable = "avx2,popcnt")]
    fn go_on<const TABLES: usize>(
        table: &[__m256i; TABLES],
        others: &[Patch],
        places: &mut Places,
        listed: &mut [u8],
        mut n_open: usize,
        few: usize,
    ) {
        let places = places.as_flattened_mut();
        while 0 < n_open {
            // Lanes that are over do as the last one.
            let last = listed[n_open - 1];
            listed[n_open..n_open + ABREAST].fill(last);
            let mut n_going_on = 0;
            let mut n_left = n_open;
            for eight in listed.as_chunks::<ABREAST>().0 {
                if n_left == 0 {
                    break;
                }
                let on = |place: &u8| {
                    let number = places[usize::from(*place)] as usize;
                    // SAFETY: the places that are listed hold what `enter` wrote from this sheet in this call, or `next`
                    // since, and are listed only while that is no leaf. Then it is the number of a patch to which a
                    // patch of the sheet leads by an end that is not ruled out; such an end always is, and so are they.
                    unsafe { others.get_unchecked(number) }
                };
                let next = next(table, eight.each_ref().map(on));
                let mut found = [0; ABREAST];
                store(&mut found, next);
                for (place, found) in eight.iter().zip(found) {
                    places[usize::from(*place)] = found;
                }
                let n_taken = n_left.min(ABREAST);
                let are_patches = !_mm256_movemask_ps(_mm256_castsi256_ps(next)) as u32;
                n_going_on += (are_patches & ((1 << n_taken) - 1)).count_ones() as usize;
                n_left -= n_taken;
            }
            if n_going_on < few {
                return;
            }
            let n_before = std::mem::take(&mut n_open);
            for at in 0..n_before {
                listed[n_open] = listed[at];
                n_open += usize::from(places[usize::from(listed[at])] & LEAF == 0);
            }
        }
    }

    /// The leaf that a row reaches from a place.
    #[cold]
    #[inline(never)]
    #[target_feature(enable = "avx2,popcnt")]
    fn alone<const TABLES: usize>(table: &[__m256i; TABLES], others: &[Patch], mut place: u32) -> u32 {
        while place & LEAF == 0 {
            let next = next(table, [&others[place as usize]; ABREAST]);
            place = _mm256_cvtsi256_si32(next) as u32;
        }
        place
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

    /// How many bits of bytes are set.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn n_bits(bytes: __m256i) -> __m256i {
        let of_four =
            _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
        let low_four = _mm256_set1_epi8(0xF);
        let low = _mm256_and_si256(bytes, low_four);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low_four);
        _mm256_add_epi8(
            _mm256_shuffle_epi8(of_four, low),
            _mm256_shuffle_epi8(of_four, high),
        )
    }

    /// What four patches rule out, spread over eight bytes each, and where they lead: patches in the lower words, leaves in
    /// the upper ones.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn four<const TABLES: usize>(table: &[__m256i; TABLES], patches: [&Patch; 4]) -> (__m256i, __m256i) {
        let [a, b, c, d] = patches;
        let (a, b, c, d) = (load(a), load(b), load(c), load(d));
        let (low, high) = (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
        let (others_low, others_high) = (_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
        let asks = _mm256_permute2x128_si256::<0x20>(low, others_low);
        let rules_out = _mm256_permute2x128_si256::<0x31>(low, others_low);
        let most = _mm256_permute2x128_si256::<0x20>(high, others_high);
        let leads_to = _mm256_permute2x128_si256::<0x31>(high, others_high);
        (
            _mm256_and_si256(goes_right(table, asks, most), rules_out),
            leads_to,
        )
    }

    /// Which splits send a row right, as bytes of ones.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn goes_right<const TABLES: usize>(table: &[__m256i; TABLES], asks: __m256i, most: __m256i) -> __m256i {
        const { assert!(MISSING_LEFT == 1 << 6) };
        let missing_left = _mm256_and_si256(_mm256_srli_epi16::<6>(asks), _mm256_set1_epi8(1));
        _mm256_cmpgt_epi8(_mm256_add_epi8(look_up(table, asks), missing_left), most)
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

    /// A row's bytes as they are looked up, 128 lower, sixteen in both halves of each register.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn table<const TABLES: usize>(bytes: &Bytes) -> [__m256i; TABLES] {
        let mut table = [_mm256_setzero_si256(); TABLES];
        for (table, bytes) in table.iter_mut().zip(bytes.as_chunks::<16>().0) {
            // SAFETY: 16 bytes are there, and any alignment will do.
            let bytes = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
            *table = _mm256_xor_si256(_mm256_broadcastsi128_si256(bytes), _mm256_set1_epi8(i8::MIN));
        }
        table
    }

    /// The bytes of a register, eight by eight in the lower halves of four.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn by_eights(bytes: __m256i) -> [__m128i; 4] {
        let (low, high) = (
            _mm256_castsi256_si128(bytes),
            _mm256_extracti128_si256::<1>(bytes),
        );
        [
            low,
            _mm_unpackhi_epi64(low, low),
            high,
            _mm_unpackhi_epi64(high, high),
        ]
    }

    /// What fills a register, whatever it is.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn load<T: Plain>(bytes: &T) -> __m256i {
        const { assert!(size_of::<T>() == 32) };
        // SAFETY: 32 bytes without gaps are there, and any alignment will do.
        unsafe { _mm256_loadu_si256(std::ptr::from_ref(bytes).cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store(words: &mut [u32; ABREAST], lanes: __m256i) {
        // SAFETY: 32 bytes are there, and any alignment will do.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), lanes) }
    }

    /// What has no gaps.
    trait Plain {}
    impl Plain for Patch {}
    impl Plain for [u8; TREES] {}
    impl Plain for [i8; TREES] {}
    impl Plain for [u32; ABREAST] {}
}
