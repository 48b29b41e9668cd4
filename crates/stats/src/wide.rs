//! Loops on the widest vectors of the machine.

use std::sync::OnceLock;

/// A loop that gains by wide vectors.
pub trait Wide {
    /// What it finds.
    type Found;
    /// Runs it; to be marked `#[inline(always)]`, or it is compiled for narrow vectors.
    fn run(self) -> Self::Found;
}

impl<R, F: FnOnce() -> R> Wide for F {
    type Found = R;
    #[inline(always)]
    fn run(self) -> R {
        self()
    }
}

/// Whether loops run on wide vectors: the machine has them, and `SPANWISE_VECTORS=narrow` does not ask for others, as a test
/// does that compares their bits.
#[inline]
pub fn are_there() -> bool {
    static ARE_THERE: OnceLock<bool> = OnceLock::new();
    *ARE_THERE.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        let has = std::arch::is_x86_feature_detected!("avx2");
        #[cfg(not(target_arch = "x86_64"))]
        let has = false;
        has && std::env::var_os("SPANWISE_VECTORS").is_none_or(|asked| asked != "narrow")
    })
}

/// Runs `work`, compiled for wide vectors where the machine has them.
///
/// Each operation is the same on any width and none is fused, so the bits are too. A closure is inlined only if it is a
/// plain loop.
///
/// ```
/// let mut squares = [1.0, 2.0, 3.0];
/// stats::wide::on_wide_vectors(|| squares.iter_mut().for_each(|x| *x *= *x));
/// assert_eq!(squares, [1.0, 4.0, 9.0]);
/// ```
#[inline(always)]
#[allow(unsafe_code)]
pub fn on_wide_vectors<W: Wide>(work: W) -> W::Found {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn with_avx2<W: Wide>(work: W) -> W::Found {
            work.run()
        }
        if are_there() {
            // SAFETY: the machine has what the function is compiled for.
            return unsafe { with_avx2(work) };
        }
    }
    work.run()
}
