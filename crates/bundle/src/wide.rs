//! Loops on the widest vectors of the machine.

/// A loop that gains from wide vectors.
pub(crate) trait Work {
    /// Runs it; to be marked `#[inline(always)]`, or it is compiled for narrow vectors.
    fn run(self);
}

/// Runs `work`, compiled for wide vectors where the machine has them.
///
/// Each operation is the same on any width and none is fused, so the bits are too.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn on_wide_vectors(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn with_avx2(work: impl Work) {
            work.run();
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has what the function is compiled for.
            return unsafe { with_avx2(work) };
        }
    }
    work.run();
}
