//! Patches that are known to lead nowhere else but to each other and to leaves.

use super::{ENDS, Patch};

/// Patches of which every end is a patch of the sheet or a leaf: a walk that begins at one of them need not look whether
/// there is another.
#[derive(Clone, Debug)]
pub(super) struct Sheet(Vec<Patch>);

impl Sheet {
    /// Makes a sheet; nothing if a patch leads out of it, or may rule out all of its ends.
    pub(super) fn new(mut patches: Vec<Patch>) -> Option<Sheet> {
        // A patch of nothing but leaves may point behind the last one, where there are as many as it has ends.
        patches.extend([Patch::EMPTY; ENDS]);
        let leads_within = |patch: &Patch| patch.first as usize + ENDS <= patches.len();
        let has_an_end = |patch: &Patch| patch.rules_out.iter().fold(0, |all, some| all | some) != u8::MAX;
        let are_sound = patches
            .iter()
            .all(|patch| leads_within(patch) && has_an_end(patch));
        are_sound.then_some(Sheet(patches))
    }

    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(super) fn patches(&self) -> &[Patch] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_that_lead_out_of_the_sheet_make_none() {
        for (first, is_sound) in [(0, true), (2, true), (3, false), (u32::MAX, false)] {
            let patch = Patch {
                first,
                ..Patch::EMPTY
            };
            assert_eq!(
                Sheet::new(vec![Patch::EMPTY, patch]).is_some(),
                is_sound,
                "{first}"
            );
        }
    }

    #[test]
    fn patches_without_a_last_end_make_none() {
        for (last, is_sound) in [(0b0111_0000, true), (0b1111_0000, false)] {
            let mut patch = Patch::EMPTY;
            (patch.rules_out[0], patch.rules_out[6]) = (0b1111, last);
            assert_eq!(Sheet::new(vec![patch]).is_some(), is_sound, "{last:b}");
        }
    }
}
