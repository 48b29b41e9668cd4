//! Libraries that panic on damaged bytes, turned into refusals.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What `read` gives, or a word for its panic; nothing is printed of it, and nothing told: its text is of our inside.
///
/// Readers of Parquet and Arrow files check much, but not everything, before they slice.
pub(crate) fn caught<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                before(panic);
            }
        }));
    });
    let was_quiet = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    QUIET.set(was_quiet);
    result.map_err(|_| "damaged content".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_refusal_without_its_text() {
        assert_eq!(caught(|| 3), Ok(3));
        let found = caught(|| [0u8; 2][std::hint::black_box(5)]).expect_err("an index beyond the end panics");
        assert_eq!(found, "damaged content");
    }
}
