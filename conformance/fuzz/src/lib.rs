//! Bytes of strangers into everything that reads them: *does any of it crash, forget its limits, or tell what is inside?*
//!
//! A [`Target`] is a function of bytes that panics where something promised is not kept. The same functions run in the
//! everyday tests (`tests/replay.rs`: the kept corpus, then a [`mutate`]d stream of it, bounded by count) and under
//! libFuzzer with a sanitizer (`libfuzzer/`, `cargo xtask fuzz`).
//!
//! What is absent: a clock, and anything random that is not seeded.

pub mod mutate;
pub mod seeds;
mod targets;

pub use targets::{TARGETS, last_status};

/// One parser, or one way through several.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder in `corpus`.
    pub name: &'static str,
    /// Panics if something promised is not kept.
    pub run: fn(&[u8]),
    /// How often it is run on mutated bytes in the everyday tests: a second or two of work.
    pub n_runs: u64,
    /// What its mutator likes to write.
    pub words: &'static [&'static str],
}

/// The target called `name`.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
