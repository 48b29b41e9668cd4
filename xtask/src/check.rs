//! Formatting, crate dependencies, generated pages, lints.

use crate::arrows;
use crate::shell::{cargo, root};

/// Fails on the first kind of thing that is not as it must be.
pub(crate) fn run_without_lints() -> Result<(), String> {
    crate::shell::run(&cargo(), &["fmt", "--all", "--check"])?;
    let violations = arrows::violations(&root())?;
    if !violations.is_empty() {
        return Err(violations.join("\n"));
    }
    pages(false)
}

pub(crate) fn run() -> Result<(), String> {
    run_without_lints()?;
    crate::shell::run(
        &cargo(),
        &[
            "clippy",
            "--release",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    )
}

/// Writes the generated pages anew.
pub(crate) fn write_pages() -> Result<(), String> {
    pages(true)
}

/// The pages are made by a test of the crate that declares what they hold, so that no page can be stale unseen.
fn pages(write: bool) -> Result<(), String> {
    let mut command = crate::shell::command(
        &cargo(),
        &["test", "--release", "--test", "it", "generated_pages"],
    );
    if write {
        command.env("SPANWISE_WRITE_PAGES", "1");
    }
    let status = command
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("a generated page is stale; write it with `cargo xtask docs`".to_owned())
    }
}
