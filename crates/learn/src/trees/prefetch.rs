//! Asking for memory before it is needed.

/// Asks for the cache line of `slice[index]` to be fetched; does nothing where the machine has no such instruction.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn prefetch(slice: &[u8], index: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = slice.as_ptr().wrapping_add(index).cast::<i8>();
        // SAFETY: the instruction is a hint. It reads no value, and an address that may not be read does not fault.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, index);
}
