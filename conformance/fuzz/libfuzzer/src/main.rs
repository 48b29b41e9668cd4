//! One target under libFuzzer, the one that `SPANWISE_FUZZ_TARGET` names: one program is linked for all of them.

#![no_main]

use fuzz::Target;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("SPANWISE_FUZZ_TARGET").expect("SPANWISE_FUZZ_TARGET names a target");
    fuzz::target(&name).unwrap_or_else(|| panic!("no target `{name}`"))
});

fuzz_target!(|bytes: &[u8]| {
    (TARGET.run)(bytes);
});
