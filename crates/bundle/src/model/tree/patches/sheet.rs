//! Patches that are known to lead nowhere else but to each other and to leaves.

use super::firsts::{Firsts, TREES};
use super::{ENDS, Patch};

/// Patches of which every end is a patch of the sheet or a leaf: a walk that begins at the first of a tree need not look
/// whether there is another.
#[derive(Clone, Debug)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(super) struct Sheet {
    /// Where trees begin; none of these is led to.
    firsts: Vec<Firsts>,
    others: Vec<Patch>,
    /// The most patches that a row goes through behind a first one.
    longest_way: usize,
}

impl Sheet {
    /// Makes a sheet of the patches where trees begin and of the others, which are counted from 0; nothing if a patch leads
    /// out of it, or may rule out all of its ends.
    pub(super) fn new(firsts: &[Patch], mut others: Vec<Patch>) -> Option<Sheet> {
        // A patch of nothing but leaves may point behind the last one, where there are as many as it has ends.
        others.extend([Patch::EMPTY; ENDS]);
        let leads_within = |patch: &Patch| patch.first as usize + ENDS <= others.len();
        let has_an_end = |patch: &Patch| patch.rules_out.iter().fold(0, |all, some| all | some) != u8::MAX;
        let are_sound = firsts
            .iter()
            .chain(&others)
            .all(|patch| leads_within(patch) && has_an_end(patch));
        are_sound.then(|| Sheet {
            firsts: firsts.chunks(TREES).map(Firsts::of).collect(),
            longest_way: longest_way(&others),
            others,
        })
    }

    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(super) fn firsts(&self) -> &[Firsts] {
        &self.firsts
    }

    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(super) fn others(&self) -> &[Patch] {
        &self.others
    }

    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(super) fn longest_way(&self) -> usize {
        self.longest_way
    }
}

/// The longest way through patches that stand before those that they lead to.
fn longest_way(patches: &[Patch]) -> usize {
    let mut ways = vec![1; patches.len()];
    for (number, patch) in patches.iter().enumerate().rev() {
        let n_led_to = (!patch.leaves as u8).count_ones() as usize;
        let led_to = ways.get(patch.first as usize..).unwrap_or_default();
        let longest = led_to.iter().take(n_led_to).max().copied();
        ways[number] += longest.unwrap_or(0);
    }
    ways.into_iter().max().unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Whether a sheet is made of a patch, where a tree begins and elsewhere.
    fn is_sound(patch: Patch) -> [bool; 2] {
        [
            Sheet::new(&[patch], vec![Patch::EMPTY]).is_some(),
            Sheet::new(&[Patch::EMPTY], vec![patch]).is_some(),
        ]
    }

    #[test]
    fn patches_that_lead_out_of_the_sheet_make_none() {
        for (first, expected) in [(0, true), (1, true), (2, false), (u32::MAX, false)] {
            let patch = Patch {
                first,
                ..Patch::EMPTY
            };
            assert_eq!(is_sound(patch), [expected; 2], "{first}");
        }
    }

    #[test]
    fn patches_without_a_last_end_make_none() {
        for (last, expected) in [(0b0111_0000, true), (0b1111_0000, false)] {
            let mut patch = Patch::EMPTY;
            (patch.rules_out[0], patch.rules_out[6]) = (0b1111, last);
            assert_eq!(is_sound(patch), [expected; 2], "{last:b}");
        }
    }

    #[test]
    fn the_longest_way_is_known() {
        // each leads to the next by its last end
        let chain = |number: u32| Patch {
            first: number + 1,
            leaves: 0x7F,
            ..Patch::EMPTY
        };
        for n_patches in [0_u32, 1, 7] {
            let others = (0..n_patches).map(chain).chain([Patch::EMPTY]).collect();
            let sheet = Sheet::new(&[Patch::EMPTY], others).unwrap();
            assert_eq!(sheet.longest_way(), n_patches as usize + 1);
        }
    }
}
