//! Loops on the widest vectors of the machine.

/// Runs `work`, compiled for wide vectors where the machine has them.
///
/// Each operation is the same on any width and none is fused, so the bits are too. `work` must be inlined to gain: a
/// closure with a plain loop.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn on_wide_vectors<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has what the function is compiled for.
            return unsafe { with_avx2(work) };
        }
    }
    work()
}
